"""Bets and sequences that hold at all times, against values computed elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge import betting


def test_one_bet_by_hand() -> None:
    capital = betting.e_process(np.array([0.0, 0.0, 1.0]), 0.1, np.array([5.0]))
    assert capital == pytest.approx([0.5, 0.25, 1.375])


@pytest.mark.parametrize(
    ("q", "bets"), [(0.001, 10), (0.0, 10), (0.05, 4), (0.5, 1), (2.0, 1)], ids=["0.1 %", "none", "5 %", "half", "more"]
)
def test_no_bet_can_ruin(q: float, bets: int) -> None:
    chosen = betting.bets_at(q)
    assert len(chosen) == bets
    assert (chosen * q < 1).all()
    assert (betting.e_process(np.zeros(1000), q) > 0).all()


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=50), st.floats(0.001, 0.5))
def test_more_failures_never_lower_the_capital(shares: list[float], q: float) -> None:
    some = np.array(shares)
    more = np.minimum(some + 0.1, 1.0)
    assert (betting.e_process(more, q) >= betting.e_process(some, q) * (1 - 1e-12)).all()


def test_a_promise_that_is_kept_exactly_is_a_fair_game() -> None:
    rng = np.random.default_rng(1)
    games = (rng.uniform(size=(1000, 60)) < 0.05).astype(np.float64)
    small = np.array([betting.e_process(game, 0.05, np.array([1.0]))[-1] for game in games])
    assert small.mean() == pytest.approx(1.0, abs=0.15)
    ever = np.mean([betting.e_process(game, 0.05).max() >= 20 for game in games])
    assert 0 < ever < 0.05


@pytest.mark.parametrize(
    ("successes", "low", "high"), [(0, 0.0, 0.073284), (3, 0.001526, 0.129720), (100, 0.926716, 1.0)]
)
def test_a_confidence_sequence(successes: int, low: float, high: float) -> None:
    assert betting.confidence_sequence(successes, 100, 0.05) == pytest.approx((low, high), abs=5e-7)
