"""May this request be sent? Hard caps, checked before each dispatch with what is in flight counted in.

`Budget` is a `probes.gates.Gate`, and so is `Budget.run()`, which holds one run to its own cap as well. Money is
counted in whole nano-dollars, so that a thousand prices of $0.058 are exactly $58 and a cap is met exactly or not at
all. What is reserved when a request is dispatched becomes spent when it is settled: at the real price where the bill
is known, else at the reserved (list) price. So a cap is exceeded by bills above the price expected alone, and only
by those that were in flight when it was reached. Minutes, days and months are those of UTC. Money that was in flight
over midnight counts in both days: a cap is never broken for a boundary.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

NANO = 1_000_000_000
Amounts = Mapping[str, Mapping[str, float]]  # period (minute | day | month) -> provider -> USD


class Gate(Protocol):
    """What asks before each dispatch (the same as `probes.gates.Gate`)."""

    def reserve(self, provider: str, usd: float) -> str | None:
        """None: reserved; else why not."""
        ...

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """Whether so much, refused with nothing in flight, will still be refused then."""
        ...

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """The request is over; None: what it cost is not known."""
        ...


class Others(Protocol):
    """Other processes that spend from the same caps (`monitor.notes`)."""

    def taken(self, now: datetime) -> Amounts:
        """USD that they have spent in these periods or may spend without asking again."""
        ...

    def tell(self, spent: Amounts, open_usd: Mapping[str, float], now: datetime) -> None:
        """What is spent here, and what may be spent without telling again."""
        ...


@dataclass(frozen=True, slots=True)
class Caps:
    """USD that may be spent in a UTC day, month and minute, and in one run; None: as much as wanted."""

    usd_per_day: float | None = None
    usd_per_month: float | None = None
    usd_per_minute: float | None = None
    usd_per_run: float | None = None

    def of(self, period: str) -> int | None:
        """The cap of a period in whole nano-dollars: never more than was configured."""
        usd = {
            "minute": self.usd_per_minute,
            "day": self.usd_per_day,
            "month": self.usd_per_month,
            "run": self.usd_per_run,
        }[period]
        return None if usd is None else floor_nano(usd)


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps of all providers together, and those of single ones."""

    together: Caps = Caps()
    providers: Mapping[str, Caps] = field(default_factory=dict)

    def of(self, provider: str, period: str) -> Iterator[tuple[int, str | None]]:
        """Each cap that applies to this provider: nano-dollars, and whose it is (None: of all)."""
        if (cap := self.together.of(period)) is not None:
            yield cap, None
        if (cap := self.providers.get(provider, Caps()).of(period)) is not None:
            yield cap, provider


def minute_start(now: datetime) -> datetime:
    """The full minute UTC before `now`."""
    return now.astimezone(UTC).replace(second=0, microsecond=0)


def day_start(now: datetime) -> datetime:
    """Midnight UTC before `now`."""
    return minute_start(now).replace(hour=0, minute=0)


def month_start(now: datetime) -> datetime:
    """Midnight UTC of the first day of the month of `now`."""
    return day_start(now).replace(day=1)


STARTS: Mapping[str, Callable[[datetime], datetime]] = {
    "minute": minute_start,
    "day": day_start,
    "month": month_start,
}


@dataclass(slots=True)
class _Period:
    """What was spent since `start`, by provider, in nano-dollars. `refused`: whose caps have refused a request."""

    name: str  # minute | day | month
    start: datetime
    spent: Counter[str] = field(default_factory=Counter)
    refused: set[str | None] = field(default_factory=set)

    def roll(self, now: datetime) -> None:
        """Begin anew when the period is over (never back: a clock that steps back frees no money)."""
        if (start := STARTS[self.name](now)) > self.start:
            self.start, self.spent, self.refused = start, Counter(), set()


@dataclass(frozen=True, slots=True)
class Book:
    """One cap and what is used of it. `whose` None: all providers; `refused`: it has kept a request back."""

    period: str
    start: datetime
    whose: str | None
    cap_usd: float
    spent_usd: float
    refused: bool


