"""Intervals and tests against known values and against their own definitions."""

import itertools
import random

import pytest

from stratos_trainer.statistics import bootstrap, bootstrap_groups, mcnemar, pass_at_k, wilson


@pytest.mark.parametrize(
    ("correct", "samples", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (0, 0, 0, 1)],
)
def test_wilson_is_the_published_interval(correct, samples, low, high):
    assert wilson(correct, samples)[1:] == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("better", "worse", "want"),
    [(0, 0, 1.0), (5, 5, 1.0), (10, 0, 2 / 2**10), (1, 7, 2 * 9 / 2**8), (2000, 1500, None)],
)
def test_mcnemar_is_the_binomial_tail(better, worse, want):
    got = mcnemar(better, worse)
    assert got == mcnemar(worse, better) and (got == pytest.approx(want) if want else 0 < got < 1e-10)


def test_pass_at_k_is_the_share_of_subsets_that_hold_a_right_answer():
    for attempts in range(1, 7):
        for correct in range(attempts + 1):
            outcomes = [place < correct for place in range(attempts)]
            for k in range(1, attempts + 1):
                subsets = list(itertools.combinations(outcomes, k))
                assert pass_at_k(attempts, correct, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_pass_at_k_needs_k_attempts():
    with pytest.raises(ValueError, match="pass@5 cannot be estimated from 4"):
        pass_at_k(4, 1, 5)


def test_the_bootstrap_covers_as_often_as_it_says():
    rng = random.Random(0)
    covered = 0
    for trial in range(100):
        interval = bootstrap([float(rng.random() < 0.3) for _ in range(60)], seed=trial)
        covered += interval.low <= 0.3 <= interval.high
    assert 88 <= covered <= 100


def test_groups_that_differ_widen_the_interval():
    same = [[1.0, 0.0] * 50] * 5
    different = [[float(place < 100 * share) for place in range(100)] for share in (0.3, 0.4, 0.5, 0.6, 0.7)]
    one, many = bootstrap_groups(same), bootstrap_groups(different)
    assert one.point == many.point == 0.5
    assert many.high - many.low > one.high - one.low


def test_an_interval_is_the_same_every_time():
    values = [float(place % 3 == 0) for place in range(50)]
    assert bootstrap(values) == bootstrap(values)
