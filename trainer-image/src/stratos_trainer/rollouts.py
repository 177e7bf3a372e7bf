"""The student's own completions, for training on-policy.

Every sample's randomness follows from (seed, step, example) alone: a resumed run, or one of another number of
processes, draws the same tokens.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .batches import Example

MOST_SEQUENCES = 256


@dataclass(frozen=True)
class Turn:
    """The sampling of one step. All processes make as many passes, whoever ends sooner."""

    step: int
    rounds: int
    batches: int
    alone: bool


@dataclass(frozen=True)
class Rollouts:
    """Samples at temperature 1, which is what a divergence on the student's distribution is about."""

    max_new_tokens: int
    most_tokens: int
    eos: int
    pad: int
    seed: int
    share: float = 1.0

    def due(self, step: int) -> bool:
        """Whether this step learns from samples: ``share`` of the steps do, the same in every process."""
        return self.share >= 1 or random.Random(f"{self.seed}/{step}/on-policy").random() < self.share

    def turn(self, examples: Sequence[Example], step: int, processes: int) -> Turn:
        """What one step's sampling takes: no sequence exceeds the longest that is trained on."""
        room = self.most_tokens - max(len(example.prompt) for example in examples)
        share = -(-len(examples) // processes)
        return Turn(step, max(1, min(self.max_new_tokens, room)), -(-share // MOST_SEQUENCES), processes == 1)

    @torch.no_grad()
    def complete(self, student: torch.nn.Module, examples: Sequence[Example], turn: Turn) -> list[Example]:
        """The examples' prompts with what the student says."""
        student.eval()
        try:
            samples: list[Example] = []
            for number in range(turn.batches):
                part = examples[number * MOST_SEQUENCES : (number + 1) * MOST_SEQUENCES]
                samples += self._sampled(student, part, turn)
            return samples
        finally:
            student.train()

    def _sampled(self, student: torch.nn.Module, examples: Sequence[Example], turn: Turn) -> list[Example]:
        # A process without examples still takes part in every pass: its peers wait for its share of the weights.
        prompts = [example.prompt for example in examples] or [(self.pad,)]
        device = next(student.parameters()).device
        width = max(map(len, prompts))
        rows = torch.tensor([[self.pad] * (width - len(p)) + list(p) for p in prompts], device=device)
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        noise = [self._generator(example, turn.step) for example in examples] or [torch.Generator()]
        drawn: list[list[int]] = [[] for _ in prompts]
        cache = None
        for _ in range(turn.rounds):
            output = student(
                input_ids=rows, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
            )
            cache = output.past_key_values
            tokens = _draw(output.logits[:, -1], noise)
            for sample, token in zip(drawn, tokens.tolist(), strict=True):
                if self.eos not in sample[-1:]:
                    sample.append(token)
            if turn.alone and all(sample[-1] == self.eos for sample in drawn):
                break
            rows = tokens[:, None]
            mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
            positions = positions[:, -1:] + 1
        return [Example(example.prompt, tuple(sample)) for example, sample in zip(examples, drawn, strict=False)]

    def _generator(self, example: Example, step: int) -> torch.Generator:
        text = f"{self.seed}/{step}/{example.prompt}/{example.completion}"
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return torch.Generator().manual_seed(number)


def _draw(logits: torch.Tensor, noise: Sequence[torch.Generator]) -> torch.Tensor:
    """The largest of logit plus Gumbel noise is a sample from the softmax. The noise is made on the CPU:
    there it is the same for every device."""
    uniform = torch.stack([torch.rand(logits.shape[-1], generator=generator) for generator in noise])
    gumbel = -torch.log(-torch.log(uniform.clamp(min=1e-20)))
    return (logits.float() + gumbel.to(logits.device)).argmax(-1)
