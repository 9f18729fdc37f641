"""Rows: what came back, where the time goes, availabilities, what a month costs, the rate limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.charts.plot import RIGHT, Bars, Figure, Row, Segment, as_text, axis, interval
from reports.charts.scale import Scale, around, below_one, linear
from reports.outcomes import Group

_GAP = 8  # between a name and the axis
_LETTER = 6.2  # width of a letter of the chart's type
_END = RIGHT - 42  # where it ends: the values stand right of it
KINDS: Mapping[Group, str] = {
    Group.DEGRADED: "b-degraded",
    Group.FAILED: "b-failed",
    Group.LIMITED: "b-limited",
    Group.BLOCKED: "b-blocked",
    Group.OURS: "b-ours",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its bounds and its words."""

    name: str
    value: float
    low: float | None
    high: float | None
    note: str = ""
    end: str = ""
    mark: float | None = None  # a promised or listed value beside the measured one


@dataclass(frozen=True, slots=True)
class Stack:
    """The parts of one bar by group, as shares of the whole."""

    name: str
    shares: Mapping[Group, float]
    note: str = ""
    end: str = ""


def stacks(key: str, said: str, unit: str, rows: Sequence[Stack]) -> Bars | None:
    """What was not a usable image, stacked; the axis ends at the worst row, so that small shares can be seen.

    None where there is nothing of the kind: an axis without a bar says nothing.
    """
    if not any(share for row in rows for share in row.shares.values()):
        return None
    start = _room([row.name for row in rows])
    scale = linear((sum(row.shares.values()) for row in rows), start, _END)
    scale = Scale(0.0, min(scale.high, 1.0), start, _END)
    drawn = tuple(Row(row.name, row.note, row.end, _pieces(row.shares, scale)) for row in rows)
    return Bars(key, said, unit, axis(scale, factor=100), drawn, names=start - _GAP, figure=_stack_figure(rows))


def _room(names: Sequence[str]) -> int:
    """Where the axis starts, so that the names fit left of it."""
    return min(112, max(48, round(max(map(len, names)) * _LETTER) + _GAP))


def _pieces(shares: Mapping[Group, float], scale: Scale) -> tuple[Segment, ...]:
    """Neighbouring pieces; each that is not nothing is at least two units wide."""
    pieces, x, total = [], scale.start, 0.0
    for of, kind in KINDS.items():
        part = shares.get(of, 0.0)
        total += part
        if part > 0:
            end = max(scale.at(total), x + 2)
            pieces.append(Segment(x, end - x, kind))
            x = end
    return tuple(pieces)


def lengths(key: str, said: str, unit: str, rows: Sequence[tuple[Row, float, float | None]], factor: float) -> Bars:
    """Plain bars from 0 to a value; a thin line runs on to the second value where there is one."""
    start = _room([word for row, _, _ in rows for word in (row.name, row.note)])
    scale = linear((max(value, more or 0.0) for _, value, more in rows), start, _END)
    drawn = tuple(
        Row(
            row.name,
            row.note,
            row.end,
            (Segment(scale.start, max(1, scale.at(value) - scale.start), row.kind),),
            line="" if more is None else f"M{scale.at(value)} 0H{scale.at(more)}M{scale.at(more)} -5v10",
        )
        for row, value, more in rows
    )
    figure = _length_figure(rows, factor)
    return Bars(key, said, unit, axis(scale, factor=factor, wanted=3), drawn, names=start - _GAP, figure=figure)


def availabilities(key: str, said: str, rows: Sequence[Point]) -> Bars | None:
    """Shares up to 1, as dots with intervals, on an axis that begins below the lowest of them."""
    if not rows:
        return None
    scale = below_one((bound for row in rows for bound in (row.value, row.low) if bound is not None), 14, RIGHT - 6)
    figure = _dot_figure(rows, 100, "%")
    return Bars(key, said, "%", axis(scale, factor=100), _dots(rows, scale), pitch=46, over=True, figure=figure)


def amounts(key: str, said: str, unit: str, rows: Sequence[Point]) -> Bars | None:
    """Amounts of one kind, as dots with intervals; a diamond marks what was listed or promised."""
    if not rows:
        return None
    values = [v for row in rows for v in (row.value, row.low, row.high, row.mark) if v is not None]
    start = _room([row.name for row in rows])
    scale = around(values, start, _END)
    figure = _dot_figure(rows, 1, unit)
    return Bars(key, said, unit, axis(scale, wanted=3), _dots(rows, scale), names=start - _GAP, figure=figure)


def _dots(rows: Sequence[Point], scale: Scale) -> tuple[Row, ...]:
    return tuple(
        Row(
            row.name,
            row.note,
            row.end,
            dot=scale.at(row.value),
            line=interval(scale, row.low, row.high, scale.at(row.value)),
            mark=None if row.mark is None else scale.at(row.mark),
        )
        for row in rows
    )


def _stack_figure(rows: Sequence[Stack]) -> Figure:
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": of.value,
            "meta": kind,
            "y": [as_text(row.name) for row in rows],
            "x": [round(row.shares.get(of, 0.0) * 100, 4) for row in rows],
        }
        for of, kind in KINDS.items()
    ]
    layout = {"barmode": "stack", "xaxis": {"title": {"text": "% of requests"}}, "yaxis": {"autorange": "reversed"}}
    return {"data": data, "layout": layout}


def _length_figure(rows: Sequence[tuple[Row, float, float | None]], factor: float) -> Figure:
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "y": [as_text(row.name) for row, _, _ in rows],
            "x": [round(value * factor, 4) for _, value, _ in rows],
        }
    ]
    return {"data": data, "layout": {"yaxis": {"autorange": "reversed"}, "showlegend": False}}


def _dot_figure(rows: Sequence[Point], factor: float, unit: str) -> Figure:
    trace = {
        "type": "scatter",
        "mode": "markers",
        "y": [as_text(row.name) for row in rows],
        "x": [round(row.value * factor, 6) for row in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(((row.high or row.value) - row.value) * factor, 6) for row in rows],
            "arrayminus": [
                round((row.value - (row.value if row.low is None else row.low)) * factor, 6) for row in rows
            ],
        },
    }
    layout = {"xaxis": {"title": {"text": unit}}, "yaxis": {"autorange": "reversed"}, "showlegend": False}
    return {"data": [trace], "layout": layout}
