"""Latency from the planned start to the last byte: exact quantiles with order-statistic intervals (docs/methods.md, 3).

Quantiles are the inverse ECDF: a value that occurred. Where a sample is too small to bound one from above it is
None, not a guess. Averages are carried along for comparison with what others publish, and never judged.
"""

import math

import numpy as np

from monitor.judge.columns import Floats, Rows
from monitor.judge.intervals import bounded_above, order_bounds
from monitor.judge.result import Latency, Phase, Phases, Quantiles
from monitor.judge.verdicts import Estimate

ALL, REACH = "all", "reach"  # keys where no size was asked
POINTS = 200  # of a curve
_QS = (0.50, 0.95, 0.99)
_METHOD = "inverse ECDF; 95 % by order statistics (Hahn & Meeker), requests treated as independent"
_TO_IMAGE = f"{_METHOD}; failures count as infinitely slow"


def by_size(rows: Rows) -> dict[str, Latency]:
    """Latency of scheduled image requests by size; of reach requests, where a provider has no others."""
    watched = _watched(rows)
    if not len(watched):
        return {}
    if watched.probe.isin("reach").any():
        return {REACH: of(watched)}
    return {size or ALL: of(watched.take(which)) for size, which in watched.size.split()}


def of(rows: Rows) -> Latency:
    """Latency of these rows: of the successes, and, with failures at infinity, of all that count."""
    took = np.sort(_took_ms(rows))
    failed = int((rows.counted & ~rows.good).sum())
    all_of_them = np.concatenate([took, np.full(failed, np.inf)])
    p50, p95, p99 = (quantile(took, q, _METHOD) for q in _QS)
    return Latency(
        n=len(took),
        failed=failed,
        p50=p50,
        p95=p95,
        p99=p99,
        mean=math.fsum(took.tolist()) / len(took) if len(took) else None,
        time_to_image=Quantiles(*(quantile(all_of_them, q, _TO_IMAGE) for q in _QS)),
        ecdf=_curve(took, failed),
    )


def quantile(ordered: Floats, q: float, method: str = _METHOD) -> Estimate | None:
    """Inverse-ECDF quantile of sorted values with its interval; None where it cannot be bounded, or is infinite."""
    n = len(ordered)
    if not bounded_above(n, q):
        return None
    value = float(np.quantile(ordered, q, method="inverted_cdf"))
    if not math.isfinite(value):
        return None
    low, high = order_bounds(n, q)
    return Estimate(value, _at_rank(ordered, low), _at_rank(ordered, high), n, method)


def _at_rank(ordered: Floats, rank: int | None) -> float | None:
    """The value of that rank, counted from 1; None without a rank, or where it is infinite."""
    value = math.inf if rank is None else float(ordered[rank - 1])
    return value if math.isfinite(value) else None


def _watched(rows: Rows) -> Rows:
    """Scheduled image rows, or reach rows where there is none; only those that were sent."""
    images = rows.probe.isin("baseline") & rows.scheduled & rows.sent
    return rows.take(images if images.any() else rows.probe.isin("reach") & rows.scheduled & rows.sent)


def _took_ms(rows: Rows) -> Floats:
    """Planned start to last byte of each success, ms; a success without a time is left out."""
    took = (np.nan_to_num(rows.lateness_ms) + rows.total_ms)[rows.good & ~rows.attribution.isin("monitor")]
    return took[~np.isnan(took)]


def _curve(took: Floats, failed: int) -> tuple[tuple[float, float], ...]:
    """(ms, share of all requests done by then), at most 200 points; ends below 1 where some failed."""
    if not len(took):
        return ()
    ranks = np.unique(np.ceil(np.linspace(1, len(took), min(POINTS, len(took)))).astype(np.int64))
    return tuple((float(took[rank - 1]), float(rank / (len(took) + failed))) for rank in ranks)


# --- where the time went, and when ----------------------------------------------------------------------------


def phases(rows: Rows) -> Phases:
    """Network, processing and return of successes; a phase that an exchange did not have is not a zero."""
    watched = _watched(rows)
    good = watched.take(watched.good)
    network = np.column_stack([good.dns_ms, good.connect_ms, good.tls_ms, good.upload_ms])
    none = np.isnan(network).all(axis=1)
    return Phases(
        network=_phase(np.where(none, np.nan, np.nansum(network, axis=1))),
        processing=_phase(good.wait_ms),
        return_=_phase(good.download_ms),
    )


def by_hour(rows: Rows) -> dict[str, Phase]:
    """Latency of successes by the UTC hour they were planned in: of 1K images, else of the size most measured."""
    watched = _watched(rows)
    sizes = watched.size.counts()
    size = "1K" if "1K" in sizes else max(sizes, key=lambda name: sizes[name], default=None)
    good = watched.take(watched.good & (watched.size.isin(size) if size else True))
    hour = good.t // 3_600_000_000 % 24
    took = np.nan_to_num(good.lateness_ms) + good.total_ms
    return {f"{h:02d}": _phase(took[hour == h]) for h in range(24) if (hour == h).any()}


def _phase(values: Floats) -> Phase:
    ordered = np.sort(values[~np.isnan(values)])
    p50, p95 = (quantile(ordered, q) for q in (0.50, 0.95))
    return Phase(len(ordered), p50.value if p50 else None, p95.value if p95 else None)
