"""A provider whose days and hours differ, and a promised percentile that lies exactly at the truth."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from monitor.judge.columns import SECOND, Flags, Ints

DAY_S = 86_400.0
PER_DAY = 96  # an image every 15 minutes
DAILY = 0.3  # amplitude of the daily rhythm, in standard deviations of one request
PHASES = np.linspace(0.0, 2.0 * np.pi, 1000, endpoint=False)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A promised share that exceeds, the truth, and how much days differ (1: as much as requests within one)."""

    promised: float
    truth: float
    days_differ: float


def requests(rng: np.random.Generator, of: Rhythm, days: int) -> tuple[Ints, Flags]:
    """When each request was planned (microseconds), and whether it took longer than promised."""
    t = (np.arange(PER_DAY * days) + rng.uniform(size=PER_DAY * days)) * DAY_S / PER_DAY
    by_day = rng.normal(0.0, of.days_differ, days)[(t // DAY_S).astype(np.int64)]
    slow = by_day + DAILY * np.sin(2.0 * np.pi * t / DAY_S) + rng.normal(size=len(t))
    return (t * SECOND).astype(np.int64), slow > _limit(of)


def _limit(of: Rhythm) -> float:
    """What is exceeded with the probability of the truth, over all days and hours."""
    spread = float(np.hypot(1.0, of.days_differ))

    def excess(limit: float) -> float:
        return float(np.mean(stats.norm.sf(limit, loc=DAILY * np.sin(PHASES), scale=spread))) - of.truth

    return float(optimize.brentq(excess, -10.0, 10.0))
