"""Stage ``synthesize``: the teacher writes the completions that the student will learn, and a verifier reads them.

*KnowledgeAlignment*: the teacher answers by itself, several times if asked to; what verifies is kept.
*KnowledgeInjection*: the teacher does not know the domain, so it is given question *and* answer, or facts from
documents or a rule engine, and writes the completion that leads there (reverse synthesis); what verifies is kept.
*KnowledgeMixture*: the first, and for the rows where it fails, the second (``mixture.py``).

A shard takes every n-th row. It grows by whole chunks: a chunk is the unit of work and of randomness, so a shard that
was interrupted ends up with the same bytes as one that was not. What was answered of a chunk is in the cache.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import checkpoints, data, digests, expansion, knowledge, logs, metrics, mixture, shards, verification
from .completions import Completion, Sampling
from .config import StageConfig
from .data import Row
from .devices import choose
from .errors import StageError, Stopped
from .overlap import HeldOut, Sieve
from .progress import Progress
from .prompts import INFORMED, INSTRUCTIONS, Conversation, informed, reverse
from .stops import requested
from .teachers import Completer, folder_of, open_generator
from .verification import CONSENSUS_SAMPLES, Verifier

CHUNK_ROWS = 512
SAMPLING_TEMPERATURE = 0.7


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    selection = data.select(config)
    rows = selection.rows
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
        teacher = open_generator(config, config.the_only("teachers"), choose(config.device))
        new = _new_rows(config, teacher, rows, shard)
        _Shard(config, [*mine, *new], path, teacher).write(progress)
        checkpoints.write_atomically(done, digests.of_file(path) + "\n")
    return {**_summary(path, config), "duplicates": selection.duplicates, "contaminated": selection.contaminated}


def _check(config: StageConfig, rows: Sequence[Row]) -> None:
    """Every row needs something that its completions can be held against, before the first one is paid for."""
    uri, strategy = config.the_task.train, config.strategy
    if strategy.mode == "KnowledgeInjection" and config.the_task.knowledge is None:
        data.require_answers(rows, uri, "knowledge injection starts from known answers, or from task.knowledge")
    judge = verification.judge_of(config)
    if judge is None or not metrics.needs_reference(judge) or strategy.samples_per_prompt >= CONSENSUS_SAMPLES:
        return
    why = "verification by metric compares with one; use an entry point that checks by rule"
    data.require_answers(rows, uri, f"{why}, or samplesPerPrompt {CONSENSUS_SAMPLES} or more")
    if config.synthesis.new_prompts:
        raise StageError(
            "ConfigInvalid",
            "synthesis.newPrompts makes questions without known answers, and verification by metric then takes what "
            f"the teacher's samples agree on; set strategy.samplesPerPrompt to {CONSENSUS_SAMPLES} or more",
        )


def _new_rows(config: StageConfig, teacher: Completer, rows: Sequence[Row], shard: int) -> list[Row]:
    """This shard's share of the new questions; asked again after an interruption, they come from the cache."""
    wanted = len(range(shard, config.synthesis.new_prompts, config.synthesis.shards))
    if not wanted:
        return []
    sieve = Sieve(HeldOut(data.read(config, config.the_task.evaluation)))
    for row in rows:
        sieve.passes(row)
    sampling = Sampling(config.the_task.max_new_tokens, seed=(config.seed * 7919 + shard * 104_729) % 2**31)
    return expansion.expand(teacher, rows, sieve, wanted, sampling)


def _shard_number(config: StageConfig) -> int:
    shard = shards.number()
    if shard >= config.synthesis.shards:
        raise StageError(
            "ConfigInvalid", f"{shards.VARIABLE} is {shard}, but there are {config.synthesis.shards} shards"
        )
    return shard


