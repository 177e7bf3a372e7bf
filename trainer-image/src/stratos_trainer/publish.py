"""Stage ``publish``: the student, its model card and its evaluation go to where servers load models from.

Whoever looks at the output sees the old folder or the new one, never half of either. Publishing the same bytes twice
is success, so a stage that died after the rename may simply run again.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from . import digests, logs
from .config import Model, StageConfig
from .errors import StageError
from .progress import Progress
from .uris import Resolver

CARD = "README.md"
EVALUATION = "evaluation.json"


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    uri = str(config.output_uri)
    if not uri.startswith("pvc://"):
        raise StageError(
            "ConfigInvalid", f"output.uri {uri}: this trainer publishes to volumes only, as pvc://CLAIM/PATH"
        )
    target = Resolver(config, "OutputUnwritable").mounted(uri)
    try:
        digest = _place(config, target)
    except OSError as error:
        raise StageError("OutputUnwritable", f"writing {uri}: {error}") from error
    files = digests.files_of(target)
    progress.report(1, 1)
    return {"uri": uri, "digest": digest, "bytes": sum(path.stat().st_size for path in files), "files": len(files)}


def _place(config: StageConfig, target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{config.job.uid}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    _assemble(config, partial)
    digest = digests.of_folder(partial)
    if target.exists() and digests.of_folder(target) == digest:
        logs.info("already published", digest=digest)
        shutil.rmtree(partial)
        return digest
    _swap(partial, target)
    return digest


def _assemble(config: StageConfig, folder: Path) -> None:
    model, evaluation = config.attempt_folder / "model", config.evaluation_summary
    for needed, stage in ((model, "train"), (evaluation, "evaluate")):
        if not needed.exists():
            raise StageError("ModelUnreadable", f"reading {needed}: it does not exist; run stage {stage} first")
    shutil.copytree(model, folder)
    shutil.copy(evaluation, folder / EVALUATION)
    (folder / CARD).write_text(card(config, json.loads(evaluation.read_text())), encoding="utf-8")


def _swap(partial: Path, target: Path) -> None:
    """Two renames. We only ever replace what we published: a folder without our evaluation is somebody else's."""
    if not target.exists():
        partial.rename(target)
        return
    if any(target.iterdir()) and not (target / EVALUATION).exists():
        shutil.rmtree(partial)
        raise StageError(
            "OutputUnwritable", f"{target} holds files that Stratos did not publish; choose another output.uri"
        )
    previous = target.with_name(f".{target.name}.previous")
    shutil.rmtree(previous, ignore_errors=True)
    target.rename(previous)
    partial.rename(target)
    shutil.rmtree(previous, ignore_errors=True)


def card(config: StageConfig, evaluation: dict[str, Any]) -> str:
    """The model card. It holds no date: the same student must have the same digest."""
    job = config.job
    lines = [
        f"# {job.name}",
        "",
        f"A student distilled by Stratos: DistillationJob `{job.namespace}/{job.name}`, attempt {job.attempt}.",
        "",
        f"- strategy: {config.strategy.mode}",
        f"- teacher: {_described(config.teachers)}",
        f"- student: {_described(config.students)}",
        f"- seed: {config.seed}",
        "",
        "| model | correct | samples | answers in the wrong form |",
        "|---|---|---|---|",
    ]
    for role in ("student", "teacher", "base"):
        score = evaluation.get(role)
        if score:
            lines.append(f"| {role} | {score['correct']} | {score['samples']} | {score['formatFailures']} |")
    return "\n".join(lines) + "\n"


def _described(models: tuple[Model, ...]) -> str:
    return ", ".join(f"{model.name} (`{model.uri or model.endpoint.model}`)" for model in models) or "not recorded"
