"""The training loop: AdamW, warm-up and cosine, whole steps only, and a way to stop between any two of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from . import batches, checkpoints, headroom
from .batches import Batch, Example
from .checkpoints import TrainingState
from .errors import Stopped
from .intervals import Period
from .losses import LossSum
from .ranks import Ranks, Replica, shard
from .rollouts import Rollouts

BETAS = (0.9, 0.98)
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT_NORM = 1.0
LOWEST_RATE_FRACTION = 0.01


@dataclass(frozen=True)
class Schedule:
    """``checkpoint_period_seconds`` of ``None``: the best for what a save costs and how often a run is interrupted."""

    learning_rate: float
    batch_size: int
    epochs: float
    warmup_steps: int
    max_steps: int = 0
    max_seconds: float = 0
    checkpoint_period_seconds: float | None = None
    mean_seconds_between_interruptions: float | None = None
    bf16: bool = False
    # Rows of packed sequences are this wide; 0 is one sequence a row.
    packed_width: int = 0

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


@dataclass(frozen=True)
class Company:
    """Who else takes part: other processes, a teacher to be cut like the student, and samples of the student's own."""

    ranks: Ranks = field(default_factory=Ranks)
    teacher: torch.nn.Module | None = None
    rollouts: Rollouts | None = None


class Fit:
    """One run of training. With a folder it writes checkpoints; without, it only trains."""

    def __init__(
        self,
        model: torch.nn.Module,
        loss: LossSum,
        schedule: Schedule,
        folder: Path | None = None,
        company: Company | None = None,
    ) -> None:
        self.model = model
        self.loss = loss
        self.schedule = schedule
        self.folder = folder
        self.company = company or Company()
        self.ranks = self.company.ranks
        self.replica = Replica(model, self.company.teacher)
        shard(self.replica, self.ranks, schedule.bf16)
        self.optimizer = torch.optim.AdamW(
            [parameter for parameter in model.parameters() if parameter.requires_grad],
            lr=schedule.learning_rate,
            betas=BETAS,
            weight_decay=WEIGHT_DECAY,
        )
        self.state = TrainingState()
        self._period = Period(schedule.checkpoint_period_seconds, schedule.mean_seconds_between_interruptions)
        self._most_tokens = headroom.MOST_TOKENS
        self._epoch = -1
        self._order: list[list[int]] = []

    def resume(self) -> int:
        """Continues from the newest sound checkpoint, if there is one; returns the step it starts from."""
        if self.folder:
            self.state = checkpoints.restore(self.folder, self.model, self.optimizer, self.ranks) or self.state
        return self.state.step

    def run(self, examples: Sequence[Example], pad: int, seed: int, hooks: Hooks | None = None) -> TrainingState:
        """Raises ``Stopped`` after a checkpoint if asked to stop; never leaves a step half done."""
        hooks = hooks or Hooks()
        total = self.schedule.total_steps(len(examples))
        self.model.train()
        self._most_tokens = headroom.tokens_at_once(
            self.model,
            self._device,
            max(map(len, examples)),
            bool(getattr(self.model, "is_gradient_checkpointing", False)),
        )
        started = saved = time.monotonic()
        before = self.state.seconds
        late = False
        while self.state.step < total and not late:
            loss_sum, valid, tokens = self._step(self._batch_at(self.state.step, examples, seed), pad, seed, total)
            now = time.monotonic()
            seconds = before + now - started
            mine = [loss_sum, valid, tokens, seconds, now - saved >= self._period.seconds, hooks.stop_requested()]
            table = self.ranks.table([float(value) for value in mine])
            # Clocks differ: the first process's counts.
            self._count(table)
            late = bool(self.schedule.max_seconds) and self.state.seconds >= self.schedule.max_seconds
            hooks.on_step(self.state, total)
            if any(row[5] for row in table):
                self._save()
                raise Stopped(f"stopped after step {self.state.step} of {total}")
            if table[0][4]:
                self._save()
                saved = time.monotonic()
        self._save()
        return self.state

    def _count(self, table: list[list[float]]) -> None:
        loss_sum, valid, tokens = (sum(row[column] for row in table) for column in range(3))
        self.state.step += 1
        self.state.tokens += int(tokens)
        self.state.seconds = table[0][3]
        self.state.last_loss = loss_sum / valid

    def _batch_at(self, step: int, examples: Sequence[Example], seed: int) -> list[Example]:
        epoch, place = divmod(step, math.ceil(len(examples) / self.schedule.batch_size))
        if self._epoch != epoch:
            lengths = [len(example) for example in examples]
            self._epoch, self._order = epoch, batches.epoch_order(lengths, self.schedule.batch_size, seed, epoch)
        return [examples[index] for index in self._order[place]]

    def _step(self, examples: list[Example], pad: int, seed: int, total: int) -> tuple[float, int, int]:
        """Sum of the losses, tokens that count and all tokens, of this process's share of the examples."""
        # Whatever is random in a model (dropout) follows from the step, and so survives a resume.
        torch.manual_seed((seed * 1_000_003 + self.state.step) * 4096 + self.ranks.rank)
        share = self._share(examples)
        parts = self._parts(share, pad)
        valid = sum(part.valid_tokens for part in parts)
        table = self.ranks.table([float(valid), float(len(parts))])
        scale = self.ranks.size / sum(row[0] for row in table)
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate_at(self.state.step, total)
        spare = batches.ignored(parts[0] if parts else batches.collate(examples[:1], pad))
        loss_sum = 0.0
        for number in range(int(max(row[1] for row in table))):
            loss_sum += self._learn(parts[number] if number < len(parts) else spare, scale)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), LARGEST_GRADIENT_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss_sum, valid, sum(map(len, share))

    def _learn(self, part: Batch, scale: float) -> float:
        """``scale`` makes the mean of what the processes add up, which is what FSDP takes, the mean over all tokens."""
        with self._autocast():
            part_sum = self.replica(self.loss, part.to(self._device))
        (part_sum * scale).backward()
        return part_sum.item()

    def _share(self, examples: list[Example]) -> list[Example]:
        """Every n-th by length, so that all processes have about as much to do; samples instead where they are due."""
        share = sorted(examples, key=len)[self.ranks.rank :: self.ranks.size]
        rollouts = self.company.rollouts
        if rollouts is None or not rollouts.due(self.state.step):
            return share
        with self._autocast():
            return self.replica(rollouts.complete, share, rollouts.turn(examples, self.state.step, self.ranks.size))

    def _parts(self, share: list[Example], pad: int) -> list[Batch]:
        if not share:
            return []
        width = self.schedule.packed_width
        if not width:
            return [batches.collate(part, pad) for part in batches.micro_batches(share, self._most_tokens)]
        packed = batches.packed_micro_batches(share, width, self._most_tokens)
        return [batches.collate_rows(rows, pad) for rows in packed]

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self.schedule.bf16)

    @property
    def _device(self) -> torch.device:
        return next(self.model.parameters()).device

    def _save(self) -> None:
        if self.folder:
            started = time.monotonic()
            checkpoints.save(self.folder, self.state, self.model, self.optimizer, self.ranks)
            self._period.learn(time.monotonic() - started)
