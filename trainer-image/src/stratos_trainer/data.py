"""Rows of a data set: read, checked with the line's number, de-duplicated, and kept apart from the evaluation."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from . import logs, tasks
from .config import HELD_OUT_SIDE, TRAINING_SIDE, Format, StageConfig
from .errors import StageError
from .overlap import HeldOut, Sieve, fingerprint
from .prompts import Conversation, ask
from .uris import BUILTIN, Resolver

# As data sets write them, and as we do.
ROLES = {"system": "system", "user": "user", "assistant": "assistant", "human": "user", "gpt": "assistant"}
SUFFIXES = (".jsonl", ".jsonl.gz")


@dataclass(frozen=True)
class Row:
    """One question, its answer if the data has one, and the line it came from."""

    conversation: Conversation
    answer: str | None
    line: int
    # A question that the teacher made up.
    synthetic: bool = False
    # The part of the evaluation it belongs to, where the task names a field for that.
    slice: str | None = None


def read(config: StageConfig, uri: str) -> list[Row]:
    """All rows of a JSONL source; a bad one is reported by file, line and field, not skipped."""
    return list(stream(config, uri))


def stream(config: StageConfig, uri: str) -> Iterator[Row]:
    """The same one by one; a source without any row is an error."""
    source, side = _split_uri(uri)
    empty = True
    for row in _rows(config, source):
        if side(row):
            empty = False
            yield row
    if empty:
        raise StageError("DataInvalid", f"{uri} holds no rows")


def _rows(config: StageConfig, uri: str) -> Iterator[Row]:
    for name, lines in _files(config, uri):
        for number, text in enumerate(lines, start=1):
            if text.strip():
                yield _parse(name, number, text, config.the_task.format)


def _split_uri(uri: str) -> tuple[str, Callable[[Row], bool]]:
    """``URI#held-out=10`` are the rows whose fingerprint says so: the same rows wherever they stand in the file, on
    whichever day, and never a duplicate of one on the other side. ``#training=90`` are the others."""
    source, _, fragment = uri.partition("#")
    side, _, percent = fragment.partition("=")
    if side == HELD_OUT_SIDE:
        return source, lambda row: _bucket(row) < int(percent)
    if side == TRAINING_SIDE:
        return source, lambda row: _bucket(row) >= 100 - int(percent)
    return source, lambda row: True


def _bucket(row: Row) -> int:
    return int.from_bytes(hashlib.sha256(b"split" + fingerprint(row)).digest()[:4], "big") % 100


def require_answers(rows: Sequence[Row], uri: str, why: str) -> None:
    for row in rows:
        if row.answer is None:
            raise StageError("DataInvalid", f"{uri}, line {row.line}: the row has no completion, but {why}")


def _files(config: StageConfig, uri: str) -> Iterator[tuple[str, Iterator[str]]]:
    """The source's name, or the names of a folder's files in their order, each with its lines."""
    if uri.startswith(f"{BUILTIN}tasks/"):
        try:
            yield uri, tasks.lines(uri.removeprefix(BUILTIN))
        except KeyError:
            raise StageError("DataUnreadable", f"reading {uri}: this image ships {', '.join(tasks.names())}") from None
        return
    path = Resolver(config, "DataUnreadable").path(uri)
    if not path.is_dir():
        yield uri, _lines(uri, path)
        return
    files = sorted(file for suffix in SUFFIXES for file in path.rglob(f"*{suffix}"))
    if not files:
        raise StageError("DataUnreadable", f"reading {uri}: the folder holds no file that ends in {SUFFIXES}")
    for file in files:
        name = f"{uri.rstrip('/')}/{file.relative_to(path).as_posix()}"
        yield name, _lines(name, file)


def _lines(name: str, path: Path) -> Iterator[str]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise StageError("DataUnreadable", f"reading {name}: {error}") from error


def _parse(uri: str, line: int, text: str, form: Format) -> Row:
    def invalid(problem: str) -> StageError:
        return StageError("DataInvalid", f"{uri}, line {line}: {problem}")

    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise invalid(f"not JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise invalid("not JSON that a row could be (nested too deeply)") from None
    if not isinstance(record, dict):
        raise invalid("a row must be a JSON object")
    try:
        talk, answer = _chat(record, form) if form.type == "Chat" else _prompt_completion(record, form)
    except ValueError as error:
        raise invalid(str(error)) from None
    return Row(talk, answer, line, slice=_slice(record, form))


def _slice(record: dict[str, Any], form: Format) -> str | None:
    value = record.get(form.slice_field) if form.slice_field else None
    return None if value is None else str(value)


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
        if not isinstance(message, dict):
            raise ValueError(f'field "{where}" must be an object')
        role = ROLES.get(str(message.get(form.role_field)))
        if role is None:
            raise ValueError(f'field "{where}.{form.role_field}" must be one of {", ".join(ROLES)}')
        turns.append((role, _text(message, form.content_field, f"{where}.")))
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


@dataclass(frozen=True)
class Selection:
    """The training rows that are nobody's duplicate and not in the evaluation, and how many were not let through."""

    rows: list[Row]
    evaluation_rows: int
    duplicates: int
    contaminated: int


def select(config: StageConfig) -> Selection:
    """At most ``maxRows`` rows; the source is read no further than that, and never held as a whole."""
    task = config.the_task
    evaluation = read(config, task.evaluation)
    sieve = Sieve(HeldOut(evaluation))
    rows = list(islice(sieve.through(stream(config, task.train)), config.synthesis.max_rows or None))
    if not rows:
        raise StageError("DataInvalid", f"every row of {task.train} is also in {task.evaluation}")
    logs.info("selected training rows", rows=len(rows), duplicates=sieve.duplicates, contaminated=dict(sieve.overlaps))
    return Selection(rows, len(evaluation), sieve.duplicates, sieve.contaminated)


def for_training(config: StageConfig) -> list[Row]:
    return select(config).rows
