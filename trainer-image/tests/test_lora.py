"""Adapters: nothing at the start, a real change after training, and the same function once merged."""

import sys

import pytest
import torch

from stratos_trainer import batches, lora, losses, modeling, tiny_models
from stratos_trainer.batches import Example
from stratos_trainer.errors import StageError
from stratos_trainer.fit import Fit, Schedule

EXAMPLES = [Example((1, number, number + 1), (number + 2, 2)) for number in range(10, 42)]
BATCH = batches.collate(EXAMPLES, pad=0)
TEACHER = tiny_models.FOLDER / "tiny-teacher"


@pytest.fixture
def model():
    return modeling.load_model(TEACHER, 0)


def logits(model):
    with torch.no_grad():
        return model(input_ids=BATCH.input_ids).logits


def test_an_untrained_adapter_changes_nothing(model):
    before = logits(model)
    assert lora.add_adapters(model, seed=0) == 21
    assert torch.equal(logits(model), before)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_moves_the_adapters_alone_and_merging_keeps_what_they_learned(precision):
    model = modeling.load_model(TEACHER, 0, precision)
    before = logits(model)
    lora.add_adapters(model, seed=0, rank=4)
    frozen = model.model.layers[0].mlp.up_proj.base.weight.clone()
    schedule = Schedule(1e-2, 16, epochs=10, warmup_steps=2, bf16=precision == "bf16")
    Fit(model, losses.sequence_level, schedule).run(EXAMPLES, 0, seed=0)
    assert torch.equal(model.model.layers[0].mlp.up_proj.base.weight, frozen)
    learned = logits(model)
    assert not torch.allclose(learned, before, atol=0.1)
    merged = modeling.load_model(TEACHER, 0)
    names = [name for name, _ in merged.named_parameters()]
    lora.merge_into(merged, {name: value for name, value in model.named_parameters() if value.requires_grad})
    assert [name for name, _ in merged.named_parameters()] == names
    # The frozen weights were rounded to 8 bits of mantissa while training, and what they are merged into was not.
    tolerance = 1e-4 if precision == "fp32" else 0.3
    torch.testing.assert_close(logits(merged), learned.float(), rtol=tolerance, atol=tolerance)


def test_four_bits_stay_near_the_weights_and_are_never_trained(model):
    before = logits(model)
    lora.to_four_bits(model, torch.float32).to("cpu")
    frozen = model.model.layers[0].mlp.up_proj.weight
    assert frozen.dtype == torch.uint8 and frozen.numel() == 64 * 160 / 2
    rounded = logits(model)
    assert 0 < (rounded - before).abs().mean() < 0.2 * before.abs().mean()
    kept = frozen.clone()
    lora.add_adapters(model, seed=0, rank=4)
    assert torch.equal(logits(model), rounded)
    start = float(losses.sequence_level(model, BATCH).detach())
    Fit(model, losses.sequence_level, Schedule(1e-2, 16, epochs=10, warmup_steps=2)).run(EXAMPLES, 0, seed=0)
    assert torch.equal(model.model.layers[0].mlp.up_proj.base.weight, kept)
    assert float(losses.sequence_level(model, BATCH).detach()) < 0.5 * start


def test_an_image_without_the_package_says_so(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes.nn", None)
    with pytest.raises(StageError, match="needs the package bitsandbytes, which this image lacks; use LoRA"):
        lora.to_four_bits(model, torch.float32)
