"""The generator, its solution and its verifier."""

import pytest

from stratos_trainer.tasks import chained_arithmetic as sums


@pytest.mark.parametrize(
    ("prompt", "want"),
    [
        ("A3+4-2?", "3+4=7-2=5#5"),
        ("A0-1?", "0-1=9#9"),
        ("A9+9+9?", "9+9=8+9=7#7"),
    ],
)
def test_writes_every_step(prompt, want):
    assert sums.solve(prompt) == want


def test_only_the_number_behind_the_mark_counts():
    assert sums.verify("A3+4-2?", "3+4=8-2=5#5", None)
    for wrong in ("", "5", "#", "3+4=7-2=5#6", "3+4=7-2=5#5 or 6", "#5#6"):
        assert not sums.verify("A3+4-2?", wrong, None), wrong


def test_the_splits_are_disjoint_and_training_rows_have_no_completion():
    train, test = list(sums.rows("train")), list(sums.rows("test"))
    assert not {row["prompt"] for row in train} & {row["prompt"] for row in test}
    assert all(set(row) == {"prompt"} for row in train)
    assert all(sums.verify(row["prompt"], row["completion"], None) for row in test)
