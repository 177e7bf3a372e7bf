"""A mixture asks plainly, and with the known answer where that was in vain."""

import json

from stages import document, run_here, write_rows

from stratos_trainer import mixture
from stratos_trainer.data import Row
from stratos_trainer.prompts import ask
from stratos_trainer.tasks.chained_arithmetic import solve

# Chained sums, which the tiny teacher can do, and a rule of our own, which it cannot know.
SUMS = [f"A{first}+{second}-{third}?" for first in range(4) for second in range(4) for third in range(4)]
OTHERS = range(100, 132)


def row(line, answer):
    return Row(ask(f"Q{line}?"), answer, line)


def answered(one):
    return one.answer is not None


def record(line, completions, mode):
    return {
        "line": line,
        "completions": completions,
        "samples": 1,
        "accepted": len(completions),
        "promptTokens": 10,
        "completionTokens": 2,
        "provenance": {"mode": mode},
    }


def teacher(knows):
    """Right by itself in the lines it knows, and everywhere once it is told."""
    asked = []

    def written(rows, mode):
        asked.append((mode, [one.line for one in rows]))
        right = [mode == mixture.INJECTED or one.line in knows for one in rows]
        return [record(one.line, ["yes"] if good else [], mode) for one, good in zip(rows, right, strict=True)]

    return written, asked


def test_only_what_failed_is_asked_again_and_each_row_says_how_it_came_about():
    written, asked = teacher(knows={1, 3})
    records = mixture.write([row(number, "a") for number in range(1, 5)], answered, written)
    assert asked == [(mixture.ALIGNED, [1, 2, 3, 4]), (mixture.INJECTED, [2, 4])]
    assert [one["provenance"]["mode"] for one in records] == [
        mixture.ALIGNED,
        mixture.INJECTED,
        mixture.ALIGNED,
        mixture.INJECTED,
    ]
    assert [one["promptTokens"] for one in records] == [10, 20, 10, 20]


def test_a_row_without_an_answer_is_not_asked_again():
    written, asked = teacher(knows=set())
    (only,) = mixture.write([row(1, None)], answered, written)
    assert asked == [(mixture.ALIGNED, [1])] and only["completions"] == []


def test_the_stage_writes_both_kinds_for_a_teacher_that_knows_part(tmp_path):
    sums = [{"prompt": question, "completion": solve(question)} for question in SUMS]
    others = [{"prompt": f"Q{number}?", "completion": str(number % 7)} for number in OTHERS]
    write_rows(tmp_path, "train.jsonl", [*others, *sums])
    write_rows(tmp_path, "test.jsonl", [{"prompt": "Q200?", "completion": "4"}])
    config = document("synthesize", tmp_path, strategy={"mode": "KnowledgeMixture"})
    config["task"]["maxNewTokens"] = 24
    outcome = run_here(config)
    path = tmp_path / "attempt-1" / "data" / "shard-0.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    kept = [one for one in records if one["completions"]]
    assert outcome.result["rows"] == len(SUMS) + len(OTHERS)
    assert outcome.result["kept"] == len(kept) > 80
    modes = {
        kind: {one["provenance"]["mode"] for one in kept if kind in one["messages"][0]["content"]} for kind in "AQ"
    }
    assert mixture.ALIGNED in modes["A"] and modes["Q"] == {mixture.INJECTED}
    told = {one["provenance"]["template"] for one in kept if one["provenance"]["mode"] == mixture.INJECTED}
    plain = {one["provenance"]["template"] for one in kept if one["provenance"]["mode"] == mixture.ALIGNED}
    assert not told & plain
