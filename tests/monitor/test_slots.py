"""Slots depend on the schedule alone: tables and properties."""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.slots import Cron, Every, phase_of, schedule_of, slots_between, spacing

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
INTERVALS = st.integers(1_000, 40 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(INTERVALS, INSTANTS, st.text(max_size=8))
def test_slots_of_an_interval_are_exactly_one_interval_apart_and_aligned_to_1970(
    interval: timedelta, start: datetime, location: str
) -> None:
    schedule = schedule_of(location, "reach", every=interval, cron=None)
    slots = list(islice(slots_between(schedule, start, start + 5 * interval), 5))
    assert len(slots) == 5
    assert all(b - a == interval for a, b in pairwise(slots))
    assert (slots[0] - datetime(1970, 1, 1, tzinfo=UTC)) % interval == phase_of(location, "reach", interval)


@given(INTERVALS, INSTANTS, st.floats(0, 5), st.floats(0, 5))
def test_two_adjoining_windows_hold_together_the_slots_of_both(
    interval: timedelta, start: datetime, first: float, second: float
) -> None:
    schedule = schedule_of("fra-1", "baseline", every=interval, cron=None)
    middle, end = start + first * interval, start + (first + second) * interval
    halves = [*slots_between(schedule, start, middle), *slots_between(schedule, middle, end)]
    assert halves == list(slots_between(schedule, start, end))


@given(INTERVALS, INSTANTS)
def test_the_latest_slot_is_no_later_than_asked_and_the_next_one_is(interval: timedelta, instant: datetime) -> None:
    schedule = Every(interval, phase_of("fra-1", "reach", interval))
    assert schedule.latest(instant) <= instant < schedule.next_after(instant)
    assert schedule.next_after(schedule.latest(instant)) == schedule.next_after(instant)


@given(st.text(max_size=20), st.text(max_size=20), INTERVALS)
def test_a_phase_lies_within_the_interval_and_never_changes(location: str, probe: str, interval: timedelta) -> None:
    phase = phase_of(location, probe, interval)
    assert timedelta() <= phase < interval
    assert phase == phase_of(location, probe, interval)


def test_phases_of_locations_and_probes_are_spread_over_the_interval() -> None:
    minute = timedelta(minutes=1)
    phases = [phase_of(f"loc-{n}", probe, minute) for n in range(100) for probe in ("reach", "baseline")]
    by_quarter = [sum(q * 15 <= phase.total_seconds() < q * 15 + 15 for phase in phases) for q in range(4)]
    assert min(by_quarter) > 30  # 50 expected; a constant phase would leave three of them empty


def test_a_phase_is_pinned_so_that_an_upgrade_does_not_move_the_slots() -> None:
    assert phase_of("fra-1", "reach", timedelta(minutes=1)) == timedelta(seconds=43)


@pytest.mark.parametrize(
    ("expression", "after", "slots"),
    [
        ("0 4 * * sun", "2026-11-22T03:59", ["2026-11-22T04:00", "2026-11-29T04:00"]),
        ("0 4 * * 0", "2026-11-22T04:00", ["2026-11-29T04:00", "2026-12-06T04:00"]),
        ("0 4 * * 7", "2026-11-22T04:00", ["2026-11-29T04:00", "2026-12-06T04:00"]),
        ("0 4 * * 1", "2026-11-22T04:00", ["2026-11-23T04:00", "2026-11-30T04:00"]),
        ("0 0 * * 5-1", "2026-11-22T12:00", ["2026-11-23T00:00", "2026-11-27T00:00", "2026-11-28T00:00"]),
        ("0 0 * * fri-mon/2", "2026-11-22T12:00", ["2026-11-27T00:00", "2026-11-29T00:00"]),
        ("0 0 * * */3", "2026-11-22T12:00", ["2026-11-25T00:00", "2026-11-28T00:00", "2026-11-29T00:00"]),
        ("0 0 * * 0-7", "2026-11-22T12:00", ["2026-11-23T00:00", "2026-11-24T00:00"]),
        ("0 0 * * TUE,4", "2026-11-22T12:00", ["2026-11-24T00:00", "2026-11-26T00:00"]),
        ("0 0 1 * *", "2026-11-22T12:00", ["2026-12-01T00:00", "2027-01-01T00:00"]),
        ("*/20 * * * *", "2026-11-22T12:00", ["2026-11-22T12:20", "2026-11-22T12:40", "2026-11-22T13:00"]),
        ("0 0 29 2 *", "2026-11-22T12:00", ["2028-02-29T00:00"]),
    ],
)
def test_a_crontab_means_what_cron_means_in_utc(expression: str, after: str, slots: list[str]) -> None:
    found = islice(slots_between(Cron(expression), at(after), at("2033-01-01")), len(slots))
    assert list(found) == [at(slot) for slot in slots]


def test_a_date_that_never_comes_has_no_slots() -> None:
    assert Cron("0 0 30 2 *").next_after(NOON) is None
    assert spacing(Cron("0 0 30 2 *"), NOON) == timedelta(days=1)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("0 4 * *", "has 4 fields"),
        ("0 4 1 * sun", "names a day of the month and a weekday"),
        ("0 4 * * someday", "'someday' is no weekday"),
        ("0 4 * * 8", "'8' is no weekday"),
        ("0 4 * * */0", "'0' is no step"),
        ("61 4 * * *", "61"),
    ],
)
def test_a_wrong_crontab_says_what_is_wrong(expression: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        Cron(expression)


@pytest.mark.parametrize(
    ("every", "cron"), [(None, None), (timedelta(minutes=1), "0 4 * * *")], ids=["neither", "both"]
)
def test_a_schedule_is_either_an_interval_or_a_crontab(every: timedelta | None, cron: str | None) -> None:
    with pytest.raises(ValueError, match="reach needs one of every and cron"):
        schedule_of("fra-1", "reach", every=every, cron=cron)


def test_an_interval_must_last() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        Every(timedelta())


@pytest.mark.parametrize(
    ("expression", "apart"), [("0 4 * * sun", timedelta(days=7)), ("*/5 * * * *", timedelta(minutes=5))]
)
def test_spacing_is_the_distance_of_the_coming_slots(expression: str, apart: timedelta) -> None:
    assert spacing(Cron(expression), NOON) == apart
