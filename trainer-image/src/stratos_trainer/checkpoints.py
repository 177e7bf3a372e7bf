"""Training state on disk, such that a kill at any moment leaves either the old state or the new one.

    checkpoints/step-120/        complete, because it was renamed to this name when whole
        rank-0-of-2.safetensors  the rows that this process had: trained weights, optimiser
        state.json               the counters, and the digest of every file
    checkpoints/latest           names the newest complete one, for people; a resumed run looks for itself

What a resumed run needs to be equal: weights, optimiser, and the step, from which data order, learning rate and the
generator's seed follow. A run of any number of processes can go on from what any other number left.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from . import digests, logs, tensor_rows
from .errors import StageError
from .ranks import Ranks, first_row, is_cut, local

LATEST = "latest"
STATE = "state.json"
KEPT = 2


@dataclass
class TrainingState:
    """Counters that outlive the process."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    last_loss: float = 0.0


def save(
    folder: Path, state: TrainingState, model: torch.nn.Module, optimizer: torch.optim.Optimizer, ranks: Ranks
) -> Path:
    """All processes call it at the same step; the leader makes the checkpoint count once every part is on the disk."""
    name = f"step-{state.step}"
    partial = folder / f".{name}.partial"
    if ranks.leads:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    ranks.wait()
    path = partial / f"rank-{ranks.rank}-of-{ranks.size}.safetensors"
    tensor_rows.write(path, dict(_parts(model, optimizer, ranks)))
    _flush(path)
    written = dict(ranks.gathered((path.name, digests.of_file(path))))
    if ranks.leads:
        _complete(folder, name, {"version": 2, "state": asdict(state), "files": written})
    ranks.wait()
    return folder / name


def _complete(folder: Path, name: str, record: dict[str, object]) -> None:
    partial = folder / f".{name}.partial"
    write_atomically(partial / STATE, json.dumps(record, indent=1))
    _flush(partial)
    shutil.rmtree(folder / name, ignore_errors=True)
    partial.rename(folder / name)
    _flush(folder)
    write_atomically(folder / LATEST, name)
    _forget_old(folder)


def restore(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, ranks: Ranks
) -> TrainingState | None:
    """Puts the newest checkpoint back that is whole; ``None`` when there is none to resume from."""
    path, record = _newest_sound(folder, ranks)
    if path is None:
        return None
    _prepare(optimizer)
    try:
        with tensor_rows.Reader(path / name for name in record["files"]) as reader, torch.no_grad():
            for key, tensor in _tensors(model, optimizer):
                reader.fill(key, local(tensor), first_row(tensor, ranks))
    except KeyError as error:
        raise StageError(
            "ModelIncompatible",
            f"resuming from {path}: it was written for another model or method ({error.args[0]}); "
            "remove the folder checkpoints to start anew",
        ) from error
    return TrainingState(**record["state"])


def _newest_sound(folder: Path, ranks: Ranks) -> tuple[Path | None, dict]:
    """Each process checks a share of the files, and all take the newest that nobody objects to."""
    for path in sorted(_steps(folder), key=_step_of, reverse=True) if folder.exists() else []:
        record, complaint = _examined(path, ranks)
        complaints = [text for text in ranks.gathered(complaint) if text]
        if not complaints:
            return path, record
        logs.warning("skipped a damaged checkpoint", checkpoint=path.name, complaint=complaints[0])
    return None, {}


def _examined(path: Path, ranks: Ranks) -> tuple[dict, str | None]:
    try:
        record = json.loads((path / STATE).read_text())
        for name, digest in sorted(record["files"].items())[ranks.rank :: ranks.size]:
            if digests.of_file(path / name) != digest:
                return record, f"{name} has another digest than when it was written"
        TrainingState(**record["state"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return {}, f"{type(error).__name__}: {error}"
    return record, None


def _tensors(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[tuple[str, torch.Tensor]]:
    """What training changes: the trained weights and their optimiser state, by the weights' names."""
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        yield f"model/{name}", parameter
        for key, value in sorted(optimizer.state.get(parameter, {}).items()):
            yield f"optimizer/{key}/{name}", value


def _prepare(optimizer: torch.optim.Optimizer) -> None:
    """Gives the optimiser the tensors that its first step would make: there has to be something to read into."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            optimizer.state[parameter] = {
                "step": torch.tensor(0.0),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }


def _parts(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, ranks: Ranks
) -> Iterator[tuple[str, tensor_rows.Part]]:
    """What every process has alike, the leader alone writes."""
    for key, tensor in _tensors(model, optimizer):
        if is_cut(tensor) or ranks.leads:
            yield key, tensor_rows.Part(local(tensor), first_row(tensor, ranks))


def write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _flush(path: Path) -> None:
    """To the disk: a file's content, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _steps(folder: Path) -> list[Path]:
    return [path for path in folder.glob("step-*") if path.name.removeprefix("step-").isdigit()]


def _step_of(path: Path) -> int:
    return int(path.name.removeprefix("step-"))


def _forget_old(folder: Path) -> None:
    for old in sorted(_steps(folder), key=_step_of)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
