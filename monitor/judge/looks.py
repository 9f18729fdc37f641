"""When a verdict may change: looks registered by the data alone, so that reading every day does not inflate error.

The first row of a provider fixes all looks, a month of 30 days apart; look k may err with alpha / (k (k + 1)), which
adds up to alpha over all looks that there will ever be. Between two looks the verdict of the last one holds. Refuting
has a second way, open at any time: the e-process of `betting.py`. Both share the error of refuting, half each.
"""

from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import SECOND, Floats, Ints

ALPHA = 0.05
BETWEEN = 30 * 86_400 * SECOND
LOOKS_SHARE = 0.5  # of the error of refuting; the rest is the e-process's


@dataclass(frozen=True, slots=True)
class Looks:
    """All looks up to a moment: when, and with how much error each."""

    at: Ints
    alpha: Floats

    def __len__(self) -> int:
        """How many there have been."""
        return len(self.at)


def registered(begin: int, until: int) -> Looks:
    """The looks of a provider whose first row is at `begin`, up to and with `until`; microseconds."""
    number = np.arange(1, max(until - begin, 0) // BETWEEN + 1, dtype=np.int64)
    return Looks(begin + number * BETWEEN, alpha_of(number))


def alpha_of(number: Ints) -> Floats:
    """Error of look k, counted from 1: alpha / (k (k + 1))."""
    k = number.astype(np.float64)
    spent: Floats = ALPHA / (k * (k + 1.0))
    return spent


def next_after(begin: int, until: int) -> int:
    """The first look later than `until`, microseconds."""
    return begin + (max(until - begin, 0) // BETWEEN + 1) * BETWEEN
