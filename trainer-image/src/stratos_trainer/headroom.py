"""How many tokens one forward pass may hold."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from .ranks import local

MOST_TOKENS = 65_536
# Of what is free once the optimiser has its states: the rest is for logits, buffers and fragmentation.
SHARE = 0.5


def tokens_at_once(model: torch.nn.Module, device: torch.device, longest: int, recomputed: bool) -> int:
    """On a GPU what its memory holds, one sequence at least; on a CPU the most that keeps a pass quick."""
    if device.type != "cuda":
        return MOST_TOKENS
    free = torch.cuda.mem_get_info(device)[0] - state_bytes(model.parameters())
    per_token = activation_bytes(model.config.get_text_config(), recomputed)
    return max(longest, min(MOST_TOKENS, int(free * SHARE / per_token)))


def state_bytes(parameters: Iterable[torch.nn.Parameter]) -> int:
    """Gradient and two moments of what is trained, in 32 bits: allocated by the first step."""
    return 12 * sum(local(parameter).numel() for parameter in parameters if parameter.requires_grad)


def activation_bytes(config: object, recomputed: bool) -> int:
    """Per token (Korthikanti 2022): 34 h in a layer; of recomputed layers only the inputs, 2 h each, are kept."""
    hidden, layers = config.hidden_size, config.num_hidden_layers
    return hidden * (2 * layers + 34) if recomputed else hidden * 34 * layers
