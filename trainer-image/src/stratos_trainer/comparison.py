"""What an evaluation may conclude: scores with intervals, paired tests, slices, pass@k. The stage does the asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import statistics
from .scoring import Scored

DIGITS = 4


@dataclass(frozen=True)
class Answers:
    """A model's answers to the evaluation's questions; ``rights`` counts each question's right further attempts."""

    scored: Scored
    attempts: int = 0
    rights: Sequence[int] = ()


def score(answers: Answers) -> dict[str, Any]:
    """What the contract's result says of one model."""
    scored = answers.scored
    samples = len(scored.verdicts)
    return {
        "samples": samples,
        "correct": scored.correct,
        "formatFailures": scored.format_failures,
        "meanCompletionTokens": round(scored.completion_tokens / samples, 2),
        "meanLatencyMilliseconds": round(scored.mean_latency_milliseconds, 2),
        **({"passAtK": pass_at(answers)} if answers.attempts else {}),
    }


def pass_at(answers: Answers) -> dict[str, float]:
    """pass@k for the powers of two up to the number of attempts, and for that; pass@1 is an attempt's accuracy."""
    most = answers.attempts
    sizes = sorted({2**power for power in range(most.bit_length())} | {most})
    return {
        str(k): round(_mean([statistics.pass_at_k(most, right, k) for right in answers.rights]), DIGITS) for k in sizes
    }


def paired(ours: Scored, theirs: Scored) -> dict[str, Any]:
    """The student against another on the same questions: McNemar's exact test, and the difference with its interval."""
    pairs = [(our.correct, their.correct) for our, their in zip(ours.verdicts, theirs.verdicts, strict=True)]
    better, worse = pairs.count((True, False)), pairs.count((False, True))
    difference = statistics.bootstrap([float(our) - float(their) for our, their in pairs])
    return {
        "better": better,
        "worse": worse,
        "pValue": _short(statistics.mcnemar(better, worse)),
        "difference": round(difference.point, DIGITS),
        "differenceLow": round(difference.low, DIGITS),
        "differenceHigh": round(difference.high, DIGITS),
    }


def with_intervals(score: Mapping[str, Any]) -> dict[str, Any]:
    """For people and for the record: the operator computes its own from the counts."""
    accuracy = statistics.wilson(score["correct"], score["samples"])
    return {
        **score,
        "accuracy": round(accuracy.point, DIGITS),
        "accuracyLow": round(accuracy.low, DIGITS),
        "accuracyHigh": round(accuracy.high, DIGITS),
        "formatFailureRate": round(score["formatFailures"] / max(1, score["samples"]), DIGITS),
    }


def slices(values: Sequence[str], scores: Mapping[str, Scored | None]) -> list[dict[str, Any]]:
    """Every model's score on each part of the questions, the largest part first."""
    places: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        places.setdefault(value, []).append(place)
    ordered = sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {"value": value, **{role: _part(scored, chosen) for role, scored in scores.items() if scored}}
        for value, chosen in ordered
    ]


def _part(scored: Scored, places: Sequence[int]) -> dict[str, Any]:
    verdicts = [scored.verdicts[place] for place in places]
    return with_intervals(
        {
            "samples": len(verdicts),
            "correct": sum(verdict.correct for verdict in verdicts),
            "formatFailures": sum(not verdict.well_formed for verdict in verdicts),
        }
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _short(probability: float) -> float:
    """Four digits that count: 3.217e-09 must not become 0."""
    return float(f"{probability:.4g}")
