"""Privileged context: passages that are found, facts that an engine states, and answers that rest on them."""

import json

import pytest
from misbehaving import Api, serving
from stages import document, run_here, write_rows
from test_verification import Scripted

from stratos_trainer import knowledge
from stratos_trainer.expansion import Novelty, rouge_l
from stratos_trainer.tasks import winning_tiles

TEXTS = [
    "The ferry to Norderney leaves from Norddeich and takes an hour.",
    "The ferry to Juist leaves with the tide.",
    "Tickets for every ferry are sold at the harbour, and the harbour opens at six.",
    "Dogs pay half.",
]


def test_the_passage_with_the_rarest_shared_words_comes_first():
    index = knowledge.Index(TEXTS)
    assert index.best("When does the ferry to Juist leave?", 2) == [TEXTS[1], TEXTS[0]]
    assert index.best("harbour", 4) == [TEXTS[2]]
    assert index.best("zeppelin", 4) == []


def test_scores_are_those_of_the_formula():
    """Two texts of lengths 1 and 3, one word in each: worked out by hand."""
    index = knowledge.Index(["a", "a b b"])
    assert index._weight(0, 1) == pytest.approx(2.2 / (1 + 1.2 * (0.25 + 0.75 * 1 / 2)))
    assert index._weight(1, 2) == pytest.approx(2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)))


def test_paragraphs_are_joined_while_short_and_cut_with_an_overlap_when_long():
    assert list(knowledge.passages("one two\n\nthree\n\n\nfour")) == ["one two three four"]
    pieces = [piece.split() for piece in knowledge.passages(" ".join(map(str, range(400))))]
    assert max(map(len, pieces)) == knowledge.PASSAGE_WORDS
    assert pieces[0][-knowledge.OVERLAP_WORDS :] == pieces[1][: knowledge.OVERLAP_WORDS]
    assert pieces[-1][-1] == "399"


def injected(folder, api, source, rows, **task):
    write_rows(folder, "train.jsonl", rows)
    write_rows(folder, "test.jsonl", [{"prompt": "held out", "completion": "x"}])
    text = document(
        "synthesize",
        folder,
        teachers=[{"name": "api", "endpoint": {"url": api.url, "model": "m"}}],
        strategy={"mode": "KnowledgeInjection"},
    )
    text["task"] = {**text["task"], "maxNewTokens": 64, "knowledge": source, **task}
    return text


def records(folder):
    return [json.loads(line) for line in (folder / "attempt-1/data/shard-0.jsonl").read_text().splitlines()]


def test_the_teacher_reads_the_passages_and_the_student_does_not(tmp_path):
    (tmp_path / "volume" / "docs").mkdir(parents=True)
    for number, text in enumerate(TEXTS):
        (tmp_path / "volume" / "docs" / f"{number}.md").write_text(text)
    api = Scripted(lambda prompt: "with the tide" if "leaves with the tide" in prompt else "no idea")
    rows = [{"prompt": "When does the ferry to Juist leave?", "completion": "with the tide"}]
    with serving(api):
        source = {"uri": "pvc://data/docs", "passages": 1}
        assert run_here(injected(tmp_path, api, source, rows)).result["kept"] == 1
    asked = api.bodies[0]["messages"][-1]["content"]
    assert asked.startswith(f"Facts:\n[1.md] {TEXTS[1]}\n") and TEXTS[3] not in asked
    assert "Known answer: with the tide" in asked
    (record,) = records(tmp_path)
    assert record["messages"] == [{"role": "user", "content": rows[0]["prompt"]}]


def test_a_rule_engine_answers_where_no_answer_is_known(tmp_path):
    """Nobody gives the solution: the engine states facts, the teacher reads them off, and a rule verifies."""
    prompts = ["W2233356788?", "W1112345678?", "W1112223339?"]

    def reply(prompt):
        return ",".join(part.partition(":")[0] for part in prompt.split("With ")[1:])

    with serving(Scripted(reply)) as api:
        text = injected(
            tmp_path,
            api,
            {"entryPoint": "stratos_trainer.tasks.winning_tiles:facts"},
            [{"prompt": prompt} for prompt in prompts],
            metric={"type": "Custom", "entryPoint": "stratos_trainer.tasks.winning_tiles:verify"},
        )
        outcome = run_here(text)
    assert outcome.result["kept"] == 3
    assert records(tmp_path)[0]["completions"] == ["2,8"]


def test_the_engine_s_facts_are_true():
    assert winning_tiles.facts("W1112223339?") == "With 9: 111 222 333 99. No other tile completes the hand."


