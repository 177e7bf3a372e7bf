"""Letting a model answer a list of questions and counting what came back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from . import metrics
from .config import Judge
from .data import Row
from .errors import StageError
from .generate import Completion, Sampling
from .teachers import Completer

# Latency is measured with one request at a time: in a batch, nobody waits for his own answer only.
LATENCY_SAMPLES = 8


@dataclass(frozen=True)
class Scored:
    """A model's answers to the same rows, in order."""

    completions: list[Completion]
    verdicts: list[metrics.Verdict]
    mean_latency_milliseconds: float

    @property
    def correct(self) -> int:
        return sum(verdict.correct for verdict in self.verdicts)

    @property
    def format_failures(self) -> int:
        return sum(not verdict.well_formed for verdict in self.verdicts)

    @property
    def prompt_tokens(self) -> int:
        return sum(completion.prompt_tokens for completion in self.completions)

    @property
    def completion_tokens(self) -> int:
        return sum(completion.completion_tokens for completion in self.completions)


def score(completer: Completer, rows: Sequence[Row], metric: Judge, sampling: Sampling) -> Scored:
    talks = [row.conversation for row in rows]
    completions = completer.complete(talks, sampling)
    function = metrics.named(metric)
    verdicts = [verdict(function, row, completion) for row, completion in zip(rows, completions, strict=True)]
    started = time.perf_counter()
    timed = talks[:LATENCY_SAMPLES]
    for talk in timed:
        completer.complete([talk], sampling)
    return Scored(completions, verdicts, 1000 * (time.perf_counter() - started) / len(timed))


def verdict(function: metrics.Metric, row: Row, completion: Completion) -> metrics.Verdict:
    """A completion that ran into the token limit is no answer, whatever it would have become."""
    if not completion.finished:
        return metrics.Verdict(False, False)
    return function(row.conversation.prompt, completion.text, row.answer)


def constant_guess(rows: Sequence[Row]) -> float:
    """What always giving the most frequent answer would score: the floor that knowledge has to beat."""
    answers = Counter(metrics.final_answer(row.answer) for row in rows if row.answer)
    return max(answers.values(), default=0) / max(1, len(rows))


def scorable(rows: Sequence[Row], metric: Judge, uri: str) -> list[Row]:
    """Rows the metric can judge; an evaluation without any is an error."""
    if not metrics.needs_reference(metric):
        return list(rows)
    kept = [row for row in rows if row.answer is not None]
    if not kept:
        raise StageError("DataInvalid", f"{uri}: no row has a completion, and metric {metric.type} compares with one")
    return kept
