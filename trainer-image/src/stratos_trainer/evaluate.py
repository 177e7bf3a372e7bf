"""Stage ``evaluate``: student, teacher and the untrained student answer the same held-out questions.

The counts leave here raw; confidence bounds and the gate are the operator's business.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import torch

from . import checkpoints, data, logs, modeling, scoring
from .config import StageConfig
from .data import Row
from .devices import choose
from .errors import StageError, Stopped
from .generate import LocalCompleter, Sampling
from .progress import Progress
from .scoring import Scored
from .stops import requested
from .teachers import Completer, open_completer
from .uris import Resolver

Opener = Callable[[StageConfig, torch.device], "Completer | None"]


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    rows = _items(config)
    device = choose(config.device)
    scores: dict[str, Scored | None] = {}
    # One after the other, so that only one model is in memory.
    for number, (role, opener) in enumerate(CONTESTANTS.items(), start=1):
        if requested():
            raise Stopped("stopped between two models; the evaluation starts over")
        completer = opener(config, device)
        scores[role] = _score(config, role, completer, rows) if completer else None
        progress.report(number, len(CONTESTANTS))
    better, worse = _paired(scores["student"], scores["teacher"])
    result = {
        **{role: _summary(scored) for role, scored in scores.items()},
        "pairedBetter": better,
        "pairedWorse": worse,
    }
    checkpoints.write_atomically(config.evaluation_summary, json.dumps(result, indent=2) + "\n")
    return result


def _items(config: StageConfig) -> list[Row]:
    task = config.the_task
    rows = scoring.scorable(data.read(config, task.evaluation), task.metric, task.evaluation)
    return random.Random(f"evaluation/{config.seed}").sample(rows, min(task.evaluation_samples, len(rows)))


def _student(config: StageConfig, device: torch.device) -> Completer:
    folder = config.attempt_folder / "model"
    if not folder.is_dir():
        raise StageError("ModelUnreadable", f"reading {folder}: there is no trained student; run stage train first")
    tokenizer = modeling.load_tokenizer(folder)
    return LocalCompleter(modeling.load_model(folder, config.seed).to(device), tokenizer, config.the_task.system_prompt)


def _teacher(config: StageConfig, device: torch.device) -> Completer:
    return open_completer(config, config.the_only("teachers"), device)


def _base(config: StageConfig, device: torch.device) -> Completer | None:
    """The student before training; nobody, when it began without weights."""
    source = config.the_only("students")
    folder = Resolver(config, "ModelUnreadable").path(str(source.uri))
    return open_completer(config, source, device) if modeling.has_weights(folder) else None


CONTESTANTS: dict[str, Opener] = {"student": _student, "teacher": _teacher, "base": _base}


def _score(config: StageConfig, role: str, completer: Completer, rows: list[Row]) -> Scored:
    task = config.the_task
    scored = scoring.score(completer, rows, task.metric, Sampling(task.max_new_tokens, seed=config.seed))
    logs.info("evaluated", role=role, samples=len(rows), correct=scored.correct, formatFailures=scored.format_failures)
    folder = config.attempt_folder / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(
            {
                "line": row.line,
                "prompt": row.conversation.prompt,
                "reference": row.answer,
                "completion": completion.text,
                "correct": verdict.correct,
            },
            ensure_ascii=False,
        )
        for row, completion, verdict in zip(rows, scored.completions, scored.verdicts, strict=True)
    ]
    checkpoints.write_atomically(folder / f"{role}.jsonl", "\n".join(lines) + "\n")
    return scored


def _paired(student: Scored | None, teacher: Scored | None) -> tuple[int, int]:
    if student is None or teacher is None:
        return 0, 0
    pairs = [(ours.correct, theirs.correct) for ours, theirs in zip(student.verdicts, teacher.verdicts, strict=True)]
    return pairs.count((True, False)), pairs.count((False, True))


def _summary(scored: Scored | None) -> dict[str, Any] | None:
    if scored is None:
        return None
    samples = len(scored.verdicts)
    return {
        "samples": samples,
        "correct": scored.correct,
        "formatFailures": scored.format_failures,
        "meanCompletionTokens": round(scored.completion_tokens / samples, 2),
        "meanLatencyMilliseconds": round(scored.mean_latency_milliseconds, 2),
    }
