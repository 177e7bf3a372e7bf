"""Two processes are one trainer: the same student, whatever it learns from, and the right exit code when one fails."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import two_ranks
from stages import SOURCE, document, run, start
from test_resume import TRAINING, with_shard


def test_every_way_to_train_gives_the_student_that_one_process_makes():
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", two_ranks.__file__]
    env = {**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{Path(__file__).parent}"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.splitlines() == list(two_ranks.WAYS)


def test_of_several_processes_the_first_to_fail_says_why(tmp_path):
    training = {**TRAINING, "processes": 2, "loss": "Logits"}
    endpoint = [{"name": "api", "endpoint": {"url": "http://127.0.0.1:9/v1", "model": "m"}}]
    outcome = run(document("train", with_shard(tmp_path), training=training, teachers=endpoint))
    assert (outcome.code, outcome.reason) == (2, "ModelIncompatible")


def test_when_one_process_is_lost_the_others_end_and_the_stage_may_be_tried_again(tmp_path):
    stage = start(document("train", with_shard(tmp_path), training={**TRAINING, "processes": 2}))
    stage.kill_after_step(20, signal.SIGCONT)
    os.kill(worker_of(stage.process.pid), signal.SIGKILL)
    began = time.monotonic()
    assert stage.wait().code == 1
    assert time.monotonic() - began < 60


def worker_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(children[-1])
