"""Whether a series rises or falls: Theil-Sen's slope with its interval, and Mann and Kendall's test."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.judge import distributions
from monitor.judge.columns import Floats

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
    variance = _variance(series)
    z = 0.0 if s == 0 or variance <= 0 else (s - math.copysign(1, s)) / math.sqrt(variance)
    return Kendall(s, variance, z, math.erfc(abs(z) / math.sqrt(2)))


@dataclass(frozen=True, slots=True)
class Slope:
    """Median of all pairwise slopes, with its 95 % interval (Theil 1950, Sen 1968)."""

    value: float
    low: float
    high: float


def theil_sen(times: Sequence[float] | Floats, values: Sequence[float] | Floats) -> Slope | None:
    """The slope over times that all differ, as `scipy.stats.theilslopes` has it; None of fewer than `FEWEST` points.

    Its interval is between two of the slopes (Sen's 2.6, with ties of the values corrected). n points make n^2 / 2.
    """
    if len(values) < FEWEST:
        return None
    slopes = _pairwise(np.asarray(times, dtype=np.float64), np.asarray(values, dtype=np.float64))
    half = distributions.normal_isf(0.025) * math.sqrt(_variance(values))
    low = max(round((len(slopes) - half) / 2) - 1, 0)
    high = min(round((len(slopes) + half) / 2), len(slopes) - 1)
    ranked = np.partition(slopes, (low, high))
    return Slope(float(np.median(slopes)), float(ranked[low]), float(ranked[high]))


def _pairwise(times: Floats, values: Floats) -> Floats:
    earlier = np.arange(len(times))[:, np.newaxis] < np.arange(len(times))
    rise, run = (np.subtract.outer(of, of)[earlier] for of in (values, times))
    return rise / run


def _variance(values: Sequence[float] | Floats) -> float:
    """Of the sum of signs of all pairs where there is no trend (Kendall 1975); ties make it less."""
    n = len(values)
    _, count = np.unique(values, return_counts=True)
    ties: int = sum(t * (t - 1) * (2 * t + 5) for t in count.tolist())
    return (n * (n - 1) * (2 * n + 5) - ties) / 18.0
