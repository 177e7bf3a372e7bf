"""What the student may learn: votes of a judge, agreement of samples, reasoning that stands without its answer."""

import json

import pytest
from misbehaving import Api, serving
from stages import document, run_here, write_rows

from stratos_trainer import answer_cache, config, judging, ledger, metrics, verification
from stratos_trainer.completions import Completion
from stratos_trainer.config import Endpoint, Judge, JudgeModel
from stratos_trainer.ledger import Ledger


@pytest.fixture(autouse=True)
def own_books(monkeypatch):
    monkeypatch.setattr(ledger, "_current", Ledger({}))
    monkeypatch.setattr(answer_cache, "_opener", None)


class Scripted(Api):
    """Answers by a function of the question."""

    def __init__(self, reply):
        super().__init__(lambda *_: None)
        self.reply = reply

    def answer_to(self, prompt):
        return self.reply(prompt)


VERDICTS = {
    "one word": ("CORRECT", True),
    "behind reasons": ("It names the same river.\nCORRECT", True),
    "with emphasis": ("Fine.\n**Incorrect.**", False),
    "a sentence": ("The answer is CORRECT", None),
    "both": ("CORRECT or INCORRECT", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("text", "want"), VERDICTS.values(), ids=VERDICTS.keys())
def test_a_judge_s_verdict_is_the_last_line_s_only_word(text, want):
    assert judging.verdict_of(text) is want


def judge(api, votes=1, instructions=None):
    return Judge("Judge", judge=JudgeModel(Endpoint(api.url, "critic"), instructions, votes))


def test_a_judge_reads_rubric_question_reference_and_answer():
    api = Scripted(lambda prompt: "CORRECT" if "ANSWER\nthe Danube\n" in prompt else "INCORRECT")
    with serving(api):
        metric = metrics.named(judge(api, instructions="Rivers may have several names."))
        assert metric("Which river?", "the Danube", "Danube") == (True, True)
        assert metric("Which river?", "the Rhine", "Danube") == (False, True)
        assert metric("Which river?", " ", "Danube") == (False, False)
    system, user = api.bodies[0]["messages"]
    assert "Rivers may have several names." in system["content"] and "REFERENCE\nDanube" in user["content"]
    assert len(api.bodies) == 2
    assert [(entry["role"], entry["name"]) for entry in ledger.current().usage()] == [("Judge", "critic")]


VOTES = {
    "two of three are enough, and the third is not asked": ((True, True, False), True, 2),
    "one of three is not": ((False, True, False), False, 3),
    "two against are enough": ((False, False, True), False, 2),
    "a tie of two is no majority": ((True, False), False, 2),
}


@pytest.mark.parametrize(("votes", "want", "asked"), VOTES.values(), ids=VOTES.keys())
def test_the_majority_decides(votes, want, asked):
    cast = iter(votes)
    api = Scripted(lambda _: "")
    api.document = lambda *_: {
        "choices": [{"message": {"content": "CORRECT" if next(cast) else "INCORRECT"}, "finish_reason": "stop"}]
    }
    with serving(api):
        assert metrics.named(judge(api, len(votes)))("q", "a", None).correct is want
    assert len(api.bodies) == asked and len({body["seed"] for body in api.bodies}) == asked


def completions(*texts):
    return [Completion(text, 1, 1, True) for text in texts]


AGREEMENTS = {
    "two of three": (("so #### 7", "#### 7", "8"), [True, True, False]),
    "no two": (("7", "8", "9"), [False, False, False]),
    "two of four": (("7", "7", "8", "9"), [False] * 4),
    "two samples, which could agree by chance": (("7", "7"), [False, False]),
    "nothing said at all": (("", "", ""), [False] * 3),
}


@pytest.mark.parametrize(("texts", "want"), AGREEMENTS.values(), ids=AGREEMENTS.keys())
def test_without_a_reference_samples_must_agree(texts, want):
    assert verification.consensus(completions(*texts)) == want


def test_a_sample_that_was_cut_has_no_vote():
    cut = Completion("7", 1, 1, False)
    assert verification.consensus([*completions("7", "8"), cut]) == [False] * 3


REASONINGS = {
    "the marked line goes": ("3 and 4 make 7. Take 2.\n#### 5", "3 and 4 make 7. Take 2."),
    "a last sentence that states it goes, too": ("3 and 4 make 7. So it is 5.\n#### 5", "3 and 4 make 7."),
    "an earlier step that happens to state it stays": ("5 is odd. Then 3 less.\n#### 5", "5 is odd. Then 3 less."),
    "another number that holds it is not it": ("That makes 15.\n#### 5", "That makes 15."),
    "nothing is left of an answer alone": ("#### 5", ""),
}


@pytest.mark.parametrize(("text", "want"), REASONINGS.values(), ids=REASONINGS.keys())
def test_reasoning_without_its_answer(text, want):
    assert verification.reasoning_of(text) == want


def injection(folder, api, **changes):
    write_rows(folder, "train.jsonl", [{"prompt": f"sum {n}", "completion": str(n)} for n in range(10, 16)])
    write_rows(folder, "test.jsonl", [{"prompt": "held out", "completion": "x"}])
    text = document(
        "synthesize",
        folder,
        teachers=[{"name": "api", "endpoint": {"url": api.url, "model": "m"}}],
        strategy={"mode": "KnowledgeInjection", "rationale": "RationaleFirst"},
    )
    text["task"]["maxNewTokens"] = 64
    return {**text, **changes}


def records(folder):
    return [json.loads(line) for line in (folder / "attempt-1/data/shard-0.jsonl").read_text().splitlines()]


def test_reasoning_that_leads_nowhere_without_its_answer_is_not_taught(tmp_path):
    """The teacher restates the given answer always, but reasons well only about even sums; and it can conclude only
    from good reasoning, never from the question."""

    def reply(prompt):
        number = int(prompt.partition("sum ")[2][:2])
        if "Known answer" in prompt:
            reason = f"Half of it is {number // 2}. Double that." if number % 2 == 0 else "It is obvious."
            return f"{reason}\n#### {number}"
        assert f"#### {number}" not in prompt and "Reasoning: " in prompt
        half = prompt.partition("Half of it is ")[2].partition(".")[0]
        return f"#### {2 * int(half)}" if half else "#### 0"

    strategy = {
        "mode": "KnowledgeInjection",
        "rationale": "RationaleFirst",
        "verification": {"type": "Metric", "rederive": True},
    }
    with serving(Scripted(reply)) as api:
        outcome = run_here(injection(tmp_path, api, strategy=strategy))
    assert (outcome.result["kept"], outcome.result["rejected"]) == (3, 3)
    kept = {record["messages"][-1]["content"] for record in records(tmp_path) if record["completions"]}
    assert kept == {"sum 10", "sum 12", "sum 14"}
    assert records(tmp_path)[0]["provenance"]["verification"] == "ExactMatch+Rederived"


def test_a_judge_s_tokens_are_told_beside_the_teacher_s(tmp_path):
    with serving(Scripted(lambda prompt: "CORRECT" if "<<<" in prompt else "because\n#### 1")) as api:
        text = injection(tmp_path, api)
        text["task"]["metric"] = {
            "type": "Judge",
            "judge": {"endpoint": {"url": api.url, "model": "critic"}, "votes": 3},
        }
        outcome = run_here(text)
    assert outcome.result["kept"] == 6
    assert [(entry["role"], entry["name"]) for entry in outcome.message["usage"]] == [
        ("Judge", "critic"),
        ("Teacher", "api"),
    ]
    assert sum(entry["promptTokens"] for entry in outcome.message["usage"]) == api.prompt_tokens
    assert config.parse(text).the_task.metric.judge.votes == 3


def test_every_completion_tells_where_it_came_from(tmp_path):
    numbers = iter(range(1000))
    with serving(Scripted(lambda _: "")) as api:
        api.answer_to = lambda prompt: f"way {next(numbers) % 2}\n#### {prompt.partition('sum ')[2][:2]}"
        strategy = {"mode": "KnowledgeInjection", "rationale": "RationaleFirst", "samplesPerPrompt": 4}
        run_here(injection(tmp_path, api, strategy=strategy))
    for record in records(tmp_path):
        origin = record["provenance"]
        assert len(origin["sampleIndexes"]) == len(record["completions"])
        assert origin["teacher"] == f"{api.url} m" and origin["verification"] == "ExactMatch"
        assert origin["prompt"].startswith("sha256:") and origin["origin"] == "Data"
    assert len({record["provenance"]["prompt"] for record in records(tmp_path)}) == 6
