"""A trial run: real models, a few rows, a few steps, judged by questions it did not learn from."""

import json
import signal

import pytest
from stages import document, letters, run_here, start, with_letters, write_rows

from stratos_trainer import pilot as pilots
from stratos_trainer.config import parse

TRIAL = {"name": "small-1a2b3c4d", "rung": 0, "steps": 30, "rows": 24}
TRAINING = {"learningRate": 0.003, "batchSize": 8, "epochs": 25, "maxSequenceLength": 32, "warmupSteps": 5}


def pilot(folder, **changes):
    return document("pilot", folder, **{"training": TRAINING, "pilot": TRIAL, **changes})


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    folder = with_letters(tmp_path_factory.mktemp("letters"))
    return folder, run_here(pilot(folder)).result


def test_it_writes_learns_and_answers_as_much_as_it_is_told(tried):
    _, result = tried
    assert (result["steps"], result["rows"], result["samples"]) == (30, 24, 4)
    assert 0 < result["kept"] <= 24
    assert 0 <= result["correct"] <= 4


def test_it_leaves_its_data_and_none_of_its_weights(tried):
    folder, _ = tried
    trial = folder / "pilots" / "small-1a2b3c4d-0"
    assert (trial / "attempt-1" / "data" / "shard-0.jsonl").exists()
    assert not (trial / "attempt-1" / "model").exists()
    assert not (trial / "attempt-1" / "checkpoints").exists()
    assert not (folder / "attempt-1").exists()


def test_the_same_trial_measures_the_same(tried, tmp_path):
    _, result = tried
    again = run_here(pilot(with_letters(tmp_path))).result
    assert {**again, "tokensPerSecond": 0} == {**result, "tokensPerSecond": 0}


def test_every_trial_is_judged_by_the_same_questions_and_learns_from_none_of_them(tmp_path):
    with_letters(tmp_path)
    splits = []
    for name, rows in (("a", 8), ("b", 24), ("c", 10_000)):
        config = parse(pilot(tmp_path, pilot={**TRIAL, "name": name, "rows": rows}))
        learning, judging = pilots._split(config, config.pilot)
        assert len(learning) == min(rows, 60)
        assert not {row.line for row in learning} & {row.line for row in judging}
        splits.append([row.line for row in judging])
    assert splits[0] == splits[1] == splits[2]


def test_small_data_leaves_half_to_learn_from(tmp_path):
    write_rows(tmp_path, "train.jsonl", letters(100, 106))
    write_rows(tmp_path, "test.jsonl", letters(200, 208))
    config = parse(pilot(tmp_path))
    learning, judging = pilots._split(config, config.pilot)
    assert (len(learning), len(judging)) == (3, 3)


def test_where_no_training_row_has_an_answer_the_evaluation_judges(tmp_path):
    write_rows(tmp_path, "train.jsonl", [{"prompt": row["prompt"], "completion": None} for row in letters(100, 164)])
    write_rows(tmp_path, "test.jsonl", letters(200, 208))
    config = parse(pilot(tmp_path))
    learning, judging = pilots._split(config, config.pilot)
    assert len(learning) == 24 and len(judging) == 4
    assert all(row.answer is not None for row in judging)


def test_a_trial_that_is_stopped_goes_on_from_its_checkpoint(tmp_path, tried):
    _, whole = tried
    config = pilot(with_letters(tmp_path), training={**TRAINING, "checkpointPeriodSeconds": 0})
    stage = start(config)
    stage.kill_after_step(20, signal.SIGTERM)
    assert stage.wait().code == 143
    resumed = run_here(config).result
    assert {**resumed, "tokensPerSecond": 0} == {**whole, "tokensPerSecond": 0}


def test_without_its_section_it_is_refused(tmp_path):
    config = document("pilot", with_letters(tmp_path))
    outcome = run_here(config)
    assert (outcome.code, outcome.reason) == (2, "ConfigInvalid")
    assert "pilot" in outcome.error


def test_rows_are_written_as_conversations_with_their_answers(tried):
    folder, _ = tried
    lines = (folder / "pilots" / "small-1a2b3c4d-0" / "train.jsonl").read_text().splitlines()
    rows = {row["prompt"]: row["completion"] for row in letters(100, 164)}
    for line in map(json.loads, lines):
        question, answer = line["messages"]
        assert rows[question["content"]] == answer["content"]
