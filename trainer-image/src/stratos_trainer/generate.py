"""Completions from weights in this process: batched, left-padded, batches of similar length."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

from .completions import Completion, Sampling, refuse_too_long
from .prompts import Conversation, render

MOST_SEQUENCES = 512
MOST_TOKENS = 65_536


class LocalCompleter:
    """Greedy at temperature 0; sampled from the seed otherwise."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, system: str | None = None) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.system = system

    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]:
        prompts = [render(self.tokenizer, talk.with_system(self.system)) for talk in conversations]
        room = getattr(self.model.config, "max_position_embeddings", None)
        refuse_too_long(prompts, sampling.max_new_tokens, room)
        torch.manual_seed(sampling.seed)
        done: dict[int, Completion] = {}
        for batch in length_buckets([len(prompt) for prompt in prompts], sampling.max_new_tokens):
            done.update(zip(batch, self._batch([prompts[index] for index in batch], sampling), strict=True))
        return [done[index] for index in range(len(prompts))]

    @torch.inference_mode()
    def _batch(self, prompts: list[list[int]], sampling: Sampling) -> list[Completion]:
        padded = self.tokenizer.pad({"input_ids": prompts}, return_tensors="pt").to(self.model.device)
        output = self.model.generate(**padded, generation_config=self._generation_config(sampling))
        eos = self.tokenizer.eos_token_id
        completions = []
        for prompt, row in zip(prompts, output[:, padded["input_ids"].shape[1] :].tolist(), strict=True):
            finished = eos in row
            tokens = row[: row.index(eos)] if finished else row
            text = self.tokenizer.decode(tokens, skip_special_tokens=True)
            completions.append(Completion(text, len(prompt), len(tokens) + finished, finished))
        return completions

    def _generation_config(self, sampling: Sampling) -> GenerationConfig:
        choice = {"do_sample": False}
        if sampling.temperature > 0:
            choice = {"do_sample": True, "temperature": sampling.temperature, "top_k": 0, "top_p": 1.0}
        return GenerationConfig(
            max_new_tokens=sampling.max_new_tokens,
            eos_token_id=self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
            **choice,
        )


def length_buckets(lengths: Sequence[int], new_tokens: int) -> list[list[int]]:
    """Item numbers in batches of similar length, each within the sequence and token limits."""
    buckets: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        size = len(buckets[-1]) + 1 if buckets else 0
        if size and size <= MOST_SEQUENCES and size * (lengths[index] + new_tokens) <= MOST_TOKENS:
            buckets[-1].append(index)
        else:
            buckets.append([index])
    return buckets
