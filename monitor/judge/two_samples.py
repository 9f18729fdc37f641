"""Two independent samples: how much larger one is (Hodges & Lehmann 1963), and how often (Cliff 1993)."""

import math

import numpy as np

from monitor.judge import distributions
from monitor.judge.columns import Floats
from monitor.judge.intervals import ALPHA
from monitor.judge.ranks import differences, middle, two_sample_bound
from monitor.judge.verdicts import Estimate

_FEWEST = 5  # of each: below, no interval of 95 % exists for most pairs
_MOST = 400  # of each: more are thinned to as many evenly spaced order statistics, which moves no rank by 0.2 %
_METHOD = "Hodges-Lehmann shift of two samples (Mann-Whitney), requests treated as independent"


def shift(x: Floats, y: Floats) -> Estimate | None:
    """How much larger x is than y, in their unit: the median of all x_i - y_j. None below 5 of either."""
    m, n = len(x), len(y)
    if min(m, n) < _FEWEST:
        return None
    xs, ys = _thinned(x), _thinned(y)
    pairs = len(xs) * len(ys)
    at = differences(xs, ys)
    bound = two_sample_bound(m, n, ALPHA)
    if bound is None:
        share = 0.5 - distributions.normal_isf(ALPHA / 2) * math.sqrt((m + n + 1) / (12 * m * n))
        bound = int(share * pairs)
    low, high = (at(bound), at(pairs - bound + 1)) if bound >= 1 else (None, None)
    return Estimate(middle(at, pairs), low, high, m + n, _METHOD)


def _thinned(values: Floats) -> Floats:
    ordered = np.sort(values)
    if len(ordered) <= _MOST:
        return ordered
    return ordered[((np.arange(_MOST) + 0.5) * len(ordered) / _MOST).astype(np.int64)]


def cliffs_delta(x: Floats, y: Floats) -> float:
    """P(x > y) - P(x < y) of one value of each, both sorted; both infinite is a tie."""
    below = np.searchsorted(y, x, side="left").sum()
    above = (len(y) - np.searchsorted(y, x, side="right")).sum()
    return float(below - above) / (len(x) * len(y))
