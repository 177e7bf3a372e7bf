"""Tasks that the image ships: generated on demand, with exact labels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from . import chained_arithmetic, winning_tiles

GENERATORS: dict[str, Callable[[str], Iterable[dict[str, str]]]] = {
    "winning-tiles": winning_tiles.rows,
    "winning-tiles-13": lambda split: winning_tiles.rows(split, melds=4),
    "chained-arithmetic": chained_arithmetic.rows,
}
SPLITS = ("train", "test")


def names() -> list[str]:
    return [f"tasks/{task}/{split}.jsonl" for task in GENERATORS for split in SPLITS]


def lines(name: str) -> Iterator[str]:
    """The JSONL lines of ``tasks/<task>/<split>.jsonl``; ``KeyError`` if the image ships no such thing."""
    if name not in names():
        raise KeyError(name)
    _, task, file = name.split("/")
    for row in GENERATORS[task](file.removesuffix(".jsonl")):
        yield json.dumps(row, ensure_ascii=False)
