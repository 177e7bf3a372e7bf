"""What is asked of a model, and what comes back, wherever the model is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import StageError


@dataclass(frozen=True)
class Sampling:
    max_new_tokens: int
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Completion:
    """``finished`` is false for text that was cut at the token limit."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finished: bool
    # How long it took, where it was asked for by itself; two equal answers may take different times.
    seconds: float | None = field(default=None, compare=False)


def refuse_too_long(prompts: Sequence[Sequence[int]], new_tokens: int, room: int | None) -> None:
    """``room`` is how many positions the model has, where it says so."""
    longest = max(map(len, prompts), default=0)
    if room and longest + new_tokens > room:
        raise StageError(
            "ModelIncompatible",
            f"a prompt of {longest} tokens and maxNewTokens {new_tokens} do not "
            f"fit the model's {room} positions; lower task.maxNewTokens or shorten the prompts",
        )
