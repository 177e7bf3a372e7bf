"""Starts a stage once per GPU of the pod, with the variables that torchrun would set.

Not torchrun itself, though the processes run under it just as well: on SIGTERM it gives its workers 30 seconds before
it kills them, which a checkpoint of many gigabytes may not keep, and it exits with 1 where the operator reads 143 as
"saved, go on later" (docs/adr/0014-training.md).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from . import stops
from .config import StageConfig
from .errors import EXIT_DONE, EXIT_STOPPED

POLL_SECONDS = 0.1
# After one process has failed the others wait for it in vain.
GRACE_SECONDS = 10.0


def processes(config: StageConfig, environment: Mapping[str, str] = os.environ) -> int:
    """How many train in this pod: as asked for, else one per GPU. 1 in a process that is one of several."""
    # 4-bit weights cannot be cut.
    if config.stage != "train" or config.training.method == "QLoRA" or environment.get("WORLD_SIZE"):
        return 1
    if config.training.processes or config.device == "cpu":
        return max(1, config.training.processes)
    import torch

    return max(1, torch.cuda.device_count())


def is_one_of_several(environment: Mapping[str, str] = os.environ) -> bool:
    return int(environment.get("WORLD_SIZE") or 1) > 1


def leads(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process speaks for all."""
    return int(environment.get("RANK") or 0) == 0


def run(stage: str, processes: int) -> int:
    """The exit code of them all: the first failure's, else 143 if they were stopped, else 0."""
    workers = [_start(stage, rank, processes) for rank in range(processes)]
    try:
        return _exit_code(_codes(workers))
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


def _codes(workers: Sequence[subprocess.Popen[bytes]]) -> list[int]:
    forwarded, failed_at = False, None
    while any(worker.poll() is None for worker in workers):
        if stops.requested() and not forwarded:
            forwarded = True
            _signal(workers, signal.SIGTERM)
        if failed_at is None and any(worker.returncode not in (None, EXIT_DONE, EXIT_STOPPED) for worker in workers):
            failed_at = time.monotonic()
        if failed_at is not None and time.monotonic() - failed_at > GRACE_SECONDS:
            _signal(workers, signal.SIGKILL)
        time.sleep(POLL_SECONDS)
    # Who was killed for waiting is not to blame.
    return [worker.returncode for worker in workers]


def _exit_code(codes: Sequence[int]) -> int:
    failures = [code for code in codes if code not in (EXIT_DONE, EXIT_STOPPED)]
    own = [code for code in failures if code > 0]
    if failures:
        return own[0] if own else 1
    return EXIT_STOPPED if EXIT_STOPPED in codes else EXIT_DONE


def _start(stage: str, rank: int, processes: int) -> subprocess.Popen[bytes]:
    variables = {**os.environ, **_variables(rank, processes)}
    return subprocess.Popen([sys.executable, "-m", __package__, stage], env=variables)


_port: int | None = None


def _variables(rank: int, processes: int) -> Mapping[str, str]:
    global _port
    _port = _port or _free_port()
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "LOCAL_WORLD_SIZE": str(processes),
        "WORLD_SIZE": str(processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(_port),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _signal(workers: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(number)
