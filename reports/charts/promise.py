"""A value against a promise, 300 by 52 units: the promise in the middle, broken to its left, kept to its right.

In any unit and direction, so that the eye reads one column of whiskers. Each half has a linear scale, and its end is
printed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reports.charts.scale import step_of

WIDTH = 300
MIDDLE = 150
_LINE = 21
_CAP = "v10"
_USUAL = 0.5  # of the promise: how far a half reaches where nothing was measured on its side
_NEAR = 2  # times a half's reach: no further away, the end of what values can be is its end
_PARTS = 4  # a half is cut into about so many round steps


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised: the `most` of something (a latency, a price), or the least. Values lie in [floor, ceiling]."""

    value: float
    most: bool
    floor: float
    ceiling: float

    def goodness(self, value: float) -> float:
        """How far a value lies on the kept side; below zero: on the broken one."""
        return self.value - value if self.most else value - self.value

    def at(self, goodness: float) -> float:
        """The value that lies so far on the kept side."""
        return self.value - goodness if self.most else self.value + goodness

    @property
    def room(self) -> tuple[float, float]:
        """How far values can lie on the broken and on the kept side."""
        down, up = self.value - self.floor, self.ceiling - self.value
        return (up, down) if self.most else (down, up)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths and texts. `line` and `dot` are missing where nothing was measured; then all of it is hatched."""

    line: str
    dot: int | None
    hatched: str
    worst: str
    promised: str
    best: str
    said: str


def drawing(
    promise: Promise,
    value: float,
    low: float | None,
    high: float | None,
    *,
    text: Callable[[float], str],
    said: str,
) -> Drawing:
    """The value with its interval; a bound that is missing is drawn hatched to the end of its half."""
    furthest = max(abs(promise.goodness(at)) for at in (value, low, high) if at is not None)
    broken, kept = (_reach(promise, furthest, room) for room in promise.room)

    def place(at: float) -> int:
        good = promise.goodness(at)
        share = good / (kept if good > 0 else broken) if (kept if good > 0 else broken) else 0.0
        return round(MIDDLE + MIDDLE * min(max(share, -1.0), 1.0))

    left, right = (high, low) if promise.most else (low, high)
    start, end = (place(value) if bound is None else place(bound) for bound in (left, right))
    caps = "".join(f"M{x} 16{_CAP}" for x, bound in ((start, left), (end, right)) if bound is not None)
    return Drawing(
        line=f"M{start} {_LINE}H{end}{caps}",
        dot=place(value),
        hatched=_open(left is None, right is None, start, end),
        worst=text(promise.at(-broken)),
        promised=text(promise.value),
        best=text(promise.at(kept)) if kept else "",
        said=said,
    )


def unbounded(value: float, *, text: Callable[[float], str], said: str) -> Drawing:
    """A promise that has no end, kept as far as it was tried: up to `value`, in the middle."""
    return Drawing(
        f"M0 {_LINE}H{MIDDLE}", MIDDLE, f"M{MIDDLE} 10H{WIDTH}v22H{MIDDLE}z", text(0.0), text(value), "", said
    )


def nothing(promised: str, said: str) -> Drawing:
    """Nothing to draw but the promise."""
    return Drawing("", None, f"M0 10h{WIDTH}v22H0z", "", promised, "", said)


def _reach(promise: Promise, furthest: float, room: float) -> float:
    """How far a half reaches: a round number beyond all that is drawn, or the end of what values can be, if near."""
    wanted = furthest or min(abs(promise.value) * _USUAL or 1.0, room or 1.0)
    step = step_of(wanted, _PARTS)
    reach = step * (int(wanted / step) + 1)
    return room if room < _NEAR * reach else reach


def _open(left: bool, right: bool, start: int, end: int) -> str:  # noqa: FBT001 - two sides of one thing
    before = f"M0 10h{start}v22H0z" if left and start > 0 else ""
    after = f"M{end} 10H{WIDTH}v22H{end}z" if right and end < WIDTH else ""
    return before + after
