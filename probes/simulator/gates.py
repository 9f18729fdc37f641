"""All limits of one project (or key), and what one request weighs against each.

A request is admitted when no limit is violated, and only then counted by any of them; a refusal names every limit
that is violated, as Google does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from probes.simulator.limits import MINUTE_S, Day, FixedWindow, Rate, SlidingLog, TokenBucket
from probes.simulator.tables import LimitRules

DEFAULT_BURST = 10


class Which(StrEnum):
    """The limit in question."""

    RPM = "rpm"
    TPM = "tpm"
    IPM = "ipm"
    SPEND = "spend"
    RPD = "rpd"
    CONCURRENCY = "concurrency"


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that refused. `wait_s`: when it would have admitted (None: it cannot know)."""

    which: Which
    allowed: float
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Weight:
    """What one request weighs."""

    tokens: float = 0.0  # of its input
    images: float = 1.0
    usd: float = 0.0

    def of(self, which: Which) -> float:
        """Against this limit."""
        return {Which.TPM: self.tokens, Which.IPM: self.images, Which.SPEND: self.usd}.get(which, 1.0)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on an amount per time, and what the provider says that it is."""

    which: Which
    stated: float
    rate: Rate


ONE = Weight()


class Gate:
    """All limits of one project."""

    def __init__(self, limits: Sequence[Limit] = (), day: Day | None = None, concurrency: int | None = None) -> None:
        """None and nothing mean unlimited."""
        self._limits = tuple(limits)
        self._day = day
        self._concurrency = concurrency
        self._in_flight = 0

    @property
    def rate(self) -> Rate | None:
        """The limit on requests, of which answers tell in headers."""
        return next((limit.rate for limit in self._limits if limit.which is Which.RPM), None)

    def admit(self, at_s: float, at: datetime, weight: Weight = ONE) -> tuple[Violation, ...]:
        """Every limit that refuses; where there is none, the request is counted and holds a place in flight."""
        checks = (self._day_check(at), *self._rate_checks(at_s, weight), self._concurrency_check())
        violations = tuple(violation for violation in checks if violation is not None)
        if not violations:
            self._count(at_s, at, weight)
        return violations

    def leave(self) -> None:
        """An admitted request has ended: its place in flight is free."""
        self._in_flight -= 1

    def _count(self, at_s: float, at: datetime, weight: Weight) -> None:
        self._in_flight += 1
        for limit in self._limits:
            limit.rate.take(at_s, weight.of(limit.which))
        if self._day:
            self._day.take(at)

    def _day_check(self, at: datetime) -> Violation | None:
        wait_s = self._day.wait_s(at) if self._day else 0.0
        return Violation(Which.RPD, self._day.allowed, wait_s) if self._day and wait_s > 0 else None

    def _rate_checks(self, at_s: float, weight: Weight) -> list[Violation | None]:
        waits = [(limit, limit.rate.wait_s(at_s, weight.of(limit.which))) for limit in self._limits]
        return [Violation(limit.which, limit.stated, wait_s) for limit, wait_s in waits if wait_s > 0]

    def _concurrency_check(self) -> Violation | None:
        full = self._concurrency is not None and self._in_flight >= self._concurrency
        return Violation(Which.CONCURRENCY, self._concurrency or 0, None) if full else None


def gate(rules: LimitRules, at_unix_s: float) -> Gate:
    """The limits as a scenario says. `at_unix_s`: the Unix time of time 0, by which windows of the clock turn."""
    per_minute = [
        (Which.RPM, rules.rpm, rules.advertised_rpm, rules.burst or DEFAULT_BURST),
        (Which.TPM, rules.tpm, None, rules.tpm),
        (Which.IPM, rules.ipm, None, rules.ipm),
    ]
    limits = [
        Limit(which, stated or amount, _rate(rules, amount, burst or amount, at_unix_s))
        for which, amount, stated, burst in per_minute
        if amount is not None
    ]
    if rules.spend_usd is not None:
        limits.append(Limit(Which.SPEND, rules.spend_usd, SlidingLog(rules.spend_usd, rules.spend_window_s)))
    return Gate(limits, None if rules.rpd is None else Day(rules.rpd), rules.concurrency)


def _rate(rules: LimitRules, per_minute: float, burst: float, at_unix_s: float) -> Rate:
    if rules.kind == "fixed_window":
        return FixedWindow(per_minute, at_unix_s % rules.window_s, rules.window_s)
    if rules.kind == "sliding_log":
        return SlidingLog(per_minute * rules.window_s / MINUTE_S, rules.window_s)
    return TokenBucket(per_minute, burst)
