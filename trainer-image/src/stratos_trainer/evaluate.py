"""Stage ``evaluate``: student, teacher and the untrained student answer the same held-out questions.

The counts leave here raw; confidence bounds and the gate are the operator's business. What needs the single answers
(paired tests, pass@k, slices, contamination) is worked out here.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import torch

from . import checkpoints, comparison, data, logs, metrics, modeling, scoring
from .comparison import Answers
from .config import StageConfig
from .data import Row
from .devices import choose
from .errors import StageError, Stopped
from .generate import LocalCompleter, Sampling
from .overlap import HeldOut
from .progress import Progress
from .prompts import Conversation
from .scoring import Scored
from .stops import requested
from .teachers import Completer, open_completer
from .uris import Resolver

# Of the answers that pass@k is estimated from; at 0 all would be the same.
ATTEMPT_TEMPERATURE = 0.7

Opener = Callable[[StageConfig, torch.device], "Completer | None"]


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    rows = _items(config)
    device = choose(config.device)
    answers: dict[str, Answers | None] = {}
    # One after the other, so that only one model is in memory.
    for number, (role, opener) in enumerate(CONTESTANTS.items(), start=1):
        if requested():
            raise Stopped("stopped between two models; the evaluation starts over")
        completer = opener(config, device)
        answers[role] = _ask(config, role, completer, rows) if completer else None
        progress.report(number, len(CONTESTANTS))
    result = _result(config, rows, answers)
    record = _record(config, rows, answers, result)
    checkpoints.write_atomically(config.evaluation_summary, json.dumps(record, indent=2) + "\n")
    return result


def _result(config: StageConfig, rows: list[Row], answers: dict[str, Answers | None]) -> dict[str, Any]:
    """What the operator is told: counts, and what only the single answers can tell."""
    student = answers["student"].scored
    comparisons = {
        role: comparison.paired(student, other.scored) for role, other in answers.items() if other and role != "student"
    }
    with_teacher = comparisons.get("teacher", {"better": 0, "worse": 0})
    return {
        **{role: comparison.score(one) if one else None for role, one in answers.items()},
        "pairedBetter": with_teacher["better"],
        "pairedWorse": with_teacher["worse"],
        "comparisons": comparisons,
        **_contamination(config, rows),
    }


def _record(
    config: StageConfig, rows: list[Row], answers: dict[str, Answers | None], result: dict[str, Any]
) -> dict[str, Any]:
    """The same for people, published with the student: with intervals, rates and slices."""
    scores = {role: comparison.with_intervals(result[role]) if result[role] else None for role in answers}
    field = config.the_task.slice_field
    if field is None:
        return {**result, **scores}
    values = [row.slice or "" for row in rows]
    found = comparison.slices(values, {role: one.scored if one else None for role, one in answers.items()})
    return {**result, **scores, "slicedBy": field, "slices": found}


def _contamination(config: StageConfig, rows: list[Row]) -> dict[str, int]:
    """How many of the questions the student met in training. Decontamination should leave none; this looks."""
    learned = [
        tuple((turn["role"], turn["content"]) for turn in json.loads(line)["messages"])
        for path in sorted((config.attempt_folder / "data").glob("shard-*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    if not learned:
        return {}
    learnt = HeldOut(Row(Conversation(messages), None, 0) for messages in learned)
    # A short question that was learnt may stand in many a longer one; that alone gives nothing away.
    return {"contaminated": sum(learnt.overlap(row) in ("Exact", "Phrase") for row in rows)}


def _items(config: StageConfig) -> list[Row]:
    task = config.the_task
    rows = scoring.scorable(data.read(config, task.evaluation), task.metric, task.evaluation)
    return random.Random(f"evaluation/{config.seed}").sample(rows, min(task.evaluation_samples, len(rows)))


def _student(config: StageConfig, device: torch.device) -> Completer:
    folder = config.student_model
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


def _ask(config: StageConfig, role: str, completer: Completer, rows: list[Row]) -> Answers:
    task = config.the_task
    scored = scoring.score(completer, rows, task.metric, Sampling(task.max_new_tokens, seed=config.seed))
    logs.info("evaluated", role=role, samples=len(rows), correct=scored.correct, formatFailures=scored.format_failures)
    attempts = task.evaluation_attempts if task.evaluation_attempts > 1 else 0
    rights = _rights(config, completer, rows, attempts)
    _keep_answers(config, role, rows, scored, rights)
    return Answers(scored, attempts, rights)


def _rights(config: StageConfig, completer: Completer, rows: list[Row], attempts: int) -> list[int]:
    """How many of each question's further answers, drawn by chance, are right."""
    task, function = config.the_task, metrics.named(config.the_task.metric)
    talks, rights = [row.conversation for row in rows], [0] * len(rows)
    for attempt in range(attempts):
        seed = (config.seed * 1_000_003 + attempt + 1) % 2**32
        completions = completer.complete(talks, Sampling(task.max_new_tokens, ATTEMPT_TEMPERATURE, seed))
        for place, (row, completion) in enumerate(zip(rows, completions, strict=True)):
            rights[place] += scoring.verdict(function, row, completion).correct
    return rights


def _keep_answers(config: StageConfig, role: str, rows: list[Row], scored: Scored, rights: list[int]) -> None:
    """Every answer, for whoever wants to know what the mistakes are."""
    folder = config.attempt_folder / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(
            {
                "line": row.line,
                "prompt": row.conversation.prompt,
                "reference": row.answer,
                "completion": scored.completions[place].text,
                "correct": scored.verdicts[place].correct,
                "wellFormed": scored.verdicts[place].well_formed,
                **({"rightAttempts": rights[place]} if config.the_task.evaluation_attempts > 1 else {}),
            },
            ensure_ascii=False,
        )
        for place, row in enumerate(rows)
    ]
    checkpoints.write_atomically(folder / f"{role}.jsonl", "\n".join(lines) + "\n")
