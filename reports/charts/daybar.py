"""The bar of UTC days: each day five units wide, 26 high, what was not up drawn over what was.

From below: down (at least a fifth of the day's height, with a mark beneath), then degraded. From above: unknown,
hatched, then announced maintenance. Only time that was seen to be up is drawn as up; a day without any probe is
a dashed line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from monitor.judge.result import Day

PITCH = 5
HEIGHT = 26
_LEAST_DOWN = 6
_LEAST_UNKNOWN = 8  # a pattern needs room to be seen as one
_LEAST_OTHER = 5
_VISIBLE_UNKNOWN = 0.01  # less than this share of a day (14 min) is said in words only


@dataclass(frozen=True, slots=True)
class DayBar:
    """Paths by state; an empty path is not drawn."""

    width: int
    up: str
    down: str
    degraded: str
    excluded: str
    unknown: str
    unseen: str


@dataclass(frozen=True, slots=True)
class _Column:
    """Heights of one day, in units."""

    down: int
    degraded: int
    excluded: int
    unknown: int
    up: bool


def daybar(days: Sequence[Day]) -> DayBar:
    """The paths of all days, the first at the left."""
    columns = [_column(day) for day in days]
    return DayBar(
        width=PITCH * len(days),
        up=_runs(columns, lambda column: column is not None and column.up, HEIGHT // 2),
        unseen=_runs(columns, lambda column: column is None, HEIGHT - 1),
        down=_boxes(columns, lambda c: (HEIGHT - c.down, c.down)) + _marks(columns),
        degraded=_boxes(columns, lambda c: (HEIGHT - c.down - c.degraded, c.degraded)),
        excluded=_boxes(columns, lambda c: (c.unknown, c.excluded)),
        unknown=_boxes(columns, lambda c: (0, c.unknown)),
    )


def _column(day: Day) -> _Column | None:
    total = day.up_s + day.down_s + day.degraded_s + day.unknown_s + day.excluded_s
    if not day.observed or total <= 0:
        return None
    down = _height(day.down_s, total, _LEAST_DOWN, HEIGHT)
    degraded = _height(day.degraded_s, total, _LEAST_OTHER, HEIGHT - down)
    unknown_s = day.unknown_s if day.unknown_s >= _VISIBLE_UNKNOWN * total else 0.0
    unknown = _height(unknown_s, total, _LEAST_UNKNOWN, HEIGHT - down - degraded)
    excluded = _height(day.excluded_s, total, _LEAST_OTHER, HEIGHT - down - degraded - unknown)
    if day.up_s <= 0:  # nothing green where nothing was up: what is unknown fills the day
        unknown = HEIGHT - down - degraded - excluded if unknown else 0
    return _Column(down, degraded, excluded, unknown, up=day.up_s > 0)


def _height(part_s: float, total_s: float, least: int, most: int) -> int:
    return min(most, max(least, ceil(part_s / total_s * HEIGHT))) if part_s > 0 else 0


def _runs(columns: Sequence[_Column | None], of: Callable[[_Column | None], bool], y: int) -> str:
    """Neighbouring days of one kind as one line; its dashes (4 on, 1 off) make the days."""
    path, start = "", None
    for place, column in enumerate([*columns, "end"]):
        inside = not isinstance(column, str) and of(column)
        if inside and start is None:
            start = place
        elif not inside and start is not None:
            path += f"M{start * PITCH} {y}H{place * PITCH - 1}"
            start = None
    return path


def _boxes(columns: Sequence[_Column | None], of: Callable[[_Column], tuple[int, int]]) -> str:
    boxes = ((place, *of(column)) for place, column in enumerate(columns) if column is not None)
    return "".join(f"M{place * PITCH} {top}h4v{height}h-4z" for place, top, height in boxes if height > 0)


def _marks(columns: Sequence[_Column | None]) -> str:
    """A triangle beneath each day with downtime: shape, not colour alone."""
    down = (place for place, column in enumerate(columns) if column is not None and column.down)
    return "".join(f"M{place * PITCH - 1} 34h6l-3-5z" for place in down)
