"""How often to save: often enough to lose little, seldom enough to cost little."""

from __future__ import annotations

import math

# A run is saved once this soon, to learn what saving costs.
FIRST_SECONDS = 10.0
# Whatever the formula says, no interruption loses more than half an hour, and saving takes a tenth of the time at most.
LONGEST_SECONDS = 1800.0
LARGEST_SHARE = 0.1
# Capacity that nobody takes back still fails: a week is assumed.
RELIABLE_SECONDS = 7 * 86400.0


def best_period(save_seconds: float, mean_seconds_between_interruptions: float) -> float:
    """Seconds between two saves (Daly 2006), for a save of d seconds and one interruption every M seconds:

        sqrt(2 d M) (1 + sqrt(d / 2M) / 3 + (d / 2M) / 9) - d    where d < 2 M, else M

    Young's sqrt(2 d M) of 1974 is its first term.
    """
    save, mean = save_seconds, mean_seconds_between_interruptions
    if save >= 2 * mean:
        return mean
    ratio = save / (2 * mean)
    return math.sqrt(2 * save * mean) * (1 + math.sqrt(ratio) / 3 + ratio / 9) - save


class Period:
    """The time until the next save: what was asked for, or the best by what the last save cost."""

    def __init__(self, fixed: float | None, mean_seconds: float | None) -> None:
        self.fixed = fixed
        self.mean_seconds = mean_seconds or RELIABLE_SECONDS
        self.seconds = FIRST_SECONDS if fixed is None else fixed

    def learn(self, save_seconds: float) -> None:
        if self.fixed is None:
            least = max(FIRST_SECONDS, save_seconds / LARGEST_SHARE)
            self.seconds = max(least, min(LONGEST_SECONDS, best_period(save_seconds, self.mean_seconds)))
