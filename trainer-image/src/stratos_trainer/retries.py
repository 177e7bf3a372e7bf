"""Pauses between attempts: doubling, jittered, as long as a server asks for, and cut short by SIGTERM."""

from __future__ import annotations

import math
import os
import random
import socket
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from . import stops
from .errors import Stopped

ATTEMPTS = 8
FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
# A server may ask for more patience than we would have by ourselves, but not for any.
LONGEST_ASKED_SECONDS = 120.0
TICK_SECONDS = 0.2

_random = random.Random()


def pauses() -> Iterator[float]:
    """Seconds before each further attempt; between a half and the whole of a step, so that clients part ways."""
    for attempt in range(ATTEMPTS - 1):
        step = min(LONGEST_SECONDS, FIRST_SECONDS * 2**attempt)
        yield step * (0.5 + 0.5 * _random.random())


def asked_pause(headers: Mapping[str, str] | None) -> float:
    """``Retry-After`` in seconds, given as a number or as a date; 0 when it is absent or unreadable."""
    value = (headers.get("Retry-After") if headers else None) or ""
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value)
    return 0.0 if math.isnan(seconds) else min(max(0.0, seconds), LONGEST_ASKED_SECONDS)


def sleep(seconds: float) -> None:
    """Raises ``Stopped`` as soon as the pod is asked to end: nothing is lost by an attempt that is not made."""
    end = time.monotonic() + seconds
    while True:
        if stops.requested():
            raise Stopped("stopped while waiting for a server; what was answered so far is kept")
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, TICK_SECONDS))


def process_name() -> str:
    """Tells the pods and processes that share a workspace apart."""
    return f"{socket.gethostname()}-{os.getpid()}"


def _until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return 0.0
    return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
