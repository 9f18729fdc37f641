"""How often a verdict is wrong, in seeded worlds. `make simulate` runs more of them (docs/methods.md, 9)."""

import math

import numpy as np
import pytest

from tests.monitor.judge.compare.worlds import blocks, share, verdict

ROUNDS = 100
SLACK = 2.5 * math.sqrt(0.05 * 0.95 / ROUNDS)  # of 100 rounds


@pytest.mark.parametrize(
    "world",
    [
        {"days": 1, "per_day": 96},
        {"days": 7, "per_day": 96},
        {"days": 7, "per_day": 96, "own_days": 0.05},
        {"days": 14, "per_day": 24, "own_days": 0.05},
        {"days": 30, "per_day": 24, "failing": 0.05},
    ],
    ids=str,
)
def test_identical_providers_with_a_strong_daily_rhythm_are_no_difference_in_95_percent(
    world: dict[str, float],
) -> None:
    assert share(5, ROUNDS, "no_difference", **world) >= 0.95 - SLACK


@pytest.mark.parametrize(
    "world",
    [
        {"days": 1, "per_day": 96},
        {"days": 7, "per_day": 96},
        {"days": 14, "per_day": 96, "own_days": 0.05},
        {"days": 30, "per_day": 24, "own_days": 0.05},
    ],
    ids=str,
)
def test_a_gap_of_8_percent_is_found_in_90_percent(world: dict[str, float]) -> None:
    assert share(6, ROUNDS, "different", gap=0.08, **world) >= 0.90


@pytest.mark.parametrize("world", [{"days": 7, "per_day": 96, "own_days": 0.05}, {"days": 20, "per_day": 48}], ids=str)
def test_the_interval_holds_the_true_ratio(world: dict[str, float]) -> None:
    rng, held = np.random.default_rng(7), 0
    for _ in range(ROUNDS):
        ratio = verdict(blocks(rng, gap=0.08, **world)).ratio  # type: ignore[arg-type]  # numbers by name
        assert ratio is not None
        held += (ratio.low or 0.0) <= 1 / 1.08 <= (ratio.high or math.inf)
    assert held / ROUNDS >= 0.95 - SLACK


def test_taking_blocks_for_independent_would_find_differences_that_are_none() -> None:
    """Why days are clusters: the same worlds, with the days taken away."""
    rng, found = np.random.default_rng(8), 0
    for _ in range(40):
        of = blocks(rng, days=12, per_day=96, own_days=0.05)
        one_day = type(of)(of.size, of.providers, of.t, of.day * 0, of.ms, of.planned, of.degraded)
        found += verdict(one_day).verdict == "different"
    assert found / 40 > 0.3
