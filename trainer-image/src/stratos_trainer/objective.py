"""From the stage document to what the student minimises, and what that needs beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase

from . import digests, headroom, losses, modeling, teacher_cache
from .batches import Example
from .config import StageConfig, Training
from .errors import StageError
from .losses import LossSum, Recipe
from .ranks import Ranks
from .rollouts import Rollouts
from .teacher_cache import TeacherCache
from .uris import Resolver

UNIVERSAL = "Universal"
# By loss: the divergence, and its weight against cross-entropy.
DEFAULTS = {"Logits": ("ForwardKL", 0.5), "OnPolicy": ("ReverseKL", 1.0)}


@dataclass(frozen=True)
class Objective:
    """``teacher`` and ``rollouts`` are there where every step needs them."""

    loss: LossSum
    teacher: torch.nn.Module | None = None
    rollouts: Rollouts | None = None


@dataclass(frozen=True)
class Pairing:
    """The teacher whose distributions are learned; its tokenizer is only given where it is not the student's."""

    name: str
    folder: Path
    other_tokenizer: PreTrainedTokenizerBase | None


def recipe(training: Training) -> Recipe:
    divergence, weight = DEFAULTS[training.loss]
    return Recipe(
        divergence=training.divergence or divergence,
        weight=weight if training.divergence_weight is None else training.divergence_weight,
        temperature=training.temperature,
        mixture=training.mixture,
    )


def pairing(config: StageConfig, tokenizer: PreTrainedTokenizerBase) -> Pairing | None:
    """The teacher, if the loss asks for more than what it wrote. Raises ``StageError`` where the two do not match."""
    training = config.training
    if training.loss == "SequenceLevel":
        return None
    source = config.the_only("teachers")
    if source.uri is None:
        raise StageError(
            "ModelIncompatible",
            f"training.loss {training.loss} needs the weights of {source.name}, which is an endpoint; "
            "use SequenceLevel",
        )
    folder = Resolver(config, "ModelUnreadable").path(source.uri)
    theirs = modeling.load_tokenizer(folder)
    same = modeling.tokenizer_digest(theirs) == modeling.tokenizer_digest(tokenizer)
    _refuse(training, source.name, same)
    return Pairing(source.name, folder, theirs if training.divergence == UNIVERSAL else None)


def _refuse(training: Training, teacher: str, same_tokenizer: bool) -> None:
    universal = training.divergence == UNIVERSAL
    if universal and (training.loss == "OnPolicy" or training.top_tokens):
        raise StageError(
            "ConfigInvalid",
            "training.divergence Universal compares sorted distributions on given text; "
            "use loss Logits without topTokens",
        )
    if training.loss == "OnPolicy" and training.top_tokens:
        raise StageError(
            "ConfigInvalid", "training.topTokens is for loss Logits: nobody knows before what a student will say"
        )
    if not same_tokenizer and not universal:
        raise StageError(
            "ModelIncompatible",
            f"training.loss {training.loss} with a divergence token by token needs one tokenizer for both, and "
            f"{teacher}'s differs from the student's; use divergence Universal (loss Logits), or loss SequenceLevel, "
            "which passes text",
        )


def build(
    config: StageConfig,
    pair: Pairing | None,
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[Example],
    ranks: Ranks,
) -> tuple[Objective, list[Example]]:
    """The objective, and the examples with what it needs to know of each."""
    training = config.training
    if pair is None:
        return Objective(losses.sequence_level), list(examples)
    if training.top_tokens:
        return _cached(config, pair, examples, ranks)
    teacher = _teacher(config, pair, ranks.device)
    loss = losses.universal if pair.other_tokenizer else losses.logits
    rollouts = _rollouts(config, tokenizer) if training.loss == "OnPolicy" else None
    return Objective(partial(loss, teacher=teacher, recipe=recipe(training)), teacher, rollouts), list(examples)


def _cached(
    config: StageConfig, pair: Pairing, examples: Sequence[Example], ranks: Ranks
) -> tuple[Objective, list[Example]]:
    """The teacher is only loaded while something is missing, and gone when the student arrives."""
    training = config.training
    folder = config.workspace / "logits"
    cache = TeacherCache(folder, digests.of_folder(pair.folder), training.top_tokens, training.temperature)
    if any(ranks.gathered(bool(cache.missing(examples)))):
        teacher = _teacher(config, pair, ranks.device)
        longest = max(map(len, examples))
        most = headroom.tokens_at_once(teacher, ranks.device, longest, recomputed=True)
        teacher_cache.fill(cache, teacher, examples, ranks, most)
        del teacher
        if ranks.device.type == "cuda":
            torch.cuda.empty_cache()
    return Objective(partial(losses.cached, recipe=recipe(training))), cache.attached(examples)


def _teacher(config: StageConfig, pair: Pairing, device: torch.device) -> torch.nn.Module:
    teacher = modeling.load_model(pair.folder, config.seed, config.training.precision)
    return teacher.to(device).eval().requires_grad_(False)


def _rollouts(config: StageConfig, tokenizer: PreTrainedTokenizerBase) -> Rollouts:
    training = config.training
    return Rollouts(
        max_new_tokens=config.the_task.max_new_tokens,
        most_tokens=training.max_sequence_length,
        eos=tokenizer.eos_token_id,
        pad=tokenizer.pad_token_id,
        seed=config.seed,
        share=training.on_policy_share,
    )