BROKEN = {
    "an engine that fails": (
        {"entryPoint": "stratos_trainer.tasks.winning_tiles:facts"},
        "DataInvalid",
        "line 1: know",
    ),
    "an engine that is not there": ({"entryPoint": "no_such:thing"}, "ConfigInvalid", "entryPoint no_such:thing"),
    "documents that are not there": ({"uri": "pvc://data/docs"}, "DataUnreadable", "reading pvc://data/docs"),
    "a folder without documents": ({"uri": "pvc://data/empty"}, "DataInvalid", "holds no text"),
}


@pytest.mark.parametrize(("source", "reason", "want"), BROKEN.values(), ids=BROKEN.keys())
def test_knowledge_that_cannot_be_used(tmp_path, source, reason, want):
    (tmp_path / "volume" / "empty").mkdir(parents=True)
    with serving(Api(lambda *_: None)) as api:
        outcome = run_here(injected(tmp_path, api, source, [{"prompt": "x", "completion": "y"}]))
    assert (outcome.code, outcome.reason) == (2, reason) and want in outcome.error


def test_rouge_l_is_that_of_the_longest_common_subsequence():
    assert rouge_l(list("abcd"), list("acde")) == pytest.approx(2 * 3 / 8)
    assert rouge_l([], []) == 0


NOVELTIES = {
    "another question": ("How long does the ferry take?", True),
    "the same in other words of the same order": ("How many apples are left in Ann's basket", False),
    "the same words in another order": ("In the basket of Bob apples left are many how", True),
}


@pytest.mark.parametrize(("text", "want"), NOVELTIES.values(), ids=NOVELTIES.keys())
def test_a_new_question_is(text, want):
    assert Novelty(["How many apples are left in Bob's basket?"]).holds(text) is want


def expansion(folder, api, **synthesis):
    write_rows(
        folder, "train.jsonl", [{"prompt": f"What is {n} plus {n}?", "completion": str(2 * n)} for n in range(8)]
    )
    write_rows(folder, "test.jsonl", [{"prompt": "What is the sum of three and four, said aloud?", "completion": "7"}])
    text = document(
        "synthesize",
        folder,
        teachers=[{"name": "api", "endpoint": {"url": api.url, "model": "m", "maxConcurrentRequests": 1}}],
        strategy={"mode": "KnowledgeAlignment", "samplesPerPrompt": 3},
        synthesis={"shards": 1, "maxRows": 0, "newPrompts": 3, **synthesis},
    )
    text["task"]["maxNewTokens"] = 64
    return text


IDEAS = [
    "What is 1 plus 1?",
    "What is the sum of three and four, said aloud?",
    "Name the square root of nine.",
    "Name the square root of nine!",
    "",
    "Which number comes after twelve when you count?",
    "How many legs have two spiders together?",
    "Is seven odd or even, and why do you think so?",
]


def test_new_questions_are_new_and_clean_and_the_samples_agree_on_their_answers(tmp_path):
    ideas = iter(IDEAS * 1000)

    def reply(prompt):
        if prompt.startswith("Here are questions"):
            return next(ideas)
        return "16" if "spiders" in prompt else "unsure" if "odd" in prompt else "3"

    with serving(Scripted(lambda _: "")) as api:
        api.answer_to = reply
        outcome = run_here(expansion(tmp_path, api))
        result = outcome.result
    new = [record for record in records(tmp_path) if record["provenance"]["origin"] == "Synthetic"]
    assert [record["messages"][-1]["content"] for record in new] == [IDEAS[2], IDEAS[5], IDEAS[6]]
    assert [record["completions"] for record in new] == [["3"], ["3"], ["16"]]
    assert {record["provenance"]["verification"] for record in new} == {"Consensus"}
    assert (result["newPrompts"], result["rows"]) == (3, 11)


def test_a_teacher_without_ideas_ends_the_expansion(tmp_path):
    with serving(Scripted(lambda prompt: "same again" if prompt.startswith("Here") else "2")) as api:
        assert run_here(expansion(tmp_path, api)).result["newPrompts"] == 1
        assert sum(text.startswith("Here") for text in api.requests.elements()) <= 64


def test_new_questions_without_anything_to_hold_their_answers_against_are_refused(tmp_path):
    with serving(Api(lambda *_: None)) as api:
        text = expansion(tmp_path, api)
        text["strategy"]["samplesPerPrompt"] = 1
        outcome = run_here(text)
    assert outcome.reason == "ConfigInvalid" and "set strategy.samplesPerPrompt to 3 or more" in outcome.error
    assert not api.requests
