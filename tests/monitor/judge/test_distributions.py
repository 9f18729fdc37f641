"""The short ways to quantiles, tails and what is made of them give what `scipy.stats` gives."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitor.judge import distributions, ranks, trend
from monitor.judge.claims import sizes
from monitor.judge.survival import kaplan_meier

times = st.one_of(st.floats(1.0, 1e6), st.integers(1, 9).map(float))  # some of them alike
shares = st.floats(1e-9, 1 - 1e-9)
tails = st.one_of(st.floats(1e-6, 0.5), st.sampled_from([0.025, 0.05]))
counts = st.integers(1, 100_000)


@given(p=shares, x=st.floats(-30, 30), freedom=st.one_of(st.floats(1, 1e4), st.just(float("inf"))))
def test_normal_and_t(p: float, x: float, freedom: float) -> None:
    assert distributions.normal_isf(p) == pytest.approx(stats.norm.isf(p), abs=1e-12)
    assert distributions.t_sf(x, freedom) == pytest.approx(stats.t.sf(x, freedom), rel=1e-9)
    assert distributions.t_isf(p, freedom) == pytest.approx(stats.t.isf(p, freedom), rel=1e-7, abs=1e-9)


@given(p=tails, freedom=counts)
def test_chi_squared_and_f(p: float, freedom: int) -> None:
    assert distributions.chi2_isf(p, freedom) == pytest.approx(stats.chi2.isf(p, freedom))
    assert distributions.chi2_ppf(p, freedom) == pytest.approx(stats.chi2.ppf(p, freedom))
    assert distributions.f_ppf(p, freedom, freedom) == pytest.approx(stats.f.ppf(p, freedom, freedom))


@given(p=tails, x=shares, k=counts, n=counts)
def test_beta(p: float, x: float, k: int, n: int) -> None:
    a, b = min(k, n), max(k, n) - min(k, n) + 1
    assert distributions.beta_ppf(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b))
    assert distributions.beta_isf(p, a, b) == pytest.approx(stats.beta.isf(p, a, b))
    assert distributions.beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-12)


@given(p=tails, shape=st.floats(0.05, 1e4), scale=st.floats(1e-3, 1e6), x=st.floats(0, 1e6))
def test_gamma(p: float, shape: float, scale: float, x: float) -> None:
    assert distributions.gamma_ppf(p, shape, scale) == pytest.approx(stats.gamma.ppf(p, shape, scale=scale))
    assert distributions.gamma_isf(p, shape, scale) == pytest.approx(stats.gamma.isf(p, shape, scale=scale))
    assert distributions.gamma_cdf(x, shape, scale) == pytest.approx(stats.gamma.cdf(x, shape, scale=scale), abs=1e-12)


@given(q=tails, n=st.integers(1, 20_000), p=st.floats(1e-4, 1 - 1e-4), k=st.integers(-1, 20_000))
def test_binomial(q: float, n: int, p: float, k: int) -> None:
    for share in (q, 1 - q):
        found = distributions.binomial_ppf(share, n, p)
        assert stats.binom.cdf(found - 1, n, p) - 1e-12 <= share <= stats.binom.cdf(found, n, p) + 1e-12
    every = np.arange(0, n + 1, max(1, n // 50))
    assert distributions.binomial_pmf(every, n, p) == pytest.approx(stats.binom.pmf(every, n, p), rel=1e-6, abs=1e-12)
    assert distributions.binomial_cdf(k, n, p) == pytest.approx(stats.binom.cdf(k, n, p), abs=1e-12)
    assert distributions.binomial_sf(k, n, p) == pytest.approx(stats.binom.sf(k, n, p), abs=1e-12)


@given(p=st.sampled_from([1e-4, 1e-3, 0.05]), mean=st.floats(1e-6, 1e5))
def test_poisson(p: float, mean: float) -> None:
    assert distributions.poisson_isf(p, mean) == stats.poisson.isf(p, mean)


@given(st.lists(st.one_of(st.floats(-1e3, 1e3), st.integers(-9, 9).map(float)), min_size=1, max_size=80))
def test_wilcoxon(values: list[float]) -> None:
    moved = np.array([value for value in values if value] or [1.0])
    tied = len(np.unique(np.abs(moved))) < len(moved)
    method: Literal["exact", "approx"] = "approx" if tied or len(moved) > ranks.EXACT_P else "exact"
    assert ranks.signed_rank_p(moved) == pytest.approx(stats.wilcoxon(moved, method=method).pvalue, rel=1e-9)


@given(st.lists(st.tuples(times, times), min_size=trend.FEWEST, max_size=80, unique_by=lambda point: point[0]))
def test_theil_and_sen(points: list[tuple[float, float]]) -> None:
    found = trend.theil_sen([at for at, _ in points], [value for _, value in points])
    slope, _, low, high = stats.theilslopes([value for _, value in points], [at for at, _ in points], 0.95)
    assert found == trend.Slope(slope, low, high)


@given(st.lists(st.tuples(times, st.booleans(), st.sampled_from([False, False, False, True])), min_size=1, max_size=80))
def test_kaplan_and_meier(requests: list[tuple[float, bool, bool]]) -> None:
    ms, cut_off = (np.array([request[part] for request in requests]) for part in (0, 1))
    never = np.array([request[2] for request in requests])
    found = kaplan_meier(np.where(never, np.inf, ms), cut_off)
    latest = np.where(never, 1e9, ms)
    of_scipy = stats.ecdf(stats.CensoredData.right_censored(latest, cut_off | never)).sf
    assert found.done == pytest.approx(1.0 - of_scipy.evaluate(found.t), abs=1e-12)
    assert found.t.tolist() == sorted(set(latest[~(cut_off | never)].tolist()))


@given(st.lists(st.floats(-2, 2).map(lambda log: round(log, 6)), min_size=14, max_size=80))
def test_two_one_sided_tests(logs: list[float]) -> None:
    difference = np.array(logs)
    difference[:2] = 0.0, 0.1  # not all alike
    above = stats.ttest_1samp(difference, sizes.LOW, alternative="greater").pvalue
    below = stats.ttest_1samp(difference, sizes.HIGH, alternative="less").pvalue
    same, other = sizes.equivalence(difference)
    assert same == pytest.approx(max(above, below), rel=1e-12)
    assert other == pytest.approx(2 * min(1 - above, 1 - below), rel=1e-9, abs=1e-15)
