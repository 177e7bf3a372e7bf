"""What may be said about a model after a number of questions: intervals, paired tests, pass@k."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Z95 = 1.959963984540054
RESAMPLES = 2000


class Interval(NamedTuple):
    point: float
    low: float
    high: float


def wilson(correct: int, samples: int) -> Interval:
    """Wilson's 95 % score interval of a proportion; of no samples, everything is possible."""
    if samples == 0:
        return Interval(0.0, 0.0, 1.0)
    share, square = correct / samples, Z95 * Z95
    centre = (share + square / (2 * samples)) / (1 + square / samples)
    margin = Z95 / (1 + square / samples) * math.sqrt(share * (1 - share) / samples + square / (4 * samples * samples))
    return Interval(share, max(0.0, centre - margin), min(1.0, centre + margin))


def mcnemar(better: int, worse: int) -> float:
    """The exact two-sided p-value that two models are equally good, from the questions only one of them got right."""
    trials = better + worse
    tail = sum(math.comb(trials, count) for count in range(min(better, worse) + 1))
    # Integers as long as possible: 2.0 ** trials overflows beyond a thousand discordant questions.
    return min(1.0, 2 * tail / 2**trials)


def pass_at_k(attempts: int, correct: int, k: int) -> float:
    """The unbiased estimate 1 - C(n-c, k) / C(n, k) that one of k attempts is right (Chen et al. 2021)."""
    if not 1 <= k <= attempts:
        raise ValueError(f"pass@{k} cannot be estimated from {attempts} attempts")
    return 1 - math.comb(attempts - correct, k) / math.comb(attempts, k)


def bootstrap(values: Sequence[float], seed: int = 0) -> Interval:
    """The mean and its percentile 95 % interval over resampled values; quick for a million of few different ones."""
    distinct = Counter(values)
    shares = np.array(list(distinct.values())) / len(values)
    drawn = np.random.default_rng(seed).multinomial(len(values), shares, size=RESAMPLES)
    return _percentiles(sum(values) / len(values), drawn @ np.array(list(distinct)) / len(values))


def bootstrap_groups(groups: Sequence[Sequence[float]], seed: int = 0) -> Interval:
    """The same when each group (a seed of training, say) scores the same items: groups and items are both resampled.

    Items are drawn once for all groups, since a question that is hard for one run is hard for the others as well.
    """
    rng, table = np.random.default_rng(seed), np.array(groups, dtype=float)
    count, items = table.shape
    means = [
        table[np.ix_(rng.integers(count, size=count), rng.integers(items, size=items))].mean() for _ in range(RESAMPLES)
    ]
    return _percentiles(float(table.mean()), np.array(means))


def _percentiles(point: float, means: np.ndarray) -> Interval:
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(point), float(low), float(high))
