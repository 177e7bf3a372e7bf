"""Answers of teachers and judges, found again by what was asked: by whom, what, with which sampling.

The key is the digest of the question as a whole, so that nothing has to be kept up to date: another model, prompt or
seed is another key. Every process appends to a file of its own and reads those of all others, which makes the cache
safe on a volume that many pods share, and every answer survives the process that paid for it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from . import digests, retries
from .appended import AppendedLines, entries, entry_at
from .completions import Completion, Sampling
from .config import StageConfig
from .prompts import Message


def key(identity: str, messages: list[Message], sampling: Sampling) -> str:
    """Greedy answers do not depend on the seed, sampled ones do."""
    question = {
        "model": identity,
        "messages": messages,
        "maxNewTokens": sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "seed": sampling.seed if sampling.temperature else None,
    }
    return digests.of_bytes(json.dumps(question, sort_keys=True, ensure_ascii=False).encode())[7:]


class AnswerCache:
    """Holds places, not answers: a digest and a number each."""

    def __init__(self, folder: Path, writer: str) -> None:
        self._places: dict[str, tuple[Path, int]] = {}
        self._lock = threading.Lock()
        self._mine = AppendedLines(folder / f"{writer}.jsonl")
        for path in sorted(folder.glob("*.jsonl")):
            for offset, entry in entries(path):
                self._places[entry["key"]] = (path, offset)

    def get(self, wanted: str) -> Completion | None:
        with self._lock:
            place = self._places.get(wanted)
        if place is None:
            return None
        return Completion(**entry_at(*place)["answer"])

    def put(self, asked: str, answer: Completion) -> None:
        offset = self._mine.append({"key": asked, "answer": asdict(answer)})
        with self._lock:
            self._places[asked] = (self._mine.path, offset)


_opener: Callable[[], AnswerCache] | None = None


def start(config: StageConfig) -> None:
    """From here on the cache is the job's, whatever the stage or the attempt: a teacher that answered the probe is not
    asked again. It is opened by whoever needs it first."""
    global _opener
    writer = f"{config.stage}-{config.job.attempt}-{retries.process_name()}"
    _opener = cache(lambda: AnswerCache(config.workspace / "cache", writer))


def current() -> AnswerCache | None:
    """None outside a stage."""
    return _opener() if _opener else None
