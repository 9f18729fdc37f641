"""Oracle values of the published methods, and of ours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from monitor.judge.intervals import bounded_above, clopper_pearson, garwood, order_bounds, realised_window, wilson


def test_garwood_of_ten_events() -> None:
    assert garwood(10) == pytest.approx((4.7954, 18.3904), abs=5e-5)


def test_garwood_of_no_event_begins_at_zero_and_ends_at_minus_log_of_half_alpha() -> None:
    assert garwood(0) == pytest.approx((0.0, -np.log(0.025)))


@pytest.mark.parametrize(
    ("k", "n", "scores", "exact"),
    [  # Newcombe 1998
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_shares_have_the_published_intervals(
    k: int, n: int, scores: tuple[float, float], exact: tuple[float, float]
) -> None:
    assert wilson(k, n) == pytest.approx(scores, abs=5e-5)
    assert clopper_pearson(k, n) == pytest.approx(exact, abs=5e-5)


@settings(max_examples=30)
@given(n=st.integers(1, 3000), data=st.data())
def test_shares_have_the_intervals_of_scipy(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    test = stats.binomtest(k, n)
    assert wilson(k, n) == pytest.approx(tuple(test.proportion_ci(0.95, "wilson")), abs=1e-12)
    assert clopper_pearson(k, n) == pytest.approx(tuple(test.proportion_ci(0.95, "exact")), abs=1e-9)


def test_no_trials_have_no_interval() -> None:
    assert wilson(0, 0) is None
    assert clopper_pearson(0, 0) is None
    assert realised_window(0, 0, 0) is None
    assert order_bounds(0, 0.5) == (None, None)


@pytest.mark.parametrize(
    ("n", "q", "ranks"),
    [
        (200, 0.95, (184, 197)),
        (100, 0.50, (40, 61)),
        (1000, 0.95, (936, 964)),
        (1000, 0.99, (983, 997)),
        (5, 0.50, (None, None)),
        (6, 0.50, (1, 6)),
        (71, 0.95, (63, None)),
        (72, 0.95, (64, 72)),
        (367, 0.99, (359, None)),
        (368, 0.99, (360, 368)),
    ],
)
def test_ranks_that_bound_a_quantile(n: int, q: float, ranks: tuple[int | None, int | None]) -> None:
    assert order_bounds(n, q) == ranks


@given(n=st.integers(1, 600), q=st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_ranks_satisfy_their_definition_and_are_the_tightest(n: int, q: float) -> None:
    low, high = order_bounds(n, q)
    if low is not None:
        assert stats.binom.cdf(low - 1, n, q) <= 0.025
        assert stats.binom.cdf(low, n, q) > 0.025
    if high is not None:
        assert stats.binom.cdf(high - 1, n, q) >= 0.975
        assert stats.binom.cdf(high - 2, n, q) < 0.975


@pytest.mark.parametrize(("q", "least"), [(0.5, 5), (0.95, 59), (0.99, 299), (0.999, 2995)])
def test_least_sample_that_bounds_a_quantile_from_above(q: float, least: int) -> None:
    assert bounded_above(least, q)
    assert not bounded_above(least - 1, q)


def test_three_outages_of_45_minutes_in_a_month() -> None:
    bad = realised_window(45, 3, 43_200)
    assert bad == pytest.approx((0.00098654, 0.00117517), abs=5e-9)
    assert bad is not None
    assert (1 - bad[1], 1 - bad[0]) == pytest.approx((0.9988248, 0.9990135), abs=5e-8)


@given(runs=st.integers(0, 50), extra=st.integers(0, 500), good=st.integers(0, 5000))
def test_a_realised_window_holds_its_own_estimate(runs: int, extra: int, good: int) -> None:
    k = runs + (extra if runs else 0)
    bad = realised_window(k, runs, k + good)
    if bad is None:
        assert k + good == 0
    else:
        assert 0 <= bad[0] <= k / (k + good) <= bad[1] <= 1
