"""Paired differences: their Hodges-Lehmann estimate with interval, Wilcoxon's test, and days as clusters.

Differences may be infinite where one side failed: they count as larger than all others, which is all that ranks need.
"""

import math
from dataclasses import dataclass

import numpy as np

from monitor.judge import distributions
from monitor.judge.columns import Floats, Ints
from monitor.judge.intervals import ALPHA
from monitor.judge.ranks import middle, middle_ranks, signed_rank_bound, signed_rank_p, walsh

FAR = 1e3  # stands for infinite; e^1000 is beyond every ratio of times
_BEYOND = 1e2


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre of paired differences; None where it, or its bound, lies among the infinite ones.

    `sign` is that of the centre, which an infinite one has too.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float
    effect: float  # design effect of the days; 1 where none was estimated
    days: int
    sign: int


def centre(differences: Floats, day: Ints | None = None) -> Centre:
    """Hodges-Lehmann estimate, 95 % interval and two-sided Wilcoxon p of paired differences.

    Args:
        differences: one for each pair, of two at least.
        day: of each, where they come in days; then the interval and p are those of as many days.
    """
    d = np.clip(differences, -FAR, FAR)
    ordered = np.sort(d)
    n = len(d)
    count = n * (n + 1) // 2
    at = walsh(ordered)
    value = middle(at, count)
    effect, days = (1.0, n) if day is None else _design_effect(d - value, day)
    bound = _bound(n, effect, days, clustered=day is not None)
    low, high = (_finite(at(bound)), _finite(at(count - bound + 1))) if bound >= 1 else (None, None)
    p_value = p_of(d, effect, days, clustered=day is not None)
    return Centre(_finite(value), low, high, p_value, effect, days, int(np.sign(value)))


def _finite(value: float) -> float | None:
    return value if abs(value) < _BEYOND else None


def _bound(n: int, effect: float, days: int, *, clustered: bool) -> int:
    """Rank of the Walsh average that bounds the centre from below; 0: none does."""
    exact = None if clustered else signed_rank_bound(n, ALPHA)
    if exact is not None:
        return exact
    wide = distributions.t_isf(ALPHA / 2, days - 1) if clustered else distributions.normal_isf(ALPHA / 2)
    spread = math.sqrt(effect * n * (n + 1) * (2 * n + 1) / 24)
    return max(0, math.floor(n * (n + 1) / 4 - float(wide) * spread))


def p_of(d: Floats, effect: float, days: int, *, clustered: bool) -> float:
    """Wilcoxon's p; with days, its normal score made smaller by the design effect and read from Student's t."""
    moved = d[d != 0]
    if not len(moved):
        return 1.0
    p = signed_rank_p(moved)
    if not clustered:
        return p
    return 2 * distributions.t_sf(distributions.normal_isf(p / 2) / math.sqrt(effect), days - 1)


def _design_effect(centred: Floats, day: Ints) -> tuple[float, int]:
    """Variance of the signed-rank sum with days as clusters over that of independent pairs, at least 1; and days.

    After Rosner, Glynn & Lee (2003), with the differences centred first, so that a true effect is not taken for the
    variation of the days.
    """
    scores = np.sign(centred) * middle_ranks(np.abs(centred))
    totals = np.bincount(day - day.min(), weights=scores)
    days = len(np.unique(day))
    clustered = float(np.sum((totals - totals.sum() / days * _seen(day)) ** 2)) * days / max(days - 1, 1)
    return max(1.0, clustered / float(np.sum(scores**2)) if np.any(scores) else 1.0), days


def _seen(day: Ints) -> Floats:
    """1 for each day from the first to the last that has any pair."""
    return (np.bincount(day - day.min()) > 0).astype(np.float64)
