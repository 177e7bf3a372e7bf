"""The stage document: validated against the schema, then given types and defaults."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import schemas
from .errors import StageError

VARIABLE = "STRATOS_STAGE_CONFIG"
SCHEMA = "stage-config.v1.json"
HOLD_OUT_PERCENT = 10
TRAINING_SIDE = "training"
HELD_OUT_SIDE = "held-out"


@dataclass(frozen=True)
class Job:
    namespace: str
    name: str
    uid: str
    attempt: int


@dataclass(frozen=True)
class Format:
    type: str
    prompt_field: str = "prompt"
    completion_field: str = "completion"
    messages_field: str = "messages"
    role_field: str = "role"
    content_field: str = "content"
    slice_field: str | None = None


@dataclass(frozen=True)
class Pricing:
    """Money for a million tokens, in the currency of the budget."""

    input_per_million_tokens: Decimal
    output_per_million_tokens: Decimal


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible API; without a pricing its cost is unknown, and no budget can hold it."""

    url: str
    model: str
    token_env: str | None = None
    pricing: Pricing | None = None
    max_concurrent_requests: int = 8
    requests_per_minute: int = 0


@dataclass(frozen=True)
class JudgeModel:
    """A model that says whether an answer is right, by the majority of its votes."""

    endpoint: Endpoint
    instructions: str | None = None
    votes: int = 1


@dataclass(frozen=True)
class Judge:
    """A metric, or a verification: a named rule, an entry point or a model."""

    type: str
    entry_point: str | None = None
    judge: JudgeModel | None = None
    rederive: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What answers can be derived from: documents, or a function that states the facts of a prompt."""

    uri: str | None = None
    entry_point: str | None = None
    passages: int = 4


@dataclass(frozen=True)
class Task:
    train: str
    evaluation: str
    format: Format
    metric: Judge
    probe_samples: int
    evaluation_samples: int
    max_new_tokens: int
    system_prompt: str | None = None
    knowledge: Knowledge | None = None
    evaluation_attempts: int = 1
    slice_field: str | None = None


@dataclass(frozen=True)
class Model:
    """A teacher or a student: exactly one of ``uri`` and ``endpoint``."""

    name: str
    uri: str | None = None
    endpoint: Endpoint | None = None


@dataclass(frozen=True)
class Strategy:
    mode: str = "KnowledgeAlignment"
    samples_per_prompt: int = 1
    verification: Judge = Judge("Metric")
    rationale: str = "None"


@dataclass(frozen=True)
class Training:
    method: str = "Full"
    loss: str = "SequenceLevel"
    learning_rate: float | None = None
    # What the planner assumes where a job says nothing (plan-inputs.ts).
    batch_size: int = 16
    max_steps: int = 0
    epochs: float = 3
    max_seconds: float = 0
    max_sequence_length: int = 1024
    # None: the best for what a checkpoint costs and how often the run is interrupted.
    checkpoint_period_seconds: float | None = None
    mean_seconds_between_interruptions: float | None = None
    warmup_steps: int = 20
    precision: str = "fp32"
    divergence: str | None = None
    divergence_weight: float | None = None
    temperature: float = 1.0
    mixture: float = 0.5
    top_tokens: int = 0
    on_policy_share: float = 1.0
    lora_rank: int = 16
    packing: bool = False
    # None: on a GPU, where memory is scarcer than arithmetic.
    recompute_activations: bool | None = None
    # Processes of this pod; 0 is one per GPU.
    processes: int = 0

    @property
    def rate(self) -> float:
        """Adapters start from nothing and take ten times the rate of whole weights."""
        if self.learning_rate is not None:
            return self.learning_rate
        return 5e-5 if self.method == "Full" else 2e-4


@dataclass(frozen=True)
class Synthesis:
    shards: int = 1
    max_rows: int = 0
    new_prompts: int = 0


@dataclass(frozen=True)
class Pilot:
    """A trial run: which one, how far the halving has come, and how much it may learn."""

    name: str
    rung: int
    steps: int
    rows: int


@dataclass(frozen=True)
class StageConfig:
    stage: str
    job: Job
    seed: int
    workspace: Path
    task: Task | None
    mounts: Mapping[str, str] = field(default_factory=dict)
    device: str = "auto"
    teachers: tuple[Model, ...] = ()
    students: tuple[Model, ...] = ()
    strategy: Strategy = Strategy()
    training: Training = Training()
    synthesis: Synthesis = Synthesis()
    pilot: Pilot | None = None
    output_uri: str | None = None
    # How the weights are stored where they are published; None is as they were trained.
    quantization: str | None = None
    # Where the Secret for a URI is mounted; URIs without one use the environment.
    credentials: Mapping[str, Path] = field(default_factory=dict)
    # The most that this stage may spend on endpoints, over all its restarts; None when nothing holds it.
    budget: Decimal | None = None

    @property
    def attempt_folder(self) -> Path:
        return self.workspace / f"attempt-{self.job.attempt}"

    @property
    def trained_model(self) -> Path:
        return self.attempt_folder / "model"

    @property
    def quantised_model(self) -> Path:
        return self.attempt_folder / "quantised"

    @property
    def student_model(self) -> Path:
        """What is evaluated and published."""
        return self.trained_model if self.quantization is None else self.quantised_model

    @property
    def evaluation_summary(self) -> Path:
        """What evaluation leaves for the model card."""
        return self.attempt_folder / "evaluation" / "summary.json"

    @property
    def the_task(self) -> Task:
        """The task; the schema promises it to every stage but publishing."""
        if self.task is None:
            raise StageError("ConfigInvalid", f'stage {self.stage} needs the section "task"')
        return self.task

    def the_only(self, role: str) -> Model:
        """After planning, the document holds the chosen pair alone."""
        models = self.teachers if role == "teachers" else self.students
        if len(models) != 1:
            raise StageError(
                "ConfigInvalid", f"stage {self.stage} works on the chosen pair, but {role} has {len(models)} entries"
            )
        return models[0]


def from_environment(stage: str, environment: Mapping[str, str] = os.environ) -> StageConfig:
    text = environment.get(VARIABLE)
    if not text:
        raise StageError("ConfigInvalid", f"the environment variable {VARIABLE} is not set")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise StageError("ConfigInvalid", f"{VARIABLE} is not JSON: {error}") from error
    config = parse(document)
    if config.stage != stage:
        raise StageError(
            "ConfigInvalid", f"the container was started as {stage!r}, but the document is for {config.stage!r}"
        )
    return config


def parse(document: Any) -> StageConfig:
    problem = schemas.complaint(SCHEMA, document)
    if problem:
        raise StageError("ConfigInvalid", f"the stage document is invalid at {problem}")
    return StageConfig(
        stage=document["stage"],
        job=Job(**document["job"]),
        seed=document["seed"],
        workspace=Path(document["workspace"]),
        mounts=document.get("mounts", {}),
        device=document.get("device", "auto"),
        task=_task(document["task"]) if "task" in document else None,
        teachers=tuple(map(_model, document.get("teachers", []))),
        students=tuple(map(_model, document.get("students", []))),
        strategy=_strategy(document.get("strategy", {})),
        training=Training(**_snake(document.get("training", {}))),
        synthesis=Synthesis(**_snake(document.get("synthesis", {}))),
        pilot=Pilot(**document["pilot"]) if "pilot" in document else None,
        output_uri=document.get("output", {}).get("uri"),
        quantization=document.get("output", {}).get("quantization"),
        credentials=_credentials(document),
        budget=Decimal(document["budget"]["amount"]) if "budget" in document else None,
    )


def _task(section: dict[str, Any]) -> Task:
    fields = _snake(section)
    hold_out = fields.pop("hold_out_percent", HOLD_OUT_PERCENT)
    fields["train"], fields["evaluation"] = _sides(section["train"]["uri"], section["evaluation"]["uri"], hold_out)
    fields["format"] = Format(**_snake(section["format"]), slice_field=section.get("sliceField"))
    fields["metric"] = _judge(section["metric"])
    if section.get("knowledge"):
        fields["knowledge"] = Knowledge(**_snake(_without(section["knowledge"], "credentials")))
    return Task(**fields)


def _sides(train: str, evaluation: str, percent: int) -> tuple[str, str]:
    """One file for both is split: each side's URI says so in a fragment, and in every message that names it."""
    if train != evaluation:
        return train, evaluation
    return f"{train}#{TRAINING_SIDE}={100 - percent}", f"{train}#{HELD_OUT_SIDE}={percent}"


