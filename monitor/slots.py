"""When a probe is due: slots that depend on the schedule alone, never on when the service was started.

A slot is an instant (aware UTC). Slots of `every` are aligned to 1970 plus a fixed phase, so a restart, another
machine with the same configuration, and a test all find the same ones; that is what lets a hole be counted.
Slots of `cron` are at the minute that was named, in UTC.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from probes.clock import EPOCH

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

MICROSECOND = timedelta(microseconds=1)
WHOLE_SECONDS_FROM = timedelta(minutes=1)  # phases of longer intervals are whole seconds: slots that people can read
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # crontab counts from Sunday, APScheduler from Monday


class Schedule(Protocol):
    """Something with slots."""

    def next_after(self, instant: datetime) -> datetime | None:
        """The first slot later than `instant`; None: there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """A slot each `interval`, `phase` after the multiples of `interval` since 1970."""

    interval: timedelta
    phase: timedelta = timedelta()

    def __post_init__(self) -> None:
        """An interval has to last."""
        if self.interval <= timedelta():
            raise ValueError(f"an interval must be longer than nothing, not {self.interval}")

    def next_after(self, instant: datetime) -> datetime:
        """The first slot later than `instant`."""
        origin = EPOCH + self.phase
        return origin + ((instant - origin) // self.interval + 1) * self.interval

    def latest(self, until: datetime) -> datetime:
        """The last slot that is not later than `until`."""
        return self.next_after(until) - self.interval


@dataclass(frozen=True, slots=True)
class Cron:
    """A slot at each minute that a crontab expression names, UTC."""

    expression: str
    _trigger: "CronTrigger" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the expression; ValueError says what is wrong with it."""
        object.__setattr__(self, "_trigger", _trigger(self.expression))

    def next_after(self, instant: datetime) -> datetime | None:
        """The first slot later than `instant`; None: no date fits (30 February)."""
        found: datetime | None = self._trigger.get_next_fire_time(None, instant + MICROSECOND)
        return found.astimezone(UTC) if found else None


def phase_of(location: str, probe: str, interval: timedelta) -> timedelta:
    """Where within `interval` the slots of a probe lie: spread over probes and locations, the same for ever."""
    digest = hashlib.sha256(f"{location}\0{probe}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    step = timedelta(seconds=1) if interval >= WHOLE_SECONDS_FROM else timedelta(milliseconds=1)
    return step * int(share * (interval / step))


def schedule_of(location: str, probe: str, *, every: timedelta | None, cron: str | None) -> Schedule:
    """The schedule that a probe's configuration asks for: exactly one of `every` and `cron`."""
    if every is not None and cron is None:
        return Every(every, phase_of(location, probe, every))
    if cron is not None and every is None:
        return Cron(cron)
    raise ValueError(f"{probe} needs one of every and cron, not both and not neither")


def slots_between(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """All slots in (after, until], oldest first."""
    slot = schedule.next_after(after)
    while slot is not None and slot <= until:
        yield slot
        slot = schedule.next_after(slot)


def spacing(schedule: Schedule, at: datetime) -> timedelta:
    """How far the two slots that follow `at` are apart; a day where there are no two."""
    slots = list(islice(slots_between(schedule, at, at + timedelta(days=3653)), 2))
    return slots[1] - slots[0] if len(slots) == 2 else timedelta(days=1)


def _trigger(expression: str) -> "CronTrigger":
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - for those alone who write a crontab

    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(
            f"{expression!r} has {len(fields)} fields; a cron expression has 5: minute hour day month weekday"
        )
    if fields[2] != "*" and fields[4] != "*":
        raise ValueError(f"{expression!r} names a day of the month and a weekday; give one, and * for the other")
    minute, hour, day, month, weekday = fields
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday, expression), timezone=UTC
    )


def _weekdays(text: str, expression: str) -> str:
    """The weekdays of a crontab as names, since the numbers mean other days to APScheduler."""
    if text == "*":
        return text
    chosen = {day for part in text.split(",") for day in _days(part, expression)}
    return ",".join(DAYS[day] for day in sorted(chosen))


def _days(part: str, expression: str) -> Iterator[int]:
    span, _, step = part.partition("/")
    first, _, last = ("0", "-", "6") if span == "*" else span.partition("-")
    start = _day(first, expression)
    end = _day(last, expression) if last else (6 if step else start)
    if step and not (step.isdecimal() and int(step)):
        raise ValueError(f"{expression!r}: {step!r} is no step of days")
    length = end - start if end >= start else end - start + 7  # fri-mon goes over the end of the week
    return ((start + offset) % 7 for offset in range(0, length + 1, int(step or 1)))


def _day(text: str, expression: str) -> int:
    if text.lower() in DAYS:
        return DAYS.index(text.lower())
    if text.isdecimal() and int(text) <= 7:
        return int(text)  # 7 is Sunday too
    raise ValueError(f"{expression!r}: {text!r} is no weekday; write sun to sat, or 0 to 7")
