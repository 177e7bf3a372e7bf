"""What the teacher may look up while it writes for the student: passages of documents, or what a rule engine says.

Passages are found by Okapi BM25 (Robertson and Zaragoza, 2009), with the inverse document frequency that cannot become
negative: ``ln(1 + (N - n + 0.5) / (n + 0.5))``.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from . import metrics, tasks
from .config import Knowledge, StageConfig
from .data import Row
from .errors import StageError
from .overlap import words
from .uris import BUILTIN, Resolver

SATURATION, LENGTH_WEIGHT = 1.2, 0.75
PASSAGE_WORDS, OVERLAP_WORDS = 180, 30
SUFFIXES = (".txt", ".md", ".rst", ".html", ".json", ".jsonl", ".csv")

Facts = Callable[[Row], str]


def open_facts(config: StageConfig) -> Facts | None:
    """From a row to the text that helps with it; None when the task has no knowledge."""
    source = config.the_task.knowledge
    if source is None:
        return None
    if source.entry_point:
        return _from_engine(source.entry_point)
    index = Index(list(_passages(config, source)))
    return lambda row: "\n\n".join(index.best(_query(row), source.passages))


def _query(row: Row) -> str:
    """The answer helps to find what it rests on, where it is known."""
    return f"{row.conversation.prompt}\n{row.answer or ''}"


def _from_engine(entry_point: str) -> Facts:
    engine = metrics.load_function(entry_point)

    def facts(row: Row) -> str:
        try:
            return str(engine(row.conversation.prompt))
        except Exception as error:
            raise StageError(
                "DataInvalid", f"line {row.line}: knowledge {entry_point} has no facts for this prompt ({error!r})"
            ) from error

    return facts


def _passages(config: StageConfig, source: Knowledge) -> Iterator[str]:
    uri = str(source.uri)
    found = False
    for name, text in _documents(config, uri):
        for passage in passages(text):
            found = True
            yield f"[{name}] {passage}" if name else passage
    if not found:
        raise StageError("DataInvalid", f"{uri} holds no text; documents end in {', '.join(SUFFIXES)}")


def _documents(config: StageConfig, uri: str) -> Iterator[tuple[str, str]]:
    if uri.startswith(f"{BUILTIN}tasks/"):
        yield "", "\n".join(tasks.lines(uri.removeprefix(BUILTIN)))
        return
    path = Resolver(config, "DataUnreadable").path(uri)
    files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES) if path.is_dir() else [path]
    for file in files:
        try:
            yield (file.relative_to(path).as_posix() if path.is_dir() else ""), file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StageError("DataUnreadable", f"reading {uri}: {file.name}: {error}") from error


def passages(text: str) -> Iterator[str]:
    """Paragraphs, joined while they are short; a long one is cut, each piece repeating the end of the one before."""
    held: list[str] = []
    for paragraph in (piece.split() for piece in text.split("\n\n")):
        if held and len(held) + len(paragraph) > PASSAGE_WORDS:
            yield " ".join(held)
            held = []
        held += paragraph
        while len(held) > PASSAGE_WORDS:
            yield " ".join(held[:PASSAGE_WORDS])
            held = held[PASSAGE_WORDS - OVERLAP_WORDS :]
    if held:
        yield " ".join(held)


class Index:
    """An inverted index: a query costs what the passages with its words cost, and no more."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._postings: dict[str, list[tuple[int, int]]] = {}
        self._lengths: list[int] = []
        for number, text in enumerate(texts):
            counts = Counter(words(text))
            self._lengths.append(counts.total())
            for word, count in counts.items():
                self._postings.setdefault(word, []).append((number, count))
        self._mean = sum(self._lengths) / max(1, len(texts)) or 1.0

    def best(self, query: str, most: int) -> list[str]:
        """At most so many texts that share a word with the query, best first; equally good ones in their order."""
        scores: dict[int, float] = {}
        for word in set(words(query)):
            postings = self._postings.get(word, [])
            rarity = math.log(1 + (len(self.texts) - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, count in postings:
                scores[number] = scores.get(number, 0.0) + rarity * self._weight(number, count)
        return [self.texts[number] for number in heapq.nsmallest(most, scores, key=lambda n: (-scores[n], n))]

    def _weight(self, number: int, count: int) -> float:
        length = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * self._lengths[number] / self._mean
        return count * (SATURATION + 1) / (count + SATURATION * length)
