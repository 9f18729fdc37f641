"""What a schedule asks for now, given the last slot in the ledger. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.budget import day_start
from monitor.slots import MICROSECOND, Schedule, slots_between

LEAD = timedelta(seconds=1)  # a slot is claimed this much before it begins: the claim is a durable write
MOST_GRACE = timedelta(seconds=60)
LOOK_BACK = timedelta(days=8)  # how far back each missed slot is counted on its own


@dataclass(frozen=True, slots=True)
class Due:
    """`start`: the slot to begin (None: none is due). `missed`: those that passed without anybody to begin them.

    `days`: of a hole that is older than `LOOK_BACK`, the first slot of each UTC day; it stands for the whole day.
    """

    start: datetime | None
    missed: Sequence[datetime]
    days: Sequence[datetime] = ()


def lead_of(interval: timedelta) -> timedelta:
    """How long before a slot it is claimed: a second, or a quarter of a short interval."""
    return min(LEAD, interval / 4)


def grace_of(interval: timedelta) -> timedelta:
    """How late a slot may begin: a quarter of the interval, a minute at most. Later, it is missed.

    A late slot measures as well as one on time (its requests are planned from its real start), but it must leave
    room for its answers before the next one.
    """
    return min(MOST_GRACE, interval / 4)


def due(
    schedule: Schedule, last: datetime, now: datetime, *, lead: timedelta = LEAD, grace: timedelta = MOST_GRACE
) -> Due:
    """The slots later than `last` that have come, or come within `lead`: the newest to be begun, the others missed.

    A clock that stepped back finds nothing due until it is past `last` again: a slot is never begun twice.
    """
    recent = max(last, day_start(now - LOOK_BACK) - MICROSECOND)
    come = list(slots_between(schedule, recent, now + lead))
    days = tuple(_first_of_days(schedule, last, recent))
    if come and now <= come[-1] + grace:
        return Due(come[-1], come[:-1], days)
    return Due(None, come, days)


def _first_of_days(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """The first slot of each UTC day in (after, until]."""
    slot = schedule.next_after(after)
    while slot is not None and slot <= until:
        yield slot
        slot = schedule.next_after(day_start(slot) + timedelta(days=1) - MICROSECOND)
