"""What the profile says beyond counts."""

import pytest

from stratos_trainer import compatibility, profile

VOCABULARY = {"<pad>": 0, "a": 1, "b": 2}
RELATIONS = {
    "the same": (VOCABULARY, dict(VOCABULARY), (3, 3), "Same"),
    "the same under a wider head": (VOCABULARY, dict(VOCABULARY), (64, 128), "Padded"),
    "one with more tokens": (VOCABULARY, {**VOCABULARY, "c": 3}, (3, 4), "Extended"),
    "one whose further tokens take other numbers": (
        VOCABULARY,
        {"<pad>": 0, "c": 1, "a": 2, "b": 3},
        (3, 4),
        "Different",
    ),
    "one of the same size": (VOCABULARY, {"<pad>": 0, "x": 1, "y": 2}, (3, 3), "Different"),
}


@pytest.mark.parametrize(("teacher", "student", "widths", "want"), RELATIONS.values(), ids=RELATIONS.keys())
def test_two_vocabularies(teacher, student, widths, want):
    assert compatibility.relation(teacher, student, widths) == want
    assert compatibility.relation(student, teacher, widths[::-1]) == want


def test_what_two_vocabularies_share():
    assert compatibility.shared(VOCABULARY, {"a": 1, "b": 0}) == {
        "teacherTokens": 3,
        "studentTokens": 2,
        "sharedTokens": 2,
        "sameNumbers": 1,
    }


# From the closed form, to four places: correct, samples, low, high.
INTERVALS = [(0, 30, 0.0, 0.1135), (15, 30, 0.3315, 0.6685), (30, 30, 0.8865, 1.0), (771, 1000, 0.7439, 0.7960)]


@pytest.mark.parametrize(("correct", "samples", "low", "high"), INTERVALS)
def test_wilson_s_interval(correct, samples, low, high):
    assert profile.wilson(correct, samples) == pytest.approx((low, high), abs=1e-4)
