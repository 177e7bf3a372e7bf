"""What a student minimises, as sums over the completion's tokens.

Every function returns a *sum*: the caller divides by the number of valid tokens of the whole batch, over all its
micro-batches. Dividing each micro-batch by its own count would weight tokens by the company they keep.

The head is applied in chunks and only to rows that count, and each chunk's logits are recomputed in the backward pass:
at a vocabulary of 150,000 the logits, not the model, are what fills the memory.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from .batches import IGNORED, Batch

CHUNK_ROWS = 4096
# Models whose logits are not simply head(hidden); for them the model's own forward pass is used.
HEAD_ADJUSTMENTS = ("final_logit_softcapping", "logit_scale", "logits_scaling")

ChunkLoss = Callable[..., torch.Tensor]


def cross_entropy_sum(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(logits.float(), labels, reduction="sum")


def forward_kl_sum(logits: torch.Tensor, teacher_logits: torch.Tensor, temperature: float = 1.0) -> torch.Tensor:
    """``T^2 * sum p log(p/q)``, p the teacher. A head padded for alignment is cut to the ids both really have."""
    width = min(logits.shape[-1], teacher_logits.shape[-1])
    student = functional.log_softmax(logits[:, :width].float() / temperature, dim=-1)
    teacher = functional.log_softmax(teacher_logits[:, :width].float() / temperature, dim=-1)
    return temperature**2 * functional.kl_div(student, teacher, reduction="sum", log_target=True)


def sequence_level(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy on the completion: sequence-level distillation when the teacher wrote it."""
    rows, head = _hidden_rows(model, batch)
    labels = batch.labels[batch.labels != IGNORED]
    return _chunked(lambda hidden, target: cross_entropy_sum(head(hidden), target), rows, labels)


def logits(model: torch.nn.Module, batch: Batch, teacher: torch.nn.Module) -> torch.Tensor:
    """Half cross-entropy, half forward KL to a teacher with the same tokenizer."""
    rows, head = _hidden_rows(model, batch)
    with torch.no_grad():
        teacher_rows, teacher_head = _hidden_rows(teacher, batch)
    labels = batch.labels[batch.labels != IGNORED]

    def chunk_loss(hidden: torch.Tensor, teacher_hidden: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        student_logits = head(hidden)
        divergence = forward_kl_sum(student_logits, teacher_head(teacher_hidden).detach())
        return 0.5 * cross_entropy_sum(student_logits, target) + 0.5 * divergence

    return _chunked(chunk_loss, rows, teacher_rows, labels)


def _hidden_rows(
    model: torch.nn.Module,
    batch: Batch,
) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]:
    """The rows to be scored, and the function that turns rows into logits."""
    counted = batch.labels != IGNORED
    if any(getattr(model.config, name, None) is not None for name in HEAD_ADJUSTMENTS):
        output = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask, use_cache=False)
        return output.logits[counted], lambda ready: ready
    output = model.base_model(input_ids=batch.input_ids, attention_mask=batch.attention_mask, use_cache=False)
    return output.last_hidden_state[counted], model.get_output_embeddings()


def _chunked(loss: ChunkLoss, *columns: torch.Tensor) -> torch.Tensor:
    if len(columns[0]) <= CHUNK_ROWS:
        return loss(*columns)
    chunks = zip(*(column.split(CHUNK_ROWS) for column in columns), strict=True)
    return torch.stack([checkpoint(loss, *chunk, use_reentrant=False) for chunk in chunks]).sum()
