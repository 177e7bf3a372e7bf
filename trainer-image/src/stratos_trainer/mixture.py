"""*KnowledgeMixture*: for a teacher that knows part of the task, row by row the strategy that suits.

Every question is asked plainly first. Where nothing of what the teacher wrote verifies, it is asked again with the
known answer, or with what else there is to tell, beside the question. So the student learns the teacher's own answers
where they are right, and known ones where they are not; each row's provenance says which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .data import Row

MODE = "KnowledgeMixture"
ALIGNED, INJECTED = "KnowledgeAlignment", "KnowledgeInjection"

Record = dict[str, Any]


def write(
    rows: Sequence[Row], can_inject: Callable[[Row], bool], written: Callable[[Sequence[Row], str], list[Record]]
) -> list[Record]:
    """``written`` asks for rows by one strategy and gives a record for each, in order."""
    aligned = written(rows, ALIGNED)
    open_rows = [
        row for row, record in zip(rows, aligned, strict=True) if not record["completions"] and can_inject(row)
    ]
    injected = iter(written(open_rows, INJECTED) if open_rows else [])
    again = set(map(id, open_rows))
    return [
        _joined(record, next(injected)) if id(row) in again else record
        for row, record in zip(rows, aligned, strict=True)
    ]


def _joined(aligned: Record, injected: Record) -> Record:
    """What the first asking cost is part of the row's bill, though the second one's words are kept."""
    sums = ("samples", "accepted", "promptTokens", "completionTokens")
    return {**injected, **{name: aligned[name] + injected[name] for name in sums}}
