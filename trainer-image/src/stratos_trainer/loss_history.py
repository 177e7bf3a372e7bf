"""The loss by step, kept beside the checkpoints for the model card's picture."""

from __future__ import annotations

import json
from pathlib import Path

from .config import StageConfig


def note(config: StageConfig, step: int, loss: float) -> None:
    path = _path(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps([step, round(loss, 6)]) + "\n")


def read(config: StageConfig) -> list[tuple[int, float]]:
    """In the order of the steps. After a kill, some steps stand there twice: the newer line counts."""
    path = _path(config)
    if not path.exists():
        return []
    # The last line of a killed process may be half a line.
    whole = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("]\n")]
    return sorted(dict(json.loads(line) for line in whole).items())


def _path(config: StageConfig) -> Path:
    return config.attempt_folder / "training" / "loss.jsonl"