class Budget:
    """The caps, what is spent, and what is in flight. Used from one thread."""

    def __init__(self, limits: Limits, now: Callable[[], datetime], others: Others | None = None) -> None:
        """Nothing spent yet: `load` tells what was spent before this process began. `others` spend beside it."""
        self._limits = limits
        self._now = now
        self._others = others
        self._periods = [_Period(name, start(now())) for name, start in STARTS.items()]
        self._in_flight: Counter[str] = Counter()
        self._held: Counter[str] = Counter()  # taken from the store in advance and not used yet
        self._settled: Counter[str] = Counter()  # ever, by provider: tells what came after a mark

    def mark(self) -> Mapping[str, int]:
        """Take before asking the store what was spent: what is settled later is added to its answer by `load`."""
        return Counter(self._settled)

    def load(self, known: Amounts, mark: Mapping[str, int] | None = None) -> None:
        """Replace what is thought spent in these periods by what the store says, plus what came after `mark`.

        A request that was settled while the store was being asked may be counted twice until the next load, never
        forgotten.
        """
        since = self._settled - Counter(mark if mark is not None else self._settled)
        for period in self._rolled():
            amounts = known.get(period.name, {})
            period.spent = Counter({name: nano(usd) for name, usd in amounts.items()}) + since

    def run(self, before: Mapping[str, float] | None = None) -> "RunBudget":
        """A gate for one run: these caps, and its own. `before`: USD by provider that it spent before a restart."""
        return RunBudget(self, self._limits, before or {})

    def reserve(self, provider: str, usd: float) -> str | None:
        """Take `usd` out of every cap that applies; or say which one would be broken, and take nothing."""
        price = nano(usd)
        if price == 0:
            return None  # what is free needs no budget: reach goes on when the money is spent
        for period, cap, used, whose in self._applying(provider):
            if used + price > cap:
                period.refused.add(whose)
                return refusal(period.name, cap, cap - used, price, whose)
        self._in_flight[provider] += price
        return None

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """Whether a cap is used up whose minute, day or month goes on beyond `until`."""
        price = nano(usd)
        return price > 0 and any(
            used + price > cap and STARTS[period.name](until) <= period.start
            for period, cap, used, _ in self._applying(provider)
        )

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """Turn a reservation into money spent; a bill that is not known counts at the price reserved."""
        self._in_flight[provider] -= nano(reserved_usd)
        self.charge(provider, reserved_usd if actual_usd is None else actual_usd)

    def charge(self, provider: str, usd: float) -> None:
        """Count money as spent now; below zero: money that came back."""
        price = nano(usd)
        self._settled[provider] += price
        for period in self._rolled():
            period.spent[provider] += price

    def hold(self, provider: str, amount: int) -> None:
        """Nano-dollars that were taken from the store for later, or (below zero) are used or given back."""
        self._held[provider] += amount

    def tell(self) -> None:
        """Let other processes know what is spent here, and what may be before the next time."""
        if self._others is not None:
            spent = {period.name: _in_usd(period.spent) for period in self._rolled()}
            self._others.tell(spent, _in_usd(self._in_flight + self._held), self._now())

    def left(self, provider: str, periods: Collection[str] = tuple(STARTS)) -> float:
        """USD that could still be reserved for this provider now; infinite where no cap of these periods applies."""
        rooms = [math.inf]
        rooms += [cap - used for period, cap, used, _ in self._applying(provider) if period.name in periods]
        return max(0.0, min(rooms) / NANO)

    def spent(self) -> tuple[float, float]:
        """USD spent in this day and in this month, all providers together."""
        totals = {period.name: period.spent.total() / NANO for period in self._rolled()}
        return totals["day"], totals["month"]

    def books(self) -> tuple[Book, ...]:
        """Every cap there is, and what is spent of it: of all providers, then of each."""
        found = []
        for whose in (None, *self._limits.providers):
            caps = self._limits.together if whose is None else self._limits.providers[whose]
            for period in self._rolled():
                if (cap := caps.of(period.name)) is not None:
                    spent = (period.spent.total() if whose is None else period.spent[whose]) / NANO
                    refused = whose in period.refused
                    found.append(Book(period.name, period.start, whose, cap / NANO, spent, refused))
        return tuple(found)

    def in_flight(self) -> float:
        """USD reserved for requests that are not over."""
        return self._in_flight.total() / NANO

    def _rolled(self) -> list[_Period]:
        now = self._now()
        for period in self._periods:
            period.roll(now)
        return self._periods

    def _applying(self, provider: str) -> Iterator[tuple[_Period, int, int, str | None]]:
        """Each cap that applies: period, cap, what is spent, in flight or taken by others, whose; nano-dollars."""
        foreign = self._others.taken(self._now()) if self._others is not None else {}
        for period in self._rolled():
            taken = {name: nano(usd) for name, usd in foreign.get(period.name, {}).items()}
            for cap, whose in self._limits.of(provider, period.name):
                if whose is None:
                    yield period, cap, period.spent.total() + self._in_flight.total() + sum(taken.values()), None
                else:
                    used = period.spent[whose] + self._in_flight[whose] + taken.get(whose, 0)
                    yield period, cap, used, whose


