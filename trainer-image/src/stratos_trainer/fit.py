"""The training loop: AdamW, warm-up and cosine, whole steps only, and a way to stop between any two of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from . import batches, checkpoints
from .batches import Batch, Example
from .checkpoints import TrainingState
from .errors import Stopped

MOST_MICRO_BATCH_TOKENS = 65_536
BETAS = (0.9, 0.98)
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT_NORM = 1.0
LOWEST_RATE_FRACTION = 0.01


@dataclass(frozen=True)
class Schedule:
    learning_rate: float
    batch_size: int
    epochs: float
    warmup_steps: int
    max_steps: int = 0
    max_seconds: float = 0
    checkpoint_period_seconds: float = 60
    bf16: bool = False

    def total_steps(self, examples: int) -> int:
        per_epoch = math.ceil(examples / self.batch_size)
        steps = math.ceil(self.epochs * per_epoch)
        return min(steps, self.max_steps) if self.max_steps else steps

    def rate_at(self, step: int, total: int) -> float:
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        done = (step - self.warmup_steps) / max(1, total - self.warmup_steps)
        cosine = 0.5 * (1 + math.cos(math.pi * done))
        return self.learning_rate * (LOWEST_RATE_FRACTION + (1 - LOWEST_RATE_FRACTION) * cosine)


@dataclass(frozen=True)
class Hooks:
    """What the surroundings want: to be told of each step, and to say when to stop."""

    on_step: Callable[[TrainingState, int], None] = lambda _state, _total: None
    stop_requested: Callable[[], bool] = lambda: False


LossSum = Callable[[torch.nn.Module, Batch], torch.Tensor]


class Fit:
    """One run of training. With a folder it writes checkpoints; without, it only trains."""

    def __init__(
        self,
        model: torch.nn.Module,
        loss: LossSum,
        schedule: Schedule,
        folder: Path | None = None,
    ) -> None:
        self.model = model
        self.loss = loss
        self.schedule = schedule
        self.folder = folder
        self.optimizer = torch.optim.AdamW(
            [parameter for parameter in model.parameters() if parameter.requires_grad],
            lr=schedule.learning_rate,
            betas=BETAS,
            weight_decay=WEIGHT_DECAY,
        )
        self.state = TrainingState()
        self._epoch = -1
        self._order: list[list[int]] = []

    def resume(self) -> int:
        """Continues from the newest checkpoint, if there is one; returns the step it starts from."""
        if self.folder:
            self.state = checkpoints.restore(self.folder, self.model, self.optimizer) or self.state
        return self.state.step

    def run(self, examples: Sequence[Example], pad: int, seed: int, hooks: Hooks | None = None) -> TrainingState:
        """Raises ``Stopped`` after a checkpoint if asked to stop; never leaves a step half done."""
        hooks = hooks or Hooks()
        total = self.schedule.total_steps(len(examples))
        self.model.train()
        started = saved = time.monotonic()
        before = self.state.seconds
        while self.state.step < total and not self._out_of_time():
            chosen = [examples[index] for index in self._batch_at(self.state.step, examples, seed)]
            self._step(chosen, pad, total)
            now = time.monotonic()
            self.state.seconds = before + now - started
            hooks.on_step(self.state, total)
            if hooks.stop_requested():
                self._save()
                raise Stopped(f"stopped after step {self.state.step} of {total}")
            if now - saved >= self.schedule.checkpoint_period_seconds:
                self._save()
                saved = time.monotonic()
        self._save()
        return self.state

    def _batch_at(self, step: int, examples: Sequence[Example], seed: int) -> list[int]:
        epoch, place = divmod(step, math.ceil(len(examples) / self.schedule.batch_size))
        if self._epoch != epoch:
            lengths = [len(example) for example in examples]
            self._epoch, self._order = epoch, batches.epoch_order(lengths, self.schedule.batch_size, seed, epoch)
        return self._order[place]

    def _step(self, examples: list[Example], pad: int, total: int) -> None:
        device = next(self.model.parameters()).device
        parts = [batches.collate(part, pad) for part in batches.micro_batches(examples, MOST_MICRO_BATCH_TOKENS)]
        valid = sum(part.valid_tokens for part in parts)
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate_at(self.state.step, total)
        loss_sum = 0.0
        for part in parts:
            with torch.autocast(device.type, torch.bfloat16, enabled=self.schedule.bf16):
                part_sum = self.loss(self.model, part.to(device))
            (part_sum / valid).backward()
            loss_sum += part_sum.item()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), LARGEST_GRADIENT_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.state.step += 1
        self.state.tokens += sum(map(len, examples))
        self.state.last_loss = loss_sum / valid

    def _out_of_time(self) -> bool:
        return bool(self.schedule.max_seconds) and self.state.seconds >= self.schedule.max_seconds

    def _save(self) -> None:
        if self.folder:
            checkpoints.save(self.folder, self.state, self.model, self.optimizer)
