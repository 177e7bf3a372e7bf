"""Which rows say the same: duplicates among the training rows, and what they share with the evaluation.

Three nets, from fine to coarse. *Exact*: the same conversation in canonical form, however short. *Phrase*: eight words
in a row, as is usual for benchmarks. *Short*: an evaluation question of four to seven words that a training question
holds as a whole; those have no eight words and would slip through.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .data import Row

PHRASE_WORDS = 8
SHORTEST_PHRASE_WORDS = 4
# Chinese, Japanese and Korean put no spaces between words: there, every character counts as one.
IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = re.compile(f"[{IDEOGRAPHS}]|[^\\W{IDEOGRAPHS}]+")


def canonical(text: str) -> str:
    """The same for texts that differ only in case, width, punctuation at the edges or spacing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).strip(".!?。？！ ")


def words(text: str) -> list[str]:
    return WORD.findall(canonical(text))


def ngrams(text: str, length: int = PHRASE_WORDS) -> set[str]:
    """Word n-grams; none for texts that are shorter."""
    found = words(text)
    return {" ".join(found[at : at + length]) for at in range(len(found) - length + 1)}


def fingerprint(row: Row) -> bytes:
    """Equal for conversations of the same canonical form; short, since one is kept for every row ever seen."""
    text = "\n".join(f"{role}: {canonical(content)}" for role, content in row.conversation.messages)
    return hashlib.sha256(text.encode()).digest()[:16]


class HeldOut:
    """The evaluation's questions, to ask of any other question whether it gives one away."""

    def __init__(self, evaluation: Iterable[Row]) -> None:
        self._exact: set[bytes] = set()
        self._phrases: dict[int, set[str]] = {}
        for row in evaluation:
            self._exact.add(fingerprint(row))
            length = min(PHRASE_WORDS, len(words(row.conversation.prompt)))
            if length >= SHORTEST_PHRASE_WORDS:
                self._phrases.setdefault(length, set()).update(ngrams(row.conversation.prompt, length))

    def overlap(self, row: Row) -> str | None:
        """``Exact``, ``Phrase`` or ``Short``; None for a question of its own."""
        if fingerprint(row) in self._exact:
            return "Exact"
        for length, phrases in sorted(self._phrases.items(), reverse=True):
            if ngrams(row.conversation.prompt, length) & phrases:
                return "Phrase" if length == PHRASE_WORDS else "Short"
        return None


class Sieve:
    """Lets each question through once, and none of the evaluation's; counts what it holds back, and why."""

    def __init__(self, held_out: HeldOut) -> None:
        self.held_out = held_out
        self.duplicates = 0
        self.overlaps: Counter[str] = Counter()
        self._seen: set[bytes] = set()

    @property
    def contaminated(self) -> int:
        return self.overlaps.total()

    def passes(self, row: Row) -> bool:
        mark = fingerprint(row)
        if mark in self._seen:
            self.duplicates += 1
            return False
        self._seen.add(mark)
        found = self.held_out.overlap(row)
        if found:
            self.overlaps[found] += 1
        return found is None

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        return (row for row in rows if self.passes(row))
