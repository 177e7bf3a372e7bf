"""What the teacher scores when it may only give legal answers: whoever has learnt something is above that floor."""

from __future__ import annotations

import json
import random
from itertools import combinations

import torch

from stratos_trainer import modeling, tasks
from stratos_trainer.batches import Example, collate
from stratos_trainer.prompts import ask, render
from stratos_trainer.tasks.winning_tiles import COPIES, KINDS, parse_question
from stratos_trainer.uris import MODELS

QUESTIONS = 200


def forced_legal(task: str, questions: int = QUESTIONS) -> dict[str, int]:
    """Of so many questions, how often the legal answer that the teacher finds likeliest is right.

    Legal is every set of tiles of which the hand does not hold all four, written in ascending order.
    """
    folder = MODELS / "tiny-teacher"
    tokenizer, model = modeling.load_tokenizer(folder), modeling.load_model(folder, 0).eval()
    rows = [json.loads(line) for line in tasks.lines(f"tasks/{task}/test.jsonl")]
    chosen = random.Random("floor").sample(rows, questions)
    right = sum(_likeliest(model, tokenizer, row["prompt"]) == row["completion"] for row in chosen)
    return {"correct": right, "samples": len(chosen)}


def legal_answers(prompt: str) -> list[str]:
    hand = parse_question(prompt)
    free = [str(tile + 1) for tile in range(KINDS) if hand[tile] < COPIES]
    return [",".join(chosen) for size in range(1, len(free) + 1) for chosen in combinations(free, size)]


@torch.inference_mode()
def _likeliest(model: torch.nn.Module, tokenizer: modeling.PreTrainedTokenizerBase, prompt: str) -> str:
    start = tuple(render(tokenizer, ask(prompt).with_system(None)))
    answers = legal_answers(prompt)
    examples = [Example(start, (*_ids(tokenizer, answer), tokenizer.eos_token_id)) for answer in answers]
    batch = collate(examples, tokenizer.pad_token_id)
    # Padding stands on the right, where nothing that counts looks.
    logits = model(input_ids=batch.input_ids).logits
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), batch.labels, reduction="none").sum(dim=1)
    return answers[int(losses.argmin())]


def _ids(tokenizer: modeling.PreTrainedTokenizerBase, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]
