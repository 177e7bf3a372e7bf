"""Rows of a data set: read, checked with the line's number, de-duplicated, and kept apart from the evaluation."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import tasks
from .config import Format, StageConfig
from .errors import StageError
from .prompts import Conversation, ask
from .uris import BUILTIN, Resolver

NGRAM_WORDS = 8
ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Row:
    """One question, its answer if the data has one, and the line it came from."""

    conversation: Conversation
    answer: str | None
    line: int


def read(config: StageConfig, uri: str) -> list[Row]:
    """All rows of a JSONL source; a bad one is reported by line and field, not skipped."""
    rows = [
        _parse(uri, number, text, config.the_task.format)
        for number, text in enumerate(_lines(config, uri), start=1)
        if text.strip()
    ]
    if not rows:
        raise StageError("DataInvalid", f"{uri} holds no rows")
    return rows


def require_answers(rows: Sequence[Row], uri: str, why: str) -> None:
    for row in rows:
        if row.answer is None:
            raise StageError("DataInvalid", f"{uri}, line {row.line}: the row has no completion, but {why}")


def _lines(config: StageConfig, uri: str) -> Iterator[str]:
    if uri.startswith(f"{BUILTIN}tasks/"):
        try:
            yield from tasks.lines(uri.removeprefix(BUILTIN))
        except KeyError:
            raise StageError("DataUnreadable", f"reading {uri}: this image ships {', '.join(tasks.names())}") from None
        return
    path = Resolver(config, "DataUnreadable").path(uri)
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise StageError("DataUnreadable", f"reading {uri}: {error}") from error


def _parse(uri: str, line: int, text: str, form: Format) -> Row:
    def invalid(problem: str) -> StageError:
        return StageError("DataInvalid", f"{uri}, line {line}: {problem}")

    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise invalid(f"not JSON ({error.msg} at column {error.colno})") from None
    if not isinstance(record, dict):
        raise invalid("a row must be a JSON object")
    try:
        talk, answer = _chat(record, form) if form.type == "Chat" else _prompt_completion(record, form)
    except ValueError as error:
        raise invalid(str(error)) from None
    return Row(talk, answer, line)


def _prompt_completion(record: dict[str, Any], form: Format) -> tuple[Conversation, str | None]:
    prompt = _text(record, form.prompt_field)
    if record.get(form.completion_field) is None:
        return ask(prompt), None
    return ask(prompt), _text(record, form.completion_field)


def _chat(record: dict[str, Any], form: Format) -> tuple[Conversation, str | None]:
    messages = record.get(form.messages_field)
    if not isinstance(messages, list) or not messages:
        raise ValueError(f'field "{form.messages_field}" must be a non-empty list')
    turns = []
    for place, message in enumerate(messages):
        where = f"{form.messages_field}[{place}]"
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise ValueError(f'field "{where}.role" must be one of {", ".join(ROLES)}')
        turns.append((message["role"], _text(message, "content", f"{where}.")))
    answer = turns.pop()[1] if turns[-1][0] == "assistant" else None
    if not turns or turns[-1][0] != "user":
        raise ValueError(f'field "{form.messages_field}" must end with a user\'s turn, or with one and its answer')
    return Conversation(tuple(turns)), answer


def _text(record: dict[str, Any], name: str, prefix: str = "") -> str:
    value = record.get(name)
    if name not in record:
        raise ValueError(f'field "{prefix}{name}" is missing; the row has {", ".join(sorted(record)) or "no fields"}')
    if not isinstance(value, str) or not value:
        raise ValueError(f'field "{prefix}{name}" must be a non-empty string, not {json.dumps(value)[:40]}')
    return value


def canonical(text: str) -> str:
    """The same for texts that differ only in case, width, punctuation at the edges or spacing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).strip(".!?。？！ ")


def ngrams(text: str) -> set[str]:
    """Word n-grams; none for short texts, which only the canonical form can catch."""
    words = re.findall(r"\w+", canonical(text))
    return {" ".join(words[at : at + NGRAM_WORDS]) for at in range(len(words) - NGRAM_WORDS + 1)}


def without_duplicates(rows: Iterable[Row]) -> list[Row]:
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(_key(row), row)
    return list(first.values())


def decontaminated(rows: Iterable[Row], evaluation: Iterable[Row]) -> list[Row]:
    """Without the rows whose question is, or shares eight words in a row with, an evaluation question."""
    held_out = list(evaluation)
    keys = {_key(row) for row in held_out}
    phrases = set().union(*(ngrams(row.conversation.prompt) for row in held_out))
    return [row for row in rows if _key(row) not in keys and not (ngrams(row.conversation.prompt) & phrases)]


def _key(row: Row) -> str:
    return "\n".join(f"{role}: {canonical(content)}" for role, content in row.conversation.messages)


def for_training(config: StageConfig) -> list[Row]:
    """The training rows that are nobody's duplicate and not in the evaluation; at most ``maxRows`` of them."""
    task = config.the_task
    rows = without_duplicates(read(config, task.train))
    kept = decontaminated(rows, read(config, task.evaluation))
    if not kept:
        raise StageError("DataInvalid", f"every row of {task.train} is also in {task.evaluation}")
    return kept[: config.synthesis.max_rows or None]
