"""What is asked of a model, and what comes back, wherever the model is."""

from __future__ import annotations

from dataclasses import dataclass, field


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