def _model(section: dict[str, Any]) -> Model:
    endpoint = section.get("endpoint")
    return Model(section["name"], section.get("uri"), _endpoint(endpoint) if endpoint else None)


def _endpoint(section: dict[str, Any]) -> Endpoint:
    fields = _snake(section)
    if section.get("pricing"):
        fields["pricing"] = Pricing(**{name: Decimal(value) for name, value in _snake(section["pricing"]).items()})
    return Endpoint(**fields)


def _judge(section: dict[str, Any]) -> Judge:
    fields = _snake(section)
    if section.get("judge"):
        judge = _snake(section["judge"])
        fields["judge"] = JudgeModel(**{**judge, "endpoint": _endpoint(section["judge"]["endpoint"])})
    return Judge(**fields)


def _strategy(section: dict[str, Any]) -> Strategy:
    fields = _snake(section)
    if "verification" in fields:
        fields["verification"] = _judge(section["verification"])
    return Strategy(**fields)


def _credentials(document: dict[str, Any]) -> dict[str, Path]:
    """By URI: the sections of sources, models and the output name a folder where a Secret is mounted."""
    task = document.get("task", {})
    sections = [task.get("train"), task.get("evaluation"), task.get("knowledge"), document.get("output")]
    sections += [*document.get("teachers", []), *document.get("students", [])]
    named = [section for section in sections if section and section.get("credentials")]
    return {section["uri"]: Path(section["credentials"]) for section in named}


def _without(section: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in section.items() if key != name}


def _snake(section: dict[str, Any]) -> dict[str, Any]:
    return {"".join("_" + c.lower() if c.isupper() else c for c in key): value for key, value in section.items()}
