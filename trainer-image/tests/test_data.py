"""Reading rows, and keeping training apart from evaluation."""

import gzip

import pytest
from stages import document, write_rows

from stratos_trainer import config, data
from stratos_trainer.data import Row
from stratos_trainer.errors import StageError
from stratos_trainer.overlap import HeldOut, Sieve
from stratos_trainer.prompts import ask

CHAT = {"type": "Chat"}
MAPPED = {"type": "PromptCompletion", "promptField": "question", "completionField": "answer"}


def read(folder, rows, form=None):
    write_rows(folder, "train.jsonl", rows)
    text = document("synthesize", folder)
    if form:
        text["task"]["format"] = form
    return data.read(config.parse(text), "pvc://data/train.jsonl")


def rows(*prompts: str) -> list[Row]:
    return [Row(ask(prompt), None, number) for number, prompt in enumerate(prompts, start=1)]


def prompts(kept: list[Row]) -> list[str]:
    return [row.conversation.prompt for row in kept]


def test_fields_may_have_other_names(tmp_path):
    (row,) = read(tmp_path, [{"question": "why?", "answer": "so", "extra": 1}], MAPPED)
    assert (row.conversation.prompt, row.answer) == ("why?", "so")


def test_a_conversation_s_last_answer_is_the_completion(tmp_path):
    turns = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
        {"role": "assistant", "content": "d"},
    ]
    whole, asked = read(tmp_path, [{"messages": turns}, {"messages": turns[:3]}], CHAT)
    assert (whole.conversation, whole.answer) == (asked.conversation, "d")
    assert asked.answer is None


BAD = {
    "not JSON": ('{"prompt": ', None, "line 2: not JSON"),
    "JSON nested without end": ("[" * 100_000, None, "line 2: not JSON"),
    "not an object": ("[1]", None, "line 2: a row must be a JSON object"),
    "a missing field": ('{"question": "x"}', None, 'line 2: field "prompt" is missing; the row has question'),
    "a field of another type": ('{"prompt": 7}', None, 'line 2: field "prompt" must be a non-empty string, not 7'),
    "a completion of another type": ('{"prompt": "x", "completion": ["y"]}', None, 'field "completion" must be'),
}


@pytest.mark.parametrize(("line", "form", "want"), BAD.values(), ids=BAD.keys())
def test_a_bad_row_is_named_by_line_and_field(tmp_path, line, form, want):
    with pytest.raises(StageError) as caught:
        read(tmp_path, [{"prompt": "fine"}, line], form)
    assert caught.value.reason == "DataInvalid"
    assert want in str(caught.value)


def test_a_bad_turn_is_named_by_its_place(tmp_path):
    with pytest.raises(StageError, match=r'line 1: field "messages\[1\]\.role" must be one of'):
        read(tmp_path, [{"messages": [{"role": "user", "content": "a"}, {"role": "robot", "content": "b"}]}], CHAT)


def test_duplicates_are_those_that_differ_in_case_and_spacing_only():
    sieve = Sieve(HeldOut([]))
    kept = list(sieve.through(rows("What is it?", "what  is it ", "What is that?")))
    assert prompts(kept) == ["What is it?", "What is that?"]
    assert (sieve.duplicates, sieve.contaminated) == (1, 0)


HELD_OUT = "A train leaves the old station at nine and arrives at noon; how fast is it?"
OVERLAPS = {
    "the same, however short": ("W1123?", "w1123", "Exact"),
    "another of one word": ("W1123?", "W1124?", None),
    "the same in full-width letters": ("W1123?", "Ｗ１１２３？", "Exact"),
    "eight words in a row": (HELD_OUT, "Tell me: a train leaves the old station at nine and then?", "Phrase"),
    "many words, but never eight in a row": (
        HELD_OUT,
        "A train leaves the new station at nine and arrives at one; how fast is it?",
        None,
    ),
    "a short question inside a longer one": (
        "Who wrote Faust?  Part one",
        "Tell me, who wrote Faust? Part one or two",
        "Short",
    ),
    "a short question that only shares words": ("Who wrote Faust, part one?", "Who wrote Hamlet, part one?", None),
    "three words are too few to tell": ("How fast now?", "Say how fast now and then", None),
    "eight characters in a row, where words have no spaces": (
        "東京から大阪まで何キロですか",
        "問題：東京から大阪まで何キロでしょう",
        "Phrase",
    ),
}


