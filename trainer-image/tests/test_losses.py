"""Losses against the definition in double precision, and the normalisation that micro-batches must not change."""

import math

import pytest
import torch
from transformers import AutoModelForCausalLM

from stratos_trainer import batches, losses, tiny_models
from stratos_trainer.batches import Example


def naive_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> float:
    total = 0.0
    for row, label in zip(logits.double().tolist(), labels.tolist(), strict=True):
        total += math.log(sum(math.exp(value) for value in row)) - row[label]
    return total


def naive_forward_kl(logits: torch.Tensor, teacher: torch.Tensor, temperature: float) -> float:
    total = 0.0
    for student_row, teacher_row in zip(logits.double().tolist(), teacher.double().tolist(), strict=True):
        q = [math.exp(value / temperature) for value in student_row]
        p = [math.exp(value / temperature) for value in teacher_row]
        total += sum(a / sum(p) * math.log(a / sum(p) / (b / sum(q))) for a, b in zip(p, q, strict=True))
    return temperature**2 * total


def test_cross_entropy_is_its_definition():
    torch.manual_seed(0)
    logits, labels = torch.randn(11, 7), torch.randint(7, (11,))
    assert losses.cross_entropy_sum(logits, labels).item() == pytest.approx(
        naive_cross_entropy(logits, labels), rel=1e-5
    )


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_forward_kl_is_its_definition(temperature):
    torch.manual_seed(1)
    student, teacher = torch.randn(9, 6), torch.randn(9, 6)
    got = losses.forward_kl_sum(student, teacher, temperature).item()
    assert got == pytest.approx(naive_forward_kl(student, teacher, temperature), rel=1e-5)


def test_a_padded_head_gets_no_probability():
    torch.manual_seed(2)
    student, teacher = torch.randn(4, 6), torch.randn(4, 8)
    assert losses.forward_kl_sum(student, teacher).item() == pytest.approx(
        losses.forward_kl_sum(student, teacher[:, :6]).item()
    )


@pytest.fixture(scope="module")
def student():
    torch.manual_seed(3)
    return AutoModelForCausalLM.from_config(tiny_models.arithmetic_student())


@pytest.fixture(scope="module")
def examples():
    rng = torch.Generator().manual_seed(4)

    def tokens(size: int) -> tuple[int, ...]:
        return tuple(torch.randint(5, 100, (size,), generator=rng).tolist())

    return [Example(tokens(3 + number % 5), tokens(1 + number % 4)) for number in range(12)]


def gradients(model, loss, parts: list[batches.Batch]) -> torch.Tensor:
    model.zero_grad()
    valid = sum(part.valid_tokens for part in parts)
    for part in parts:
        (loss(model, part) / valid).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def test_only_the_completion_is_learned(student, examples):
    batch = batches.collate(examples, pad=0)
    logits = student(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits
    rows, labels = [], []
    for place, example in enumerate(examples):
        for at, token in enumerate(example.completion):
            rows.append(logits[place, len(example.prompt) - 1 + at])
            labels.append(token)
    want = naive_cross_entropy(torch.stack(rows), torch.tensor(labels))
    assert losses.sequence_level(student, batch).item() == pytest.approx(want, rel=1e-5)
    assert batch.valid_tokens == len(labels)


def test_chunks_of_the_head_change_nothing(student, examples, monkeypatch):
    batch = batches.collate(examples, pad=0)
    whole = gradients(student, losses.sequence_level, [batch])
    monkeypatch.setattr(losses, "CHUNK_ROWS", 4)
    torch.testing.assert_close(gradients(student, losses.sequence_level, [batch]), whole)


def test_micro_batches_of_unequal_size_change_nothing(student, examples):
    whole = gradients(student, losses.sequence_level, [batches.collate(examples, pad=0)])
    parts = [batches.collate(part, pad=0) for part in batches.micro_batches(examples, most_tokens=24)]
    assert len({part.valid_tokens for part in parts}) > 1
    torch.testing.assert_close(gradients(student, losses.sequence_level, parts), whole)


def test_a_teacher_equal_to_the_student_adds_no_divergence(student, examples):
    batch = batches.collate(examples, pad=0)
    half = 0.5 * losses.sequence_level(student, batch).item()
    assert losses.logits(student, batch, teacher=student).item() == pytest.approx(half, rel=1e-5)
