"""What a student minimises, as sums over the completion's tokens.

Every function returns a *sum*: the caller divides by the number of valid tokens of the whole batch, over all its
micro-batches and processes. Dividing each micro-batch by its own count would weight tokens by the company they keep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from . import divergences, heads
from .batches import IGNORED, Batch

LossSum = Callable[[torch.nn.Module, Batch], torch.Tensor]


@dataclass(frozen=True)
class Recipe:
    """How a divergence from the teacher is taken, and how much of the loss it is; the rest is cross-entropy."""

    divergence: str = "ForwardKL"
    weight: float = 0.5
    temperature: float = 1.0
    mixture: float = 0.5

    @property
    def function(self) -> divergences.Divergence:
        return divergences.named(self.divergence, self.mixture)


def cross_entropy_sum(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    exact = logits if logits.dtype == torch.float64 else logits.float()
    return functional.cross_entropy(exact, labels, reduction="sum")


def hidden_rows(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """The last hidden states of the rows that count. No mask: what pads on the right, a causal model never reads."""
    output = model.base_model(input_ids=batch.input_ids, position_ids=batch.positions, use_cache=False)
    return output.last_hidden_state[batch.labels != IGNORED]


def sequence_level(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy on the completion: sequence-level distillation when the teacher wrote it."""
    return heads.summed(cross_entropy_sum, heads.head_of(model), hidden_rows(model, batch), _labels(batch))


def logits(model: torch.nn.Module, batch: Batch, teacher: torch.nn.Module, recipe: Recipe) -> torch.Tensor:
    """Divergence from a teacher with the same tokenizer, over the whole vocabulary."""
    divergence = recipe.function
    with torch.no_grad():
        teacher_rows, teacher_head = hidden_rows(teacher, batch), heads.head_of(teacher)

    def chunk(student: torch.Tensor, target: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            wanted = teacher_head(rows)
        apart = divergences.from_logits(divergence, wanted, student, recipe.temperature)
        return _blend(recipe, apart, student, target)

    return heads.summed(chunk, heads.head_of(model), hidden_rows(model, batch), _labels(batch), teacher_rows)


def cached(model: torch.nn.Module, batch: Batch, recipe: Recipe) -> torch.Tensor:
    """Divergence from the teacher's likeliest tokens and the rest as one, as its cache has them; no teacher needed."""
    divergence = recipe.function

    def chunk(student: torch.Tensor, target: torch.Tensor, kept: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        known = divergences.with_tail(divergences.log_probabilities(student, recipe.temperature), kept)
        return _blend(recipe, recipe.temperature**2 * divergence(wanted, known), student, target)

    hidden = hidden_rows(model, batch)
    return heads.summed(chunk, heads.head_of(model), hidden, _labels(batch), batch.top_tokens, batch.top_log_probs)


def universal(model: torch.nn.Module, batch: Batch, teacher: torch.nn.Module, recipe: Recipe) -> torch.Tensor:
    """The universal logit distance to a teacher with a tokenizer of its own, at the places where both have read the
    same text; cross-entropy everywhere."""
    other = batch.others
    hidden, head = hidden_rows(model, batch), heads.head_of(model)
    entropy = heads.summed(cross_entropy_sum, head, hidden, _labels(batch))
    with torch.no_grad():
        teacher_rows = hidden_rows(teacher, other.batch)[other.rows]
        teacher_head = heads.head_of(teacher)

    def chunk(student: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            wanted = teacher_head(rows)
        return divergences.sorted_distance(wanted, student)

    apart = heads.summed(chunk, head, hidden[other.student_rows], teacher_rows)
    return (1 - recipe.weight) * entropy + recipe.weight * apart


def _blend(recipe: Recipe, apart: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    if recipe.weight == 1:
        return apart
    return recipe.weight * apart + (1 - recipe.weight) * cross_entropy_sum(logits, labels)


def _labels(batch: Batch) -> torch.Tensor:
    return batch.labels[batch.labels != IGNORED]
