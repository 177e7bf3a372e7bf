"""Stage ``synthesize``: the teacher writes the completions that the student will learn, and a verifier reads them.

*KnowledgeAlignment*: the teacher answers by itself, several times if asked to; what verifies is kept.
*KnowledgeInjection*: the teacher does not know the domain, so it is given question *and* answer and writes the
completion that leads there (reverse synthesis); what verifies is kept.

A shard takes every n-th row. It grows by whole chunks: a chunk is the unit of work, of resume and of randomness, so a
shard that was interrupted ends up with the same bytes as one that was not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import checkpoints, data, digests, logs, metrics, scoring
from .config import StageConfig
from .data import Row
from .devices import choose
from .errors import StageError, Stopped
from .generate import Completion, Sampling
from .progress import Progress
from .prompts import INSTRUCTIONS, Conversation, reverse
from .stops import requested
from .teachers import Completer, open_completer

CHUNK_ROWS = 512
SAMPLING_TEMPERATURE = 0.7


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    rows = data.for_training(config)
    _check(config, rows)
    shard = _shard_number(config)
    mine = rows[shard :: config.synthesis.shards]
    if not mine:
        raise StageError(
            "ConfigInvalid", f"shard {shard} of {config.synthesis.shards} is empty: there are only {len(rows)} rows"
        )
    path = config.attempt_folder / "data" / f"shard-{shard}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    done = path.with_suffix(".done")
    if not done.exists():
        _Shard(config, mine, path).write(progress)
        checkpoints.write_atomically(done, digests.of_file(path) + "\n")
    return _summary(path, config)


def _check(config: StageConfig, rows: Sequence[Row]) -> None:
    uri = config.the_task.train
    if config.strategy.mode == "KnowledgeInjection":
        data.require_answers(rows, uri, "knowledge injection starts from known answers")
    elif config.strategy.verification.type == "Metric" and metrics.needs_reference(config.the_task.metric):
        data.require_answers(
            rows, uri, "verification by metric compares with one; use an entry point that checks by rule"
        )


def _shard_number(config: StageConfig) -> int:
    shard = int(os.environ.get("JOB_COMPLETION_INDEX") or 0)
    if shard >= config.synthesis.shards:
        raise StageError(
            "ConfigInvalid", f"JOB_COMPLETION_INDEX is {shard}, but there are {config.synthesis.shards} shards"
        )
    return shard


class _Shard:
    def __init__(self, config: StageConfig, rows: Sequence[Row], path: Path) -> None:
        self.config = config
        self.rows = rows
        self.path = path
        self.judge = _judge(config)
        self.teacher: Completer = open_completer(config, config.the_only("teachers"), choose(config.device))

    def write(self, progress: Progress) -> None:
        start = _whole_chunks(self.path)
        if start:
            logs.info("resuming a shard", rowsDone=start)
        with self.path.open("a", encoding="utf-8") as file:
            for at in range(start, len(self.rows), CHUNK_ROWS):
                if requested():
                    raise Stopped(f"stopped after {at} of {len(self.rows)} rows")
                records = self._chunk(at)
                file.write("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
                file.flush()
                os.fsync(file.fileno())
                kept = sum(bool(record["completions"]) for record in records)
                progress.report(at + len(records), len(self.rows), accepted=kept / len(records))

    def _chunk(self, at: int) -> list[dict[str, Any]]:
        """One record a question, with all accepted completions, each text once."""
        rows = self.rows[at : at + CHUNK_ROWS]
        asked = [self._asked(row) for row in rows]
        samples = [
            self.teacher.complete(asked, self._sampling(at, number))
            for number in range(self.config.strategy.samples_per_prompt)
        ]
        return [self._record(row, [sample[place] for sample in samples]) for place, row in enumerate(rows)]

    def _asked(self, row: Row) -> Conversation:
        if self.config.strategy.mode == "KnowledgeAlignment":
            return row.conversation
        return reverse(row.conversation, str(row.answer), self.config.strategy.rationale)

    def _sampling(self, at: int, number: int) -> Sampling:
        """The first sample is the teacher's best guess; only further ones need chance."""
        seed = (self.config.seed * 1_000_003 + at * 101 + number) % 2**32
        return Sampling(self.config.the_task.max_new_tokens, SAMPLING_TEMPERATURE if number else 0.0, seed)

    def _record(self, row: Row, samples: Sequence[Completion]) -> dict[str, Any]:
        accepted = [sample.text for sample in samples if self._accepts(row, sample)]
        return {
            "line": row.line,
            "messages": [{"role": role, "content": content} for role, content in row.conversation.messages],
            "completions": list(dict.fromkeys(accepted)),
            "samples": len(samples),
            "accepted": len(accepted),
            "promptTokens": sum(sample.prompt_tokens for sample in samples),
            "completionTokens": sum(sample.completion_tokens for sample in samples),
            "provenance": self._provenance(),
        }

    def _accepts(self, row: Row, sample: Completion) -> bool:
        if self.judge is None:
            return sample.finished and bool(sample.text)
        return scoring.verdict(self.judge, row, sample).correct

    def _provenance(self) -> dict[str, Any]:
        teacher, strategy = self.config.the_only("teachers"), self.config.strategy
        template = INSTRUCTIONS[strategy.rationale] if strategy.mode == "KnowledgeInjection" else ""
        return {
            "teacher": teacher.uri or f"{teacher.endpoint.url} {teacher.endpoint.model}",
            "mode": strategy.mode,
            "template": digests.of_bytes(template.encode()),
            "verification": strategy.verification.type,
        }


def _judge(config: StageConfig) -> metrics.Metric | None:
    verification = config.strategy.verification
    if verification.type == "None":
        return None
    if verification.type == "Metric":
        return metrics.named(config.the_task.metric)
    return metrics.named(verification)


def _whole_chunks(path: Path) -> int:
    """Cuts the file behind its last whole chunk and says how many rows remain."""
    if not path.exists():
        return 0
    lines = path.read_bytes().splitlines(keepends=True)
    whole = sum(line.endswith(b"\n") for line in lines) // CHUNK_ROWS * CHUNK_ROWS
    os.truncate(path, sum(map(len, lines[:whole])))
    return whole


def _summary(path: Path, config: StageConfig) -> dict[str, Any]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    kept = sum(len(record["completions"]) for record in records)
    samples = sum(record["samples"] for record in records)
    if not kept:
        raise StageError(
            "NoDataAccepted",
            f"none of {samples} completions by {config.the_only('teachers').name} passed "
            f"verification; see {path.name} for what was written, or try the other strategy",
        )
    return {
        "rows": len(records),
        "kept": kept,
        "rejected": samples - sum(record["accepted"] for record in records),
        "promptTokens": sum(record["promptTokens"] for record in records),
        "completionTokens": sum(record["completionTokens"] for record in records),
        "digest": digests.of_file(path),
    }
