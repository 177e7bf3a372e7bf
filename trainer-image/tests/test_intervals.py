"""When to save: the formula where its value is known, and its limits."""

import math

import pytest

from stratos_trainer.intervals import FIRST_SECONDS, LONGEST_SECONDS, Period, best_period


def lost_share(period: float, save: float, mean: float) -> float:
    """Time lost to saving and to interruptions at exponential gaps, exactly (Daly's equation 20 without restarts)."""
    return mean * (math.exp((period + save) / mean) - 1) / period - 1


@pytest.mark.parametrize(("save", "mean"), [(1, 600), (30, 8 * 3600), (60, 1800), (600, 3600)])
def test_no_other_period_loses_noticeably_less(save, mean):
    least = min(lost_share(seconds, save, mean) for seconds in range(5, 20_000, 5))
    assert lost_share(best_period(save, mean), save, mean) <= 1.001 * least + 1e-6


def test_for_cheap_saves_it_is_young_s():
    assert best_period(0.01, 1e6) == pytest.approx(math.sqrt(2 * 0.01 * 1e6), rel=1e-2)


def test_where_a_save_takes_longer_than_a_run_lasts_it_is_that():
    assert best_period(1000, 400) == 400


def test_what_was_asked_for_stays():
    period = Period(300, 60)
    period.learn(50)
    assert period.seconds == 300


@pytest.mark.parametrize(
    ("save", "mean", "want"),
    [
        (0.001, 3600, FIRST_SECONDS),
        (60, None, LONGEST_SECONDS),
        (120, 3600, 1200),
    ],
)
def test_it_keeps_its_limits(save, mean, want):
    period = Period(None, mean)
    assert period.seconds == FIRST_SECONDS
    period.learn(save)
    assert period.seconds == want
