"""Bands of the requirements (section 3): the one in which an interval lies, or all that it spans, worst first.

uptime: time availability, unknown time on either side. p50, p95: of 2K images, of 1K where no 2K were measured.
error_rate: the server's 5xx. rate_limit: sustained against advertised.
"""

from collections.abc import Callable, Mapping

from monitor.judge.result import Latency, RateLimit, TimeAvailability
from monitor.judge.verdicts import Estimate

Bands = tuple[str, ...]
BANDS: Bands = ("concerning", "marginal", "acceptable", "excellent")
SIZES = ("2K", "1K")


def of(
    time: TimeAvailability,
    latency: Mapping[str, Latency],
    server_errors: tuple[float, float] | None,
    limit: RateLimit,
) -> dict[str, Bands]:
    """Bands by metric; a metric that was not measured, or cannot be bounded, is left out."""
    size = next((size for size in SIZES if size in latency), None)
    found = {
        "uptime": _uptime(time),
        "p50": _latency(latency[size].p50, 10_000, 15_000, 25_000) if size else (),
        "p95": _latency(latency[size].p95, 30_000, 45_000, 60_000) if size else (),
        "error_rate": spanned(_error_rate, server_errors[1], server_errors[0]) if server_errors else (),
        "rate_limit": _rate_limit(limit),
    }
    return {metric: bands for metric, bands in found.items() if bands}


def spanned(band: Callable[[float], int], worst: float, best: float) -> Bands:
    """All bands from that of the worst value to that of the best."""
    return BANDS[band(worst) : band(best) + 1]


def _uptime(time: TimeAvailability) -> Bands:
    ends = [end for end in (time.value, time.worst, time.best, time.low, time.high) if end is not None]
    return () if time.value is None else spanned(_share_up, min(ends), max(ends))


def _share_up(value: float) -> int:
    return _rank(value > 0.999, value > 0.995, value >= 0.99)


def _latency(estimate: Estimate | None, excellent_ms: float, acceptable_ms: float, concerning_ms: float) -> Bands:
    """An end that the sample cannot bound lies as far out as it may: at 0, or at infinity."""
    if estimate is None:
        return ()

    def band(ms: float) -> int:
        return _rank(ms < excellent_ms, ms < acceptable_ms, ms <= concerning_ms)

    slowest = float("inf") if estimate.high is None else estimate.high
    return spanned(band, slowest, estimate.low or 0.0)


def _error_rate(share: float) -> int:
    return _rank(share < 0.001, share < 0.005, share <= 0.01)


def _rate_limit(limit: RateLimit) -> Bands:
    if limit.sustained_rpm is None or not limit.advertised_rpm:
        return ()
    high = float("inf") if limit.sustained_rpm.high is None else limit.sustained_rpm.high
    return spanned(_share_of_limit, limit.sustained_rpm.low / limit.advertised_rpm, high / limit.advertised_rpm)


def _share_of_limit(share: float) -> int:
    return _rank(share >= 0.999, share >= 0.8, share >= 0.5)  # a thousandth: bounds are never exact


def _rank(*at_least: bool) -> int:
    """Index into `BANDS` by whether a value is excellent, at least acceptable, at least marginal."""
    return next((len(BANDS) - 1 - i for i, holds in enumerate(at_least) if holds), 0)
