import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import weeks
from monitor.weeks import Week, WeekError

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana")


@pytest.mark.parametrize(
    ("key", "zone", "start", "hours"),
    [
        pytest.param("2026-W47", "UTC", "2026-11-16T00:00Z", 168, id="utc"),
        pytest.param("2026-W47", "Europe/Berlin", "2026-11-15T23:00Z", 168, id="winter"),
        pytest.param("2026-W13", "Europe/Berlin", "2026-03-22T23:00Z", 167, id="clock forward on Sunday"),
        pytest.param("2026-W43", "Europe/Berlin", "2026-10-18T22:00Z", 169, id="clock back on Sunday"),
        pytest.param("2026-W10", "America/New_York", "2026-03-02T05:00Z", 167, id="another continent, another week"),
        pytest.param("2026-W44", "America/New_York", "2026-10-26T04:00Z", 169, id="back in November"),
        pytest.param("2026-W14", "Australia/Lord_Howe", "2026-03-29T13:00Z", 168.5, id="half an hour back"),
        pytest.param("2026-W47", "Asia/Kathmandu", "2026-11-15T18:15Z", 168, id="a quarter of an hour off"),
        pytest.param("2026-W53", "Europe/Berlin", "2026-12-27T23:00Z", 168, id="over the turn of the year"),
    ],
)
def test_a_week_runs_from_local_monday_to_local_monday(key: str, zone: str, start: str, hours: float) -> None:
    begin, end = weeks.parse(key).bounds(ZoneInfo(zone))

    assert begin == datetime.fromisoformat(start)
    assert end - begin == timedelta(hours=hours)
    assert begin.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-47", "is not an ISO week; write it like 2026-W47"),
        ("2026-w47", "is not an ISO week; write it like 2026-W47"),
        ("2026-W7", "is not an ISO week; write it like 2026-W47"),
        ("", "is not an ISO week; write it like 2026-W47"),
        ("2026-W47\n", "is not an ISO week; write it like 2026-W47"),
        ("２０２６-W47", "is not an ISO week; write it like 2026-W47"),
        ("2025-W53", "does not exist: 2025 has the weeks 2025-W01 to 2025-W52"),
        ("2026-W54", "does not exist: 2026 has the weeks 2026-W01 to 2026-W53"),
        ("2026-W00", "does not exist: 2026 has the weeks 2026-W01 to 2026-W53"),
        ("0001-W01", "lies outside of the years 1970 to 2999"),
        ("9999-W52", "lies outside of the years 1970 to 2999"),
    ],
)
def test_a_text_that_names_no_week_is_told_what_would(text: str, says: str) -> None:
    with pytest.raises(WeekError) as fault:
        weeks.parse(text)

    assert str(fault.value) == f"{text!r} {says}"


@pytest.mark.parametrize(
    ("now", "zone", "key"),
    [
        pytest.param("2026-11-22T10:00Z", "UTC", "2026-W46", id="on Sunday the week still runs"),
        pytest.param("2026-11-22T22:59:59Z", "Europe/Berlin", "2026-W46", id="one second before local Monday"),
        pytest.param("2026-11-22T23:00Z", "Europe/Berlin", "2026-W47", id="local Monday, UTC Sunday"),
        pytest.param("2026-11-22T23:00Z", "UTC", "2026-W46", id="the same instant elsewhere"),
        pytest.param("2027-01-04T07:00Z", "UTC", "2026-W53", id="first Monday of a year"),
    ],
)
def test_the_last_complete_week_is_the_one_that_is_over_here(now: str, zone: str, key: str) -> None:
    assert weeks.last_complete(datetime.fromisoformat(now), ZoneInfo(zone)).key == key


@given(st.dates(date(1970, 1, 8), date(2999, 12, 1)), st.sampled_from(ZONES))
def test_weeks_tile_time_without_hole_or_overlap(day: date, zone: str) -> None:
    week = weeks.of(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), ZoneInfo(zone))
    days = list(week.days(ZoneInfo(zone)))

    assert weeks.parse(week.key) == week
    assert week.following().previous() == week
    assert week.bounds(ZoneInfo(zone))[1] == week.following().bounds(ZoneInfo(zone))[0]
    assert (days[0][1], days[-1][2]) == week.bounds(ZoneInfo(zone))
    assert all(before[2] == after[1] for before, after in itertools.pairwise(days))
    assert weeks.of(days[0][1], ZoneInfo(zone)) == week
    assert weeks.of(days[-1][2] - timedelta(microseconds=1), ZoneInfo(zone)) == week


def test_weeks_sort_by_time() -> None:
    assert sorted([Week(2027, 1), Week(2026, 53), Week(2026, 9)]) == [Week(2026, 9), Week(2026, 53), Week(2027, 1)]
    assert sorted(["2027-W01", "2026-W53", "2026-W09"]) == ["2026-W09", "2026-W53", "2027-W01"]
