"""Intervals of quantiles: days as clusters, censored times, and the oracles of the method."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge.columns import Floats, Ints
from monitor.judge.intervals import design_effect, effective, ratio_error, woodruff
from monitor.judge.quantiles import DAY, largest, of_days, of_largest, quantile, times, value_at
from monitor.judge.survival import kaplan_meier
from monitor.judge.two_samples import cliffs_delta, shift

FREIREICH = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], dtype=float)
WITHDRAWN = np.arange(21) >= 9


@pytest.mark.parametrize(
    ("n", "q", "low", "high"),
    [(200, 0.95, 184, 197), (100, 0.5, 40, 61), (1000, 0.95, 936, 964), (1000, 0.99, 983, 997)],
)
def test_order_statistics_are_those_of_scipys_quantile_test(n: int, q: float, low: float, high: float) -> None:
    found = quantile(np.arange(1.0, n + 1), q)
    assert found is not None
    assert (found.low, found.high) == (low, high)


@given(n=st.integers(5, 3000), q=st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_quantile_is_numpys_inverted_cdf(n: int, q: float) -> None:
    values = np.arange(1.0, n + 1)
    found = quantile(values, q)
    if found is not None:
        assert found.value == math.ceil(round(n * q, 6))


@given(
    st.lists(st.lists(st.integers(0, 50), max_size=150), max_size=5),
    st.integers(0, 400),
    st.floats(0.5, 0.99),
    st.sampled_from([1, 3, 64]),
)
def test_the_largest_of_each_part_are_enough_for_a_quantile_of_the_whole(
    parts: list[list[int]], more: int, q: float, sampled: int
) -> None:
    every = np.sort(np.array([value for part in parts for value in part], dtype=float))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.judge.quantiles.SAMPLED", sampled)
        kept = [largest(np.array(part, dtype=float), len(every) + more, q) for part in parts]
    assert of_largest(np.concatenate([[], *kept]), len(every), q) == value_at(every, q)


# --- days -----------------------------------------------------------------------------------------------------


def month(
    rng: np.random.Generator, days: int, per_day: int, own_days: float, rhythm: float = 0.0
) -> tuple[Floats, Ints]:
    """Times around 8 s on so many days, each day with a level of its own."""
    day = np.repeat(np.arange(days), per_day)
    hour = np.tile(np.arange(per_day) / per_day, days)
    noise = rng.normal(0, 0.3, days * per_day) + rng.normal(0, own_days, days)[day]
    return 8000 * np.exp(noise + rhythm * np.sin(2 * np.pi * hour)), day * DAY


def test_fourteen_days_make_the_interval_that_of_days() -> None:
    rng = np.random.default_rng(1)
    for days, method in ((13, "13 days, and 14 are needed"), (14, "14 days as clusters"), (1, "order statistics")):
        found = of_days(times(*month(rng, days, 96, 0.2)), 0.5)
        assert found is not None
        assert method in found.method
        assert (found.design_effect is None) == (days < 14)


def test_the_design_effect_is_the_variance_of_day_means_over_the_binomial_one() -> None:
    """Statistics 3: d = (Var of day means / days) / (p (1 - p) / n), for days of equal size."""
    hit = np.array([1, 1, 1, 0] * 10 + [0, 0, 0, 1] * 10, dtype=bool)
    day = np.repeat(np.arange(20), 4)
    means = hit.reshape(20, 4).mean(axis=1)
    expected = (means.var(ddof=1) / 20) / (hit.mean() * (1 - hit.mean()) / 80)
    assert expected < 4
    assert design_effect(hit, day) == pytest.approx(expected)
    assert design_effect(np.ones(5, dtype=bool), np.arange(5)) == 1.0


def test_equal_days_widen_an_interval_by_students_t_alone() -> None:
    assert effective(1000, 1.0, 10**6) == pytest.approx(1000, rel=1e-4)
    assert effective(1000, 4.0, 14) == pytest.approx(1000 / 4 * (1.959964 / 2.160369) ** 2, rel=1e-5)


@pytest.mark.parametrize(
    ("n", "q", "sides"), [(71.9, 0.95, "l-"), (72.0, 0.95, "lh"), (3.0, 0.5, "--"), (6.0, 0.5, "lh"), (5.0, 0.5, "--")]
)  # fmt: skip
def test_too_few_effective_requests_leave_a_side_open(n: float, q: float, sides: str) -> None:
    assert "".join("-" if end is None else side for end, side in zip(woodruff(n, q), "lh", strict=True)) == sides


@pytest.mark.parametrize(("q", "least"), [(0.5, 0.92), (0.95, 0.86)])
def test_days_as_clusters_hold_the_truth_where_independent_requests_would_not(q: float, least: float) -> None:
    """14 days of 96, days and hours that differ; statistics 3 has 95.5 and 91.8 % against 54 and 64 %."""
    rng, own = np.random.default_rng(3), 0.12
    truth = np.quantile(month(rng, 4000, 96, own, 0.3)[0], q)
    held, naive = 0.0, 0.0
    for _ in range(200):
        of = times(*month(rng, 14, 96, own, 0.3))
        wide, narrow = of_days(of, q), quantile(of.ms, q)
        assert wide is not None
        assert narrow is not None
        held += float((wide.low or 0.0) <= truth <= (wide.high or math.inf))
        naive += float((narrow.low or 0.0) <= truth <= (narrow.high or math.inf))
    assert held / 200 >= least
    assert naive < held


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=40), st.integers(0, 99))
def test_a_ratio_with_days_does_not_depend_on_the_order_of_rows(rows: list[tuple[int, int]], seed: int) -> None:
    table = np.array(rows, dtype=float)
    other = table[np.random.default_rng(seed).permutation(len(table))]
    results = [ratio_error(t[:, 0] / 7, np.ones(len(t)), t[:, 1].astype(np.int64)) for t in (table, other)]
    assert results[0] == results[1]


# --- deadlines that differ ------------------------------------------------------------------------------------


def test_kaplan_and_meier_on_freireichs_6_mp_patients() -> None:
    found = kaplan_meier(FREIREICH, WITHDRAWN)
    assert found.t.tolist() == [6, 7, 10, 13, 16, 22, 23]
    expected = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert (1 - found.done) == pytest.approx(expected, abs=5e-5)
    errors = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert np.sqrt(found.variance) == pytest.approx(errors, abs=5e-5)
    assert found.at(0.5) == 23
    assert found.at(0.6) is None


def test_a_quantile_of_requests_that_were_cut_off_at_different_times() -> None:
    """Half with 30 s, half with 120 s: what ran into 30 s is not slower than all that took longer."""
    rng = np.random.default_rng(5)
    true = rng.lognormal(math.log(20_000), 0.8, 4000)
    deadline = np.where(np.arange(4000) % 2, 30_000.0, 120_000.0)
    cut_off = true > deadline
    t = np.zeros(4000, dtype=np.int64)
    told = of_days(times(np.minimum(true, deadline), t, cut_off), 0.9)
    dropped = of_days(times(true[~cut_off], t[~cut_off]), 0.9)
    assert told is not None
    assert dropped is not None
    truth = float(np.quantile(true, 0.9))
    assert told.low is not None
    assert told.high is not None
    assert told.low <= truth <= told.high
    assert told.value == pytest.approx(truth, rel=0.06)
    assert dropped.value < 0.85 * truth
    assert "Kaplan-Meier" in told.method


def test_one_deadline_for_all_is_no_censoring() -> None:
    ms = np.append(np.arange(1.0, 101.0), [200.0] * 5)
    found = of_days(times(ms, np.zeros(105, dtype=np.int64), np.arange(105) >= 100), 0.5)
    assert found is not None
    assert "Kaplan" not in found.method
    assert found.value == 53.0


def test_a_deadline_is_no_time_to_an_image() -> None:
    """6 % run into 60 s: half are done in 25 s, and of the slowest 5 % it is known that they take longer than 60."""
    ms, cut_off = np.append(np.linspace(1000.0, 50_000.0, 940), [60_000.0] * 60), np.arange(1000) >= 940
    for days in (1, 20):
        told = [of_days(times(ms, np.arange(1000) % days * DAY, cut_off), q) for q in (0.5, 0.95, 0.99)]
        assert told[0] is not None
        assert told[0].value == pytest.approx(27_000, rel=0.02)
        assert told[1:] == [None, None]


def test_one_that_outlasts_the_others_deadline_bounds_nothing() -> None:
    """91 done within 20 s, 8 given up at 30 s, and one was waited for until it came after 100 s."""
    ms = np.concatenate([8000.0 + 100 * np.arange(91), [30_000.0] * 8, [100_000.0]])
    told = times(ms, np.zeros(100, dtype=np.int64), (ms == 30_000.0))
    assert of_days(told, 0.95) is None
    half = of_days(told, 0.5)
    assert half is not None
    assert half.value == 12_900.0


@pytest.mark.parametrize(
    ("n", "patient", "q"), [(300, 0.5, 0.95), (1000, 0.1, 0.95), (300, 0.03, 0.95), (300, 0.1, 0.5)]
)
def test_intervals_hold_the_truth_where_most_are_given_up_early(n: int, patient: float, q: float) -> None:
    """The others are given up at 30 s (of the median: at 7 s): neither bound is wrong in more than a few of 100."""
    rng = np.random.default_rng(5)
    truth, deadline = (41_437.0, 30_000.0) if q > 0.5 else (8000.0, 7000.0)  # of a lognormal of median 8 s, sigma 1
    above = below = 0
    for _ in range(100):
        true = rng.lognormal(math.log(8000), 1.0, n)
        cut_off = (true > deadline) & (rng.random(n) > patient)
        told = of_days(times(np.where(cut_off, deadline, true), np.zeros(n, dtype=np.int64), cut_off), q)
        above += told is not None and told.low is not None and told.low > truth
        below += told is not None and told.high is not None and told.high < truth
    assert max(above, below) <= 6


# --- two samples ----------------------------------------------------------------------------------------------


def test_permeability() -> None:
    """Hollander & Wolfe, table 4.1; R's wilcox.test(x, y, conf.int = TRUE)."""
    x = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    y = np.array([1.15, 0.88, 0.90, 0.74, 1.21])
    found = shift(x, y)
    assert found is not None
    assert found.value == pytest.approx(0.305)
    assert found.low == pytest.approx(-0.15)
    assert found.high == pytest.approx(0.76)
    delta = cliffs_delta(np.sort(x), np.sort(y))
    assert delta == pytest.approx(0.40)
    assert (delta + 1) / 2 * 50 == pytest.approx(35)  # Mann and Whitney's U


def test_a_shift_of_many_is_found_on_thinned_values() -> None:
    rng = np.random.default_rng(6)
    found = shift(rng.normal(5180, 300, 9000), rng.normal(5000, 300, 7000))
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < 180 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * 300 * math.sqrt(1 / 9000 + 1 / 7000), rel=0.1)
    assert shift(np.ones(4), np.ones(9)) is None
