"""Only what was seen to be up is drawn as up; what is unknown, left out or unseen never is."""

import re
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.judge.result import Day
from reports.charts.daybar import HEIGHT, PITCH, daybar

FIRST = date(2026, 8, 25)
UP = Day(FIRST, 86_400, 0, 0, 0, 0, observed=True)
UNSEEN = Day(FIRST, 0, 0, 0, 0, 0, observed=False)
UNKNOWN = Day(FIRST, 0, 0, 0, 86_400, 0, observed=True)
seconds = st.integers(0, 86_400)
any_day = st.builds(Day, st.just(FIRST), seconds, seconds, seconds, seconds, seconds, observed=st.booleans())


def boxes(path: str) -> list[tuple[int, int, int]]:
    """(place of the day, top, height) of each box."""
    return [(int(x) // PITCH, int(y), int(h)) for x, y, h in re.findall(r"M(\d+) (\d+)h4v(\d+)h-4z", path)]


def covered(path: str) -> set[int]:
    """The days of a line of runs."""
    found: set[int] = set()
    for start, end in re.findall(r"M(\d+) \d+H(\d+)", path):
        found.update(range(int(start) // PITCH, int(end) // PITCH + 1))
    return found


def test_days_without_failure_are_one_stroke() -> None:
    assert daybar([UP] * 90).up == "M0 13H449"


def test_a_day_without_a_probe_is_a_dashed_line_and_never_green() -> None:
    bar = daybar([UNSEEN, UP, UNSEEN])
    assert covered(bar.up) == {1}
    assert covered(bar.unseen) == {0, 2}


def test_a_day_that_was_unknown_throughout_is_hatched_throughout() -> None:
    bar = daybar([UNKNOWN])
    assert bar.up == ""
    assert boxes(bar.unknown) == [(0, 0, HEIGHT)]


def test_the_shortest_outage_is_a_fifth_of_the_day_high_and_marked_beneath() -> None:
    bar = daybar([replace(UP, up_s=86_399, down_s=1)])
    assert boxes(bar.down) == [(0, HEIGHT - 6, 6)]
    assert "M-1 34h6l-3-5z" in bar.down


def test_down_lies_below_degraded_and_unknown_above_maintenance() -> None:
    day = Day(FIRST, 40_000, 10_000, 10_000, 10_000, 10_000, observed=True)
    bar = daybar([day])
    ((_, down_top, down_height),) = boxes(bar.down)
    ((_, degraded_top, degraded_height),) = boxes(bar.degraded)
    ((_, unknown_top, unknown_height),) = boxes(bar.unknown)
    ((_, excluded_top, _),) = boxes(bar.excluded)
    assert down_top + down_height == HEIGHT
    assert degraded_top + degraded_height == down_top
    assert (unknown_top, excluded_top) == (0, unknown_height)


def test_unknown_slivers_of_under_one_percent_are_left_to_words() -> None:
    assert daybar([replace(UP, unknown_s=600)]).unknown == ""
    assert daybar([replace(UP, unknown_s=900)]).unknown != ""


@given(st.lists(any_day, max_size=90))
def test_green_is_only_where_something_was_seen_to_be_up(days: list[Day]) -> None:
    bar = daybar(days)
    for place in covered(bar.up) if bar.up else ():
        assert days[place].observed
        assert days[place].up_s > 0


@given(st.lists(any_day, min_size=1, max_size=90))
def test_every_day_with_downtime_is_drawn_and_no_other(days: list[Day]) -> None:
    drawn = {place for place, _, _ in boxes(daybar(days).down)}
    assert drawn == {place for place, day in enumerate(days) if day.observed and day.down_s > 0}


@given(st.lists(any_day, min_size=1, max_size=5))
def test_no_box_leaves_the_bar(days: list[Day]) -> None:
    bar = daybar(days)
    for path in (bar.down, bar.degraded, bar.excluded, bar.unknown):
        assert all(top >= 0 and top + height <= HEIGHT for _, top, height in boxes(path))


def test_days_are_in_order_of_their_place() -> None:
    days = [replace(UP, day=FIRST + timedelta(days=i)) for i in range(3)]
    days[1] = replace(days[1], down_s=3600)
    assert [place for place, _, _ in boxes(daybar(days).down)] == [1]
