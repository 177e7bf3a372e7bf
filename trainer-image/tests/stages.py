"""Running stages the way a pod does: a subprocess, the contract's variables, an exit code, a termination message."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stratos_trainer import cli, results, schemas

SOURCE = Path(__file__).parent.parent / "src"


def document(stage: str, workspace: Path, **changes: Any) -> dict[str, Any]:
    """A valid document over eight copies-of-a-letter questions; ``changes`` replace whole sections."""
    sections = {
        "version": "v1",
        "stage": stage,
        "job": {"namespace": "team-a", "name": "letters", "uid": "1-2-3", "attempt": 1},
        "seed": 0,
        "workspace": str(workspace),
        "device": "cpu",
        "mounts": {"pvc://data": str(workspace / "volume"), "pvc://students": str(workspace / "students")},
        "task": {
            "train": {"uri": "pvc://data/train.jsonl"},
            "evaluation": {"uri": "pvc://data/test.jsonl"},
            "format": {"type": "PromptCompletion"},
            "metric": {"type": "ExactMatch"},
            "probeSamples": 4,
            "evaluationSamples": 4,
            "maxNewTokens": 4,
        },
        "teachers": [{"name": "tiny", "uri": "builtin://models/tiny-teacher"}],
        "students": [{"name": "small", "uri": "builtin://models/arithmetic-student"}],
        "strategy": {"mode": "KnowledgeInjection"},
        "training": {"learningRate": 0.003, "batchSize": 8, "epochs": 25, "maxSequenceLength": 32, "warmupSteps": 5},
        "synthesis": {"shards": 1, "maxRows": 0},
        "output": {"uri": "pvc://students/letters"},
    }
    return {**copy.deepcopy(sections), **changes}


def write_rows(workspace: Path, name: str, rows: list[Any]) -> None:
    folder = workspace / "volume"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / name).write_text("\n".join(lines) + "\n")


def letters(first: int, last: int) -> list[dict[str, str]]:
    return [{"prompt": f"Q{number}?", "completion": str(number % 7)} for number in range(first, last)]


def with_letters(workspace: Path) -> Path:
    write_rows(workspace, "train.jsonl", letters(100, 164))
    write_rows(workspace, "test.jsonl", letters(200, 208))
    return workspace


@dataclass
class Outcome:
    code: int
    message: dict[str, Any] | None
    log: str = field(repr=False)

    @property
    def reason(self) -> str:
        assert self.message is not None, self.log
        return self.message["error"]["reason"]

    @property
    def error(self) -> str:
        assert self.message is not None, self.log
        return self.message["error"]["message"]

    @property
    def result(self) -> dict[str, Any]:
        assert self.code == 0 and self.message is not None, self.log
        return self.message["result"]


class Stage:
    """A started stage; a context in which it never outlives its test."""

    def __init__(self, stage: str, text: str, termination: Path, launcher: tuple[str, ...] = ()) -> None:
        self.termination = termination
        self.termination.unlink(missing_ok=True)
        self.read: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", *launcher, "stratos_trainer", stage],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE), **variables(text, termination)},
            start_new_session=True,
        )

    def kill_after_step(self, step: int, number: signal.Signals) -> int:
        """Sends a signal once the log says that ``step`` is done; the step at which the process has got it."""
        for line in self.process.stderr:
            self.read.append(line)
            entry = json.loads(line) if line.startswith("{") else {}
            if entry.get("message") == "trained" and entry["step"] >= step:
                self.send(number)
                return entry["step"]
        raise AssertionError("the stage ended before the step was reached: " + "".join(self.read))

    def send(self, number: signal.Signals) -> None:
        """A kill takes the processes that it started too, as a container's end does."""
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def wait(self) -> Outcome:
        try:
            _, log = self.process.communicate(timeout=300)
        finally:
            if self.process.poll() is None:
                self.send(signal.SIGKILL)
        return Outcome(self.process.returncode, read_message(self.termination), "".join(self.read) + log)


def start(config: dict[str, Any], launcher: tuple[str, ...] = ()) -> Stage:
    return Stage(config["stage"], json.dumps(config), termination_of(config), launcher)


def run(config: dict[str, Any], launcher: tuple[str, ...] = ()) -> Outcome:
    return start(config, launcher).wait()


def run_here(config: dict[str, Any]) -> Outcome:
    """The same without a process of its own, which saves loading PyTorch once more: here most of a stage's time."""
    termination = termination_of(config)
    termination.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables(json.dumps(config), termination).items():
            patch.setenv(name, value)
        with contextlib.redirect_stderr(io.StringIO()) as log:
            code = cli.run(config["stage"])
    return Outcome(code, read_message(termination), log.getvalue())


def termination_of(config: dict[str, Any]) -> Path:
    return Path(config["workspace"]) / f"termination-{config['stage']}"


def variables(text: str, termination: Path) -> dict[str, str]:
    return {"STRATOS_STAGE_CONFIG": text, "STRATOS_TERMINATION_LOG": str(termination)}


def read_message(termination: Path) -> dict[str, Any] | None:
    """The termination message, if there is one; it always fits Kubernetes and always fits the schema."""
    if not termination.exists():
        return None
    content = termination.read_bytes()
    assert len(content) <= 4096
    message = json.loads(content)
    assert schemas.complaint("stage-result.v1.json", message) is None, content
    return results.unpack(message)
