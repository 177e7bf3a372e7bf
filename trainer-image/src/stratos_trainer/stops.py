"""SIGTERM as a question that the stage asks at its safe points, instead of an end in the middle of things."""

from __future__ import annotations

import signal

_requested = False


def listen() -> None:
    signal.signal(signal.SIGTERM, _note)


def requested() -> bool:
    return _requested


def _note(_number: int, _frame: object) -> None:
    global _requested
    _requested = True
