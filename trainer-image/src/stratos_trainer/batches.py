"""Examples, their order, and the tensors of a batch.

The order is a function of seed and epoch alone, so that any step of any run can be made again without having kept it,
by any number of processes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch

IGNORED = -100
# Batches are cut from pools this many batches long and sorted by length: little padding, and still a shuffle.
POOL_BATCHES = 16


@dataclass(frozen=True)
class TopTokens:
    """What a teacher finds likeliest at each completion token: ids, and log-probabilities, one more for the rest."""

    tokens: torch.Tensor
    log_probs: torch.Tensor


@dataclass(frozen=True)
class Other:
    """The same text in the tokens of a teacher with another tokenizer.

    ``meetings`` are the pairs (student's completion token, teacher's) before which both have read the same text.
    """

    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    meetings: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Example:
    """One prompt and the completion to learn; the completion ends with the end-of-sequence token."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    top: TopTokens | None = None
    other: Other | None = None

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)


@dataclass(frozen=True)
class Batch:
    """``labels[i, j]`` is the token that must follow ``input_ids[i, j]``, or ``IGNORED``.

    ``positions`` are given where a row holds several sequences: each starts at 0, which is how models tell them apart.
    """

    input_ids: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor | None = None
    top_tokens: torch.Tensor | None = None
    top_log_probs: torch.Tensor | None = None
    others: OtherBatch | None = None

    @property
    def valid_tokens(self) -> int:
        return int((self.labels != IGNORED).sum())

    def to(self, device: torch.device) -> Batch:
        return _moved(self, device)


@dataclass(frozen=True)
class OtherBatch:
    """A teacher's view of a batch: ``rows`` of its completion tokens meet ``student_rows`` of the student's."""

    batch: Batch
    rows: torch.Tensor
    student_rows: torch.Tensor

    def to(self, device: torch.device) -> OtherBatch:
        return _moved(self, device)


def _moved(record: Any, device: torch.device) -> Any:
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return replace(record, **{name: value.to(device) for name, value in values.items() if value is not None})


def epoch_order(lengths: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """The batches of one epoch, each a list of example numbers; every example occurs exactly once."""
    rng = random.Random(f"{seed}/{epoch}")
    order = list(range(len(lengths)))
    rng.shuffle(order)
    pool = batch_size * POOL_BATCHES
    batches = []
    for start in range(0, len(order), pool):
        by_length = sorted(order[start : start + pool], key=lambda index: lengths[index])
        batches += [by_length[at : at + batch_size] for at in range(0, len(by_length), batch_size)]
    rng.shuffle(batches)
    return batches


def collate(examples: Sequence[Example], pad: int) -> Batch:
    """One example a row."""
    return collate_rows([[example] for example in examples], pad)


def collate_rows(rows: Sequence[Sequence[Example]], pad: int) -> Batch:
    """Several examples a row, one behind the other, padded on the right to the longest row."""
    width = max(sum(len(example) - 1 for example in row) for row in rows)
    input_ids = torch.full((len(rows), width), pad)
    labels = torch.full((len(rows), width), IGNORED)
    positions = torch.zeros((len(rows), width), dtype=torch.long)
    for row, members in enumerate(rows):
        start = 0
        for example in members:
            tokens = torch.tensor(example.prompt + example.completion)
            end = start + len(tokens) - 1
            input_ids[row, start:end] = tokens[:-1]
            labels[row, start + len(example.prompt) - 1 : end] = tokens[len(example.prompt) :]
            positions[row, start:end] = torch.arange(end - start)
            start = end
    packed = any(len(row) > 1 for row in rows)
    examples = [example for row in rows for example in row]
    return Batch(input_ids, labels, positions if packed else None, *_top_columns(examples), _others(examples, pad))


def ignored(batch: Batch) -> Batch:
    """The same shapes, and nothing to learn: a process that has less to do than others still takes part."""
    return replace(
        batch,
        labels=torch.full_like(batch.labels, IGNORED),
        top_tokens=None if batch.top_tokens is None else batch.top_tokens[:0],
        top_log_probs=None if batch.top_log_probs is None else batch.top_log_probs[:0],
        others=None if batch.others is None else _ignored_others(batch.others),
    )


def _ignored_others(others: OtherBatch) -> OtherBatch:
    return OtherBatch(ignored(others.batch), others.rows[:0], others.student_rows[:0])


def _top_columns(examples: Sequence[Example]) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    tops = [example.top for example in examples if example.top is not None]
    if not tops:
        return None, None
    return torch.cat([top.tokens.long() for top in tops]), torch.cat([top.log_probs.float() for top in tops])


def _others(examples: Sequence[Example], pad: int) -> OtherBatch | None:
    if not examples or examples[0].other is None:
        return None
    rows: list[int] = []
    student_rows: list[int] = []
    at, student_at = 0, 0
    for example in examples:
        student_rows += [student_at + mine for mine, _ in example.other.meetings]
        rows += [at + theirs for _, theirs in example.other.meetings]
        at, student_at = at + len(example.other.completion), student_at + len(example.completion)
    batch = collate([Example(example.other.prompt, example.other.completion) for example in examples], pad)
    return OtherBatch(batch, torch.tensor(rows, dtype=torch.long), torch.tensor(student_rows, dtype=torch.long))


def micro_batches(examples: Sequence[Example], most_tokens: int) -> list[list[Example]]:
    """Splits a batch so that no part, padding included, exceeds ``most_tokens`` (a single example always may)."""
    parts: list[list[Example]] = []
    for example in sorted(examples, key=len):
        if parts and len(example) * (len(parts[-1]) + 1) <= most_tokens:
            parts[-1].append(example)
        else:
            parts.append([example])
    return parts


def pack(examples: Sequence[Example], width: int) -> list[list[Example]]:
    """Rows of at most ``width`` tokens, filled by first fit, longest first (at most 11/9 of the fewest, and one)."""
    rows: list[list[Example]] = []
    room: list[int] = []
    for example in sorted(examples, key=len, reverse=True):
        place = next((at for at, left in enumerate(room) if left >= len(example)), None)
        if place is None:
            rows.append([])
            room.append(width)
            place = -1
        rows[place].append(example)
        room[place] -= len(example)
    return rows


def packed_micro_batches(examples: Sequence[Example], width: int, most_tokens: int) -> list[list[list[Example]]]:
    """Packed rows, as many a part as ``most_tokens`` allows."""
    rows = pack(examples, width)
    longest = max(sum(map(len, row)) for row in rows)
    fit = max(1, most_tokens // longest)
    return [rows[at : at + fit] for at in range(0, len(rows), fit)]
