"""Is this completion right? Strict on purpose.

A lenient parser lets a model that answers at random score: stray digits become answers. So a completion must *be* an
answer in the expected form, or mark one with ``####`` at the start of a line; otherwise it counts as wrong and,
separately, as a format failure.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from .config import Judge
from .errors import StageError

ANSWER_MARK = "####"
NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")


class Verdict(NamedTuple):
    correct: bool
    well_formed: bool


Metric = Callable[[str, str, "str | None"], Verdict]


def final_answer(completion: str) -> str:
    """The line behind the last ``####``, whether reasoning precedes or follows it; without a mark, the whole text."""
    _, mark, marked = completion.rpartition(ANSWER_MARK)
    return (marked.strip().partition("\n")[0] if mark else completion).strip()


def exact_match(prompt: str, completion: str, reference: str | None) -> Verdict:
    answer = final_answer(completion)
    return Verdict(answer == final_answer(_given(reference)), bool(answer))


def set_match(prompt: str, completion: str, reference: str | None) -> Verdict:
    """Comma-separated items in any order; an empty item or one given twice is no set."""
    answer = _items(final_answer(completion))
    return Verdict(answer is not None and answer == _items(final_answer(_given(reference))), answer is not None)


def numeric_answer(prompt: str, completion: str, reference: str | None) -> Verdict:
    """The number after the last ``#``, or the whole text."""
    answer = _number(completion)
    return Verdict(answer is not None and answer == _number(_given(reference)), answer is not None)


def multiple_choice(prompt: str, completion: str, reference: str | None) -> Verdict:
    """One letter, bare or in parentheses."""
    answer = _letter(completion)
    return Verdict(answer is not None and answer == _letter(_given(reference)), answer is not None)


METRICS: dict[str, Metric] = {
    "ExactMatch": exact_match,
    "SetMatch": set_match,
    "NumericAnswer": numeric_answer,
    "MultipleChoice": multiple_choice,
}


def named(judge: Judge) -> Metric:
    """The metric of a task, or a verification by entry point or by a model."""
    if judge.type in METRICS:
        return METRICS[judge.type]
    if judge.judge:
        from .judging import ModelJudge

        return ModelJudge(judge.judge)
    function = _entry_point(judge)

    def metric(prompt: str, completion: str, reference: str | None) -> Verdict:
        verdict = function(prompt, completion, reference)
        return verdict if isinstance(verdict, Verdict) else Verdict(verdict, bool(completion.strip()))

    return metric


def needs_reference(judge: Judge) -> bool:
    return judge.type in METRICS


def _entry_point(judge: Judge) -> Callable[[str, str, str | None], bool | Verdict]:
    if not judge.entry_point:
        raise StageError("ConfigInvalid", f"type {judge.type} needs an entryPoint, written module:function")
    return load_function(judge.entry_point)


def load_function(entry_point: str) -> Callable[..., Any]:
    """The user's own code, by ``module:function``."""
    module, _, name = entry_point.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise StageError(
            "ConfigInvalid",
            f"entryPoint {entry_point}: {error}; the module must be installed in "
            "the trainer image or be on its PYTHONPATH",
        ) from error
    if not callable(function):
        raise StageError("ConfigInvalid", f"entryPoint {entry_point} is not a function")
    return function


def _given(reference: str | None) -> str:
    if reference is None:
        raise StageError("DataInvalid", "this metric compares with a completion, and the row has none")
    return reference


def _items(text: str) -> frozenset[str] | None:
    items = [item.strip() for item in text.split(",")]
    return frozenset(items) if all(items) and len(set(items)) == len(items) else None


def _number(text: str) -> Decimal | None:
    answer = text.rpartition("#")[2].strip().removeprefix("$")
    return Decimal(answer.replace(",", "")) if NUMBER.fullmatch(answer) else None


def _letter(text: str) -> str | None:
    found = re.fullmatch(r"\(?([A-Za-z])\)?\.?", final_answer(text))
    return found.group(1).upper() if found else None
