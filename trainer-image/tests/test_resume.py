"""A training that is stopped or killed at a random step ends with the same bits as one that was left alone."""

import json
import random
import signal

import pytest
from stages import document, letters, run, run_here, start, with_letters

from stratos_trainer import digests, loss_history, stops, synthesize

TRAINING = {
    "learningRate": 0.003,
    "batchSize": 8,
    "epochs": 12,
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
    entries = (json.loads(line) for line in log.splitlines() if line.startswith("{"))
    return {entry["step"]: entry["loss"] for entry in entries if entry["message"] == "trained"}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = with_shard(tmp_path_factory.mktemp("whole"))
    return run_here(document("train", folder, training=TRAINING))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_resumed_curve_is_bit_equal(tmp_path, uninterrupted, number, code):
    config = document("train", with_shard(tmp_path), training=TRAINING)
    stage = start(config)
    reached = stage.kill_after_step(random.randrange(1, 80), number)
    stopped = stage.wait()
    assert stopped.code == code
    resumed = run_here(config)
    # Saved after every step, a run loses the one that it was in.
    assert reached - 1 <= resumed.result["resumedFromStep"] < resumed.result["steps"]
    want = losses(uninterrupted.log)
    assert all(want[step] == loss for step, loss in losses(resumed.log).items())
    assert resumed.result["digest"] == uninterrupted.result["digest"]
    assert resumed.result["tokens"] == uninterrupted.result["tokens"]


def test_two_processes_and_then_one_go_on_where_the_others_were(tmp_path, uninterrupted, monkeypatch):
    """Killed, stopped and finished, each time by another number of processes; once under torchrun."""
    folder = with_shard(tmp_path)
    two, one = (document("train", folder, training={**TRAINING, "processes": count}) for count in (2, 1))
    stage = start(two)
    reached = stage.kill_after_step(random.randrange(1, 20), signal.SIGKILL)
    killed = stage.wait()
    assert killed.code == -signal.SIGKILL and newest_step(folder) >= reached - 1
    stopped = stopped_at(60, one, monkeypatch)
    # Asked whether to stop before it tells of a step, so it does one more.
    assert stopped.code == 143 and newest_step(folder) == 61
    finished = run(two, ("torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m"))
    logs = [losses(outcome.log) for outcome in (killed, stopped, finished)]
    want = losses(uninterrupted.log)
    assert len(set().union(*logs)) == len(want)
    for step, loss in (item for log in logs for item in log.items()):
        assert loss == pytest.approx(want[step], rel=1e-6), step
    assert finished.result["tokens"] == uninterrupted.result["tokens"]
    assert finished.result["finalLoss"] == pytest.approx(uninterrupted.result["finalLoss"], rel=1e-5)


def stopped_at(step, config, monkeypatch):
    """A stage in this process that hears what a handler of SIGTERM notes when it has said that ``step`` is done."""
    note = loss_history.note

    def noted(config, at, loss):
        note(config, at, loss)
        if at == step:
            stops._note(signal.SIGTERM, None)

    with monkeypatch.context() as patch:
        patch.setattr(stops, "_requested", False)
        patch.setattr(loss_history, "note", noted)
        return run_here(config)


def newest_step(folder) -> int:
    return int((folder / "attempt-1" / "checkpoints" / "latest").read_text().removeprefix("step-"))


def test_a_half_written_checkpoint_is_not_seen_and_a_damaged_one_is_skipped(tmp_path, uninterrupted):
    short = {**TRAINING, "maxSteps": 7}
    config = document("train", with_shard(tmp_path), training=short)
    assert run_here(config).result["steps"] == 7
    folder = tmp_path / "attempt-1" / "checkpoints"
    (folder / ".step-8.partial").mkdir()
    (folder / ".step-8.partial" / "state.json").write_bytes(b"half")
    newest = folder / "step-7" / "rank-0-of-1.safetensors"
    content = bytearray(newest.read_bytes())
    content[-100] ^= 1
    newest.write_bytes(content)
    outcome = run_here(document("train", tmp_path, training=TRAINING))
    assert outcome.result["resumedFromStep"] == 6
    # The rate's course depends on the number of steps, so it is not the same run; it ends all the same.
    assert outcome.result["steps"] == uninterrupted.result["steps"]


def test_a_checkpoint_of_another_method_is_refused_and_kept(tmp_path):
    config = document("train", with_shard(tmp_path), training={**TRAINING, "maxSteps": 2})
    assert run_here(config).code == 0
    students = [{"name": "other", "uri": "builtin://models/winning-tiles-student"}]
    outcome = run_here({**config, "students": students})
    assert (outcome.code, outcome.reason) == (2, "ModelIncompatible")
    assert "was written for another model or method" in outcome.error
    assert newest_step(tmp_path) == 2


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