class RunBudget:
    """The gate of one run: the caps of a run first, then those of the budget that it spends from."""

    def __init__(self, budget: Budget, limits: Limits, before: Mapping[str, float]) -> None:
        """Use `Budget.run`."""
        self._budget = budget
        self._limits = limits
        self._taken = Counter({name: nano(usd) for name, usd in before.items()})  # spent or in flight

    def reserve(self, provider: str, usd: float) -> str | None:
        """As `Budget.reserve`, within the caps of a run."""
        price = nano(usd)
        if (why := self._run_refuses(provider, price)) is not None:
            return why
        if (why := self._budget.reserve(provider, usd)) is None:
            self._taken[provider] += price
        return why

    def _run_refuses(self, provider: str, price: int) -> str | None:
        for cap, whose in self._limits.of(provider, "run") if price else ():
            used = self._taken.total() if whose is None else self._taken[whose]
            if used + price > cap:
                return refusal("run", cap, cap - used, price, whose)
        return None

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """What the cap of a run refuses stays refused; of the others as the budget says."""
        return self._run_refuses(provider, nano(usd)) is not None or self._budget.lasting(provider, usd, until)

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """As `Budget.settle`."""
        if actual_usd is not None:
            self._taken[provider] += nano(actual_usd) - nano(reserved_usd)
        self._budget.settle(provider, reserved_usd, actual_usd)

    def left(self, provider: str) -> float:
        """USD that this run could still reserve for this provider now; infinite where no cap applies."""
        rooms = [self._budget.left(provider)]
        for cap, whose in self._limits.of(provider, "run"):
            used = self._taken.total() if whose is None else self._taken[whose]
            rooms.append(max(0, cap - used) / NANO)
        return min(rooms)


def refusal(period: str, cap: int, room: int, price: int, whose: str | None) -> str:
    """One sentence: which cap, and by how much."""
    of = "of all providers" if whose is None else f"of {whose}"
    return f"{period} cap {_usd(cap)} {of} reached: {_usd(max(0, room))} left, {_usd(price)} asked"


def nano(usd: float) -> int:
    """USD as whole nano-dollars, the nearest."""
    return round(usd * NANO)


def floor_nano(usd: float) -> int:
    """A cap as whole nano-dollars: never more than was configured."""
    return math.floor(round(usd * NANO, 3))


def _in_usd(amounts: Mapping[str, int]) -> dict[str, float]:
    return {name: amount / NANO for name, amount in amounts.items() if amount}


def _usd(amount: int) -> str:
    """$5.00, and $0.0580 where cents would hide it."""
    usd = amount / NANO
    return f"${usd:.2f}" if round(usd, 2) * NANO == amount else f"${usd:.4f}"
