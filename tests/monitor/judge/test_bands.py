"""One band only where the whole interval lies in it."""

import pytest

from monitor.judge import bands
from monitor.judge.result import Latency, Quantiles, RateLimit, Span, TimeAvailability
from monitor.judge.verdicts import Estimate

NO_LIMIT = RateLimit(None, None, None, None, None, None, None, None, None, 0, 0)
NO_TIME = TimeAvailability(0, 0, 0, 0, None, None, None, None, None, None, "")
E, A, M, C = "excellent", "acceptable", "marginal", "concerning"


def time(value: float, *, low: float, high: float, worst: float = 1.0, best: float = 0.0) -> TimeAvailability:
    return TimeAvailability(1, 0, 0, 0, value, min(worst, value), max(best, value), 1, low, high, "")


def latency(p50: Estimate | None, p95: Estimate | None = None) -> Latency:
    return Latency(100, 0, p50, p95, None, None, Quantiles(None, None, None))


def estimate(value: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(value, low, high, 100, "")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.9995, 1.0, (E,)),
        (0.999, 0.9995, (A, E)),  # excellent is above 99.9 %
        (0.996, 0.9985, (A,)),
        (0.994, 0.9985, (M, A)),
        (0.99, 0.995, (M,)),
        (0.98, 0.9999, (C, M, A, E)),
        (0.5, 0.6, (C,)),
    ],
)
def test_uptime(low: float, high: float, expected: tuple[str, ...]) -> None:
    assert bands.of(time((low + high) / 2, low=low, high=high), {}, None, NO_LIMIT) == {"uptime": expected}


def test_unknown_time_widens_the_band_of_uptime() -> None:
    said = bands.of(time(1.0, low=0.9999, high=1.0, worst=0.98, best=1.0), {}, None, NO_LIMIT)
    assert said["uptime"] == (C, M, A, E)


@pytest.mark.parametrize(
    ("p50", "expected"),
    [
        (estimate(8000, 7000, 9000), (E,)),
        (estimate(9900, 9500, 10_000), (A, E)),
        (estimate(12_000, 11_000, 14_000), (A,)),
        (estimate(16_000, 15_000, 25_000), (M,)),
        (estimate(26_000, 25_001, 30_000), (C,)),
        (estimate(8000, 7000, None), (C, M, A, E)),
        (estimate(26_000, None, 30_000), (C, M, A, E)),
    ],
)
def test_p50(p50: Estimate, expected: tuple[str, ...]) -> None:
    assert bands.of(NO_TIME, {"2K": latency(p50)}, None, NO_LIMIT) == {"p50": expected}


@pytest.mark.parametrize(("ms", "expected"), [(29_000, E), (30_000, A), (45_000, M), (60_000, M), (60_001, C)])
def test_p95(ms: float, expected: str) -> None:
    said = bands.of(NO_TIME, {"2K": latency(None, estimate(ms, ms, ms))}, None, NO_LIMIT)
    assert said == {"p95": (expected,)}


def test_latency_bands_are_of_2k_images_or_else_of_1k() -> None:
    fast, slow = latency(estimate(1000, 900, 1100)), latency(estimate(30_000, 29_000, 31_000))
    assert bands.of(NO_TIME, {"1K": fast, "2K": slow}, None, NO_LIMIT) == {"p50": (C,)}
    assert bands.of(NO_TIME, {"1K": fast, "4K": slow}, None, NO_LIMIT) == {"p50": (E,)}
    assert bands.of(NO_TIME, {"reach": fast}, None, NO_LIMIT) == {}


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((0.0, 0.0009), (E,)),
        ((0.0, 0.001), (A, E)),
        ((0.001, 0.004), (A,)),
        ((0.005, 0.01), (M,)),
        ((0.0101, 0.5), (C,)),
        ((0.0, 0.1611), (C, M, A, E)),  # no error in twenty
    ],
)
def test_error_rate(interval: tuple[float, float], expected: tuple[str, ...]) -> None:
    assert bands.of(NO_TIME, {}, interval, NO_LIMIT) == {"error_rate": expected}


@pytest.mark.parametrize(
    ("sustained", "expected"),
    [
        (Span(299.6, 300.4), (C,)),
        (Span(600, 700), (M,)),
        (Span(790, 850), (M, A)),
        (Span(999.5, 1001), (E,)),
        (Span(1000, None), (E,)),
        (Span(500, None), (M, A, E)),
    ],
)
def test_rate_limit(sustained: Span, expected: tuple[str, ...]) -> None:
    limit = RateLimit(1000, sustained, None, None, None, None, None, None, None, 0, 0)
    assert bands.of(NO_TIME, {}, None, limit) == {"rate_limit": expected}


def test_what_was_not_measured_has_no_band() -> None:
    assert bands.of(NO_TIME, {}, None, NO_LIMIT) == {}
    assert bands.of(NO_TIME, {"2K": latency(None)}, None, NO_LIMIT) == {}
