"""What the project says of its two demos' tasks, each with the comparison that decides whether it is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stratos_trainer.statistics import Interval, bootstrap_groups, wilson

INJECTED = ("winning-tiles-13", "direct")
ALIGNED = ("chained-arithmetic", "rationale-first")
TIMES = 4
# Of the teacher that the image ships and of the student, from their configurations; a test counts them.
TEACHER_PARAMETERS, STUDENT_PARAMETERS = 150_208, 29_408

Claim = tuple[str, str, str]
Runs = Sequence[Mapping[str, Any]]


def claims(runs: Runs) -> list[Claim]:
    """(what is claimed, the figures, yes or no); what has not been run yet is not claimed."""
    return [*_injected(runs), *_aligned(runs), *_forms(runs)]


def _injected(runs: Runs) -> Iterator[Claim]:
    student, teachers = _verdicts(runs, *INJECTED), _of(runs, INJECTED[0], "teacher")
    if not student or not teachers:
        return
    ours, teacher = _interval(student), wilson(teachers[0]["correct"].count("1"), len(teachers[0]["correct"]))
    yield (
        f"The injected student's lower bound is above {TIMES} times the teacher's accuracy in free generation",
        f"{ours.low:.3f} against {TIMES} x {teacher.point:.3f} (x {teacher.high:.3f}, its upper bound)",
        _yes(ours.low > TIMES * teacher.high),
    )
    legal = wilson(teachers[0]["forcedLegal"]["correct"], teachers[0]["forcedLegal"]["samples"])
    yield (
        "It is above what the teacher scores when it may only give legal answers",
        f"{ours.low:.3f} against {legal.point:.3f} (upper bound {legal.high:.3f})",
        _yes(ours.low > legal.high),
    )


def _aligned(runs: Runs) -> Iterator[Claim]:
    student, teacher = _verdicts(runs, *ALIGNED), _verdicts(runs, ALIGNED[0], "teacher")
    if not student or not teacher:
        return
    difference = _difference(student, teacher * len(student))
    yield (
        f"The aligned student, at 1/{TEACHER_PARAMETERS / STUDENT_PARAMETERS:.1f} of the teacher's size, is at least "
        "equal to it",
        f"difference {_signed(difference)}",
        _yes(difference.low >= 0),
    )


def _forms(runs: Runs) -> Iterator[Claim]:
    """No claim was made beforehand about which form is best; this says what was found, seed by seed."""
    for study, best in (INJECTED, ALIGNED):
        for other in ("direct", "answer-first", "rationale-first"):
            ours, theirs = _verdicts(runs, study, best), _verdicts(runs, study, other)
            shared = min(len(ours), len(theirs))
            if other != best and shared:
                difference = _difference(ours[:shared], theirs[:shared])
                yield (
                    f"{study}: {best} is better than {other}",
                    f"difference {_signed(difference)}",
                    _yes(difference.low > 0),
                )


def _difference(ours: list[list[float]], theirs: list[list[float]]) -> Interval:
    return bootstrap_groups([[a - b for a, b in zip(*pair, strict=True)] for pair in zip(ours, theirs, strict=True)])


def _interval(groups: list[list[float]]) -> Interval:
    return bootstrap_groups(groups) if len(groups) > 1 else wilson(int(sum(groups[0])), len(groups[0]))


def _verdicts(runs: Runs, study: str, arm: str) -> list[list[float]]:
    return [list(map(float, run["correct"])) for run in _of(runs, study, arm)]


def _of(runs: Runs, study: str, arm: str) -> list[Mapping[str, Any]]:
    return [run for run in runs if (run["study"], run["arm"]) == (study, arm)]


def _signed(interval: Interval) -> str:
    return f"{interval.point:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def _yes(holds: bool) -> str:
    return "yes" if holds else "**no**"
