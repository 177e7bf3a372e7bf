"""Token sequences, and the order in which training meets them.

The order is a pure function of (lengths, batch size, seed, epoch): the number of finished steps is the whole data
cursor, so a resumed run needs no saved sampler state.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

IGNORED = -100
# Batches are cut from pools this many batches long and sorted by length: little padding, and still a shuffle.
POOL_BATCHES = 16


@dataclass(frozen=True)
class Example:
    """One prompt and the completion to learn; the completion ends with the end-of-sequence token."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)


@dataclass(frozen=True)
class Batch:
    """Right-padded; ``labels[i, j]`` is the token that must follow ``input_ids[i, j]``, or ``IGNORED``."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor

    @property
    def valid_tokens(self) -> int:
        return int((self.labels != IGNORED).sum())

    def to(self, device: torch.device) -> Batch:
        return Batch(self.input_ids.to(device), self.attention_mask.to(device), self.labels.to(device))


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
    width = max(map(len, examples)) - 1
    input_ids = torch.full((len(examples), width), pad)
    attention_mask = torch.zeros((len(examples), width), dtype=torch.long)
    labels = torch.full((len(examples), width), IGNORED)
    for row, example in enumerate(examples):
        tokens = torch.tensor(example.prompt + example.completion)
        size = len(tokens) - 1
        input_ids[row, :size] = tokens[:-1]
        attention_mask[row, :size] = 1
        labels[row, len(example.prompt) - 1 : size] = torch.tensor(example.completion)
    return Batch(input_ids, attention_mask, labels)


def micro_batches(examples: Sequence[Example], most_tokens: int) -> list[list[Example]]:
    """Splits a batch so that no part, padding included, exceeds ``most_tokens`` (a single example always may)."""
    parts: list[list[Example]] = []
    for example in sorted(examples, key=len):
        if parts and len(example) * (len(parts[-1]) + 1) <= most_tokens:
            parts[-1].append(example)
        else:
            parts.append([example])
    return parts
