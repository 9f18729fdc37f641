"""Rate limits as providers enforce them. Pure: time is an argument and never runs back.

Limits belong to a project: all its keys share them. A request is admitted when no limit is violated, and only then
counted by any of them; a refusal names every limit that is violated, as Google does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor
from typing import Protocol
from zoneinfo import ZoneInfo

from probes.simulator.scenario import LimitRules

PACIFIC = ZoneInfo("America/Los_Angeles")  # where a provider's day begins
MINUTE_S = 60.0
DEFAULT_BURST = 10
_ROUNDING_S = 1e-9  # who waits exactly as long as told must not be refused for a rounding error


class Which(StrEnum):
    """The limit in question."""

    RPM = "rpm"
    RPD = "rpd"
    CONCURRENCY = "concurrency"


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that refused. `wait_s`: when it would have admitted (None: it cannot know)."""

    which: Which
    allowed: float
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Left:
    """What a rate limit still admits at once, and in how many seconds it is whole again."""

    requests: int
    whole_in_s: float


class Rate(Protocol):
    """A limit on requests per minute."""

    def wait_s(self, at_s: float) -> float:
        """Seconds until it would admit one request; 0: now."""
        ...

    def take(self, at_s: float) -> None:
        """Count one admitted request."""
        ...

    def left(self, at_s: float) -> Left:
        """What it says of itself in headers."""
        ...


class TokenBucket:
    """Refilled continuously. No stretch of L seconds admits more than `burst + rpm * L / 60`.

    Kept as the time at which the bucket will be full (GCRA, ITU-T I.371): one number, no drift.
    """

    def __init__(self, rpm: float, burst: int) -> None:
        """A full bucket."""
        self._gap_s = MINUTE_S / rpm
        self._burst = burst
        self._full_at_s: float | None = None

    def _due_s(self, at_s: float) -> float:
        return 0.0 if self._full_at_s is None else max(0.0, self._full_at_s - at_s)

    def wait_s(self, at_s: float) -> float:
        """Seconds until there is a whole token."""
        wait_s = self._due_s(at_s) - (self._burst - 1) * self._gap_s
        return wait_s if wait_s > _ROUNDING_S else 0.0

    def take(self, at_s: float) -> None:
        """Take a token."""
        self._full_at_s = max(at_s, self._full_at_s or at_s) + self._gap_s

    def left(self, at_s: float) -> Left:
        """Whole tokens, and the time to a full bucket."""
        return Left(max(0, floor(self._burst - self._due_s(at_s) / self._gap_s)), self._due_s(at_s))


class FixedWindow:
    """So many requests in each minute of the clock; two windows' worth can pass around the turn of a minute."""

    def __init__(self, rpm: float, offset_s: float = 0.0) -> None:
        """`offset_s`: how far into a minute the clock was at time 0."""
        self._allowed = floor(rpm)
        self._offset_s = offset_s
        self._window = -1
        self._count = 0

    def _of(self, at_s: float) -> int:
        return floor((at_s + self._offset_s) / MINUTE_S)

    def _used(self, at_s: float) -> int:
        return self._count if self._of(at_s) <= self._window else 0

    def _turn_s(self, at_s: float) -> float:
        return (max(self._of(at_s), self._window) + 1) * MINUTE_S - self._offset_s - at_s

    def wait_s(self, at_s: float) -> float:
        """Seconds until the next minute, if this one is used up."""
        return 0.0 if self._used(at_s) < self._allowed else self._turn_s(at_s)

    def take(self, at_s: float) -> None:
        """Count one in the window of its time."""
        self._count = self._used(at_s) + 1
        self._window = max(self._window, self._of(at_s))

    def left(self, at_s: float) -> Left:
        """What is left of this window, and the time to the next."""
        return Left(self._allowed - self._used(at_s), self._turn_s(at_s))


class Day:
    """So many requests in a calendar day of Los Angeles (23 or 25 hours when the clocks change)."""

    def __init__(self, rpd: int) -> None:
        """A new day."""
        self.allowed = rpd
        self._day = ""
        self._count = 0

    def wait_s(self, at: datetime) -> float:
        """Seconds until midnight there, if the day is used up."""
        used = self._count if self._day == _day(at) else 0
        return 0.0 if used < self.allowed else (_next_midnight(at) - at).total_seconds()

    def take(self, at: datetime) -> None:
        """Count one."""
        day = _day(at)
        self._count = self._count + 1 if self._day == day else 1
        self._day = day


def _day(at: datetime) -> str:
    return at.astimezone(PACIFIC).date().isoformat()


def _next_midnight(at: datetime) -> datetime:
    there = at.astimezone(PACIFIC) + timedelta(days=1)
    return there.replace(hour=0, minute=0, second=0, microsecond=0)


class Gate:
    """All limits of one project."""

    def __init__(self, rate: Rate | None, rpm: float, day: Day | None, concurrency: int | None) -> None:
        """`rpm` is what a refusal by `rate` states; None means unlimited."""
        self.rate = rate
        self._rpm = rpm
        self._day = day
        self._concurrency = concurrency
        self._in_flight = 0

    def admit(self, at_s: float, at: datetime) -> tuple[Violation, ...]:
        """Every limit that refuses; where there is none, the request is counted and holds a place in flight."""
        violations = tuple(v for v in self._checks(at_s, at) if v is not None)
        if not violations:
            self._count(at_s, at)
        return violations

    def _count(self, at_s: float, at: datetime) -> None:
        self._in_flight += 1
        if self.rate:
            self.rate.take(at_s)
        if self._day:
            self._day.take(at)

    def leave(self) -> None:
        """An admitted request has ended: its place in flight is free."""
        self._in_flight -= 1

    def _checks(self, at_s: float, at: datetime) -> list[Violation | None]:
        return [self._day_check(at), self._rate_check(at_s), self._concurrency_check()]

    def _day_check(self, at: datetime) -> Violation | None:
        wait_s = self._day.wait_s(at) if self._day else 0.0
        return Violation(Which.RPD, self._day.allowed, wait_s) if self._day and wait_s > 0 else None

    def _rate_check(self, at_s: float) -> Violation | None:
        wait_s = self.rate.wait_s(at_s) if self.rate else 0.0
        return Violation(Which.RPM, self._rpm, wait_s) if wait_s > 0 else None

    def _concurrency_check(self) -> Violation | None:
        full = self._concurrency is not None and self._in_flight >= self._concurrency
        return Violation(Which.CONCURRENCY, self._concurrency or 0, None) if full else None


def gate(rules: LimitRules, into_minute_s: float) -> Gate:
    """The limits of one project as its scenario says. `into_minute_s`: how far into a minute time 0 is."""
    day = None if rules.rpd is None else Day(rules.rpd)
    return Gate(_rate(rules, into_minute_s), rules.advertised_rpm or rules.rpm or 0.0, day, rules.concurrency)


def _rate(rules: LimitRules, into_minute_s: float) -> Rate | None:
    if rules.rpm is None:
        return None
    if rules.kind == "fixed_window":
        return FixedWindow(rules.rpm, into_minute_s)
    return TokenBucket(rules.rpm, rules.burst or DEFAULT_BURST)
