"""Rank methods: which value has a given rank among all sums of two lists, without making them all.

Hodges and Lehmann (1963) take medians of all pairwise averages or differences. n values make n^2 of them. Up to a
million are made; of more, each rank is found by bisection over a count that takes n log n.
"""

import functools
import math
from collections.abc import Callable

import numpy as np
from scipy import special

from monitor.judge.columns import Floats, Ints

_MADE = 200_000  # sums, up to which they are all made and sorted
_NEAR = 1e-9  # of the range of the values, to which a rank is bisected where they are not
_EXACT_SIGNED = 200  # values up to which the exact distribution is used, as R does for 50
EXACT_P = 50  # values up to which a p-value is exact, as in SciPy
_EXACT_TWO = 30  # likewise for two samples, each

At = Callable[[int], float]


def walsh(ordered: Floats) -> At:
    """The value of each rank (from 1) among the averages (d_i + d_j) / 2, i <= j, of sorted values."""
    n = len(ordered)
    if n * n <= 2 * _MADE:
        i, j = _pairs(n)
        return _sorted((ordered[i] + ordered[j]) / 2)

    def below(x: float) -> int:
        both = int(np.searchsorted(ordered, 2 * x - ordered[::-1], side="right").sum())
        itself = int(np.searchsorted(ordered, x, side="right"))
        return (both + itself) // 2

    return lambda rank: _bisect(below, rank, float(ordered[0]), float(ordered[-1]))


@functools.lru_cache(maxsize=2)
def _pairs(n: int) -> tuple[Ints, Ints]:
    """All i <= j below n."""
    return np.triu_indices(n)


def differences(x: Floats, y: Floats) -> At:
    """The value of each rank (from 1) among the differences x_i - y_j of two sorted lists."""
    if len(x) * len(y) <= _MADE:
        return _sorted(np.subtract.outer(x, y).ravel())
    negative = -y[::-1]

    def below(at: float) -> int:
        return int(np.searchsorted(negative, at - x[::-1], side="right").sum())

    return lambda rank: _bisect(below, rank, float(x[0] - y[-1]), float(x[-1] - y[0]))


def _sorted(values: Floats) -> At:
    ordered = np.sort(values)
    return lambda rank: float(ordered[rank - 1])


def _bisect(below: Callable[[float], int], rank: int, low: float, high: float) -> float:
    """The smallest value, to `_NEAR` of the range, with `rank` of them at or below it."""
    near = _NEAR * (high - low)
    while high - low > near:
        half = (low + high) / 2
        low, high = (low, half) if below(half) >= rank else (half, high)
    return high


def middle(at: At, count: int) -> float:
    """The median of `count` values from the value of each rank; of very many, the lower of the two in the middle."""
    if count % 2 or count > _MADE:
        return at((count + 1) // 2)
    return (at(count // 2) + at(count // 2 + 1)) / 2


@functools.cache
def signed_rank_bound(n: int, alpha: float) -> int | None:
    """Rank from either end of the Walsh averages that bounds their median; None: too many values, use a formula.

    The smallest k with P(T <= k) > alpha / 2, T the signed-rank statistic; 0 bounds nothing.
    """
    if n > _EXACT_SIGNED:
        return None
    return int(np.searchsorted(_at_most(n), alpha / 2, side="right"))


@functools.cache
def _at_most(n: int) -> Floats:
    """Probability that the signed-rank sum of `n` values is at most 0, 1, 2, and so on."""
    chance = np.zeros(n * (n + 1) // 2 + 1)
    chance[0] = 1.0
    for rank in range(1, n + 1):  # each rank is in the sum or not, with equal chance
        chance[rank:] += chance[:-rank].copy()
        chance /= 2
    return np.cumsum(chance)


def signed_rank_p(values: Floats) -> float:
    """Two-sided p of Wilcoxon's signed-rank test on values that are not 0: exact, or by the normal if many or tied."""
    size, n = np.abs(values), len(values)
    rank = middle_ranks(size)
    positive = float(rank[values > 0].sum())
    _, ties = np.unique(size, return_counts=True)
    if n <= EXACT_P and len(ties) == n:
        least = min(positive, n * (n + 1) / 2 - positive)
        return min(1.0, 2 * float(_at_most(n)[int(least)]))
    spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - float(np.sum(ties.astype(np.float64) ** 3 - ties)) / 48)
    return 2 * float(special.ndtr(-abs(positive - n * (n + 1) / 4) / spread))


def middle_ranks(values: Floats) -> Floats:
    """Rank of each value from 1; equal ones share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    after = np.cumsum(count)
    return (after - (count - 1) / 2)[place]


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
    return int(np.searchsorted(np.cumsum(u / math.fsum(u.tolist())), alpha / 2, side="right"))
