"""Rate limiters as providers build them. Pure: time is an argument and never runs back.

Amounts are requests, images, input tokens or USD. What a project's limits are is said in `gates`.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import floor
from typing import Protocol
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")  # where a provider's day begins
MINUTE_S = 60.0
_ROUNDING_S = 1e-9  # who waits exactly as long as told must not be refused for a rounding error
_ROUNDING = 1e-9  # of an amount: sums of cents


@dataclass(frozen=True, slots=True)
class Left:
    """What a rate limit still admits at once, and in how many seconds it is whole again."""

    requests: int
    whole_in_s: float


class Rate(Protocol):
    """A limit on an amount per time."""

    def wait_s(self, at_s: float, amount: float = 1) -> float:
        """Seconds until it would admit so much; 0: now."""
        ...

    def take(self, at_s: float, amount: float = 1) -> None:
        """Count what was admitted."""
        ...

    def left(self, at_s: float) -> Left:
        """What it says of itself in headers."""
        ...


class TokenBucket:
    """Refilled continuously. No stretch of L seconds admits more than `burst + per_minute * L / 60`.

    Kept as the time at which the bucket will be full (GCRA, ITU-T I.371): one number, no drift.
    """

    def __init__(self, per_minute: float, burst: float) -> None:
        """A full bucket."""
        self._gap_s = MINUTE_S / per_minute
        self._burst = burst
        self._full_at_s: float | None = None

    def _due_s(self, at_s: float) -> float:
        return 0.0 if self._full_at_s is None else max(0.0, self._full_at_s - at_s)

    def wait_s(self, at_s: float, amount: float = 1) -> float:
        """Seconds until there is so much; who asks for more than the bucket holds waits for a full one."""
        wait_s = self._due_s(at_s) - (self._burst - min(amount, self._burst)) * self._gap_s
        return wait_s if wait_s > _ROUNDING_S else 0.0

    def take(self, at_s: float, amount: float = 1) -> None:
        """Take so much."""
        self._full_at_s = max(at_s, self._full_at_s or at_s) + amount * self._gap_s

    def left(self, at_s: float) -> Left:
        """Whole tokens, and the time to a full bucket."""
        return Left(max(0, floor(self._burst - self._due_s(at_s) / self._gap_s)), self._due_s(at_s))


class FixedWindow:
    """So much in each window of the clock; two windows' worth can pass around the turn of one."""

    def __init__(self, per_minute: float, offset_s: float = 0.0, window_s: float = MINUTE_S) -> None:
        """`offset_s`: how far into a window the clock was at time 0."""
        self._allowed = floor(per_minute * window_s / MINUTE_S)
        self._offset_s = offset_s
        self._window_s = window_s
        self._window = -1
        self._count = 0.0

    def _of(self, at_s: float) -> int:
        return floor((at_s + self._offset_s) / self._window_s)

    def _used(self, at_s: float) -> float:
        return self._count if self._of(at_s) <= self._window else 0.0

    def _turn_s(self, at_s: float) -> float:
        return (max(self._of(at_s), self._window) + 1) * self._window_s - self._offset_s - at_s

    def wait_s(self, at_s: float, amount: float = 1) -> float:
        """Seconds until the next window, if there is not so much left of this one."""
        fits = self._used(at_s) + min(amount, self._allowed) <= self._allowed
        return 0.0 if fits else self._turn_s(at_s)

    def take(self, at_s: float, amount: float = 1) -> None:
        """Count it in the window of its time."""
        self._count = self._used(at_s) + amount
        self._window = max(self._window, self._of(at_s))

    def left(self, at_s: float) -> Left:
        """What is left of this window, and the time to the next."""
        return Left(max(0, floor(self._allowed - self._used(at_s))), self._turn_s(at_s))


class SlidingLog:
    """So much within any stretch of `window_s` that ends now: every admission is remembered until it is too old."""

    def __init__(self, allowed: float, window_s: float = MINUTE_S) -> None:
        """Nothing was admitted yet."""
        self._allowed = allowed
        self._window_s = window_s
        self._log: deque[tuple[float, float]] = deque()  # when, how much; oldest first

    def _kept(self, at_s: float) -> list[tuple[float, float]]:
        return [(taken_s, amount) for taken_s, amount in self._log if taken_s + self._window_s > at_s + _ROUNDING_S]

    def wait_s(self, at_s: float, amount: float = 1) -> float:
        """Seconds until enough of the log is too old."""
        kept = self._kept(at_s)
        over = sum(taken for _, taken in kept) + min(amount, self._allowed) - self._allowed
        if over <= _ROUNDING:
            return 0.0
        until = accumulate(taken for _, taken in kept)
        return next(
            taken_s + self._window_s - at_s
            for (taken_s, _), freed in zip(kept, until, strict=True)
            if freed >= over - _ROUNDING
        )

    def take(self, at_s: float, amount: float = 1) -> None:
        """Remember it."""
        self._log = deque(self._kept(at_s))
        self._log.append((at_s, amount))

    def left(self, at_s: float) -> Left:
        """What still fits, and the time until the log is empty."""
        kept = self._kept(at_s)
        last_s = kept[-1][0] + self._window_s - at_s if kept else 0.0
        return Left(max(0, floor(self._allowed - sum(amount for _, amount in kept) + _ROUNDING)), last_s)


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
