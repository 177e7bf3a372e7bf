"""Letting a model answer a list of questions and counting what came back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import metrics
from .completions import Completion, Sampling
from .config import Judge
from .data import Row
from .errors import StageError
from .prompts import Conversation
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
    return Scored(completions, verdicts(metric, rows, completions), _latency(completer, talks, completions, sampling))


def _latency(
    completer: Completer, talks: Sequence[Conversation], completions: Sequence[Completion], sampling: Sampling
) -> float:
    """An endpoint's answers were timed one by one, and are not paid for a second time."""
    seconds = [completion.seconds for completion in completions if completion.seconds is not None]
    if seconds:
        return 1000 * sum(seconds) / len(seconds)
    started = time.perf_counter()
    timed = talks[:LATENCY_SAMPLES]
    for talk in timed:
        completer.complete([talk], sampling)
    return 1000 * (time.perf_counter() - started) / len(timed)


def verdicts(metric: Judge, rows: Sequence[Row], completions: Sequence[Completion]) -> list[metrics.Verdict]:
    """In order. A judge behind an endpoint reads as many at once as it lets us."""
    function = metrics.named(metric)
    pairs = list(zip(rows, completions, strict=True))
    if metric.judge is None:
        return [verdict(function, row, completion) for row, completion in pairs]
    with ThreadPoolExecutor(metric.judge.endpoint.max_concurrent_requests) as pool:
        return list(pool.map(lambda pair: verdict(function, *pair), pairs))


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
