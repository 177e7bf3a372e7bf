"""Trains the tiny teacher that the image ships, from scratch, on generic skills only.

It learns chained arithmetic, and it learns to read a question with its known answer and to state the answer. It sees no
Mahjong: the questions and answers of the second skill are random, so there is no rule in them to learn. It stops short
of perfection, because a comparison with a perfect teacher could only be lost.

    python -m stratos_trainer.pretrain_teacher FOLDER
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from . import digests, losses, modeling, tiny_models, tiny_tokenizer
from .batches import Example
from .checkpoints import TrainingState
from .errors import Stopped
from .fit import Fit, Hooks, Schedule
from .generate import LocalCompleter, Sampling
from .prompts import Conversation, ask, render, reverse
from .tasks import chained_arithmetic

SEED = 0
ROWS = 60_000
SCHEDULE = Schedule(learning_rate=3e-3, batch_size=128, epochs=5, warmup_steps=50)


@dataclass(frozen=True)
class Phase:
    """What share of the rows restates answers, and the accuracies at which the phase ends."""

    restated_share: float
    checked_steps: int
    good_enough: dict[str, float]


# Restating takes four times as long to learn. Side by side, the sums would be perfect before it is any good.
PHASES = (
    Phase(restated_share=1.0, checked_steps=150, good_enough={"restating": 0.98}),
    Phase(restated_share=0.4, checked_steps=50, good_enough={"restating": 0.97, "arithmetic": 0.85}),
)
DEVELOPMENT_ROWS = 300

# A change to any of these makes another teacher.
SOURCES = ("pretrain_teacher.py", "tasks/chained_arithmetic.py")

Row = tuple[Conversation, str]


def rows(seed: int, restated_share: float, count: int = ROWS) -> Iterator[Row]:
    rng = random.Random(f"teacher/{seed}/{restated_share}")
    held_out = {row["prompt"] for row in chained_arithmetic.rows("test")}
    for _ in range(count):
        yield restated_row(rng) if rng.random() < restated_share else arithmetic_row(rng, held_out)


def arithmetic_row(rng: random.Random, held_out: set[str]) -> Row:
    question = chained_arithmetic.random_question(rng)
    while question in held_out:
        question = chained_arithmetic.random_question(rng)
    return ask(question), chained_arithmetic.solve(question)


def restated_row(rng: random.Random) -> Row:
    answer = random_answer(rng)
    return reverse(ask(random_question(rng)), answer, "None"), answer


def random_question(rng: random.Random) -> str:
    digits = [rng.choice("123456789") for _ in range(rng.randint(3, 14))]
    if rng.random() < 0.5:
        digits.sort()
    return rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + "".join(digits) + "?"


def random_answer(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return chained_arithmetic.solve(chained_arithmetic.random_question(rng))
    chosen = rng.sample("0123456789", rng.randint(1, 7))
    return ",".join(sorted(chosen) if rng.random() < 0.7 else chosen)


class Training:
    """One phase after the other, each until it is good enough on questions drawn for that purpose alone."""

    def __init__(self) -> None:
        self.tokenizer = tiny_tokenizer.build()
        torch.manual_seed(SEED)
        self.model = AutoModelForCausalLM.from_config(tiny_models.teacher())
        self.development = development_rows()
        self._is_good_enough = False

    def run(self) -> list[int]:
        """The steps that each phase took."""
        return [self._phase(phase) for phase in PHASES]

    def _phase(self, phase: Phase) -> int:
        examples = [example(self.tokenizer, row) for row in rows(SEED, phase.restated_share)]
        fit = Fit(self.model, losses.sequence_level, SCHEDULE)
        self._is_good_enough = False
        hooks = Hooks(partial(self._check, phase), stop_requested=lambda: self._is_good_enough)
        with suppress(Stopped):
            fit.run(examples, self.tokenizer.pad_token_id, SEED, hooks)
        return fit.state.step

    def _check(self, phase: Phase, state: TrainingState, total: int) -> None:
        if state.step % phase.checked_steps:
            return
        accuracy = measure(self.model, self.tokenizer, self.development)
        self.model.train()
        self._is_good_enough = all(accuracy[skill] >= enough for skill, enough in phase.good_enough.items())
        print(f"step {state.step}/{total} loss {state.last_loss:.4f} {state.seconds:.0f} s {accuracy}", flush=True)


def example(tokenizer: PreTrainedTokenizerBase, row: Row) -> Example:
    talk, text = row
    answer = tokenizer(text, add_special_tokens=False)["input_ids"]
    return Example(tuple(render(tokenizer, talk.with_system(None))), (*answer, tokenizer.eos_token_id))


def measure(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, skills: dict[str, Sequence[Row]]
) -> dict[str, float]:
    completer = LocalCompleter(model, tokenizer)
    accuracy = {}
    for skill, pairs in skills.items():
        right: Callable[[str, str], bool] = _same_number if skill == "arithmetic" else str.__eq__
        got = completer.complete([talk for talk, _ in pairs], Sampling(max_new_tokens=32))
        accuracy[skill] = sum(right(one.text, want) for one, (_, want) in zip(got, pairs, strict=True)) / len(pairs)
    return accuracy


def _same_number(got: str, want: str) -> bool:
    return got.rpartition("#")[2] == want.rpartition("#")[2]


def development_rows() -> dict[str, Sequence[Row]]:
    rng = random.Random("teacher/development")
    held_out = {row["prompt"] for row in chained_arithmetic.rows("test")}
    return {
        "arithmetic": [arithmetic_row(rng, held_out) for _ in range(DEVELOPMENT_ROWS)],
        "restating": [restated_row(rng) for _ in range(DEVELOPMENT_ROWS)],
    }


def held_out_rows() -> dict[str, Sequence[Row]]:
    rng = random.Random("teacher/held out")
    return {
        "arithmetic": [(ask(row["prompt"]), row["completion"]) for row in chained_arithmetic.rows("test")],
        "restating": [restated_row(rng) for _ in range(500)],
    }


def main(folder: Path) -> None:
    # One thread, so that the weights come out the same on every machine of this kind.
    torch.set_num_threads(1)
    training = Training()
    steps = training.run()
    modeling.save(training.model, training.tokenizer, folder)
    here = Path(__file__).parent
    provenance = {
        "script": "python -m stratos_trainer.pretrain_teacher",
        "sources": {name: digests.of_file(here / name) for name in SOURCES},
        "weights": digests.of_file(folder / "model.safetensors"),
        "seed": SEED,
        "torch": torch.__version__,
        "steps": steps,
        "accuracy": measure(training.model, training.tokenizer, held_out_rows()),
    }
    (folder / "provenance.json").write_text(json.dumps(provenance, indent=2) + "\n")
    print(json.dumps(provenance["accuracy"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
