"""Whether two models number the same tokens alike: losses on logits depend on it, and no text shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def relation(teacher: Mapping[str, int], student: Mapping[str, int], widths: tuple[int, int]) -> str:
    """Of two vocabularies (token to number) and the widths of the two models' output:

    ``Same``, ``Padded`` (the same tokens, but heads of different width: what lies beyond the tokens means nothing and
    is cut off), ``Extended`` (one has all tokens of the other under the same numbers, and more), or ``Different``.
    """
    if teacher == student:
        return "Same" if widths[0] == widths[1] else "Padded"
    smaller, larger = sorted((teacher, student), key=len)
    if all(larger.get(token) == number for token, number in smaller.items()):
        return "Extended"
    return "Different"


def shared(teacher: Mapping[str, int], student: Mapping[str, int]) -> dict[str, Any]:
    """For the details: how many tokens both have, and how many of those under the same number."""
    common = teacher.keys() & student.keys()
    return {
        "teacherTokens": len(teacher),
        "studentTokens": len(student),
        "sharedTokens": len(common),
        "sameNumbers": sum(teacher[token] == student[token] for token in common),
    }
