"""Training state on disk, such that a kill at any moment leaves either the old state or the new one.

    checkpoints/step-120/    complete, because it was renamed to this name when whole
    checkpoints/latest       names the newest complete one; replaced by a rename, too

What a resumed run needs to be bit-equal: weights, optimiser, the generator's state, and the step, from which data
order and learning rate follow.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

LATEST = "latest"
KEPT = 2


@dataclass
class TrainingState:
    """Counters that outlive the process."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    last_loss: float = 0.0


def save(folder: Path, state: TrainingState, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Path:
    name = f"step-{state.step}"
    partial = folder / f".{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with (partial / "state.pt").open("wb") as file:
        torch.save(
            {
                "state": vars(state),
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "generators": _generator_states(),
            },
            file,
        )
        _flush(file.fileno())
    shutil.rmtree(folder / name, ignore_errors=True)
    partial.rename(folder / name)
    write_atomically(folder / LATEST, name)
    _forget_old(folder)
    return folder / name


def restore(folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> TrainingState | None:
    """Puts the newest complete checkpoint back; ``None`` when there is none to resume from."""
    try:
        name = (folder / LATEST).read_text().strip()
    except FileNotFoundError:
        return None
    device = next(model.parameters()).device
    saved: dict[str, Any] = torch.load(folder / name / "state.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    torch.set_rng_state(saved["generators"]["cpu"])
    if device.type == "cuda" and saved["generators"]["cuda"]:
        torch.cuda.set_rng_state_all(saved["generators"]["cuda"])
    return TrainingState(**saved["state"])


def write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w") as file:
        file.write(text)
        _flush(file.fileno())
    partial.replace(path)


def _generator_states() -> dict[str, Any]:
    return {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []}


def _flush(descriptor: int) -> None:
    os.fsync(descriptor)


def _forget_old(folder: Path) -> None:
    steps = sorted(folder.glob("step-*"), key=lambda path: int(path.name.removeprefix("step-")))
    for old in steps[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
