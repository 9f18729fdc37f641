"""A column of a table: how it is read from a judgement, worded, and drawn on the scale that all its rows share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports.charts.scale import Scale, around, below_one, linear
from reports.charts.whisker import END, START, Whisker, whisker
from reports.pages.view import Cell, Subject
from reports.words import Shown

ScaleOf = Callable[[Sequence[float]], Scale]


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure of one provider: numbers for the drawing, words for the reader."""

    shown: Shown
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: str | None = None
    note: str | None = None
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a column: its words, its scale, and its entry on the methodology page."""

    text: str
    scale: str
    method: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A column: its header, how it is read, and the scale that all rows share."""

    head: str
    read: Callable[[Subject], Reading]
    scale: ScaleOf
    factor: float = 1.0  # from stored to printed units, for the ends of the scale
    wide: bool = False  # its notes are long
    method: str = ""  # its key on the methodology page
    tier: str = ""  # the metric by which providers are put in tiers

    def column(self, subjects: Sequence[Subject]) -> tuple[Head, list[Cell]]:
        """The header, and one cell for each provider."""
        readings = [self.read(subject) for subject in subjects]
        numbers = [x for r in readings for x in (r.value, r.low, r.high) if x is not None and r.value is not None]
        scale = self.scale(numbers) if numbers else None
        cells = [self._cell(reading, scale) for reading in readings]
        return Head(self.head, _ends(scale, self.factor) if scale else "", self.method), cells

    def _cell(self, reading: Reading, scale: Scale | None) -> Cell:
        return Cell(
            head=self.head,
            value=reading.shown.value,
            bounds=reading.shown.bounds,
            n=reading.n,
            note=reading.note,
            whisker=_drawn(reading, scale),
            known=reading.shown.known,
            wide=self.wide,
        )


def _drawn(reading: Reading, scale: Scale | None) -> Whisker | None:
    if scale is None or reading.value is None:
        return None
    return whisker(scale, reading.value, reading.low, reading.high, hollow=reading.hollow)


def _ends(scale: Scale, factor: float) -> str:
    low, high = (f"{round(end * factor, 9):,.12g}" for end in (scale.low, scale.high))
    return f"{low} to {high}{', log' if scale.log else ''}"


# --- scales ---------------------------------------------------------------------------------------------------


def near_values(values: Sequence[float]) -> Scale:
    """Around positive values, logarithmic where they span much."""
    return around(values, START, END)


def up_to_one(values: Sequence[float]) -> Scale:
    """Shares up to 1, from a round one below the lowest."""
    return below_one(values, START, END)


def from_zero(values: Sequence[float]) -> Scale:
    """From 0 to a round number."""
    return linear(values, START, END)
