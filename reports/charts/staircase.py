"""The staircase of a saturation run: how many requests were let in and refused by each second of it."""

from collections.abc import Sequence

from reports.charts.plot import BOTTOM, LEFT, RIGHT, TOP, Line, Plot, axis
from reports.charts.scale import linear

Step = tuple[float, int, int]  # seconds from the start, accepted by then, refused by then


def staircase(key: str, said: str, steps: Sequence[Step]) -> Plot | None:
    """Two rising step lines; a level stretch of the first is what throttling looks like. None without a step."""
    if not steps:
        return None
    across = linear((s for s, _, _ in steps), LEFT, RIGHT)
    up = linear((max(accepted, refused) for _, accepted, refused in steps), BOTTOM, TOP)
    series = (("accepted", [(s, a) for s, a, _ in steps]), ("refused (429)", [(s, r) for s, _, r in steps]))
    lines = tuple(
        Line(name, _path([(across.at(s), up.at(n)) for s, n in points]), style)
        for style, (name, points) in enumerate(series, 1)
        if points[-1][1]
    )
    return Plot(
        key=key,
        said=said,
        unit="seconds from the first request; up: requests so far",
        across=axis(across),
        up=axis(up),
        lines=lines,
        figure=_figure(series),
    )


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Level until the next one, then straight up."""
    x, y = points[0]
    path = f"M{x} {y}"
    for here, level in points[1:]:
        if level != y:
            path += f"H{here}V{level}"
            y = level
    return f"{path}H{points[-1][0]}"


def _figure(series: Sequence[tuple[str, Sequence[tuple[float, int]]]]) -> dict[str, object]:
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": [round(s, 2) for s, _ in points],
            "y": [n for _, n in points],
            "line": {"shape": "hv"},
        }
        for name, points in series
    ]
    layout = {"xaxis": {"title": {"text": "seconds"}}, "yaxis": {"title": {"text": "requests so far"}}}
    return {"data": data, "layout": layout}
