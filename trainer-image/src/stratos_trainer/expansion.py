"""More questions of the same kind, written by the teacher from examples (self-instruct).

A new question is kept when it is nobody's duplicate, gives no evaluation question away, and is new: its longest common
subsequence of words with every question so far makes a ROUGE-L of less than 0.7. The number of tries is bounded.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import logs
from .completions import Sampling
from .data import Row
from .overlap import Sieve, words
from .prompts import Conversation, another, ask

if TYPE_CHECKING:
    from .teachers import Completer

EXAMPLES = 3
TEMPERATURE = 1.0
TOO_ALIKE = 0.7
TRIES_PER_QUESTION = 4
ROUND = 64
# In characters: a teacher that goes on and on has not written a question. Very short examples set no measure.
LONGEST_SHORT = 200


class Novelty:
    """Whether a text is unlike all before it. Only those that share enough words are compared word by word."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._texts: list[list[str]] = []
        self._holders: dict[str, set[int]] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        for word in (found := words(text)):
            self._holders.setdefault(word, set()).add(len(self._texts))
        self._texts.append(found)

    def holds(self, text: str) -> bool:
        mine = words(text)
        shared = Counter(number for word in set(mine) for number in self._holders.get(word, ()))
        return all(
            rouge_l(mine, self._texts[number]) < TOO_ALIKE
            for number, common in shared.items()
            if self._reach(mine, number, common) >= TOO_ALIKE
        )

    def _reach(self, mine: list[str], number: int, common: int) -> float:
        """The most that ROUGE-L can be, from how many words both have, each counted as often as in ``mine``."""
        theirs = self._texts[number]
        repeated = len(mine) - len(set(mine))
        return 2 * min(common + repeated, len(theirs)) / (len(mine) + len(theirs))


def rouge_l(first: Sequence[str], second: Sequence[str]) -> float:
    """The F measure of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for place, other in enumerate(second, start=1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return 2 * row[-1] / max(1, len(first) + len(second))


def expand(teacher: Completer, rows: Sequence[Row], sieve: Sieve, wanted: int, sampling: Sampling) -> list[Row]:
    """At most ``wanted`` new questions; the same ones for the same arguments."""
    novelty = Novelty([row.conversation.prompt for row in rows])
    longest = max(LONGEST_SHORT, 2 * max(len(row.conversation.prompt) for row in rows))
    found: list[Row] = []
    for start in range(0, wanted * TRIES_PER_QUESTION, ROUND):
        if len(found) >= wanted:
            break
        asked = [_examples(rows, sampling.seed, start + number) for number in range(ROUND)]
        seed = (sampling.seed + start) % 2**31
        for answer in teacher.complete(asked, Sampling(sampling.max_new_tokens, TEMPERATURE, seed)):
            text = answer.text.strip()
            row = Row(ask(text), None, 0, synthetic=True)
            if answer.finished and 0 < len(text) <= longest and sieve.passes(row) and novelty.holds(text):
                novelty.add(text)
                found.append(row)
    logs.info("expanded the questions", wanted=wanted, found=min(len(found), wanted))
    return found[:wanted]


def _examples(rows: Sequence[Row], seed: int, number: int) -> Conversation:
    chosen = random.Random(f"expand/{seed}/{number}").sample(rows, min(EXAMPLES, len(rows)))
    return another([row.conversation.prompt for row in chosen])
