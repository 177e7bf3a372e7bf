"""How many requests one API gets at a time, and how soon: never more than allowed, fewer while it says it is busy."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from . import retries

CALM_ANSWERS = 16


class Pacer:
    """Shared by all threads that ask one endpoint. Half as many at once after each "too busy", one more after 16
    answers; a pause that the server asked one thread for is everybody's."""

    def __init__(self, concurrent: int, per_minute: int = 0) -> None:
        self.most = concurrent
        self.allowed = concurrent
        self._interval = 60 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._running = 0
        self._calm = 0
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._changed:
            while self._running >= self.allowed:
                self._changed.wait()
            self._running += 1
            start = max(time.monotonic(), self._next)
            self._next = start + self._interval
        try:
            retries.sleep(start - time.monotonic())
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def busy(self, pause: float) -> None:
        with self._changed:
            self.allowed = max(1, self.allowed // 2)
            self._calm = 0
            self._next = max(self._next, time.monotonic() + pause)

    def answered(self) -> None:
        with self._changed:
            self._calm += 1
            if self._calm >= CALM_ANSWERS and self.allowed < self.most:
                self.allowed += 1
                self._calm = 0
                self._changed.notify_all()
