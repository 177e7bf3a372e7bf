"""What is compared: two tasks, and for each three forms in which the student may learn the same verified answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .rationales import pairs_behind

SEEDS = 5
ITEMS = 1000
"""Held-out questions, the same for every run."""

# (question, what the teacher wrote and the verifier accepted) -> what the student learns
Form = Callable[[str, str], str]


@dataclass(frozen=True)
class Arm:
    form: Form
    metric: Mapping[str, str]


@dataclass(frozen=True)
class Study:
    title: str
    task: str
    mode: str
    student: str
    verification: Mapping[str, str]
    teacher_metric: Mapping[str, str]
    new_tokens: int
    training_tokens: int
    """Of question and completion together, in every arm: equal compute."""
    arms: Mapping[str, Arm]
    training: Mapping[str, Any]
    has_legal_floor: bool = False


SET, NUMBER = {"type": "SetMatch"}, {"type": "NumericAnswer"}


def _direct(_prompt: str, text: str) -> str:
    return text.rpartition("#")[2]


STUDIES = {
    "winning-tiles-13": Study(
        title="Winning tiles of a 13-tile hand, by injection",
        task="winning-tiles-13",
        mode="KnowledgeInjection",
        student="builtin://models/winning-tiles-student",
        verification={"type": "Metric"},
        teacher_metric=SET,
        new_tokens=64,
        training_tokens=2_000_000,
        arms={
            "direct": Arm(_direct, SET),
            "answer-first": Arm(lambda prompt, text: f"#### {text}\n{pairs_behind(prompt)}", SET),
            "rationale-first": Arm(lambda prompt, text: f"{pairs_behind(prompt)}\n#### {text}", SET),
        },
        training={"learningRate": 0.003, "batchSize": 128, "warmupSteps": 50, "maxSequenceLength": 128},
        has_legal_floor=True,
    ),
    "chained-arithmetic": Study(
        title="Chained arithmetic, by alignment",
        task="chained-arithmetic",
        mode="KnowledgeAlignment",
        student="builtin://models/arithmetic-student",
        verification={"type": "Custom", "entryPoint": "stratos_trainer.tasks.chained_arithmetic:verify"},
        teacher_metric=NUMBER,
        new_tokens=32,
        training_tokens=3_000_000,
        arms={
            "direct": Arm(_direct, NUMBER),
            "answer-first": Arm(
                lambda prompt, text: f"#### {_direct(prompt, text)}\n{text.rpartition('#')[0]}",
                {"type": "Custom", "entryPoint": "experiments.rationales:answers_first"},
            ),
            "rationale-first": Arm(lambda _prompt, text: text, NUMBER),
        },
        # Chosen on seeds that are not among those measured here (docs/adr/0016): of batches of 64 some seeds had not
        # found the task when their tokens were spent; half the batch is twice the steps for the same tokens.
        training={"learningRate": 0.003, "batchSize": 32, "warmupSteps": 100, "maxSequenceLength": 64},
    ),
}
