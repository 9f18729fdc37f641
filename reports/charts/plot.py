"""The nouns that the templates draw: plots with lines, and rows of bars. All positions are whole units."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.charts.scale import Scale, ticks

WIDTH, HEIGHT = 400, 220
LEFT, RIGHT, TOP, BOTTOM = 36, 392, 10, 178
STYLES = 6  # line styles: colour and dashes together; further lines share the last, grey one

Figure = Mapping[str, Any]  # what Plotly is given: {"data": [...], "layout": {...}}


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and its word."""

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One drawn line. `style` 1 to 6 is colour and dashes."""

    name: str
    path: str
    style: int
    dots: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A place within the plot that is named: a ring, and its word above it."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over two axes. `said` is the same in words, for those who do not see it."""

    key: str
    said: str
    unit: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    lines: tuple[Line, ...]
    hatched: str = ""
    points: tuple[Point, ...] = ()
    figure: Figure = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar, with the class that gives its colour and pattern."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One bar, or a dot with its interval, with its words at both ends."""

    name: str
    note: str = ""
    end: str = ""
    segments: tuple[Segment, ...] = ()
    dot: int | None = None
    line: str = ""  # interval path relative to the middle of the row
    mark: int | None = None  # a diamond: the promised or listed value
    kind: str = "b-plain"  # the class of a plain bar


@dataclass(frozen=True, slots=True)
class Bars:
    """Rows over one axis."""

    key: str
    said: str
    unit: str
    across: tuple[Tick, ...]
    rows: tuple[Row, ...]
    pitch: int = 34
    names: int = 96  # where the names end, right-aligned
    over: bool = False  # names stand above their rows, which then take the whole width
    figure: Figure = field(default_factory=dict)

    @property
    def bottom(self) -> int:
        """Where the axis runs, beneath the last row."""
        return TOP + self.pitch * len(self.rows)

    @property
    def height(self) -> int:
        """Of the whole drawing."""
        return self.bottom + 38


def as_text(name: str) -> str:
    """A foreign name for Plotly, which would read markup in it."""
    return html.escape(name, quote=False)


def style_of(place: int) -> int:
    """The line style of the n-th series, counted from 0."""
    return min(place, STYLES - 1) + 1


def axis(scale: Scale, words: Sequence[str] | None = None, wanted: int = 4, factor: float = 1.0) -> tuple[Tick, ...]:
    """Ticks of a scale; `factor` turns stored units into printed ones (ms into s, shares into percent)."""
    values = ticks(scale, wanted)
    texts = words or [f"{round(value * factor, 9):,.12g}" for value in values]
    return tuple(Tick(scale.at(value), text) for value, text in zip(values, texts, strict=True))


def interval(scale: Scale, low: float | None, high: float | None, dot: int) -> str:
    """The path of an interval around y = 0; only a known end has a cap."""
    left, right = (dot if bound is None else scale.at(bound) for bound in (low, high))
    caps = "".join(f"M{x} -5v10" for x, bound in ((left, low), (right, high)) if bound is not None)
    return f"M{left} 0H{right}{caps}"
