"""A dot with its interval, 240 by 28 units, drawn in a table cell on the scale that its column names."""

from dataclasses import dataclass

from reports.charts.scale import Scale

WIDTH = 240
START, END = 8, 232
_MIDDLE = 14
_CAP = "v12"


@dataclass(frozen=True, slots=True)
class Whisker:
    """Path of the interval and place of the dot. `hatched` is the part that the sample leaves open."""

    dot: int
    line: str
    hatched: str = ""
    hollow: bool = False  # the dot is itself a bound, not an estimate


def whisker(scale: Scale, value: float, low: float | None, high: float | None, *, hollow: bool = False) -> Whisker:
    """A missing bound is drawn hatched to the end of the scale, never as a certain end."""
    scale = scale.onto(START, END)
    dot = scale.at(value)
    left, right = (dot if bound is None else scale.at(bound) for bound in (low, high))
    caps = "".join(f"M{x} 8{_CAP}" for x, bound in ((left, low), (right, high)) if bound is not None)
    return Whisker(dot, f"M{left} {_MIDDLE}H{right}{caps}", _open_ends(low, high, left, right), hollow)


def _open_ends(low: float | None, high: float | None, left: int, right: int) -> str:
    before = f"M{START} 10h{left - START}v8H{START}z" if low is None and left > START else ""
    after = f"M{right} 10H{END}v8H{right}z" if high is None and right < END else ""
    return before + after
