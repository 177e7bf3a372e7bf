"""Several processes that train one student: who they are, and the few things they must agree on.

They find each other by the variables that torchrun sets (RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT). The
weights, their gradients and the optimiser's state are cut along the first dimension, a part each (FSDP2).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

# A process may keep the others waiting while it loads a model, or writes its part of a checkpoint to slow storage.
PATIENCE = timedelta(minutes=30)


class Ranks:
    """This process among its peers; alone unless ``join`` was called."""

    def __init__(self, rank: int = 0, size: int = 1, device: torch.device | None = None) -> None:
        self.rank = rank
        self.size = size
        self.device = device or torch.device("cpu")

    @property
    def alone(self) -> bool:
        return self.size == 1

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def table(self, values: list[float]) -> list[list[float]]:
        """The same few numbers of every process, by rank."""
        if self.alone:
            return [values]
        rows = torch.zeros((self.size, len(values)), dtype=torch.float64, device=self.device)
        rows[self.rank] = torch.tensor(values, dtype=torch.float64)
        # Everybody else's rows are zeros, so the sum is exact.
        dist.all_reduce(rows)
        return rows.tolist()

    def gathered(self, value: Any) -> list[Any]:
        """What every process has, by rank. For small things."""
        if self.alone:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        if not self.alone:
            self.table([0.0])

    def leave(self) -> None:
        if not self.alone:
            dist.destroy_process_group()


def join(device: torch.device, environment: Mapping[str, str] = os.environ) -> Ranks:
    """Meets the other processes, if this one was started as one of several."""
    size = int(environment.get("WORLD_SIZE") or 1)
    if size == 1:
        return Ranks(device=device)
    if device.type == "cuda":
        device = torch.device("cuda", int(environment.get("LOCAL_RANK") or 0))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    return Ranks(dist.get_rank(), size, device)


class Replica(torch.nn.Module):
    """Student and teacher under one root: whatever is done inside ``forward`` finds heads and embeddings whole."""

    def __init__(self, student: torch.nn.Module, teacher: torch.nn.Module | None = None) -> None:
        super().__init__()
        self.student = student
        self.teacher = teacher

    def forward(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return work(self.student, *arguments)


def shard(replica: Replica, ranks: Ranks, bf16: bool) -> None:
    """Cuts the weights, layer by layer, so that one layer at a time is whole."""
    if ranks.alone:
        return
    policy = (
        MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32) if bf16 else MixedPrecisionPolicy()
    )
    mesh = init_device_mesh(ranks.device.type, (ranks.size,))
    for model in filter(None, (replica.student, replica.teacher)):
        for layer in layers_of(model):
            fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(replica, mesh=mesh, mp_policy=policy)


def layers_of(model: torch.nn.Module) -> list[torch.nn.Module]:
    """The repeated blocks, by the names that the architecture gives them."""
    names = set(getattr(model, "_no_split_modules", None) or ())
    return [module for module in model.modules() if type(module).__name__ in names]


def is_cut(tensor: torch.Tensor) -> bool:
    return isinstance(tensor, DTensor)


def local(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor with everybody's part; all processes must ask at the same time."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def first_row(tensor: torch.Tensor, ranks: Ranks) -> int:
    """Where this process's part begins: FSDP2 cuts as ``torch.chunk`` does, in equal steps and what is left."""
    return min(tensor.shape[0], ranks.rank * -(-tensor.shape[0] // ranks.size)) if is_cut(tensor) else 0
