"""One run: the real stages on a workspace of their own. What it found is kept by what decides it."""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratos_trainer import checkpoints, config, data, digests, modeling, scoring, synthesize, train
from stratos_trainer.generate import LocalCompleter, Sampling
from stratos_trainer.progress import Progress
from stratos_trainer.prompts import render
from stratos_trainer.uris import MODELS

from .floors import forced_legal
from .studies import ITEMS, STUDIES, Study

TEACHER = "tiny-teacher"
STAGES = {"synthesize": synthesize.run, "train": train.run}
# Loaded along, and without any influence on what a run finds.
NOT_DECIDING = {"stratos_trainer.progress", "stratos_trainer.logs", "experiments.__main__"}


def _sources() -> dict[str, str]:
    """Every module of ours that is loaded for a run, and the models."""
    ours = {
        name: module.__file__
        for name, module in sys.modules.items()
        if name.startswith(("stratos_trainer.", "experiments.")) and getattr(module, "__file__", None)
    }
    return {
        **{name: digests.of_file(Path(file)) for name, file in ours.items() if name not in NOT_DECIDING},
        "models": digests.of_folder(MODELS),
    }


# Here and not later, when what only writes the page is loaded as well.
SOURCES = _sources()


@dataclass(frozen=True)
class Run:
    """``arm`` "teacher" measures the teacher, whatever the seed."""

    study: str
    arm: str
    seed: int

    def key(self) -> str:
        """Changes with anything that decides the outcome: the study's definition and every module loaded for it."""
        arm = STUDIES[self.study].arms.get(self.arm)
        told = {"run": vars(self), "items": ITEMS, "sources": SOURCES, "metric": arm and arm.metric}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def result(self, cache: Path) -> dict[str, Any]:
        kept = cache / f"{self.study}-{self.arm}-{self.seed}-{self.key()}.json"
        if not kept.exists():
            cache.mkdir(parents=True, exist_ok=True)
            checkpoints.write_atomically(kept, json.dumps(self._measure(cache)) + "\n")
        return json.loads(kept.read_text())

    def is_kept(self, cache: Path) -> bool:
        return (cache / f"{self.study}-{self.arm}-{self.seed}-{self.key()}.json").exists()

    def _measure(self, cache: Path) -> dict[str, Any]:
        study = STUDIES[self.study]
        rows = _teacher_s_rows(self.study, cache)
        if self.arm == "teacher":
            return {**vars(self), **_teacher_alone(study)}
        with tempfile.TemporaryDirectory(prefix="stratos-results-") as folder:
            workspace = Path(folder)
            _rewrite(rows, study.arms[self.arm].form, workspace / "attempt-1" / "data" / "shard-0.jsonl")
            return {**vars(self), **_distilled(study, self, workspace)}


def _teacher_s_rows(name: str, cache: Path) -> Path:
    """What the teacher wrote and the verifier accepted: synthesized once, the same rows for every arm and seed."""
    study = STUDIES[name]
    workspace = cache / f"{name}-data-{Run(name, 'data', 0).key()}"
    shard = workspace / "attempt-1" / "data" / "shard-0.jsonl"
    if not shard.with_suffix(".done").exists():
        _stage("synthesize", study, workspace, 0)
    return shard


def _rewrite(source: Path, form: Any, target: Path) -> None:
    target.parent.mkdir(parents=True)
    lines = []
    for record in map(json.loads, source.read_text().splitlines()):
        prompt = record["messages"][-1]["content"]
        record["completions"] = [form(prompt, text) for text in record["completions"]]
        lines.append(json.dumps(record) + "\n")
    target.write_text("".join(lines))
    target.with_suffix(".done").write_text(digests.of_file(target) + "\n")


def _distilled(study: Study, run: Run, workspace: Path) -> dict[str, Any]:
    shard = workspace / "attempt-1" / "data" / "shard-0.jsonl"
    student = MODELS / study.student.rpartition("/")[2]
    epochs = study.training_tokens / _tokens(shard, modeling.load_tokenizer(student))
    trained = _stage("train", study, workspace, run.seed, {**study.training, "epochs": epochs})
    return {
        **{name: trained[name] for name in ("steps", "tokens", "tokensPerSecond", "finalLoss")},
        **_scored(study, workspace / "attempt-1" / "model", study.arms[run.arm].metric),
    }


def _teacher_alone(study: Study) -> dict[str, Any]:
    legal = {"forcedLegal": forced_legal(study.task)} if study.has_legal_floor else {}
    return {**_scored(study, MODELS / TEACHER, study.teacher_metric), **legal}


def _scored(study: Study, folder: Path, metric: Mapping[str, str]) -> dict[str, Any]:
    """The same questions for every run, whatever its seed; ``correct`` has one digit a question."""
    document = config.parse(_document("evaluate", study, Path(), 0))
    rows = random.Random("results").sample(data.read(document, document.the_task.evaluation), ITEMS)
    completer = LocalCompleter(modeling.load_model(folder, 0), modeling.load_tokenizer(folder))
    judge = config.Judge(metric["type"], metric.get("entryPoint"))
    scored = scoring.score(completer, rows, judge, Sampling(study.new_tokens))
    return {
        "formatFailures": scored.format_failures,
        "completionTokens": scored.completion_tokens / len(rows),
        "correct": "".join(str(int(verdict.correct)) for verdict in scored.verdicts),
    }


def _tokens(shard: Path, tokenizer: modeling.PreTrainedTokenizerBase) -> int:
    """Of all questions and completions, as training counts them."""
    total = 0
    for record in map(json.loads, shard.read_text().splitlines()):
        prompt = len(render(tokenizer, record["messages"]))
        total += sum(prompt + len(tokenizer.tokenize(text)) + 1 for text in record["completions"])
    return total


def _stage(stage: str, study: Study, workspace: Path, seed: int, training: Any = None) -> dict[str, Any]:
    document = config.parse(_document(stage, study, workspace, seed, training))
    return STAGES[stage](document, Progress({}))


def _document(stage: str, study: Study, workspace: Path, seed: int, training: Any = None) -> dict[str, Any]:
    return {
        "version": "v1",
        "stage": stage,
        "job": {"namespace": "results", "name": study.task, "uid": "results", "attempt": 1},
        "seed": seed,
        "workspace": str(workspace),
        "device": "cpu",
        "task": {
            "train": {"uri": f"builtin://tasks/{study.task}/train.jsonl"},
            "evaluation": {"uri": f"builtin://tasks/{study.task}/test.jsonl"},
            "format": {"type": "PromptCompletion"},
            "metric": study.teacher_metric,
            "probeSamples": 1,
            "evaluationSamples": ITEMS,
            "maxNewTokens": study.new_tokens,
        },
        "teachers": [{"name": "teacher", "uri": f"builtin://models/{TEACHER}"}],
        "students": [{"name": "student", "uri": study.student}],
        "strategy": {"mode": study.mode, "rationale": "None", "verification": study.verification},
        "training": {**(training or study.training), "checkpointPeriodSeconds": 3600},
        "synthesis": {"shards": 1},
    }
