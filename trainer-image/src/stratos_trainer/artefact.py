"""What is published: weights, tokenizer and configurations, with the card and the record of the evaluation."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from . import charts, loss_history
from .config import Model, StageConfig
from .errors import StageError

CARD = "README.md"
EVALUATION = "evaluation.json"
LOSS, ACCURACY = "loss.svg", "accuracy.svg"
ROLES = ("student", "teacher", "base")
# What training left on how its student was written, and made smaller.
RECORDS = ("export", "quantised")


def assemble(config: StageConfig, folder: Path) -> None:
    """Writes a folder that holds no date and no address of this run: the same student has the same digest."""
    model, summary = config.student_model, config.evaluation_summary
    for needed, stage in ((model, "train"), (summary, "evaluate")):
        if not needed.exists():
            raise StageError("ModelUnreadable", f"reading {needed}: it does not exist; run stage {stage} first")
    shutil.copytree(model, folder)
    record = json.loads(summary.read_text())
    for name in RECORDS if config.quantization else RECORDS[:1]:
        found = config.attempt_folder / f"{name}.json"
        if found.exists():
            record[name] = json.loads(found.read_text())
    (folder / EVALUATION).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    curve = loss_history.read(config)
    if curve:
        (folder / LOSS).write_text(charts.loss_curve(curve), encoding="utf-8")
    scores = {role: record[role] for role in ROLES if record.get(role)}
    (folder / ACCURACY).write_text(charts.accuracy_bars(scores), encoding="utf-8")
    (folder / CARD).write_text(card(config, record, has_curve=bool(curve)), encoding="utf-8")


def card(config: StageConfig, record: dict[str, Any], has_curve: bool = False) -> str:
    """The model card: front matter that the Hub reads, then the figures that people read."""
    job, training = config.job, config.training
    sections = [
        _front_matter(config, record),
        f"# {job.name}",
        f"A student distilled by Stratos: DistillationJob `{job.namespace}/{job.name}`, attempt {job.attempt}.",
        "\n".join(
            [
                f"- strategy: {config.strategy.mode}",
                f"- teacher: {_described(config.teachers)}",
                f"- student: {_described(config.students)}",
                f"- training: {training.method}, {training.loss}, {training.precision}, seed {config.seed}",
            ]
        ),
        "## Evaluation",
        "![accuracy](accuracy.svg)",
        _table(record),
        *_notes(record),
        *(["## Training", "![loss](loss.svg)"] if has_curve else []),
    ]
    return "\n\n".join(sections) + "\n"


def _front_matter(config: StageConfig, record: dict[str, Any]) -> str:
    """JSON is YAML, and its quoting needs no rules of ours."""
    bases = [model.uri.removeprefix("hf://").partition("@")[0] for model in config.students if _is_hub(model)]
    fields: dict[str, Any] = {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["stratos", "distillation"],
        **({"base_model": bases[0]} if bases else {}),
        "model-index": [{"name": config.job.name, "results": [_result(config, record)]}],
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def _result(config: StageConfig, record: dict[str, Any]) -> dict[str, Any]:
    """In the form of the Hub's model index."""
    data = config.task.evaluation if config.task else "not recorded"
    metric = config.task.metric.type if config.task else "not recorded"
    student = record["student"]
    return {
        "task": {"type": "text-generation"},
        "dataset": {"type": "stratos", "name": data},
        "metrics": [{"type": "accuracy", "name": metric, "value": round(student["correct"] / student["samples"], 4)}],
    }


def _table(record: dict[str, Any]) -> str:
    lines = [
        "| model | accuracy | 95 % interval | correct | samples | answers in the wrong form |",
        "|---|---|---|---|---|---|",
    ]
    for role in ROLES:
        score = record.get(role)
        if score:
            interval = f"{score['accuracyLow']:.3f} to {score['accuracyHigh']:.3f}" if "accuracyLow" in score else ""
            share = score["correct"] / score["samples"]
            lines.append(
                f"| {role} | {share:.3f} | {interval} | {score['correct']} | {score['samples']} "
                f"| {score['formatFailures']} |"
            )
    return "\n".join(lines)


def _notes(record: dict[str, Any]) -> list[str]:
    notes = [
        f"- against the {role}, on the same questions: {one['difference']:+.3f} [{one['differenceLow']:+.3f}, "
        f"{one['differenceHigh']:+.3f}], McNemar's exact p = {one['pValue']:.3g} "
        f"({one['better']} better, {one['worse']} worse)"
        for role, one in record.get("comparisons", {}).items()
    ]
    if "contaminated" in record:
        notes.append(f"- questions that were also among the training rows: {record['contaminated']}")
    for role in ROLES:
        attempts = (record.get(role) or {}).get("passAtK", {})
        if attempts:
            notes.append(f"- {role}: " + ", ".join(f"pass@{k} {value:.3f}" for k, value in attempts.items()))
    if "export" in record:
        notes.append(
            f"- divergence of the file from the trained model: {record['export']['meanDivergence']:g} nats a token"
        )
    if "quantised" in record:
        found = record["quantised"]
        notes.append(
            f"- weights in {found['format']}, rounded to nearest, {found['bytes'] / found['bytesBefore']:.2f} of the "
            f"trained size; divergence from the trained model {found['meanDivergence']:g} nats a token, same choice "
            f"{found['sameChoice']:.1%}; the figures above are those of the quantised student"
        )
    return ["\n".join(notes)] if notes else []


def _is_hub(model: Model) -> bool:
    return bool(model.uri and model.uri.startswith("hf://"))


def _described(models: tuple[Model, ...]) -> str:
    return ", ".join(f"{model.name} (`{model.uri or model.endpoint.model}`)" for model in models) or "not recorded"
