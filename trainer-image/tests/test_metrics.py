"""Strict parsing: every answer in a wrong form is wrong, and is counted as such."""

import pytest

from stratos_trainer import metrics
from stratos_trainer.config import Judge
from stratos_trainer.errors import StageError

# metric, completion, reference, correct, well formed
CASES = {
    "a set in another order is the same set": ("SetMatch", "6, 3", "3,6", True, True),
    "a subset is not the set": ("SetMatch", "3", "3,6", False, True),
    "an item given twice is no set": ("SetMatch", "3,3,6", "3,6", False, False),
    "a trailing comma is no set": ("SetMatch", "3,6,", "3,6", False, False),
    "digits run together are one item": ("SetMatch", "36", "3,6", False, True),
    "nothing is no set": ("SetMatch", "", "3,6", False, False),
    "reasoning may precede the mark": ("SetMatch", "since 3 and 6\n#### 3,6", "3,6", True, True),
    "reasoning may follow the marked line": ("SetMatch", "#### 3,6\nsince 3 makes a run", "3,6", True, True),
    "reasoning without a mark is no answer": ("ExactMatch", "I think it is blue", "blue", False, True),
    "spaces around do not matter": ("ExactMatch", " blue\n", "blue", True, True),
    "a number behind the mark": ("NumericAnswer", "3+4=7#7", "7", True, True),
    "a number with commas and a currency": ("NumericAnswer", "#### $1,234.50", "1234.5", True, True),
    "a number followed by words is none": ("NumericAnswer", "7 apples", "7", False, False),
    "a number among words is none": ("NumericAnswer", "it is 7", "7", False, False),
    "two numbers are none": ("NumericAnswer", "7 8", "7", False, False),
    "misplaced commas are no number": ("NumericAnswer", "1,23", "123", False, False),
    "a letter in parentheses": ("MultipleChoice", "(b)", "B", True, True),
    "a letter with more behind it is none": ("MultipleChoice", "B because", "B", False, False),
}


@pytest.mark.parametrize(
    ("kind", "completion", "reference", "correct", "well_formed"), CASES.values(), ids=CASES.keys()
)
def test_verdict(kind, completion, reference, correct, well_formed):
    assert metrics.named(Judge(kind))("", completion, reference) == (correct, well_formed)


def test_an_entry_point_decides_by_prompt():
    judge = Judge("Custom", "stratos_trainer.tasks.winning_tiles:verify")
    assert metrics.named(judge)("W2233356788?", "2,8", None).correct


@pytest.mark.parametrize(
    "entry_point", [None, "no_such_module:verify", "stratos_trainer.metrics:nothing", "stratos_trainer.metrics:METRICS"]
)
def test_a_bad_entry_point_is_the_configuration_s_fault(entry_point):
    with pytest.raises(StageError) as caught:
        metrics.named(Judge("Custom", entry_point))
    assert caught.value.reason == "ConfigInvalid"