class _Shard:
    def __init__(self, config: StageConfig, rows: Sequence[Row], path: Path, teacher: Completer) -> None:
        self.config = config
        self.rows = rows
        self.path = path
        self.teacher = teacher
        self.verifier = Verifier(config, teacher)
        self.facts = knowledge.open_facts(config)
        self.identity = _identity(config)

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
        rows, mode = self.rows[at : at + CHUNK_ROWS], self.config.strategy.mode
        if mode == mixture.MODE:
            return mixture.write(rows, self._can_inject, lambda part, one: self._written(part, at, one))
        return self._written(rows, at, mode)

    def _can_inject(self, row: Row) -> bool:
        return row.answer is not None or self.facts is not None

    def _written(self, rows: Sequence[Row], at: int, mode: str) -> list[dict[str, Any]]:
        asked = [self._asked(row, mode) for row in rows]
        by_sample = [
            self.teacher.complete(asked, self._sampling(at, number))
            for number in range(self.config.strategy.samples_per_prompt)
        ]
        samples = [[sample[place] for sample in by_sample] for place in range(len(rows))]
        marks = self.verifier.accepted(rows, samples)
        parts = zip(rows, asked, samples, marks, strict=True)
        return [
            {
                **self._record(row, answers, right),
                "provenance": self._provenance(row, talk, _kept(answers, right), mode),
            }
            for row, talk, answers, right in parts
        ]

    def _asked(self, row: Row, mode: str) -> Conversation:
        strategy = self.config.strategy
        if mode == "KnowledgeAlignment":
            return row.conversation
        if self.facts is not None:
            return informed(row.conversation, self.facts(row), row.answer, strategy.rationale)
        if row.answer is None:
            return row.conversation
        return reverse(row.conversation, row.answer, strategy.rationale)

    def _sampling(self, at: int, number: int) -> Sampling:
        """The first sample is the teacher's best guess; only further ones need chance."""
        seed = (self.config.seed * 1_000_003 + at * 101 + number) % 2**32
        return Sampling(self.config.the_task.max_new_tokens, SAMPLING_TEMPERATURE if number else 0.0, seed)

    def _record(self, row: Row, samples: Sequence[Completion], marks: Sequence[bool]) -> dict[str, Any]:
        return {
            "line": row.line,
            "messages": [{"role": role, "content": content} for role, content in row.conversation.messages],
            "completions": [samples[number].text for number in _kept(samples, marks)],
            "samples": len(samples),
            "accepted": sum(marks),
            "promptTokens": sum(sample.prompt_tokens for sample in samples),
            "completionTokens": sum(sample.completion_tokens for sample in samples),
        }

    def _provenance(self, row: Row, asked: Conversation, kept: list[int], mode: str) -> dict[str, Any]:
        """Enough to ask the same again, and to tell which sample became which completion."""
        strategy = self.config.strategy
        template = f"{INSTRUCTIONS[strategy.rationale]}{INFORMED[strategy.rationale] if self.facts else ''}"
        return {
            **self.identity,
            "mode": mode,
            "origin": "Synthetic" if row.synthetic else "Data",
            "template": digests.of_bytes(template.encode() if mode == "KnowledgeInjection" else b""),
            "prompt": digests.of_bytes(json.dumps(asked.messages, ensure_ascii=False).encode()),
            "sampleIndexes": kept,
            "verification": _verification(self.config, row),
        }


def _kept(samples: Sequence[Completion], marks: Sequence[bool]) -> list[int]:
    """Which samples are accepted, each text once."""
    first: dict[str, int] = {}
    for number, (sample, accepted) in enumerate(zip(samples, marks, strict=True)):
        if accepted:
            first.setdefault(sample.text, number)
    return list(first.values())


def _identity(config: StageConfig) -> dict[str, str]:
    teacher = config.the_only("teachers")
    if teacher.endpoint:
        return {"teacher": f"{teacher.endpoint.url} {teacher.endpoint.model}"}
    return {"teacher": str(teacher.uri), "teacherDigest": digests.fingerprint(folder_of(config, teacher))}


def _verification(config: StageConfig, row: Row) -> str:
    """What accepted the row's completions: a metric by its name, an entry point, or the samples' agreement."""
    judge = verification.judge_of(config)
    if judge is None:
        return "None"
    if row.answer is None and metrics.needs_reference(judge):
        return "Consensus"
    rederived = "+Rederived" if config.strategy.verification.rederive and config.strategy.rationale != "None" else ""
    return (judge.entry_point or judge.type) + rederived


def _whole_chunks(path: Path) -> int:
    """Cuts the file behind its last whole chunk and says how many rows remain."""
    if not path.exists():
        return 0
    lines = path.read_bytes().splitlines(keepends=True)
    whole = sum(line.endswith(b"\n") for line in lines) // CHUNK_ROWS * CHUNK_ROWS
    os.truncate(path, sum(map(len, lines[:whole])))
    return whole


def _summary(path: Path, config: StageConfig) -> dict[str, Any]:
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
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
        "newPrompts": sum(record["provenance"]["origin"] == "Synthetic" for record in records),
        "digest": digests.of_file(path),
    }
