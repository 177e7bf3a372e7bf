"""Adapters: nothing at the start, a real change after training, and the same function once merged."""

import pytest
import torch

from stratos_trainer import batches, lora, losses, modeling, tiny_models
from stratos_trainer.batches import Example
from stratos_trainer.fit import Fit, Schedule

EXAMPLES = [Example((1, number, number + 1), (number + 2, 2)) for number in range(10, 42)]
BATCH = batches.collate(EXAMPLES, pad=0)


@pytest.fixture
def model():
    return modeling.load_model(tiny_models.FOLDER / "tiny-teacher", 0)


def logits(model):
    with torch.no_grad():
        return model(input_ids=BATCH.input_ids, attention_mask=BATCH.attention_mask).logits


def test_an_untrained_adapter_changes_nothing(model):
    before = logits(model)
    assert lora.add_adapters(model, seed=0) == 21
    assert torch.equal(logits(model), before)


def test_training_moves_the_adapters_alone_and_merging_keeps_what_they_learned(model):
    names = [name for name, _ in model.named_parameters()]
    before = logits(model)
    lora.add_adapters(model, seed=0)
    frozen = model.model.layers[0].mlp.up_proj.base.weight.clone()
    Fit(model, losses.sequence_level, Schedule(1e-2, 16, epochs=10, warmup_steps=2)).run(EXAMPLES, 0, seed=0)
    assert torch.equal(model.model.layers[0].mlp.up_proj.base.weight, frozen)
    learned = logits(model)
    assert not torch.allclose(learned, before, atol=0.1)
    lora.merge_adapters(model)
    assert [name for name, _ in model.named_parameters()] == names
    torch.testing.assert_close(logits(model), learned, atol=1e-4, rtol=1e-4)
