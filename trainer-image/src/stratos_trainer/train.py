"""Stage ``train``: the student learns what the synthesis kept."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from . import checkpoints, digests, logs, lora, losses, modeling
from .batches import Example
from .config import StageConfig, Training
from .devices import choose
from .errors import StageError
from .fit import Fit, Hooks, LossSum, Schedule
from .progress import Progress
from .prompts import Conversation, render
from .stops import requested
from .uris import Resolver

LOSS_LOG_STEPS = 20


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    _refuse_what_we_lack(config.training)
    device = choose(config.device)
    folder = Resolver(config, "ModelUnreadable").path(str(config.the_only("students").uri))
    tokenizer = modeling.load_tokenizer(folder)
    examples = _examples(config, tokenizer)
    # Master weights stay in fp32; bf16 is what the matrix products are computed in.
    model = modeling.load_model(folder, config.seed).to(device)
    if config.training.method == "LoRA":
        _add_adapters(config, folder, model)
    loss = _loss(config, tokenizer, device)
    fit = Fit(model, loss, schedule(config.training), config.attempt_folder / "checkpoints")
    resumed_from = fit.resume()
    if resumed_from:
        logs.info("resumed", step=resumed_from)
    state = fit.run(examples, tokenizer.pad_token_id, config.seed, _hooks(progress))
    model_folder = _export(config, model, tokenizer)
    return {
        "steps": state.step,
        "epochs": round(state.step * config.training.batch_size / len(examples), 3),
        "tokens": state.tokens,
        "tokensPerSecond": round(state.tokens / max(state.seconds, 1e-9), 1),
        "finalLoss": round(state.last_loss, 6),
        "resumedFromStep": resumed_from,
        "digest": digests.of_folder(model_folder),
    }


def schedule(training: Training) -> Schedule:
    return Schedule(
        learning_rate=training.learning_rate,
        batch_size=training.batch_size,
        epochs=training.epochs,
        warmup_steps=training.warmup_steps,
        max_steps=training.max_steps,
        max_seconds=training.max_seconds,
        checkpoint_period_seconds=training.checkpoint_period_seconds,
        bf16=training.precision == "bf16",
    )


def _refuse_what_we_lack(training: Training) -> None:
    if training.method == "QLoRA":
        raise StageError("ConfigInvalid", "training.method QLoRA is not supported by this trainer; use LoRA or Full")
    if training.loss == "OnPolicy":
        raise StageError(
            "ConfigInvalid", "training.loss OnPolicy is not supported by this trainer; use SequenceLevel or Logits"
        )


def _add_adapters(config: StageConfig, folder: Path, model: PreTrainedModel) -> None:
    if not modeling.has_weights(folder):
        raise StageError(
            "ModelIncompatible",
            f"training.method LoRA adapts a trained model, and {folder.name} has no weights; use Full",
        )
    if lora.add_adapters(model, config.seed) == 0:
        raise StageError("ModelIncompatible", f"{folder.name} has no linear layers for LoRA to adapt; use Full")


def _examples(config: StageConfig, tokenizer: PreTrainedTokenizerBase) -> list[Example]:
    """All accepted completions, shard by shard; those too long are left out, since half an answer teaches nonsense."""
    limit, system = config.training.max_sequence_length, config.the_task.system_prompt
    examples, too_long = [], 0
    for path in _shards(config):
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            talk = Conversation(tuple((turn["role"], turn["content"]) for turn in record["messages"]))
            prompt = tuple(render(tokenizer, talk.with_system(system)))
            for text in record["completions"]:
                answer = (*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id)
                example = Example(prompt, answer)
                if len(example) <= limit:
                    examples.append(example)
                else:
                    too_long += 1
    if not examples:
        raise StageError(
            "NoDataAccepted", f"no synthesized example fits training.maxSequenceLength {limit} ({too_long} are longer)"
        )
    if too_long:
        logs.warning("left out examples longer than training.maxSequenceLength", examples=too_long, limit=limit)
    return examples


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


def _loss(
    config: StageConfig,
    tokenizer: PreTrainedTokenizerBase,
    device: torch.device,
) -> LossSum:
    if config.training.loss == "SequenceLevel":
        return losses.sequence_level
    source = config.the_only("teachers")
    if source.uri is None:
        raise StageError(
            "ModelIncompatible",
            f"training.loss Logits needs the weights of {source.name}, which is an endpoint; use SequenceLevel",
        )
    folder = Resolver(config, "ModelUnreadable").path(source.uri)
    if modeling.tokenizer_digest(modeling.load_tokenizer(folder)) != modeling.tokenizer_digest(tokenizer):
        raise StageError(
            "ModelIncompatible",
            f"training.loss Logits needs one tokenizer for both, and {source.name}'s differs "
            "from the student's; use SequenceLevel, which passes text",
        )
    teacher = modeling.load_model(folder, config.seed, config.training.precision).to(device).eval()
    return partial(losses.logits, teacher=teacher.requires_grad_(False))


def _hooks(progress: Progress) -> Hooks:
    def on_step(state: checkpoints.TrainingState, total: int) -> None:
        progress.report(
            state.step, total, loss=state.last_loss, tokens_per_second=state.tokens / max(state.seconds, 1e-9)
        )
        if state.step % LOSS_LOG_STEPS == 0 or state.step == total:
            logs.info("trained", step=state.step, totalSteps=total, loss=state.last_loss, tokens=state.tokens)

    return Hooks(on_step=on_step, stop_requested=requested)


def _export(config: StageConfig, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Path:
    folder = config.attempt_folder / "model"
    partial_folder = folder.with_name(".model.partial")
    for leftover in (partial_folder, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    lora.merge_adapters(model)
    modeling.save(model.to(modeling.DTYPES[config.training.precision]), tokenizer, partial_folder)
    partial_folder.rename(folder)
    return folder
