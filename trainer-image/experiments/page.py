"""Writes docs/results.md from what the runs found; every figure and every verdict on it is computed here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stratos_trainer import checkpoints
from stratos_trainer.statistics import Interval, bootstrap_groups, wilson

from .claims import claims
from .studies import ITEMS, SEEDS, STUDIES, Study

RECORD, PAGE = "results.json", "results.md"

Runs = Sequence[Mapping[str, Any]]


def write(docs: Path, runs: Runs) -> None:
    """The runs themselves go beside the page: a test renders them again and compares."""
    record = {"date": datetime.now(UTC).date().isoformat(), "runs": list(runs)}
    checkpoints.write_atomically(docs / RECORD, json.dumps(record, indent=1) + "\n")
    checkpoints.write_atomically(docs / PAGE, render(record))
    print(f"wrote {docs / PAGE}")


def render(record: Mapping[str, Any]) -> str:
    runs = record["runs"]
    studies = [name for name in STUDIES if _arms(name, runs)]
    sections = [_head(record), *(_study(name, runs) for name in studies), _claims(runs), TAIL]
    return "\n\n".join(sections) + "\n"


def _head(record: Mapping[str, Any]) -> str:
    done = {name: _seeds(name, record["runs"]) for name in STUDIES}
    seeds = ", ".join(f"{count} of {SEEDS} for {name}" for name, count in done.items())
    return f"""<!-- Written by `make results`; do not edit. -->
# Results

Printed by `make results` on {record["date"]} ([how](../trainer-image/experiments)); seeds run: {seeds}.
Every run is judged on the same {ITEMS:,} held-out questions. In each study all forms of the answer learn from the same
accepted rows, for the same number of training tokens (question and completion), which here is equal compute.

* *direct*: the answer alone. *rationale-first*: reasons, then the answer. *answer-first*: the answer, then reasons.
* An accuracy over seeds is a mean; its interval resamples seeds and questions together (bootstrap, 95 %). One seed:
  Wilson's."""


def _study(name: str, runs: Runs) -> str:
    study = STUDIES[name]
    lines = [
        f"## {study.title}",
        f"`{name}`, `{study.mode}`, student `{study.student.rpartition('/')[2]}`, "
        f"{round(_arms(name, runs)[0]['tokens'], -5):,} training tokens a run.",
        "\n".join([*_table(name, study, runs), *_teacher(name, runs)]),
    ]
    return "\n\n".join(lines)


def _table(name: str, study: Study, runs: Runs) -> list[str]:
    lines = [
        "| form | accuracy | 95 % interval | by seed | steps | tokens of an answer | answers in the wrong form |",
        "|---|---|---|---|---|---|---|",
    ]
    for arm in study.arms:
        mine = _of(name, arm, runs)
        if mine:
            interval = accuracy(mine)
            by_seed = ", ".join(f"{_share(run):.3f}" for run in mine)
            failures = sum(run["formatFailures"] for run in mine) / (ITEMS * len(mine))
            lines.append(
                f"| {arm} | {interval.point:.3f} | {interval.low:.3f} to {interval.high:.3f} | {by_seed} "
                f"| {mine[0]['steps']:,} | {mine[0]['completionTokens']:.1f} | {100 * failures:.1f} % |"
            )
    return lines


def _teacher(name: str, runs: Runs) -> list[str]:
    lines = []
    for run in _of(name, "teacher", runs):
        free = accuracy([run])
        lines.append(
            f"| *teacher* | {free.point:.3f} | {free.low:.3f} to {free.high:.3f} | | "
            f"| {run['completionTokens']:.1f} | |"
        )
        if "forcedLegal" in run:
            legal = wilson(run["forcedLegal"]["correct"], run["forcedLegal"]["samples"])
            lines.append(
                f"| *teacher, legal answers only* | {legal.point:.3f} | {legal.low:.3f} to {legal.high:.3f} | | | | |"
            )
    return lines


def _claims(runs: Runs) -> str:
    lines = ["## What is claimed, and whether it holds", "| claim | figures | holds |", "|---|---|---|"]
    return "\n".join(
        [lines[0], "", *lines[1:], *(f"| {text} | {figures} | {verdict} |" for text, figures, verdict in claims(runs))]
    )


TAIL = """## What this does not show

Models of 30,000 to 300,000 parameters on closed tasks say nothing about 7 B on an open one. The teacher's free answers
to the Mahjong questions are right next to never, so "times the teacher" says little there; the floor of legal answers
is the harder one. The reasons of the Mahjong study come from the rules themselves (which pair completes the hand), not
from the teacher, which only restates the known answer; those of the arithmetic study are the teacher's own."""


def accuracy(runs: Runs) -> Interval:
    """Of one form over its seeds."""
    if len(runs) == 1:
        return wilson(runs[0]["correct"].count("1"), len(runs[0]["correct"]))
    return bootstrap_groups([list(map(float, run["correct"])) for run in runs])


def _share(run: Mapping[str, Any]) -> float:
    return run["correct"].count("1") / len(run["correct"])


def _arms(name: str, runs: Runs) -> Runs:
    return [run for run in runs if run["study"] == name and run["arm"] != "teacher"]


def _of(name: str, arm: str, runs: Runs) -> Runs:
    return [run for run in runs if (run["study"], run["arm"]) == (name, arm)]


def _seeds(name: str, runs: Runs) -> int:
    """Seeds with all forms; a form that is ahead is shown all the same."""
    return min(len(_of(name, arm, runs)) for arm in STUDIES[name].arms)
