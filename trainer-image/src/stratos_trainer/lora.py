"""Low-rank adapters: train two thin matrices beside each linear layer, then fold them into it.

The merged student is an ordinary checkpoint. It is made from the weights that were there before, in fp32, whatever
precision the frozen ones were kept in while training (4 bits, for QLoRA), so folding in costs no accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from .errors import StageError

RANK = 16
# Learning rates carry over from one rank to another when alpha grows with it.
ALPHA_PER_RANK = 2.0


class LoraLinear(nn.Module):
    """``base(x) + scale * up(down(x))``; ``up`` starts at zero, so training starts from the base model exactly."""

    def __init__(self, base: nn.Linear, rank: int = RANK) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        device = base.weight.device
        self.down = nn.Parameter(torch.empty(rank, base.in_features, device=device))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank, device=device))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        outputs = self.base(inputs)
        thin = functional.linear(functional.linear(inputs.to(self.down.dtype), self.down), self.up)
        return outputs + (ALPHA_PER_RANK * thin).to(outputs.dtype)


def add_adapters(model: nn.Module, seed: int, rank: int = RANK) -> int:
    """Freezes the model and puts an adapter on every linear layer but the head; returns how many."""
    torch.manual_seed(seed)
    model.requires_grad_(False)
    places = _linear_layers(model)
    for parent, name, layer in places:
        setattr(parent, name, LoraLinear(layer, rank))
    return len(places)


@torch.no_grad()
def merge_into(model: nn.Module, adapters: Mapping[str, torch.Tensor]) -> None:
    """Folds adapters, named as ``add_adapters`` names them, into a model without any."""
    for name in sorted(adapters):
        if not name.endswith(".up"):
            continue
        place = name.removesuffix(".up")
        weight = model.get_submodule(place).weight
        change = ALPHA_PER_RANK * (adapters[name].float() @ adapters[f"{place}.down"].float())
        weight += change.to(weight.device, weight.dtype)


def to_four_bits(model: nn.Module, compute: torch.dtype) -> nn.Module:
    """Every linear layer but the head as NF4, its scales quantised too; packed when the model moves to its device."""
    try:
        from bitsandbytes.nn import Linear4bit, Params4bit
    except ImportError as error:
        raise StageError(
            "ConfigInvalid",
            "training.method QLoRA needs the package bitsandbytes, which this image lacks; "
            "use LoRA, or an image that has it (spec.image)",
        ) from error
    for parent, name, layer in _linear_layers(model):
        packed = Linear4bit(
            layer.in_features, layer.out_features, layer.bias is not None, compute, quant_type="nf4", device="meta"
        )
        packed.weight = Params4bit(layer.weight.data, requires_grad=False, quant_type="nf4")
        packed.bias = layer.bias
        setattr(parent, name, packed)
    return model


def _linear_layers(model: nn.Module) -> list[tuple[nn.Module, str, nn.Linear]]:
    """All but the head, each with its parent and its name there."""
    head = model.get_output_embeddings()
    return [
        (parent, name, layer)
        for parent in model.modules()
        for name, layer in parent.named_children()
        if isinstance(layer, nn.Linear) and layer is not head
    ]
