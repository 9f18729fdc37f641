"""Latency from the planned start to the last byte, by size, by hour, on new and on kept connections (methods, 3).

Quantiles are the inverse ECDF: a value that occurred. Where a sample is too small to bound one from above it is
None, not a guess. Averages are carried along for comparison with what others publish, and never judged.
"""

import math

import numpy as np

from monitor.judge.columns import Flags, Floats, Rows
from monitor.judge.quantiles import Times, curve_of, of_days, times, value_at
from monitor.judge.result import Latency, Phase, Phases, Quantiles
from monitor.judge.two_samples import shift

ALL, REACH = "all", "reach"  # keys where no size was asked
POINTS = 200  # of a curve
_QS = (0.50, 0.95, 0.99)
_TO_IMAGE = "; failures count as infinitely slow"
_AFTER_CONNECT = ("ttfb", "total", "task")  # details of timeouts in which the deadline ended the waiting


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
    took = took_ms(rows)
    done = ~np.isnan(took)
    failed = rows.counted & ~rows.good
    success = times(took[done], rows.t[done])
    to_image = _to_image(rows, took, done, failed)
    p50, p95, p99 = (of_days(success, q) for q in _QS)
    new, kept = done & (rows.conn_reused == 0), done & (rows.conn_reused == 1)
    return Latency(
        n=len(success.ms),
        failed=int(failed.sum()),
        p50=p50,
        p95=p95,
        p99=p99,
        mean=math.fsum(success.ms.tolist()) / len(success.ms) if len(success.ms) else None,
        time_to_image=Quantiles(*(of_days(to_image, q, _TO_IMAGE) for q in _QS)),
        ecdf=_curve(to_image),
        cold=_part(rows, took, new),
        warm=_part(rows, took, kept),
        cold_extra=shift(took[new], took[kept]),
        by_hour=_hours(rows, took),
    )


def _to_image(rows: Rows, took: Floats, done: Flags, failed: Flags) -> Times:
    """All that count: failures are infinitely slow, but what ran into our own deadline might have come later."""
    waited = rows.outcome.isin("timeout") & rows.detail.isin(*_AFTER_CONNECT) & ~np.isnan(rows.total_ms)
    until = np.where(waited, np.nan_to_num(rows.lateness_ms) + rows.total_ms, np.inf)
    which = done | failed
    return times(np.where(done, took, until)[which], rows.t[which], (waited & ~done)[which])


def _part(rows: Rows, took: Floats, which: Flags) -> Quantiles | None:
    """Quantiles of some of the successes; None where there is none of them."""
    part = times(took[which], rows.t[which])
    return Quantiles(*(of_days(part, q) for q in _QS)) if which.any() else None


def has_images(rows: Rows) -> bool:
    """Whether a scheduled image request was sent: then it is what latency is told by, and nothing else."""
    return bool(_images(rows).any())


def _images(rows: Rows) -> Flags:
    return rows.probe.isin("baseline") & rows.scheduled & rows.sent


def _watched(rows: Rows) -> Rows:
    """Scheduled image rows, or reach rows where there is none; only those that were sent."""
    images = _images(rows)
    return rows.take(images if images.any() else rows.probe.isin("reach") & rows.scheduled & rows.sent)


def took_ms(rows: Rows) -> Floats:
    """Planned start to last byte of each success, ms; NaN for all others, and for a success without a time."""
    theirs = rows.good & ~rows.attribution.isin("monitor")
    return np.where(theirs, np.nan_to_num(rows.lateness_ms) + rows.total_ms, np.nan)


def _curve(of: Times) -> tuple[tuple[float, float], ...]:
    """(ms, share of all requests done by then), at most 200 points; ends below 1 where some failed."""
    curve = curve_of(of)
    if not len(curve.t):
        return ()
    ranks = np.unique(np.ceil(np.linspace(1, len(curve.t), min(POINTS, len(curve.t)))).astype(np.int64))
    return tuple((float(curve.t[rank - 1]), float(curve.done[rank - 1])) for rank in ranks)


# --- where the time went, and when ----------------------------------------------------------------------------


def phases(rows: Rows) -> Phases:
    """Network, processing and return of successes; a phase that an exchange did not have is not a zero."""
    watched = _watched(rows)
    good = watched.take(watched.good)
    network = np.column_stack([good.dns_ms, good.connect_ms, good.tls_ms, good.upload_ms])
    none = np.isnan(network).all(axis=1)
    whole = math.fsum(good.total_ms[~np.isnan(good.total_ms)].tolist())  # whatever the order of rows
    return Phases(
        network=_phase(np.where(none, np.nan, np.nansum(network, axis=1)), whole),
        processing=_phase(good.wait_ms, whole),
        return_=_phase(good.download_ms, whole),
    )


def by_hour(rows: Rows) -> dict[str, Phase]:
    """Latency of successes by the UTC hour they were planned in: of 1K images, else of the size most measured."""
    watched = _watched(rows)
    sizes = watched.size.counts()
    size = "1K" if "1K" in sizes else max(sizes, key=lambda name: sizes[name], default=None)
    chosen = watched.take(watched.size.isin(size)) if size else watched
    return _hours(chosen, took_ms(chosen))


def _hours(rows: Rows, took: Floats) -> dict[str, Phase]:
    hour = rows.t // 3_600_000_000 % 24
    done = ~np.isnan(took)
    return {f"{h:02d}": _phase(took[done & (hour == h)]) for h in range(24) if (done & (hour == h)).any()}


def _phase(values: Floats, whole_ms: float | None = None) -> Phase:
    ordered = np.sort(values[~np.isnan(values)])
    p50, p95 = (value_at(ordered, q) for q in (0.50, 0.95))
    share = float(np.sum(ordered)) / whole_ms if whole_ms and len(ordered) else None
    return Phase(len(ordered), p50, p95, share)
