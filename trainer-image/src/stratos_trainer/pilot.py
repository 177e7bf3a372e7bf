"""Stage ``pilot``: a short trial of one pair: a few rows written, a few steps trained, a probe answered.

All three in one process, since a trial is short and starting a pod is not. It runs the stages themselves, on a small
task of its own below ``pilots/`` in the workspace: what a trial measures is what the stages would do, and an
interrupted trial goes on from their files.

The questions it is judged by are training questions that it does not learn from, and the same for every trial of a job,
so that trials can be compared. Where the training data has no answers and the metric needs them, evaluation questions
are used, as in the profile.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import checkpoints, data, logs, metrics, modeling, scoring, synthesize, train
from .config import Format, Pilot, StageConfig
from .data import Row
from .devices import choose
from .errors import StageError, Stopped
from .generate import LocalCompleter, Sampling
from .progress import Progress
from .stops import requested

MOUNT = "pvc://stratos-pilot"
# Of the training questions that could judge a trial, at least so many parts are left to learn from as judge.
LEARNING_SHARE = 0.5


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    pilot = _the_pilot(config)
    learning, judging = _split(config, pilot)
    small = _small_task(config, pilot, learning)
    written = synthesize.run(small, progress)
    _refuse_to_go_on("after its data was written")
    trained = train.run(small, progress)
    _refuse_to_go_on("after its training")
    scored = _score(small, judging)
    logs.info("measured a trial", pilot=pilot.name, rung=pilot.rung, samples=len(judging), correct=scored.correct)
    # Only what was measured is kept: sixteen trials' weights would fill the workspace.
    for folder in (small.attempt_folder / "checkpoints", small.trained_model, small.quantised_model):
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "rows": written["rows"],
        "kept": written["kept"],
        "promptTokens": written["promptTokens"],
        "completionTokens": written["completionTokens"],
        "steps": trained["steps"],
        "tokensPerSecond": trained["tokensPerSecond"],
        "finalLoss": trained["finalLoss"],
        "samples": len(judging),
        "correct": scored.correct,
        "formatFailures": scored.format_failures,
    }


def _the_pilot(config: StageConfig) -> Pilot:
    if config.pilot is None:
        raise StageError("ConfigInvalid", 'stage pilot needs the section "pilot"')
    return config.pilot


def _split(config: StageConfig, pilot: Pilot) -> tuple[list[Row], list[Row]]:
    """Rows to learn from and rows to be judged by, from one shuffle that depends on the job's seed alone."""
    task = config.the_task
    rows = data.for_training(config)
    order = random.Random(f"pilot/{config.seed}").sample(range(len(rows)), len(rows))
    judges = order
    if metrics.needs_reference(task.metric):
        judges = [place for place in order if rows[place].answer is not None]
    most = min(task.probe_samples, int(len(rows) * (1 - LEARNING_SHARE)))
    chosen = judges[:most]
    if not chosen:
        held_out = scoring.scorable(data.read(config, task.evaluation), task.metric, task.evaluation)
        judging = random.Random(f"pilot/{config.seed}").sample(held_out, min(task.probe_samples, len(held_out)))
        return [rows[place] for place in order[: pilot.rows]], judging
    taken = set(chosen)
    left = [place for place in order if place not in taken]
    return [rows[place] for place in left[: pilot.rows]], [rows[place] for place in chosen]


def _small_task(config: StageConfig, pilot: Pilot, learning: Sequence[Row]) -> StageConfig:
    """The same pair on a few rows for a few steps, with files of its own."""
    folder = config.workspace / "pilots" / f"{pilot.name}-{pilot.rung}"
    folder.mkdir(parents=True, exist_ok=True)
    task = config.the_task
    _write_rows(folder / "train.jsonl", learning)
    # What repeats the evaluation is left out already; the stages want one question to compare with all the same.
    _write_rows(folder / "test.jsonl", data.read(config, task.evaluation)[:1])
    return replace(
        config,
        workspace=folder,
        mounts={**config.mounts, MOUNT: str(folder)},
        task=replace(task, train=f"{MOUNT}/train.jsonl", evaluation=f"{MOUNT}/test.jsonl", format=Format("Chat")),
        training=replace(config.training, max_steps=pilot.steps),
        synthesis=replace(config.synthesis, shards=1, max_rows=0, new_prompts=0),
    )


def _write_rows(path: Path, rows: Sequence[Row]) -> None:
    """As conversations, whatever form the task's own files have."""
    lines = []
    for row in rows:
        turns = [{"role": role, "content": content} for role, content in row.conversation.messages]
        answer = [] if row.answer is None else [{"role": "assistant", "content": row.answer}]
        lines.append(json.dumps({"messages": [*turns, *answer]}, ensure_ascii=False) + "\n")
    checkpoints.write_atomically(path, "".join(lines))


def _refuse_to_go_on(when: str) -> None:
    if requested():
        raise Stopped(f"the trial was stopped {when}; it goes on from there")


def _score(config: StageConfig, judging: Sequence[Row]) -> scoring.Scored:
    task = config.the_task
    folder = config.student_model
    tokenizer = modeling.load_tokenizer(folder)
    model = modeling.load_model(folder, config.seed).to(choose(config.device))
    completer = LocalCompleter(model, tokenizer, task.system_prompt)
    return scoring.score(completer, judging, task.metric, Sampling(task.max_new_tokens, seed=config.seed))
