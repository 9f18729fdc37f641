"""Rank methods: which value has a given rank among all sums of two lists, without making them all.

Hodges and Lehmann (1963) take medians of all pairwise averages or differences. n values make n^2 of them; here each
rank is found by bisection over a count that takes n log n, exact to the last bits of a float.
"""

import functools
from collections.abc import Callable

import numpy as np

from monitor.judge.columns import Floats

_EXACT_SIGNED = 200  # values up to which the exact distribution is used, as R does for 50
_EXACT_TWO = 30  # likewise for two samples, each


def walsh_at(ordered: Floats, rank: int) -> float:
    """The `rank`-th smallest (from 1) of the averages (d_i + d_j) / 2, i <= j, of sorted values."""

    def below(x: float) -> int:
        both = int(np.searchsorted(ordered, 2 * x - ordered, side="right").sum())
        itself = int(np.searchsorted(ordered, x, side="right"))
        return (both + itself) // 2

    return _bisect(below, rank, float(ordered[0]), float(ordered[-1]))


def difference_at(x: Floats, y: Floats, rank: int) -> float:
    """The `rank`-th smallest (from 1) of the differences x_i - y_j of two sorted lists."""
    negative = -y[::-1]

    def below(at: float) -> int:
        return int(np.searchsorted(negative, at - x, side="right").sum())

    return _bisect(below, rank, float(x[0] - y[-1]), float(x[-1] - y[0]))


def _bisect(below: Callable[[float], int], rank: int, low: float, high: float) -> float:
    """The smallest value with `rank` of them at or below it."""
    near = 1e-12 * max(abs(low), abs(high), 1e-3)
    if below(low + near) >= rank:
        return low
    while high - low > near:
        middle = (low + high) / 2
        low, high = (low, middle) if below(middle + near / 4) >= rank else (middle, high)
    return high


def middle(at: Callable[[int], float], count: int) -> float:
    """The median of `count` values from the value of each rank."""
    upper = count // 2 + 1
    return at(upper) if count % 2 else (at(upper - 1) + at(upper)) / 2


@functools.cache
def signed_rank_bound(n: int, alpha: float) -> int | None:
    """Rank from either end of the Walsh averages that bounds their median; None: n is too small, or for a formula.

    The smallest k with P(T <= k) > alpha / 2, T the signed-rank statistic; 0 bounds nothing.
    """
    if n > _EXACT_SIGNED:
        return None
    chance = np.zeros(n * (n + 1) // 2 + 1)
    chance[0] = 1.0
    for rank in range(1, n + 1):  # each rank is in the sum or not, with equal chance
        chance[rank:] += chance[:-rank].copy()
        chance /= 2
    return int(np.searchsorted(np.cumsum(chance), alpha / 2, side="right"))


@functools.cache
def two_sample_bound(m: int, n: int, alpha: float) -> int | None:
    """The same for the differences of two samples and Mann and Whitney's U; None: for a formula."""
    if max(m, n) > _EXACT_TWO:
        return None
    ways = np.zeros((m + 1, m * (m + n) + 1))  # how many choices of k ranks have this sum
    ways[0, 0] = 1.0
    for rank in range(1, m + n + 1):
        ways[1:, rank:] += ways[:-1, :-rank].copy()
    u = ways[m, m * (m + 1) // 2 :]
    return int(np.searchsorted(np.cumsum(u / u.sum()), alpha / 2, side="right"))
