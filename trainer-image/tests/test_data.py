"""Reading rows, and keeping training apart from evaluation."""

import pytest
from stages import document, write_rows

from stratos_trainer import config, data
from stratos_trainer.data import Row
from stratos_trainer.errors import StageError
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
    assert prompts(data.without_duplicates(rows("What is it?", "what  is it ", "What is that?"))) == [
        "What is it?",
        "What is that?",
    ]


def test_short_questions_are_caught_by_their_canonical_form():
    assert prompts(data.decontaminated(rows("W1123?", "w1123", "W1124?"), rows("W1123?"))) == ["W1124?"]


def test_long_questions_are_caught_by_eight_shared_words():
    held_out = "A train leaves the old station at nine and arrives at noon; how fast is it?"
    copied = "Tell me: a train leaves the old station at nine and then?"
    similar = "A train leaves the new station at nine and arrives at one; how fast is it?"
    assert prompts(data.decontaminated(rows(copied, similar), rows(held_out))) == [similar]


def test_a_training_set_inside_the_evaluation_is_refused(tmp_path):
    write_rows(tmp_path, "train.jsonl", [{"prompt": "a"}])
    write_rows(tmp_path, "test.jsonl", [{"prompt": "A "}])
    with pytest.raises(StageError, match=r"every row of pvc://data/train\.jsonl is also in"):
        data.for_training(config.parse(document("synthesize", tmp_path)))
