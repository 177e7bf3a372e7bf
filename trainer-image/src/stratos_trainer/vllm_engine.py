"""The teacher's weights run by vLLM in this process: as by transformers, and many times faster on a GPU."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Sequence
from pathlib import Path

import torch

from . import modeling
from .completions import Completion, Sampling, refuse_too_long
from .errors import StageError
from .prompts import Conversation, render

# For those who know better: "vllm" also without a GPU (its CPU build), "transformers" also with one.
CHOICE = "STRATOS_TEACHER_ENGINE"
# Our log is lines of JSON, and vLLM says a lot that is not; its usage report asks the network.
QUIET = {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_NO_USAGE_STATS": "1"}


def serves(device: torch.device) -> bool:
    choice = os.environ.get(CHOICE)
    if choice:
        return choice == "vllm"
    return device.type == "cuda" and importlib.util.find_spec("vllm") is not None


class VllmCompleter:
    """Greedy at temperature 0; otherwise each question has chance of its own, from the seed and its place."""

    def __init__(self, folder: Path, system: str | None, seed: int, device: torch.device) -> None:
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        self.system = system
        self.tokenizer = modeling.load_tokenizer(folder)
        self.engine = _start(folder, seed, device)

    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]:
        from vllm import SamplingParams

        tokens = [render(self.tokenizer, talk.with_system(self.system)) for talk in conversations]
        refuse_too_long(tokens, sampling.max_new_tokens, self.engine.llm_engine.model_config.max_model_len)
        wanted = [
            SamplingParams(
                max_tokens=sampling.max_new_tokens, temperature=sampling.temperature, seed=sampling.seed + number
            )
            for number in range(len(tokens))
        ]
        completions = []
        prompts = [{"prompt_token_ids": prompt} for prompt in tokens]
        for output in self.engine.generate(prompts, wanted, use_tqdm=False):
            (best,) = output.outputs
            completions.append(
                Completion(
                    best.text, len(output.prompt_token_ids or ()), len(best.token_ids), best.finish_reason == "stop"
                )
            )
        return completions


def _start(folder: Path, seed: int, device: torch.device) -> object:
    try:
        from vllm import LLM
    except ImportError as error:
        raise StageError(
            "ConfigInvalid", f"{CHOICE} is vllm, which this image lacks; unset it, or use an image that has it"
        ) from error
    # On a GPU the checkpoint's own 16 bits; a CPU has nothing to gain by narrowing, and compiles for minutes.
    cpu = {} if device.type == "cuda" else {"dtype": _dtype_on_cpu(folder), "enforce_eager": True}
    try:
        return LLM(model=str(folder), seed=seed, enable_prefix_caching=True, disable_log_stats=True, **cpu)
    except (OSError, ValueError, RuntimeError) as error:
        raise StageError("ModelIncompatible", f"vLLM cannot load {folder}: {error}") from error


def _dtype_on_cpu(folder: Path) -> str:
    """Packed integers are multiplied in 16 bits, there too."""
    settings = json.loads((folder / "config.json").read_text()).get("quantization_config") or {}
    return "bfloat16" if settings.get("format") == "pack-quantized" else "float32"
