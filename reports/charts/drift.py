"""Median latency hour after hour of an endurance run, and the trend through it; an hour without a median is a gap."""

from collections.abc import Sequence
from statistics import median

from monitor.judge.result import HourMedian
from reports.charts.plot import BOTTOM, LEFT, RIGHT, TOP, Line, Plot, Tick, axis
from reports.charts.scale import Scale, linear, ticks

_HOUR_S = 3600.0


def drift(key: str, said: str, hours: Sequence[HourMedian], slope_ms: float | None) -> Plot | None:
    """None of fewer than two hours. `slope_ms`: the trend, ms an hour (Theil and Sen); its line goes with it."""
    if len(hours) < 2:
        return None
    ages = [(one.start - hours[0].start).total_seconds() / _HOUR_S for one in hours]
    across = Scale(0.0, ages[-1], LEFT + 8, RIGHT - 8)
    trend = [] if slope_ms is None else _trend(ages, [one.p50 for one in hours], slope_ms)
    up = linear([one.p50 for one in hours] + [ms for _, ms in trend], BOTTOM, TOP)
    dots = tuple((across.at(age), up.at(one.p50)) for age, one in zip(ages, hours, strict=True))
    lines = [Line("median of the hour", "", 1, dots=dots)]
    if trend:
        (first, last) = ((across.at(age), up.at(ms)) for age, ms in trend)
        lines.append(Line("trend", f"M{first[0]} {first[1]}L{last[0]} {last[1]}", 2))
    return Plot(
        key=key,
        said=said,
        unit="hours from the beginning of the run; up: seconds",
        across=tuple(Tick(across.at(age), f"{age:g}") for age in ticks(across)),
        up=axis(up, factor=0.001),
        lines=tuple(lines),
        figure=_figure(hours, trend, ages),
    )


def _trend(ages: Sequence[float], medians: Sequence[float], slope_ms: float) -> list[tuple[float, float]]:
    """Both ends of the line with that slope that has as many hours above as below."""
    at_begin = median(ms - slope_ms * age for age, ms in zip(ages, medians, strict=True))
    return [(age, max(0.0, at_begin + slope_ms * age)) for age in (ages[0], ages[-1])]


def _figure(
    hours: Sequence[HourMedian], trend: Sequence[tuple[float, float]], ages: Sequence[float]
) -> dict[str, object]:
    data = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "median of the hour",
            "x": list(ages),
            "y": [round(one.p50 / 1000, 4) for one in hours],
            "text": [f"n {one.n}" for one in hours],
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": "trend",
            "x": [age for age, _ in trend],
            "y": [round(ms / 1000, 4) for _, ms in trend],
        },
    ]
    layout = {
        "xaxis": {"title": {"text": "hours from the beginning of the run"}},
        "yaxis": {"title": {"text": "seconds"}, "rangemode": "tozero"},
    }
    return {"data": data[: 2 if trend else 1], "layout": layout}
