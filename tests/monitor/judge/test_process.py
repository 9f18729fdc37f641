"""The interval of the long-run unavailability against published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge import process

# Fleiss 1981, table 14.4: births and cases of Down's syndrome in Michigan by the mother's age, birth orders 1 and 2,
# and all births as the standard population. Fay and Feuer (1997), Table 1, has the rates per 100,000.
STANDARD = (319_933, 931_318, 786_511, 488_235, 237_863, 61_313)
FLEISS = {
    "first births": (
        (230_061, 329_449, 114_920, 39_487, 14_208, 3_052),
        (107, 141, 60, 40, 39, 25),
        (92.3, 80.4, 105.8),
    ),
    "second births": (
        (72_202, 326_701, 208_667, 83_228, 28_466, 5_375),
        (25, 150, 110, 84, 82, 39),
        (91.2, 82.4, 100.9),
    ),
}


@pytest.mark.parametrize(("born", "cases", "published"), FLEISS.values(), ids=FLEISS.keys())
def test_rates_of_fay_and_feuer(born: tuple[int, ...], cases: tuple[int, ...], published: tuple[float, ...]) -> None:
    shares = [standard / sum(STANDARD) / n for standard, n in zip(STANDARD, born, strict=True)]
    weights = [weight for weight, n in zip(shares, cases, strict=True) for _ in range(n)]
    low, high = process.incident_interval(weights, 1.0, max(shares), 0.05)
    rates = [rate * 100_000 for rate in (sum(weights), low, high)]
    assert [round(rate, 1) for rate in rates] == list(published)


def test_outages_of_one_probe_each_are_a_poisson_count() -> None:
    low, high = process.incident_interval([1] * 10, 1000, 1, 0.05)
    assert (low * 1000, high * 1000) == pytest.approx((4.7954, 18.3904), abs=5e-5)


def test_without_an_outage_the_assumption_alone_bounds_it() -> None:
    low, high = process.incident_interval([], 43_200, 60, 0.05)
    assert low == 0
    assert high == pytest.approx(0.0051234, abs=5e-8)
    assert high == pytest.approx(60 * np.log(1 / 0.025) / 43_200)  # L ln(1 / alpha) / T, one-sided


@pytest.mark.parametrize(
    ("n", "up", "down", "low", "high"),
    [(1, 999.0, 1.0, 0.962428, 0.999974), (10, 9990.0, 10.0, 0.997539, 0.999594)],
)
def test_trivedis_interval(n: int, up: float, down: float, low: float, high: float) -> None:
    assert process.alternating_renewal(n, up, down, 0.05) == pytest.approx((low, high), abs=5e-7)


def test_the_cross_check_agrees_from_a_few_outages_on() -> None:
    weights = [20.0, 35.0, 10.0, 50.0, 25.0, 40.0]
    low, high = process.incident_interval(weights, 100_000, 30, 0.05)
    other = process.alternating_renewal(len(weights), 100_000 - sum(weights), sum(weights), 0.05)
    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high), rel=0.5)


def test_nothing_seen_bounds_nothing() -> None:
    assert process.incident_interval([], 0, 60, 0.05) == (0.0, 1.0)


@given(
    weights=st.lists(st.floats(0.1, 500.0), max_size=20),
    probes=st.floats(1e4, 1e7),
    more=st.floats(0.1, 500.0),
    unit=st.floats(0.01, 100.0),
)
def test_the_interval_holds_its_estimate_and_knows_no_unit(
    weights: list[float], probes: float, more: float, unit: float
) -> None:
    low, high = process.incident_interval(weights, probes, 60.0, 0.05)
    assert 0 <= low <= min(sum(weights) / probes, 1.0) <= high <= 1
    scaled = process.incident_interval([w * unit for w in weights], probes * unit, 60.0 * unit, 0.05)
    assert scaled == pytest.approx((low, high), rel=1e-9)
    without = min(60.0 * np.log(1 / 5e-5) / probes, 1.0)
    assert process.incident_interval([*weights, more], probes, 60.0, 1e-4)[1] >= without


@pytest.mark.parametrize(
    ("longest_min", "mean_min", "look_min", "minutes"),
    [(0, 0, 1, 120), (50, 20, 1, 170), (300, 40, 1, 420), (100, 300, 1, 600), (0, 0, 360, 360)],
    ids=["nothing seen", "a short one", "a long one", "long ones, of which the last goes on", "looks far apart"],
)
def test_an_outage_that_was_not_seen_may_be_longer_than_the_longest_one(
    longest_min: float, mean_min: float, look_min: float, minutes: float
) -> None:
    told = (np.array([minute * 60.0]) for minute in (longest_min, mean_min, look_min))
    assert process.unseen_s(7200.0, *told) == pytest.approx([minutes * 60])