@pytest.mark.parametrize(("held_out", "question", "want"), OVERLAPS.values(), ids=OVERLAPS.keys())
def test_what_a_question_shares_with_the_evaluation(held_out, question, want):
    (row,) = rows(question)
    assert HeldOut(rows(held_out)).overlap(row) == want


def test_a_selection_tells_how_many_rows_were_held_back(tmp_path):
    write_rows(tmp_path, "train.jsonl", [{"prompt": text} for text in ("a", "A ", "b", "c")])
    write_rows(tmp_path, "test.jsonl", [{"prompt": "B"}])
    got = data.select(config.parse(document("synthesize", tmp_path)))
    assert prompts(got.rows) == ["a", "c"]
    assert (got.duplicates, got.contaminated, got.evaluation_rows) == (1, 1, 1)


def test_one_file_for_both_is_split_by_what_the_rows_say(tmp_path):
    every = [{"prompt": f"question number {number}", "completion": "x"} for number in range(400)]
    write_rows(tmp_path, "train.jsonl", every)
    text = document("synthesize", tmp_path)
    text["task"]["evaluation"] = text["task"]["train"]
    text["task"]["holdOutPercent"] = 25
    parsed = config.parse(text)
    held_out = set(prompts(data.read(parsed, parsed.the_task.evaluation)))
    training = set(prompts(data.for_training(parsed)))
    assert len(held_out) + len(training) == 400 and not held_out & training
    assert 60 < len(held_out) < 140
    write_rows(tmp_path, "train.jsonl", [{"prompt": "one more"}, *reversed(every)])
    assert set(prompts(data.read(parsed, parsed.the_task.evaluation))) - {"one more"} == held_out


def test_the_rows_of_a_large_file_are_read_one_by_one(tmp_path):
    write_rows(tmp_path, "test.jsonl", [{"prompt": "held out"}])
    write_rows(tmp_path, "train.jsonl", [*({"prompt": f"q{number}"} for number in range(10)), "not JSON"])
    text = document("synthesize", tmp_path, synthesis={"shards": 1, "maxRows": 5})
    assert len(data.for_training(config.parse(text))) == 5


def test_a_folder_s_files_are_read_in_their_order_and_named_in_errors(tmp_path):
    folder = tmp_path / "volume" / "parts"
    folder.mkdir(parents=True)
    with gzip.open(folder / "b.jsonl.gz", "wt") as file:
        file.write('{"prompt": "second"}\n')
    (folder / "a.jsonl").write_text('{"prompt": "first"}\n')
    parsed = config.parse(document("synthesize", tmp_path))
    assert prompts(data.read(parsed, "pvc://data/parts")) == ["first", "second"]
    (folder / "c.jsonl").write_text('{"prompt": "fine"}\n{"promt": "x"}\n')
    with pytest.raises(StageError, match=r'pvc://data/parts/c\.jsonl, line 2: field "prompt" is missing'):
        data.read(parsed, "pvc://data/parts")


def test_conversations_of_other_tools_are_read_by_their_field_names(tmp_path):
    form = {"type": "Chat", "messagesField": "conversations", "roleField": "from", "contentField": "value"}
    turns = [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]
    (row,) = read(tmp_path, [{"conversations": turns}], form)
    assert (row.conversation.prompt, row.answer) == ("a", "b")


def test_a_training_set_inside_the_evaluation_is_refused(tmp_path):
    write_rows(tmp_path, "train.jsonl", [{"prompt": "a"}])
    write_rows(tmp_path, "test.jsonl", [{"prompt": "A "}])
    with pytest.raises(StageError, match=r"every row of pvc://data/train\.jsonl is also in"):
        data.for_training(config.parse(document("synthesize", tmp_path)))
