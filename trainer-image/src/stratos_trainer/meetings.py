"""Where two tokenizers have read the same text, so that a teacher with another one can be compared with."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from .batches import Other
from .errors import StageError


def view(tokenizer: PreTrainedTokenizerBase, prompt: Sequence[int], text: str, mine: Sequence[int]) -> Other:
    """A teacher's tokens for a completion, and where it meets the student's, whose tokens begin at ``mine``.

    The first token always meets the first; and the end of the sequence, which both predict after the whole text.
    """
    tokens, starts = with_starts(tokenizer, text)
    theirs = {start: place for place, start in enumerate(starts) if start >= 0}
    met = [(place, theirs[start]) for place, start in enumerate(mine) if start in theirs]
    return Other(tuple(prompt), (*tokens, tokenizer.eos_token_id), tuple(met))


def with_starts(tokenizer: PreTrainedTokenizerBase, text: str) -> tuple[list[int], list[int]]:
    """The text's tokens, and the character at which each begins; one more for the end of the sequence.

    Of several tokens that share a character only the first begins before it; the others begin nowhere (-1).
    """
    if not tokenizer.is_fast:
        raise StageError(
            "ModelIncompatible",
            "training.divergence Universal needs to know which text a token stands for, and the tokenizer "
            f"{type(tokenizer).__name__} does not say; use loss SequenceLevel",
        )
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return list(encoded["input_ids"]), [*_first_only(start for start, _ in encoded["offset_mapping"]), len(text)]


def _first_only(starts: object) -> list[int]:
    seen: set[int] = set()
    first: list[int] = []
    for start in starts:
        first.append(-1 if start in seen else start)
        seen.add(start)
    return first
