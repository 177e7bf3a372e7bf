"""Stage ``profile``: how well does each teacher, and each student as it is, already know the task?

The probe uses training questions where they have answers, so that the planner never sees the evaluation.
"""

from __future__ import annotations

import json
import math
import random
from typing import Any

import torch

from . import checkpoints, compatibility, data, logs, metrics, modeling, scoring
from .completions import Sampling
from .config import Model, StageConfig
from .data import Row
from .devices import choose
from .errors import Stopped
from .generate import LocalCompleter
from .progress import Progress
from .stops import requested
from .teachers import Completer, folder_of, open_completer
from .uris import Resolver


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    task = config.the_task
    selection = data.select(config)
    train, evaluation = selection.rows, data.read(config, task.evaluation)
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
    _add_tokenizers(config, models)
    return {
        "models": models,
        "trainExamples": len(train),
        "duplicates": selection.duplicates,
        "contaminated": selection.contaminated,
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
    low, high = wilson(scored.correct, len(probe))
    logs.info(
        "measured a model",
        model=model.name,
        role=role,
        samples=len(probe),
        correct=scored.correct,
        accuracyLow=round(low, 4),
        accuracyHigh=round(high, 4),
        tokensPerItem=round((scored.prompt_tokens + scored.completion_tokens) / len(probe), 2),
        costPerItem=_cost_per_item(model, scored),
        meanLatencyMilliseconds=round(scored.mean_latency_milliseconds, 2),
    )
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


def wilson(correct: int, samples: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson, 1927): honest for few samples, and never outside [0, 1]."""
    share, spread = correct / samples, z * z / samples
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / samples + spread / (4 * samples)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _cost_per_item(model: Model, scored: scoring.Scored) -> str | None:
    """None where nobody knows the price: weights cost what their pod costs."""
    pricing = model.endpoint.pricing if model.endpoint else None
    if pricing is None:
        return None
    spent = (
        pricing.input_per_million_tokens * scored.prompt_tokens
        + pricing.output_per_million_tokens * scored.completion_tokens
    )
    return f"{spent / 1_000_000 / len(scored.verdicts):.9f}"


def _add_tokenizers(config: StageConfig, models: list[dict[str, Any]]) -> None:
    """To each student, how its tokenizer relates to every teacher's; an endpoint's is not known."""
    teachers = [model for model in config.teachers if model.uri]
    named = [("Teacher", model) for model in teachers] + [("Student", model) for model in config.students]
    vocabularies = {
        (role, model.name): modeling.load_tokenizer(folder_of(config, model)).get_vocab() for role, model in named
    }
    widths = {(entry["role"], entry["name"]): (entry["facts"] or {}).get("vocabularySize") for entry in models}
    details = []
    for student in (entry for entry in models if entry["role"] == "Student"):
        mine = vocabularies["Student", student["name"]]
        student["tokenizers"] = {}
        for teacher in (model.name for model in teachers):
            theirs = vocabularies["Teacher", teacher]
            sizes = (widths["Teacher", teacher], widths["Student", student["name"]])
            found = compatibility.relation(theirs, mine, sizes)
            student["tokenizers"][teacher] = found
            counts = compatibility.shared(theirs, mine)
            details.append({"teacher": teacher, "student": student["name"], "relation": found, **counts})
    path = config.workspace / "profile" / "tokenizers.json"
    checkpoints.write_atomically(path, json.dumps(details, indent=2) + "\n")


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
