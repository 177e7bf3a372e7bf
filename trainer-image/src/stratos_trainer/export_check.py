"""Does the checkpoint on disk say what the model in memory said? Asked once, when the trained student is written.

Merging adapters, casting and saving are each a place where a student can silently become another one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import PreTrainedModel

from . import batches, checkpoints, logs, modeling
from .batches import IGNORED, Example
from .errors import StageError

EXAMPLES = 16
# Mean Kullback-Leibler divergence a token, in nats. With the shipped teacher it is 0 in fp32, 1e-9 with adapters
# merged, and 3e-5 in bf16, which keeps 8 bits of each weight and is allowed more, since errors grow with depth.
TOLERATED = {"fp32": 1e-6, "bf16": 1e-2}


@torch.inference_mode()
def log_probabilities(model: PreTrainedModel, examples: Sequence[Example], pad: int) -> torch.Tensor:
    """Of every token, at the places that the first examples train."""
    plain = [Example(example.prompt, example.completion) for example in examples[:EXAMPLES]]
    batch = batches.collate(plain, pad).to(next(model.parameters()).device)
    training, _ = model.training, model.eval()
    # Padding stands on the right, where nothing that counts looks.
    logits = model(input_ids=batch.input_ids).logits[batch.labels != IGNORED]
    model.train(training)
    return torch.log_softmax(logits.float(), dim=-1).cpu()


def compare(before: torch.Tensor, folder: Path, examples: Sequence[Example], pad: int, precision: str) -> None:
    """Loads what was written and holds it against ``before``; what it found is kept in ``folder/../export.json``."""
    after = log_probabilities(modeling.load_model(folder, 0, precision), examples, pad)
    found = {**differences(before, after), "tolerated": TOLERATED[precision]}
    logs.info("compared the export with the trained student", **found)
    # Written so that a divergence that is no number fails, too.
    if not found["meanDivergence"] <= TOLERATED[precision]:
        raise StageError(
            "Internal",
            f"the student in {folder} differs from the one that was trained: {found['meanDivergence']:g} nats a token, "
            f"and {TOLERATED[precision]:g} are tolerated at precision {precision}",
        )
    checkpoints.write_atomically(folder.parent / "export.json", json.dumps(found, indent=2) + "\n")


def differences(before: torch.Tensor, after: torch.Tensor) -> dict[str, float]:
    """How far log-probabilities moved: nats a token on average, the largest step, how often the choice is the same."""
    divergence = float((before.exp() * (before - after)).sum(dim=-1).mean())
    return {
        "tokens": len(before),
        "meanDivergence": float(f"{divergence if not divergence <= 0 else 0.0:.3g}"),
        "largestDifference": float(f"{(before - after).abs().max():.3g}"),
        "sameChoice": round(float((before.argmax(-1) == after.argmax(-1)).float().mean()), 4),
    }
