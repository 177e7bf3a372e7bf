"""What the synthesis kept, as tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from . import digests, logs, meetings
from .batches import Example
from .config import StageConfig
from .errors import StageError
from .prompts import Conversation, render


def examples(
    config: StageConfig, tokenizer: PreTrainedTokenizerBase, other: PreTrainedTokenizerBase | None = None
) -> list[Example]:
    """All accepted completions, shard by shard; those too long are left out, since half an answer teaches nonsense.

    ``other`` is a teacher's tokenizer: with it, every example knows the teacher's view of the same text.
    """
    limit, system = config.training.max_sequence_length, config.the_task.system_prompt
    fitting, too_long = [], 0
    for talk, text in _accepted(config):
        messages = talk.with_system(system)
        prompt = tuple(render(tokenizer, messages))
        example = Example(prompt, (*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id))
        if len(example) > limit:
            too_long += 1
        elif other is None:
            fitting.append(example)
        else:
            _, starts = meetings.with_starts(tokenizer, text)
            fitting.append(replace(example, other=meetings.view(other, render(other, messages), text, starts)))
    if not fitting:
        raise StageError(
            "NoDataAccepted", f"no synthesized example fits training.maxSequenceLength {limit} ({too_long} are longer)"
        )
    if too_long:
        logs.warning("left out examples longer than training.maxSequenceLength", examples=too_long, limit=limit)
    return fitting


def _accepted(config: StageConfig) -> Iterator[tuple[Conversation, str]]:
    for path in _shards(config):
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            talk = Conversation(tuple((turn["role"], turn["content"]) for turn in record["messages"]))
            for text in record["completions"]:
                yield talk, text


def _shards(config: StageConfig) -> list[Path]:
    """The shard files, each checked against the digest that its synthesis recorded."""
    folder = config.attempt_folder / "data"
    paths = [folder / f"shard-{number}.jsonl" for number in range(config.synthesis.shards)]
    for path in paths:
        done = path.with_suffix(".done")
        if not done.exists():
            raise StageError("DataUnreadable", f"reading {path}: the shard is not complete; run stage synthesize first")
        if done.read_text().strip() != digests.of_file(path):
            raise StageError(
                "DataUnreadable", f"reading {path}: its digest is not the one recorded when it was written"
            )
    return paths
