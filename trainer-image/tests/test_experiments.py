"""The harness behind docs/results.md: its reasons are right, its floor is legal, and the page is what the runs say."""

import json
import random
from pathlib import Path

import pytest

from experiments import claims, page
from experiments.floors import forced_legal, legal_answers
from experiments.rationales import answers_first, pairs_behind
from experiments.studies import STUDIES
from stratos_trainer import modeling, tasks, tiny_models
from stratos_trainer.metrics import final_answer
from stratos_trainer.tasks.winning_tiles import complete_hands, parse_question

DOCS = Path(__file__).parent.parent.parent / "docs"
SAMPLE = random.Random(0).sample([json.loads(line) for line in tasks.lines("tasks/winning-tiles-13/test.jsonl")], 200)


def test_every_reason_names_a_pair_that_completes_the_hand():
    complete = complete_hands(4)
    for row in SAMPLE:
        hand = parse_question(row["prompt"])
        for reason in pairs_behind(row["prompt"]).split(","):
            tile, pair = int(reason[0]), int(reason[2])
            full = tuple(count + (place == tile - 1) for place, count in enumerate(hand))
            assert reason[2] == reason[3] and full in complete and full[pair - 1] >= 2


@pytest.mark.parametrize("arm", ["direct", "answer-first", "rationale-first"])
def test_every_form_ends_in_the_same_answer(arm):
    form = STUDIES["winning-tiles-13"].arms[arm].form
    for row in SAMPLE:
        assert final_answer(form(row["prompt"], row["completion"])) == row["completion"]
    sums = STUDIES["chained-arithmetic"].arms
    assert sums["direct"].form("A3+4-2?", "3+4=7-2=5#5") == "5"
    assert sums["answer-first"].form("A3+4-2?", "3+4=7-2=5#5") == "#### 5\n3+4=7-2=5"
    assert sums["rationale-first"].form("A3+4-2?", "3+4=7-2=5#5") == "3+4=7-2=5#5"
    assert answers_first("A3+4-2?", "#### 5\n3+4=7-2=5", None) and not answers_first(
        "A3+4-2?", "#### 6\n3+4=7-2=5", None
    )


def test_legal_answers_hold_the_right_one_and_no_fifth_tile():
    for row in SAMPLE[:50]:
        legal = legal_answers(row["prompt"])
        assert row["completion"] in legal and len(set(legal)) == len(legal)
    assert not any("1" in answer for answer in legal_answers("W1111234567899?"))


def test_the_floor_is_measured():
    found = forced_legal("winning-tiles-13", questions=2)
    assert found["samples"] == 2 and 0 <= found["correct"] <= 2


def test_the_page_is_what_the_runs_say():
    record = json.loads((DOCS / page.RECORD).read_text())
    assert page.render(record) == (DOCS / page.PAGE).read_text(), "run: make results"


def test_the_sizes_that_the_page_compares_are_those_of_the_models():
    for name, want in (("tiny-teacher", claims.TEACHER_PARAMETERS), ("arithmetic-student", claims.STUDENT_PARAMETERS)):
        model = modeling.load_model(tiny_models.FOLDER / name, 0)
        assert sum(parameter.numel() for parameter in model.parameters()) == want


def runs_where(student, teacher):
    study, arm = claims.ALIGNED
    return [
        {"study": study, "arm": "teacher", "seed": 0, "correct": teacher},
        *({"study": study, "arm": arm, "seed": seed, "correct": correct} for seed, correct in enumerate(student)),
    ]


@pytest.mark.parametrize(
    ("student", "teacher", "verdict"),
    [
        (["1" * 90 + "0" * 10] * 3, "1" * 50 + "0" * 50, "yes"),
        (["1" * 52 + "0" * 48, "1" * 30 + "0" * 70], "1" * 50 + "0" * 50, "**no**"),
    ],
)
def test_a_claim_holds_only_when_the_whole_interval_says_so(student, teacher, verdict):
    assert claims.claims(runs_where(student, teacher))[0][2] == verdict


def test_nothing_is_claimed_of_what_was_not_run():
    assert claims.claims([]) == []
