"""What is due, from the last slot in the ledger: a table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.service.due import LOOK_BACK, Due, due, grace_of, lead_of
from monitor.slots import Every

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTES = Every(timedelta(minutes=1))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("last", "now", "start", "missed"),
    [
        (0, 30, None, []),
        (0, 58.9, None, []),
        (0, 59, 60, []),
        (0, 60, 60, []),
        (0, 75, 60, []),
        (0, 75.1, None, [60]),
        (0, 119, 120, [60]),
        (0, 185, 180, [60, 120]),
        (0, 200, None, [60, 120, 180]),
        (60, 60, None, []),
        (60, -3600, None, []),
    ],
    ids=[
        "nothing is due",
        "not yet within the lead",
        "a lead before its time",
        "on its time",
        "as late as may be",
        "too late",
        "the newest is begun, the older one missed",
        "several missed",
        "all missed",
        "begun already",
        "the clock stepped back",
    ],
)
def test_the_newest_slot_is_begun_and_the_others_are_missed(
    last: float, now: float, start: float | None, missed: list[float]
) -> None:
    found = due(MINUTES, at(last), at(now), lead=timedelta(seconds=1), grace=timedelta(seconds=15))
    assert found == Due(None if start is None else at(start), [at(second) for second in missed])


@pytest.mark.parametrize(
    ("interval_s", "lead_s", "grace_s"), [(1, 0.25, 0.25), (60, 1, 15), (900, 1, 60), (604_800, 1, 60)]
)
def test_lead_and_grace_fit_into_the_interval(interval_s: float, lead_s: float, grace_s: float) -> None:
    interval = timedelta(seconds=interval_s)
    assert (lead_of(interval), grace_of(interval)) == (timedelta(seconds=lead_s), timedelta(seconds=grace_s))


@given(st.integers(0, 400 * 86_400), st.integers(1, 100_000))
def test_every_slot_of_a_hole_is_counted_once_alone_or_with_its_day(gap_s: int, interval_s: int) -> None:
    schedule = Every(timedelta(seconds=max(interval_s, gap_s // 5_000 + 1)))
    found = due(schedule, NOON, at(gap_s))
    single = [*found.missed, *([found.start] if found.start else [])]
    assert single == sorted(set(single))
    if single:
        assert single[-1] == schedule.latest(at(gap_s) + timedelta(seconds=1))
    if found.days:
        assert {slot.date() for slot in found.days} & {slot.date() for slot in single} == set()
        assert found.days[0] == schedule.next_after(NOON)
        assert at(gap_s) - found.days[-1] > LOOK_BACK
    assert found.days or single or gap_s < schedule.interval.total_seconds()
