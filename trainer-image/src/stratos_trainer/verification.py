"""Which of the teacher's completions the student may learn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import metrics, scoring
from .completions import Completion, Sampling
from .config import Judge, StageConfig
from .data import Row
from .overlap import canonical
from .prompts import conclude

if TYPE_CHECKING:
    from .teachers import Completer

CONSENSUS_SAMPLES = 3
SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")

# Rows by samples.
Samples = Sequence[Sequence[Completion]]
Marks = list[list[bool]]


class Verifier:
    """First whether a completion is right; then, where it is asked for, whether its reasoning alone leads there too."""

    def __init__(self, config: StageConfig, teacher: Completer) -> None:
        self.config = config
        self.teacher = teacher
        self.judge = judge_of(config)

    def accepted(self, rows: Sequence[Row], samples: Samples) -> Marks:
        """For each row and sample, whether it is kept."""
        marks = self._right(rows, samples)
        strategy = self.config.strategy
        if strategy.verification.rederive and strategy.rationale != "None":
            return self._rederived(rows, samples, marks)
        return marks

    def _right(self, rows: Sequence[Row], samples: Samples) -> Marks:
        if self.judge is None:
            return [[sample.finished and bool(sample.text) for sample in group] for group in samples]
        comparing = metrics.needs_reference(self.judge)
        marks = [
            consensus(group) if comparing and row.answer is None else [False] * len(group)
            for row, group in zip(rows, samples, strict=True)
        ]
        places = [
            (at, number)
            for at, row in enumerate(rows)
            for number in range(len(samples[at]))
            if not comparing or row.answer is not None
        ]
        return self._judge(self.judge, rows, samples, places, marks)

    def _judge(
        self, judge: Judge, rows: Sequence[Row], samples: Samples, places: list[tuple[int, int]], marks: Marks
    ) -> Marks:
        found = scoring.verdicts(judge, [rows[at] for at, _ in places], [samples[at][n] for at, n in places])
        for (at, number), verdict in zip(places, found, strict=True):
            marks[at][number] = verdict.correct
        return marks

    def _rederived(self, rows: Sequence[Row], samples: Samples, marks: Marks) -> Marks:
        """The teacher reads question and reasoning, without the answer, and has to arrive at it."""
        places = [(at, number) for at, row in enumerate(marks) for number, kept in enumerate(row) if kept]
        asked = [conclude(rows[at].conversation, reasoning_of(samples[at][number].text)) for at, number in places]
        again = self.teacher.complete(asked, Sampling(self.config.the_task.max_new_tokens, seed=self.config.seed))
        judge = self.judge or self.config.the_task.metric
        targets = [_with_answer(rows[at], samples[at][number]) for at, number in places]
        found = scoring.verdicts(judge, targets, again)
        for (at, number), verdict in zip(places, found, strict=True):
            marks[at][number] = verdict.correct
        return marks


def judge_of(config: StageConfig) -> Judge | None:
    verification = config.strategy.verification
    if verification.type == "None":
        return None
    return config.the_task.metric if verification.type == "Metric" else verification


def consensus(samples: Sequence[Completion]) -> list[bool]:
    """Without a reference: more than half of the samples give the same answer, and those are kept."""
    answers = [canonical(metrics.final_answer(sample.text)) if sample.finished else "" for sample in samples]
    best, votes = Counter(filter(None, answers)).most_common(1)[0] if any(answers) else ("", 0)
    agreed = len(samples) >= CONSENSUS_SAMPLES and 2 * votes > len(samples)
    return [agreed and answer == best for answer in answers]


def reasoning_of(completion: str) -> str:
    """The completion without its marked answer, and without last sentences that state it: those would give it away."""
    answer = canonical(metrics.final_answer(completion))
    lines = [line for line in completion.splitlines() if not line.strip().startswith(metrics.ANSWER_MARK)]
    sentences = SENTENCE_END.split("\n".join(lines).strip())
    while sentences and answer and _states(sentences[-1], answer):
        sentences.pop()
    return " ".join(sentences)


def _states(sentence: str, answer: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", canonical(sentence)) is not None


def _with_answer(row: Row, sample: Completion) -> Row:
    """What re-derivation must arrive at: the known answer, or where none is known, the sample's own."""
    return row if row.answer is not None else Row(row.conversation, metrics.final_answer(sample.text), row.line)
