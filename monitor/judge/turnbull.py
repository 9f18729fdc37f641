"""The distribution of durations of which only bounds are known: Turnbull's estimator, by its EM algorithm.

B. W. Turnbull, The empirical distribution function with arbitrarily grouped, censored and truncated data (1976).
Each duration lies in (low, high]; `high` None: it had not ended. Mass can lie only in innermost intervals: those that
begin at some `low` and end at the next `high` with no other bound between.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from monitor.judge.result import Span

_MOST_STEPS, _CHANGE = 10_000, 1e-10


def masses(durations: Sequence[Span]) -> tuple[tuple[Span, float], ...]:
    """Innermost interval -> its share, in order; shares of zero are left out."""
    if not durations:
        return ()
    high = np.array([math.inf if one.high is None else one.high for one in durations])
    low = np.array([one.low for one in durations])
    low = np.where(low == high, np.nextafter(low, -math.inf), low)  # known exactly
    inner = _innermost(low, high)
    begins, ends = np.array([one[0] for one in inner]), np.array([one[1] for one in inner])
    inside = (low[:, None] <= begins) & (ends <= high[:, None])
    share = np.full(len(inner), 1.0 / len(inner))
    for _ in range(_MOST_STEPS):
        weight = inside * share
        new = (weight / weight.sum(axis=1, keepdims=True)).mean(axis=0)
        done = np.abs(new - share).max() < _CHANGE
        share = new
        if done:
            break
    spans = (Span(float(max(begin, 0.0)), None if math.isinf(end) else float(end)) for begin, end in inner)
    return tuple((span, float(mass)) for span, mass in zip(spans, share, strict=True) if mass > _CHANGE)


def _innermost(
    low: "np.ndarray[tuple[int], np.dtype[np.float64]]", high: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> list[tuple[float, float]]:
    """At one value an end comes before a beginning: (a, b] and (b, c] have nothing in common."""
    bounds = sorted([(value, 1) for value in low.tolist()] + [(value, 0) for value in high.tolist()])
    return [(one, other) for (one, begins), (other, goes_on) in pairwise(bounds) if begins and not goes_on]


def quantile(durations: Sequence[Span], share: float) -> Span | None:
    """Where the quantile lies; None without durations."""
    reached = 0.0
    for span, mass in masses(durations):
        reached += mass
        if reached >= share - 1e-9:
            return span
    return None
