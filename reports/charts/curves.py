"""Time-to-image curves: the share of all requests that had their image by then; failures never arrive."""

from collections.abc import Mapping, Sequence

from monitor.judge.result import Latency
from reports.charts.plot import BOTTOM, LEFT, RIGHT, TOP, Line, Plot, Tick, as_text, axis, style_of
from reports.charts.scale import Scale, around

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def curves(key: str, said: str, latencies: Mapping[str, Latency], *, reach: bool = False) -> Plot | None:
    """One step line for each provider on one axis; None where nobody has a point."""
    drawn = {name: latency for name, latency in latencies.items() if latency.ecdf}
    if not drawn:
        return None
    across = around((ms for latency in drawn.values() for ms, _ in latency.ecdf), LEFT, RIGHT)
    up = Scale(0.0, 1.0, BOTTOM, TOP)
    lines = tuple(
        Line(name, step_path(latency.ecdf, across, up), style_of(place))
        for place, (name, latency) in enumerate(drawn.items())
    )
    scale_word = ", log scale" if across.log else ""
    return Plot(
        key=key,
        said=said,
        unit=f"{'milliseconds' if reach else 'seconds'}{scale_word}; up: % of all requests",
        across=axis(across, factor=1.0 if reach else 0.001),
        up=tuple(Tick(up.at(share), f"{share * 100:.0f}") for share in _SHARES),
        lines=lines,
        hatched=_never(drawn, up) if len(drawn) == 1 else "",
        figure=_figure(drawn, log=across.log, reach=reach),
    )


def step_path(points: Sequence[tuple[float, float]], across: Scale, up: Scale) -> str:
    """An inverse-ECDF is a staircase: level until the next image came, then straight up."""
    x, y = across.at(points[0][0]), up.at(0.0)
    path = f"M{x} {y}"
    for ms, share in points:
        here, level = across.at(ms), up.at(share)
        if level != y:
            path += (f"H{here}" if here != x else "") + f"V{level}"
            x, y = here, level
    return f"{path}H{across.end}"


def _never(drawn: Mapping[str, Latency], up: Scale) -> str:
    """The part of all requests that never had an image, hatched at the right."""
    (latency,) = drawn.values()
    top = up.at(latency.ecdf[-1][1])
    return f"M{RIGHT - 44} {TOP}H{RIGHT}V{top}H{RIGHT - 44}z" if top > TOP + 1 else ""


def _figure(drawn: Mapping[str, Latency], *, log: bool, reach: bool) -> dict[str, object]:
    factor, unit = (1.0, "ms") if reach else (0.001, "s")
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": as_text(name),
            "x": [round(ms * factor, 4) for ms, _ in latency.ecdf],
            "y": [round(share * 100, 3) for _, share in latency.ecdf],
            "line": {"shape": "hv"},
            "hovertemplate": f"%{{y:.1f}} % within %{{x}} {unit}",
        }
        for name, latency in drawn.items()
    ]
    layout = {
        "xaxis": {"title": {"text": "milliseconds" if reach else "seconds"}, "type": "log" if log else "linear"},
        "yaxis": {"title": {"text": "% of all requests"}, "range": [0, 101]},
    }
    return {"data": data, "layout": layout}
