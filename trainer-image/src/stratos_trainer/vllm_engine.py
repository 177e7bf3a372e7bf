"""The teacher's weights run by vLLM in this process: as by transformers, and many times faster on a GPU."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

import torch

from . import modeling
from .completions import Completion, Sampling
from .prompts import Conversation, render

# For those who know better: "vllm" also without a GPU (its CPU build), "transformers" also with one.
CHOICE = "STRATOS_TEACHER_ENGINE"


def serves(device: torch.device) -> bool:
    choice = os.environ.get(CHOICE)
    if choice:
        return choice == "vllm"
    return device.type == "cuda" and importlib.util.find_spec("vllm") is not None


class VllmCompleter:
    """Greedy at temperature 0; otherwise each question has chance of its own, from the seed and its place."""

    def __init__(self, folder: Path, system: str | None, seed: int) -> None:
        from vllm import LLM

        self.system = system
        self.tokenizer = modeling.load_tokenizer(folder)
        self.engine = LLM(model=str(folder), seed=seed, enable_prefix_caching=True, disable_log_stats=True)

    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]:
        from vllm import SamplingParams

        prompts = [
            {"prompt_token_ids": render(self.tokenizer, talk.with_system(self.system))} for talk in conversations
        ]
        wanted = [
            SamplingParams(
                max_tokens=sampling.max_new_tokens, temperature=sampling.temperature, seed=sampling.seed + number
            )
            for number in range(len(prompts))
        ]
        completions = []
        for output in self.engine.generate(prompts, wanted, use_tqdm=False):
            (best,) = output.outputs
            completions.append(
                Completion(
                    best.text, len(output.prompt_token_ids or ()), len(best.token_ids), best.finish_reason == "stop"
                )
            )
        return completions
