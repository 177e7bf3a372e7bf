"""Where to compute, and with how many threads."""

from __future__ import annotations

import math
import os
from pathlib import Path

import torch

from .errors import StageError

CGROUP_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def choose(wanted: str) -> torch.device:
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise StageError("ConfigInvalid", 'device "cuda" was asked for, but PyTorch finds no GPU in this pod')
    if wanted == "cpu":
        torch.set_num_threads(usable_cpus())
    return torch.device(wanted)


def usable_cpus() -> int:
    """The CPUs this container may use: PyTorch counts the node's, and would be throttled to a crawl."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = CGROUP_CPU_MAX.read_text().split()
    except (OSError, ValueError):
        quota = "max"
    if quota != "max":
        cpus = min(cpus, math.ceil(int(quota) / int(period)))
    return max(1, min(cpus, int(os.environ.get("OMP_NUM_THREADS") or cpus)))
