"""The head and the loss behind it, a few rows at a time.

At a vocabulary of 150,000 the logits, not the model, are what fills the memory. Here they never exist as a whole: each
chunk's logits, loss and gradients are made in the forward pass, and only the gradients of hidden states and head stay
(as in Liger-Kernel). Against recomputing the logits in the backward pass this saves one of four products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

# Logits that may exist at once: 128 MiB in 32 bits, several times over in the loss. The planner counts on it
# (LOGITS_AT_ONCE in src/domain/planning/constants.ts).
LOGITS_AT_ONCE = 2**25

# (logits, chunks of the columns...) -> the sum of their losses
ChunkLoss = Callable[..., torch.Tensor]


@dataclass(frozen=True)
class Head:
    """What turns hidden states into logits, the model's own adjustments included."""

    weight: torch.Tensor
    bias: torch.Tensor | None
    adjust: Callable[[torch.Tensor], torch.Tensor]

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.adjust(functional.linear(hidden, self.weight, self.bias))


def head_of(model: torch.nn.Module) -> Head:
    layer = model.get_output_embeddings()
    return Head(layer.weight, getattr(layer, "bias", None), _adjustment(model.config.get_text_config()))


def _adjustment(config: Any) -> Callable[[torch.Tensor], torch.Tensor]:
    """Gemma caps its logits, Cohere multiplies and Granite divides them."""
    cap = getattr(config, "final_logit_softcapping", None)
    factor = (getattr(config, "logit_scale", None) or 1) / (getattr(config, "logits_scaling", None) or 1)
    if cap:
        return lambda logits: torch.tanh(logits * (factor / cap)) * cap
    return (lambda logits: logits) if factor == 1 else (lambda logits: logits * factor)


def summed(loss: ChunkLoss, head: Head, hidden: torch.Tensor, *columns: torch.Tensor) -> torch.Tensor:
    """The sum of ``loss(logits, *columns)`` over all rows; ``columns`` are cut like ``hidden`` and get no gradients."""
    rows = max(1, LOGITS_AT_ONCE // len(head.weight))
    return _Summed.apply(_Work(loss, head.adjust, rows), hidden, head.weight, head.bias, *columns)


@dataclass(frozen=True)
class _Work:
    loss: ChunkLoss
    adjust: Callable[[torch.Tensor], torch.Tensor]
    rows: int


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, work: _Work, hidden: torch.Tensor, weight: torch.Tensor, *rest: Any) -> torch.Tensor:
        bias, *columns = rest
        needed = context.needs_input_grad[1:4]
        kept = zip((hidden, weight, bias), needed, strict=True)
        gradients = [torch.zeros_like(value, dtype=_summing(value)) if asked else None for value, asked in kept]
        total = hidden.new_zeros((), dtype=_summing(hidden))
        # What autocast would do to every chunk, done once.
        rows, matrix, offset = (
            None if value is None else value.to(_computing(value)) for value in (hidden, weight, bias)
        )
        for start in range(0, len(hidden), work.rows):
            cut = slice(start, start + work.rows)
            part, slope = _chunk(
                work, functional.linear(rows[cut], matrix, offset), [c[cut] for c in columns], any(needed)
            )
            total += part
            if slope is not None:
                _accumulate(gradients, slope, rows[cut], matrix, cut)
        context.save_for_backward(*gradients)
        context.types = [
            value.dtype if asked else None for value, asked in zip((hidden, weight, bias), needed, strict=True)
        ]
        context.others = len(columns)
        return total

    @staticmethod
    def backward(context: Any, outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        typed = zip(context.saved_tensors, context.types, strict=True)
        scaled = [None if gradient is None else (gradient * outer).to(dtype) for gradient, dtype in typed]
        return (None, *scaled, *[None] * context.others)


def _chunk(
    work: _Work, logits: torch.Tensor, columns: list[torch.Tensor], differentiate: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The chunk's loss and its gradient by the logits."""
    with torch.set_grad_enabled(differentiate):
        leaf = logits.requires_grad_(differentiate)
        part = work.loss(work.adjust(leaf), *columns)
    return part.detach(), torch.autograd.grad(part, leaf)[0] if differentiate else None


def _accumulate(
    gradients: list[torch.Tensor | None], slope: torch.Tensor, rows: torch.Tensor, matrix: torch.Tensor, cut: slice
) -> None:
    to_hidden, to_weight, to_bias = gradients
    if to_hidden is not None:
        to_hidden[cut] = slope @ matrix
    if to_weight is not None:
        # In place where the types agree: a copy of the head's size per chunk would be the largest thing here.
        if slope.dtype == to_weight.dtype:
            to_weight.addmm_(slope.T, rows)
        else:
            to_weight += slope.T @ rows
    if to_bias is not None:
        to_bias += slope.sum(0)


def _computing(value: torch.Tensor) -> torch.dtype:
    kind = value.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else value.dtype


def _summing(value: torch.Tensor) -> torch.dtype:
    """Sums over chunks are kept in 32 bits at least."""
    return torch.promote_types(value.dtype, torch.float32)
