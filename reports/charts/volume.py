"""What a month costs by its number of images, both axes logarithmic, so that lines in proportion are parallel."""

import math
from collections.abc import Callable, Mapping, Sequence

from reports.charts.plot import BOTTOM, LEFT, RIGHT, TOP, Line, Plot, Point, Tick, as_text, style_of
from reports.charts.scale import Scale, ticks

_POINTS = 41
_ROOM = 12  # for ticks in thousands of dollars, which are wide
Month = Callable[[float], float]


def volumes(
    key: str,
    said: str,
    months: Mapping[str, Month],
    ends: tuple[int, int],
    crossings: Sequence[tuple[float, float]] = (),
) -> Plot | None:
    """One line for each provider between two volumes; None where nobody has a price.

    `crossings` (images, USD) are marked where they lie within the drawing.
    """
    first, last = ends
    costs = [month(end) for month in months.values() for end in ends]
    if not costs or min(costs) <= 0:
        return None
    at = [first * (last / first) ** (step / (_POINTS - 1)) for step in range(_POINTS)]
    across = Scale(first, last, LEFT + _ROOM, RIGHT, log=True)
    up = Scale(*_ends(min(costs), max(costs)), BOTTOM, TOP, log=True)
    lines = tuple(
        Line(name, _path([(across.at(x), up.at(month(x))) for x in at]), style_of(place))
        for place, (name, month) in enumerate(months.items())
    )
    return Plot(
        key=key,
        said=said,
        unit="usable images a month; up: USD, both log scale",
        across=tuple(Tick(across.at(x), _short(x)) for x in ticks(across)),
        up=tuple(Tick(up.at(usd), _short(usd)) for usd in ticks(up)),
        lines=lines,
        points=tuple(Point(across.at(x), up.at(usd), _short(_rough(x))) for x, usd in crossings if first <= x <= last),
        figure=_figure(months, at, crossings),
    )


def _ends(low: float, high: float) -> tuple[float, float]:
    """Powers of ten around both, a decade apart at least."""
    return 10 ** math.floor(math.log10(low)), 10 ** max(math.ceil(math.log10(high)), math.floor(math.log10(low)) + 1)


def _rough(number: float) -> float:
    """Two digits, for a mark; the exact volume stands in the words above the drawing."""
    return float(f"{number:.2g}")


def _short(number: float) -> str:
    """`500`, `10k`, `1M`."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def _path(points: list[tuple[int, int]]) -> str:
    """A line through the points; two are enough where it is straight."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    straight = all(abs(y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y) < 1 for x, y in points)
    return "M" + "L".join(f"{x} {y}" for x, y in ((points[0], points[-1]) if straight else points))


def _figure(
    months: Mapping[str, Month], at: list[float], crossings: Sequence[tuple[float, float]]
) -> dict[str, object]:
    marks = {
        "type": "scatter",
        "mode": "markers",
        "name": "costs the same",
        "x": [round(x) for x, _ in crossings],
        "y": [round(usd, 2) for _, usd in crossings],
        "marker": {"symbol": "circle-open", "size": 11},
        "hovertemplate": "%{x:,} images: $%{y:,.2f}",
    }
    data: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": as_text(name),
            "x": [round(x) for x in at],
            "y": [round(month(round(x)), 2) for x in at],
            "hovertemplate": "%{x:,} images: $%{y:,.2f}",
        }
        for name, month in months.items()
    ]
    layout = {
        "xaxis": {"title": {"text": "usable images a month"}, "type": "log"},
        "yaxis": {"title": {"text": "USD a month"}, "type": "log"},
    }
    return {"data": [*data, marks] if crossings else data, "layout": layout}
