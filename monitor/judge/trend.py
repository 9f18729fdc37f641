"""Whether a series rises or falls: Theil-Sen's slope with its interval, and Mann and Kendall's test."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 5  # points; below, no order of them is rare enough


@dataclass(frozen=True, slots=True)
class Kendall:
    """Mann-Kendall: the sum of signs, its variance with ties corrected, and what follows (two-sided p)."""

    s: int
    variance: float
    z: float
    p: float


def mann_kendall(values: Sequence[float]) -> Kendall:
    """Test of a trend in a series in order of time (Mann 1945, Kendall 1975; continuity-corrected)."""
    series = np.asarray(values, dtype=np.float64)
    n = len(series)
    s = int(sum(np.sign(series[i + 1 :] - series[i]).sum() for i in range(n - 1)))
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(series.tolist()).values())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18.0
    z = 0.0 if s == 0 or variance <= 0 else (s - math.copysign(1, s)) / math.sqrt(variance)
    return Kendall(s, variance, z, math.erfc(abs(z) / math.sqrt(2)))


@dataclass(frozen=True, slots=True)
class Slope:
    """Median of all pairwise slopes, with its 95 % interval (Theil 1950, Sen 1968)."""

    value: float
    low: float
    high: float


def theil_sen(times: Sequence[float], values: Sequence[float]) -> Slope | None:
    """The slope; None of fewer than `FEWEST` points."""
    if len(values) < FEWEST:
        return None
    from scipy import stats  # noqa: PLC0415 - its import takes as long as judging a month, and few need it

    found = stats.theilslopes(values, times, alpha=0.95)
    return Slope(float(found.slope), float(found.low_slope), float(found.high_slope))
