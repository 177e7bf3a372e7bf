"""Stage ``profile``: how well does each teacher, and each student as it is, already know the task?

The probe uses training questions where they have answers, so that the planner never sees the evaluation.
"""

from __future__ import annotations

import json
import random
from typing import Any

import torch

from . import checkpoints, data, logs, metrics, modeling, scoring
from .config import Model, StageConfig
from .data import Row
from .devices import choose
from .errors import Stopped
from .generate import LocalCompleter, Sampling
from .progress import Progress
from .stops import requested
from .teachers import Completer, open_completer
from .uris import Resolver


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    task = config.the_task
    train, evaluation = data.for_training(config), data.read(config, task.evaluation)
    probe = _probe(config, train, evaluation)
    device = choose(config.device)
    wanted = [("Teacher", model) for model in config.teachers] + [("Student", model) for model in config.students]
    models = []
    for number, (role, model) in enumerate(wanted):
        if requested():
            raise Stopped("stopped between two models; the probe is short and starts over")
        models.append(_measure(config, role, model, probe, device))
        progress.report(number + 1, len(wanted))
    teacher = models[0]
    return {
        "models": models,
        "trainExamples": len(train),
        "evaluationExamples": len(evaluation),
        "chanceCorrect": round(scoring.constant_guess(evaluation), 4),
        "meanPromptTokens": round(teacher["promptTokens"] / len(probe), 2),
        "meanCompletionTokens": round(_mean_completion_tokens(config, teacher, probe, evaluation), 2),
    }


def _probe(config: StageConfig, train: list[Row], evaluation: list[Row]) -> list[Row]:
    task = config.the_task
    answered = train
    if metrics.needs_reference(task.metric):
        answered = [row for row in train if row.answer is not None]
    rows = answered or scoring.scorable(evaluation, task.metric, task.evaluation)
    return random.Random(f"probe/{config.seed}").sample(rows, min(task.probe_samples, len(rows)))


def _measure(config: StageConfig, role: str, model: Model, probe: list[Row], device: torch.device) -> dict[str, Any]:
    completer = open_completer(config, model, device)
    sampling = Sampling(config.the_task.max_new_tokens, seed=config.seed)
    scored = scoring.score(completer, probe, config.the_task.metric, sampling)
    _keep_details(config, model, probe, scored)
    logs.info("measured a model", model=model.name, role=role, samples=len(probe), correct=scored.correct)
    return {
        "name": model.name,
        "role": role,
        "samples": len(probe),
        "correct": scored.correct,
        "formatFailures": scored.format_failures,
        "meanLatencyMilliseconds": round(scored.mean_latency_milliseconds, 2),
        "promptTokens": scored.prompt_tokens,
        "completionTokens": scored.completion_tokens,
        "facts": _facts(config, model, completer),
    }


def _facts(config: StageConfig, model: Model, completer: Completer) -> dict[str, Any] | None:
    if not isinstance(completer, LocalCompleter):
        return None
    folder = Resolver(config, "ModelUnreadable").path(str(model.uri))
    return modeling.facts(folder, completer.model, completer.tokenizer).to_json()


def _mean_completion_tokens(
    config: StageConfig, teacher: dict[str, Any], probe: list[Row], evaluation: list[Row]
) -> float:
    """Of the known answers, in the first student's tokens; of what the teacher wrote, where no answer is known."""
    known = [row.answer for row in (*probe, *evaluation[: len(probe)]) if row.answer is not None]
    if not known:
        return teacher["completionTokens"] / len(probe)
    folder = Resolver(config, "ModelUnreadable").path(str(config.students[0].uri))
    tokens = modeling.load_tokenizer(folder)(known, add_special_tokens=False)["input_ids"]
    return sum(len(ids) + 1 for ids in tokens) / len(known)


def _keep_details(config: StageConfig, model: Model, probe: list[Row], scored: scoring.Scored) -> None:
    folder = config.workspace / "profile"
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
        for row, completion, verdict in zip(probe, scored.completions, scored.verdicts, strict=True)
    ]
    checkpoints.write_atomically(folder / f"{model.name}.jsonl", "\n".join(lines) + "\n")
