"""Low-rank adapters: train two thin matrices beside each linear layer, then fold them into it.

The merged student is an ordinary checkpoint. Merging happens in fp32, the precision in which the base weights are kept
while training, so folding in costs no accuracy.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

RANK = 16
ALPHA = 32.0


class LoraLinear(nn.Module):
    """``base(x) + scale * up(down(x))``; ``up`` starts at zero, so training starts from the base model exactly."""

    def __init__(self, base: nn.Linear, rank: int = RANK, alpha: float = ALPHA) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.down = nn.Parameter(torch.empty(rank, base.in_features, device=base.weight.device))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank, device=base.weight.device))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.base(inputs) + self.scale * functional.linear(functional.linear(inputs, self.down), self.up)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        self.base.weight += self.scale * (self.up @ self.down)
        return self.base


def add_adapters(model: nn.Module, seed: int) -> int:
    """Freezes the model and puts an adapter on every linear layer but the head; returns how many."""
    torch.manual_seed(seed)
    model.requires_grad_(False)
    head = model.get_output_embeddings()
    places = [
        (parent, name, layer)
        for parent in model.modules()
        for name, layer in parent.named_children()
        if isinstance(layer, nn.Linear) and layer is not head
    ]
    for parent, name, layer in places:
        setattr(parent, name, LoraLinear(layer))
    return len(places)


def merge_adapters(model: nn.Module) -> None:
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, LoraLinear):
                setattr(parent, name, layer.merged())
