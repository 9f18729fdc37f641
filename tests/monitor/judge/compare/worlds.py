"""Providers as they might be, for simulations: the same rhythm of the day, days of their own, failures, a gap."""

import math

import numpy as np

from monitor.judge.compare.blocks import Blocks
from monitor.judge.compare.pairs import compared, contests
from monitor.judge.verdicts import Comparison

HALF_A_DAY_S = 43_200


def blocks(
    rng: np.random.Generator,
    *,
    days: int,
    per_day: int,
    gap: float = 0.0,
    own_days: float = 0.0,
    noise: float = 0.15,
    failing: float = 0.0,
) -> Blocks:
    """Two providers, `b` slower by `gap` (0.08 is 8 %), both four times as slow at noon as at midnight.

    Args:
        rng: where chance comes from.
        days: of 24 h.
        per_day: blocks, evenly spread.
        gap: of the second one.
        own_days: standard deviation of what each day adds to the log time of each provider alone.
        noise: the same of each request.
        failing: share of requests of both.
    """
    n = days * per_day
    t = np.arange(n) * (86_400_000_000 // per_day)
    day = t // 86_400_000_000
    rhythm = 0.7 * -np.cos(2 * np.pi * (t % 86_400_000_000) / 86_400_000_000)
    slower = (0.0, math.log1p(gap))
    ms = np.column_stack(
        [8000 * np.exp(rhythm + more + rng.normal(0, noise, n) + rng.normal(0, own_days, days)[day]) for more in slower]
    )
    ms[rng.random(ms.shape) < failing] = np.inf
    there = np.ones_like(ms, dtype=bool)
    return Blocks("1K", ("a", "b"), t, day, ms, there, ~there)


def verdict(of: Blocks) -> Comparison:
    """What is said of the two."""
    (found,) = compared(contests([of]))
    return found


def share(seed: int, rounds: int, verdict_: str, **world: float) -> float:
    """In what share of so many such worlds this verdict is given."""
    rng = np.random.default_rng(seed)
    found = [verdict(blocks(rng, **world)).verdict for _ in range(rounds)]  # type: ignore[arg-type]  # numbers by name
    return found.count(verdict_) / rounds
