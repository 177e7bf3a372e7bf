"""A training that is stopped or killed at a random step ends with the same bits as one that was left alone."""

import json
import random
import signal

import pytest
from stages import document, letters, run, run_here, start, with_letters

from stratos_trainer import digests, synthesize

TRAINING = {
    "learningRate": 0.003,
    "batchSize": 8,
    "epochs": 20,
    "maxSequenceLength": 32,
    "warmupSteps": 5,
    "checkpointPeriodSeconds": 0,
}


def with_shard(folder):
    """A workspace with a complete shard, as synthesis leaves it; here the point is what training does with it."""
    with_letters(folder)
    data = folder / "attempt-1" / "data"
    data.mkdir(parents=True)
    records = [
        {"messages": [{"role": "user", "content": row["prompt"]}], "completions": [row["completion"]]}
        for row in letters(100, 164)
    ]
    (data / "shard-0.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (data / "shard-0.done").write_text(digests.of_file(data / "shard-0.jsonl"))
    return folder


def losses(log: str) -> dict[int, float]:
    entries = map(json.loads, log.splitlines())
    return {entry["step"]: entry["loss"] for entry in entries if entry["message"] == "trained"}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = with_shard(tmp_path_factory.mktemp("whole"))
    return run(document("train", folder, training=TRAINING))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_resumed_curve_is_bit_equal(tmp_path, uninterrupted, number, code):
    config = document("train", with_shard(tmp_path), training=TRAINING)
    stage = start(config)
    stage.kill_after_step(random.randrange(20, 120), number)
    stopped = stage.wait()
    assert stopped.code == code
    resumed = run(config)
    assert 0 < resumed.result["resumedFromStep"] < resumed.result["steps"]
    want = losses(uninterrupted.log)
    assert all(want[step] == loss for step, loss in losses(resumed.log).items())
    assert resumed.result["digest"] == uninterrupted.result["digest"]
    assert resumed.result["tokens"] == uninterrupted.result["tokens"]


def test_a_half_written_checkpoint_is_not_seen(tmp_path, uninterrupted):
    config = document("train", with_shard(tmp_path), training=TRAINING)
    leftovers = tmp_path / "attempt-1" / "checkpoints" / ".step-7.partial"
    leftovers.mkdir(parents=True)
    (leftovers / "state.pt").write_bytes(b"half")
    outcome = run_here(config)
    assert outcome.result["resumedFromStep"] == 0
    assert outcome.result["digest"] == uninterrupted.result["digest"]


def test_a_shard_changed_behind_our_back_is_refused(tmp_path):
    with_shard(tmp_path)
    with (tmp_path / "attempt-1" / "data" / "shard-0.jsonl").open("a") as file:
        file.write("\n")
    outcome = run_here(document("train", tmp_path, training=TRAINING))
    assert (outcome.code, outcome.reason) == (2, "DataUnreadable")


def test_an_interrupted_shard_ends_with_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(synthesize, "CHUNK_ROWS", 16)
    folder = with_letters(tmp_path)
    config = document("synthesize", folder, strategy={"mode": "KnowledgeInjection", "samplesPerPrompt": 2})
    whole = run_here(config).result
    path = folder / "attempt-1" / "data" / "shard-0.jsonl"
    content = path.read_bytes()
    (path.parent / "shard-0.done").unlink()
    lines = content.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:21]) + lines[21][:9])
    assert run_here(config).result == whole
    assert path.read_bytes() == content
