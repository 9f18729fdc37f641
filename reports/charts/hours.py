"""Latency by hour of the day, UTC. An hour without a sample is a gap; nothing is interpolated."""

from collections.abc import Mapping, Sequence

from monitor.judge.result import Phase
from reports.charts.plot import BOTTOM, LEFT, RIGHT, TOP, Line, Plot, Tick, as_text, axis, style_of
from reports.charts.scale import Scale, linear

HOURS = tuple(f"{hour:02}" for hour in range(24))
_MARKED = ("00", "06", "12", "18", "23")
Series = Sequence[float | None]  # 24 values in ms


def medians(by_hour: Mapping[str, Phase]) -> Series:
    """24 medians, None where the hour has none."""
    return [by_hour[hour].p50 if hour in by_hour else None for hour in HOURS]


def p95s(by_hour: Mapping[str, Phase]) -> Series:
    """24 P95, None where the hour cannot say."""
    return [by_hour[hour].p95 if hour in by_hour else None for hour in HOURS]


def hours(key: str, said: str, series: Mapping[str, Series], *, reach: bool = False) -> Plot | None:
    """One line for each series; None where there is no value at all."""
    drawn = {name: values for name, values in series.items() if any(value is not None for value in values)}
    if not drawn:
        return None
    across = Scale(0, 23, LEFT + 8, RIGHT - 8)
    up = linear((value for values in drawn.values() for value in values if value is not None), BOTTOM, TOP)
    factor, unit = (1.0, "milliseconds") if reach else (0.001, "seconds")
    return Plot(
        key=key,
        said=said,
        unit=f"hour of the day, UTC; up: {unit}",
        across=tuple(Tick(across.at(int(hour)), hour) for hour in _MARKED),
        up=axis(up, factor=factor),
        lines=tuple(_line(name, values, place, across, up) for place, (name, values) in enumerate(drawn.items())),
        figure=_figure(drawn, factor, unit),
    )


def _line(name: str, values: Series, place: int, across: Scale, up: Scale) -> Line:
    points = [None if value is None else (across.at(hour), up.at(value)) for hour, value in enumerate(values)]
    path, dots, before = "", [], None
    for hour, point in enumerate(points):
        if point is not None:
            path += f"{'M' if before is None else 'L'}{point[0]} {point[1]}"
            alone = before is None and (hour == 23 or points[hour + 1] is None)
            dots += [point] if alone else []
        before = point
    return Line(name, path, style_of(place), dots=tuple(dots))


def _figure(drawn: Mapping[str, Series], factor: float, unit: str) -> dict[str, object]:
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": as_text(name),
            "x": list(HOURS),
            "y": [None if value is None else round(value * factor, 4) for value in values],
            "connectgaps": False,
        }
        for name, values in drawn.items()
    ]
    layout = {
        "xaxis": {"title": {"text": "hour of the day, UTC"}, "type": "category"},
        "yaxis": {"title": {"text": unit}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}
