"""May this request be sent? Hard caps, checked before each dispatch with what is in flight counted in.

`Budget` is a `probes.runner.Gate`. Money is counted in whole nano-dollars, so that a thousand prices of $0.058 are
exactly $58 and a cap is met exactly or not at all. What is reserved when a request is dispatched becomes spent when
it is settled: at the real price where the bill is known, else at the reserved (list) price. Days and months are
those of UTC. Money that was in flight over midnight counts in both days: a cap is never broken for a boundary.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

NANO = 1_000_000_000


class Gate(Protocol):
    """What asks before each dispatch (the same as `probes.runner.Gate`)."""

    def reserve(self, provider: str, usd: float) -> str | None:
        """None: reserved; else why not."""
        ...

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """The request is over; None: what it cost is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Caps:
    """USD that may be spent in a UTC day and in a UTC month; None: as much as wanted."""

    usd_per_day: float | None = None
    usd_per_month: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps of all providers together, and those of single ones."""

    together: Caps = Caps()
    providers: Mapping[str, Caps] = field(default_factory=dict)


def day_start(now: datetime) -> datetime:
    """Midnight UTC before `now`."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month_start(now: datetime) -> datetime:
    """Midnight UTC of the first day of the month of `now`."""
    return day_start(now).replace(day=1)


@dataclass(slots=True)
class _Period:
    """What was spent since `start`, by provider, in nano-dollars."""

    name: str  # day | month
    start_of: Callable[[datetime], datetime]
    start: datetime
    spent: Counter[str] = field(default_factory=Counter)

    def roll(self, now: datetime) -> None:
        """Begin anew when the period is over (never back: a clock that steps back frees no money)."""
        if (start := self.start_of(now)) > self.start:
            self.start, self.spent = start, Counter()


class Budget:
    """The caps, what is spent, and what is in flight. Used from one thread."""

    def __init__(self, limits: Limits, now: Callable[[], datetime]) -> None:
        """Nothing spent yet: `load` tells what was spent before this process began."""
        self._limits = limits
        self._now = now
        self._periods = [_Period("day", day_start, day_start(now())), _Period("month", month_start, month_start(now()))]
        self._in_flight: Counter[str] = Counter()
        self._settled: Counter[str] = Counter()  # ever, by provider: tells what came after a mark

    def mark(self) -> Mapping[str, int]:
        """Take before asking the store what was spent: what is settled later is added to its answer by `load`."""
        return Counter(self._settled)

    def load(self, day: Mapping[str, float], month: Mapping[str, float], mark: Mapping[str, int] | None = None) -> None:
        """Replace what is thought spent in this day and month by what the store says, plus what came after `mark`.

        A request that was settled while the store was being asked may be counted twice until the next load, never
        forgotten.
        """
        since = self._settled - Counter(mark if mark is not None else self._settled)
        for period, known in zip(self._periods, (day, month), strict=True):
            period.roll(self._now())
            period.spent = Counter({name: nano(usd) for name, usd in known.items()}) + since

    def reserve(self, provider: str, usd: float) -> str | None:
        """Take `usd` out of every cap that applies; or say which one would be broken, and take nothing."""
        price = nano(usd)
        if price == 0:
            return None  # what is free needs no budget: reach goes on when the money is spent
        now = self._now()
        for period in self._periods:
            period.roll(now)
            if refusal := self._refusal(period, provider, price):
                return refusal
        self._in_flight[provider] += price
        return None

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """Turn a reservation into money spent; a bill that is not known counts at the price reserved."""
        self._in_flight[provider] -= nano(reserved_usd)
        self.charge(provider, reserved_usd if actual_usd is None else actual_usd)

    def charge(self, provider: str, usd: float) -> None:
        """Count money as spent now; below zero: money that came back."""
        now, price = self._now(), nano(usd)
        self._settled[provider] += price
        for period in self._periods:
            period.roll(now)
            period.spent[provider] += price

    def left(self, provider: str) -> float:
        """USD that could still be reserved for this provider; infinite where no cap applies."""
        now = self._now()
        rooms = [math.inf]
        for period in self._periods:
            period.roll(now)
            rooms += [cap - used for cap, used, _ in self._books(period, provider)]
        return max(0.0, min(rooms) / NANO)

    def taken(self) -> tuple[dict[str, float], dict[str, float]]:
        """USD spent or in flight in this day and in this month, by provider."""
        day, month = (
            {name: amount / NANO for name, amount in (period.spent + self._in_flight).items()}
            for period in self._periods
        )
        return day, month

    def spent(self) -> tuple[float, float]:
        """USD spent in this day and in this month, all providers together."""
        day, month = (period.spent.total() / NANO for period in self._periods)
        return day, month

    def in_flight(self) -> float:
        """USD reserved for requests that are not over."""
        return self._in_flight.total() / NANO

    def _refusal(self, period: _Period, provider: str, price: int) -> str | None:
        for cap, used, whose in self._books(period, provider):
            if used + price > cap:
                room = max(0, cap - used)
                return f"{period.name} cap {_usd(cap)} {whose} reached: {_usd(room)} left, {_usd(price)} asked"
        return None

    def _books(self, period: _Period, provider: str) -> list[tuple[int, int, str]]:
        """Each cap that applies: (cap, spent and in flight, whose), nano-dollars."""
        own = self._limits.providers.get(provider, Caps())
        books = []
        if (cap := _cap(self._limits.together, period.name)) is not None:
            books.append((cap, period.spent.total() + self._in_flight.total(), "of all providers"))
        if (cap := _cap(own, period.name)) is not None:
            books.append((cap, period.spent[provider] + self._in_flight[provider], f"of {provider}"))
        return books


def nano(usd: float) -> int:
    """USD as whole nano-dollars, the nearest."""
    return round(usd * NANO)


def floor_nano(usd: float) -> int:
    """A cap as whole nano-dollars: never more than was configured."""
    return math.floor(round(usd * NANO, 3))


def _cap(caps: Caps, period: str) -> int | None:
    usd = caps.usd_per_day if period == "day" else caps.usd_per_month
    return None if usd is None else floor_nano(usd)


def _usd(amount: int) -> str:
    """$5.00, and $0.0580 where cents would hide it."""
    usd = amount / NANO
    return f"${usd:.2f}" if round(usd, 2) * NANO == amount else f"${usd:.4f}"
