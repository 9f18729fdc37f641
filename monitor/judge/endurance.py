"""The latest endurance run: whether latency or errors drifted while the rate was held (docs/methods.md, 9). Pure."""

from collections.abc import Sequence

import numpy as np

from monitor.judge import trend
from monitor.judge.columns import SECOND, Flags, Ints, Rows, instant
from monitor.judge.result import EnduranceTrend, ErrorHour, HourMedian
from monitor.judge.verdicts import Estimate

HOUR = 3600 * SECOND
FEWEST_IN_HOUR = 8  # successes, for a median that says something
LEVEL = 0.025  # of each of the two tests
_METHOD = (
    "medians of whole hours, Theil-Sen and Mann-Kendall at 2.5 % each; hours are taken to be independent, so a daily"
    " rhythm can look like a trend in a run of less than two days"
)


def of(rows: Rows) -> EnduranceTrend | None:
    """Of all rows of one provider in the window; None without such a run."""
    runs = rows.take(rows.probe.isin("endurance") & rows.mode.isin("sustain"))
    if not len(runs):
        return None
    run = runs.take(runs.run.codes == runs.run.codes[-1])
    hour: Ints = (run.t - run.t[0]) // HOUR
    took = run.lateness_ms + run.total_ms
    measured = run.good & ~np.isnan(took)
    medians = _medians(hour, took, measured)
    latency = [(at, ms) for at, ms, _ in medians]
    errors = _errors(run, hour)
    slope = trend.theil_sen([at for at, _ in latency], [ms for _, ms in latency])
    enough = slope is not None
    p = trend.mann_kendall([ms for _, ms in latency]).p if enough else None
    error_p = trend.mann_kendall([one.failed / one.of for one in errors]).p if len(errors) >= trend.FEWEST else None
    counted = sum(one.of for one in errors)
    return EnduranceTrend(
        since=instant(int(run.t[0])),
        until=instant(int(run.t[-1])),
        planned=len(run),
        sent=int(run.sent.sum()),
        not_sent=run.take(run.outcome.isin("not_sent")).detail.counts(),
        hours=len(latency),
        latency_ms_per_hour=Estimate(slope.value, slope.low, slope.high, len(latency), _METHOD) if slope else None,
        latency_p=p,
        drift_share=_share(slope, latency),
        error_share=sum(one.failed for one in errors) / counted if counted else None,
        error_p=error_p,
        errors_by_hour=errors,
        verdict=_verdict(p, error_p, enough=enough),
        method=_METHOD,
        latency_by_hour=tuple(HourMedian(instant(int(run.t[0]) + at * HOUR), ms, n) for at, ms, n in medians),
    )


def _medians(
    hour: Ints, took: "np.ndarray[tuple[int], np.dtype[np.float64]]", measured: Flags
) -> list[tuple[int, float, int]]:
    """Hour of the run, median latency of its successes, and how many they are, where there are enough."""
    found = []
    for number in np.unique(hour[measured]).tolist():
        of_hour = np.sort(took[measured & (hour == number)])
        if len(of_hour) >= FEWEST_IN_HOUR:
            found.append((number, float(of_hour[(len(of_hour) - 1) // 2]), len(of_hour)))
    return found


def _errors(run: Rows, hour: Ints) -> tuple[ErrorHour, ...]:
    """Failures among what tells of the provider, by hour; hours of which nothing is known are left out."""
    counted = run.counted
    failed = counted & ~run.good
    hours = np.unique(hour[counted]).tolist()
    return tuple(
        ErrorHour(instant(int(run.t[0]) + number * HOUR), int((failed & (hour == number)).sum()), of)
        for number in hours
        if (of := int((counted & (hour == number)).sum()))
    )


def _share(slope: trend.Slope | None, latency: Sequence[tuple[int, float]]) -> float | None:
    """By how much of its median the latency changed from the first to the last hour."""
    if slope is None:
        return None
    middle = float(np.median([ms for _, ms in latency]))
    return slope.value * (latency[-1][0] - latency[0][0]) / middle if middle > 0 else None


def _verdict(p: float | None, error_p: float | None, *, enough: bool) -> str:
    """Of the two tests together, or that there were too few hours for them."""
    if not enough:
        return "too_little"
    drifts = any(one is not None and one < LEVEL for one in (p, error_p))
    return "drifts" if drifts else "no_drift_seen"
