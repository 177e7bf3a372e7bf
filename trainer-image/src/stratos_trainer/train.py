"""Stage ``train``: the student learns what the synthesis kept."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from . import (
    checkpoints,
    digests,
    export_check,
    logs,
    lora,
    loss_history,
    modeling,
    objective,
    quantisation,
    training_data,
)
from .batches import Example
from .config import StageConfig, Training
from .devices import choose
from .errors import StageError
from .fit import Company, Fit, Hooks, Schedule
from .progress import Progress
from .ranks import Ranks, join, whole
from .stops import requested
from .uris import Resolver

LOSS_LOG_STEPS = 20


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    ranks = join(choose(config.device))
    try:
        return _train(config, progress, ranks)
    finally:
        ranks.leave()


def _train(config: StageConfig, progress: Progress, ranks: Ranks) -> dict[str, Any]:
    training = config.training
    folder = Resolver(config, "ModelUnreadable").path(str(config.the_only("students").uri))
    tokenizer = modeling.load_tokenizer(folder)
    pair = objective.pairing(config, tokenizer)
    examples = training_data.examples(config, tokenizer, pair.other_tokenizer if pair else None)
    goal, examples = objective.build(config, pair, tokenizer, examples, ranks)
    model = _student(config, folder, ranks)
    quantisation.refuse_unfit(model, config.quantization)
    company = Company(ranks, goal.teacher, goal.rollouts)
    fit = Fit(model, goal.loss, schedule(training), config.attempt_folder / "checkpoints", company)
    resumed_from = fit.resume()
    if resumed_from:
        logs.info("resumed", step=resumed_from)
    state = fit.run(examples, tokenizer.pad_token_id, config.seed, _hooks(config, progress, ranks))
    model_folder = _export(config, model, tokenizer, _Source(folder, examples, ranks))
    return {
        "steps": state.step,
        "epochs": round(state.step * training.batch_size / len(examples), 3),
        "tokens": state.tokens,
        "tokensPerSecond": round(state.tokens / max(state.seconds, 1e-9), 1),
        "finalLoss": round(state.last_loss, 6),
        "resumedFromStep": resumed_from,
        "digest": digests.of_folder(model_folder) if ranks.leads else "",
    }


def schedule(training: Training) -> Schedule:
    return Schedule(
        learning_rate=training.rate,
        batch_size=training.batch_size,
        epochs=training.epochs,
        warmup_steps=training.warmup_steps,
        max_steps=training.max_steps,
        max_seconds=training.max_seconds,
        checkpoint_period_seconds=training.checkpoint_period_seconds,
        mean_seconds_between_interruptions=training.mean_seconds_between_interruptions,
        bf16=training.precision == "bf16",
        packed_width=training.max_sequence_length if training.packing else 0,
    )


def _student(config: StageConfig, folder: Path, ranks: Ranks) -> PreTrainedModel:
    """Master weights stay in fp32; bf16 is what products are computed in. Frozen weights need no more."""
    training = config.training
    if training.method == "Full":
        model = modeling.load_model(folder, config.seed).to(ranks.device)
    else:
        model = _frozen(config, folder, ranks)
        if lora.add_adapters(model, config.seed, training.lora_rank) == 0:
            raise StageError("ModelIncompatible", f"{folder.name} has no linear layers for adapters; use method Full")
    recompute = training.recompute_activations
    if recompute if recompute is not None else ranks.device.type == "cuda":
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


def _frozen(config: StageConfig, folder: Path, ranks: Ranks) -> PreTrainedModel:
    method = config.training.method
    if not modeling.has_weights(folder):
        raise StageError(
            "ModelIncompatible",
            f"training.method {method} adapts a trained model, and {folder.name} has no weights; use Full",
        )
    if method == "LoRA":
        return modeling.load_model(folder, config.seed, config.training.precision).to(ranks.device)
    if not ranks.alone:
        raise StageError(
            "ConfigInvalid", "training.method QLoRA trains on one GPU: 4-bit weights cannot be cut; use LoRA"
        )
    # Products are made in 16 bits where there are kernels for it.
    compute = torch.bfloat16 if ranks.device.type == "cuda" else torch.float32
    model = modeling.load_model(folder, config.seed, "bf16" if ranks.device.type == "cuda" else "fp32")
    return lora.to_four_bits(model, compute).to(ranks.device)


def _hooks(config: StageConfig, progress: Progress, ranks: Ranks) -> Hooks:
    def on_step(state: checkpoints.TrainingState, total: int) -> None:
        if not ranks.leads:
            return
        progress.report(
            state.step, total, loss=state.last_loss, tokens_per_second=state.tokens / max(state.seconds, 1e-9)
        )
        if state.step % LOSS_LOG_STEPS == 0 or state.step == total:
            logs.info("trained", step=state.step, totalSteps=total, loss=state.last_loss, tokens=state.tokens)
            loss_history.note(config, state.step, state.last_loss)

    return Hooks(on_step=on_step, stop_requested=requested)


@dataclass(frozen=True)
class _Source:
    """What the student was, what it learned from, and who took part."""

    folder: Path
    examples: Sequence[Example]
    ranks: Ranks


def _export(config: StageConfig, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, source: _Source) -> Path:
    """The leader writes; the others hand over their parts."""
    folder, ranks, pad = config.trained_model, source.ranks, tokenizer.pad_token_id
    # A model that is cut into parts is whole only as it is put together below; so is one whose adapters go back to
    # weights that were in four bits meanwhile.
    is_whole = ranks.alone and config.training.method != "QLoRA"
    before = export_check.log_probabilities(model, source.examples, pad) if is_whole else None
    trained = _gathered(model, ranks)
    if ranks.leads:
        partial = folder.with_name(".model.partial")
        for leftover in (partial, folder):
            shutil.rmtree(leftover, ignore_errors=True)
        whole_again = _put_together(config, source.folder, trained)
        if before is None:
            before = export_check.log_probabilities(whole_again, source.examples, pad)
        modeling.save(whole_again.to(modeling.DTYPES[config.training.precision]), tokenizer, partial)
        export_check.compare(before, partial, source.examples, pad, config.training.precision)
        partial.rename(folder)
        quantisation.write(config, tokenizer, source.examples, pad)
    ranks.wait()
    return folder


def _gathered(model: PreTrainedModel, ranks: Ranks) -> dict[str, torch.Tensor]:
    """What was trained, whole, in the leader's memory; parameter by parameter, so that no GPU has to hold the whole."""
    trained = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            tensor = whole(parameter.detach())
            if ranks.leads:
                trained[name] = tensor.cpu()
    return trained


@torch.no_grad()
def _put_together(config: StageConfig, source: Path, trained: dict[str, torch.Tensor]) -> PreTrainedModel:
    """The student as it was, with what training changed, put together in fp32."""
    model = modeling.load_model(source, config.seed)
    if config.training.method == "Full":
        parameters = dict(model.named_parameters())
        for name, tensor in trained.items():
            parameters[name].copy_(tensor)
    else:
        lora.merge_into(model, trained)
    return model
