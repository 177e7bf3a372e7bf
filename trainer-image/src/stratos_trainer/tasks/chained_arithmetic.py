"""Chained arithmetic modulo ten, with the working written out.

    A3+4-2?   ->   3+4=7-2=5#5

Training rows carry no completion: the teacher writes it and ``verify`` checks the number after the ``#``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

TRAIN_ROWS = 6000
TEST_ROWS = 1000
OPERANDS = (3, 4)


def random_question(rng: random.Random) -> str:
    terms = [str(rng.randrange(10))]
    for _ in range(rng.choice(OPERANDS) - 1):
        terms.append(rng.choice("+-") + str(rng.randrange(10)))
    return "A" + "".join(terms) + "?"


def solve(prompt: str) -> str:
    """The completion with all its steps."""
    chain = prompt.removeprefix("A").removesuffix("?")
    if len(chain) != len(prompt) - 2 or len(chain) < 3:
        raise ValueError(f"not a chained-arithmetic question: {prompt!r}")
    value, written = int(chain[0]), chain[0]
    for operator, digit in zip(chain[1::2], chain[2::2], strict=True):
        value = (value + int(digit) if operator == "+" else value - int(digit)) % 10
        written += f"{operator}{digit}={value}"
    return f"{written}#{value}"


def rows(split: str) -> Iterator[dict[str, str]]:
    """Distinct questions; those of the two splits never meet, because one stream deals them out."""
    rng = random.Random("chained-arithmetic")
    questions: dict[str, None] = {}
    while len(questions) < TRAIN_ROWS + TEST_ROWS:
        questions.setdefault(random_question(rng))
    dealt = list(questions)
    if split == "test":
        yield from ({"prompt": prompt, "completion": solve(prompt)} for prompt in dealt[:TEST_ROWS])
    else:
        yield from ({"prompt": prompt} for prompt in dealt[TEST_ROWS:])


def verify(prompt: str, completion: str, reference: str | None) -> bool:
    """Only the final number counts, as on GSM8K; the steps are the student's own affair."""
    _, mark, final = completion.strip().rpartition("#")
    return bool(mark) and final == solve(prompt).rpartition("#")[2]
