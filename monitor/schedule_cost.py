"""What the configured schedule will send and cost, before anything is sent. Pure arithmetic over the real calendar.

Days are UTC, like those of the budget; money is summed in whole nano-dollars, like the budget's. Every request is
priced as billed, so the figures are the most that can be spent, not what is likely: throttled requests cost nothing.
Probes of an incident are not in it, since nobody can plan incidents.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor.budget import NANO, nano
from monitor.config import Config, ProviderConfig, location_of
from monitor.config.sections import Endurance
from monitor.slots import MICROSECOND, Every, Schedule, schedule_of

DAY = timedelta(days=1)
MONTH_DAYS = 31  # the longest month: a plan that fits into it fits into each


@dataclass(frozen=True, slots=True)
class Load:
    """What one probe asks of one provider: runs that begin, requests and nano-dollars by UTC day."""

    provider: str
    probe: str
    runs: Mapping[date, int]
    requests: Mapping[date, int]
    nanos: Mapping[date, int]

    def begun(self, days: Sequence[date]) -> int:
        """Runs that begin on these days."""
        return sum(self.runs.get(day, 0) for day in days)

    def sent(self, days: Sequence[date]) -> int:
        """Requests on these days."""
        return sum(self.requests.get(day, 0) for day in days)

    def usd(self, days: Sequence[date]) -> float:
        """USD on these days, at most."""
        return sum(self.nanos.get(day, 0) for day in days) / NANO


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """The loads from `start` on. `days` are those asked for, `month` the 31 days from the same start."""

    start: date
    days: tuple[date, ...]
    month: tuple[date, ...]
    loads: tuple[Load, ...]

    def usd(self, days: Sequence[date], provider: str | None = None) -> float:
        """USD on these days, at most: of one provider, or of all."""
        own = (load for load in self.loads if provider in {None, load.provider})
        return sum(load.nanos.get(day, 0) for load in own for day in days) / NANO

    def usd_on(self, day: date, provider: str | None = None) -> float:
        """USD on one day, at most: of one provider, or of all."""
        return self.usd([day], provider)

    def dearest(self, provider: str | None = None) -> tuple[date, float]:
        """The first of the days on which most is spent, and how much."""
        return max(((day, self.usd_on(day, provider)) for day in self.days), key=lambda spent: spent[1])


def plan_schedule(config: Config, start: date, days: int) -> SchedulePlan:
    """What the schedule sends from `start` (UTC) on. A run that began before is not counted."""
    asked = tuple(start + timedelta(days=number) for number in range(days))
    month = tuple(start + timedelta(days=number) for number in range(MONTH_DAYS))
    until = max(asked[-1], month[-1]) + DAY
    return SchedulePlan(start, asked, month, tuple(_loads(config, midnight(start), midnight(until))))


def midnight(day: date) -> datetime:
    """The first moment of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _loads(config: Config, since: datetime, until: datetime) -> Iterator[Load]:
    for probe in ("reach", "baseline", "burst", "endurance"):
        table = getattr(config.probes, probe)
        if table is None:
            continue
        schedule = schedule_of(location_of(config), probe, every=table.every, cron=table.cron)
        if probe == "endurance":
            yield from _endurance(config, schedule, since, until)
            continue
        runs = runs_by_day(schedule, since, until)
        yield from (_short_runs(config, probe, provider, runs) for provider in config.providers.values())


def _short_runs(config: Config, probe: str, provider: ProviderConfig, runs: Mapping[date, int]) -> Load:
    """Runs that end on the day on which they begin."""
    images = _images(config, probe)
    each = sum(count for _, count in images)
    nanos = sum(count * nano(provider.price(size) or 0.0) for size, count in images if size)
    return Load(
        provider.name,
        probe,
        runs,
        {day: times * each for day, times in runs.items()},
        {day: times * nanos for day, times in runs.items()},
    )


def _images(config: Config, probe: str) -> list[tuple[str | None, int]]:
    """Sizes and how many requests of each one run makes; None: a call that makes no image."""
    if probe == "baseline" and config.probes.baseline:
        return [*Counter(config.probes.baseline.blocks).items()]
    if probe == "burst" and config.probes.burst:
        return [(config.probes.burst.size, config.probes.burst.max_images)]
    return [(None, 1)]


# --- endurance: one run lasts for days --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Steady:
    """One endurance run of one provider: requests `gap_s` apart; `sent` of `planned` before its cap ends it."""

    gap_s: float
    planned: int
    sent: int

    @property
    def lasts_s(self) -> float:
        """From the first to the last request that is sent."""
        return max(self.sent - 1, 0) * self.gap_s

    def begun_by(self, elapsed_s: float) -> int:
        """How many begin before this time has passed, as long as it lasts."""
        return math.ceil(elapsed_s / self.gap_s)


def steady_of(table: Endurance, provider: ProviderConfig) -> Steady | None:
    """The run that this provider gets; None: nothing is advertised, so there is no share of it."""
    if provider.advertised_rpm is None:
        return None
    gap_s = 60.0 / (table.share_of_limit * provider.advertised_rpm)
    planned = math.ceil(table.duration.total_seconds() / gap_s)
    price = nano(provider.price(table.size) or 0.0)
    return Steady(gap_s, planned, min(planned, nano(table.max_usd) // price) if price else planned)


def _endurance(config: Config, schedule: Schedule, since: datetime, until: datetime) -> Iterator[Load]:
    table = config.probes.endurance
    for provider in config.providers.values():
        steady = steady_of(table, provider) if table else None
        if table is None or steady is None:
            continue
        runs: Counter[date] = Counter()
        requests: Counter[date] = Counter()
        for begin in one_at_a_time(schedule, since, until, table.duration):
            runs[begin.date()] += 1
            requests += _spread(steady, begin, until)
        price = nano(provider.price(table.size) or 0.0)
        nanos = {day: count * price for day, count in requests.items()}
        yield Load(provider.name, "endurance", runs, requests, nanos)


def one_at_a_time(schedule: Schedule, since: datetime, until: datetime, lasts: timedelta) -> Iterator[datetime]:
    """Slots that begin a run: one that falls due while a run goes on is skipped."""
    slot = schedule.next_after(since - MICROSECOND)
    while slot is not None and slot < until:
        yield slot
        slot = schedule.next_after(slot + lasts - MICROSECOND)


def _spread(steady: Steady, begin: datetime, until: datetime) -> Counter[date]:
    """Requests of one run by UTC day."""
    counts: Counter[date] = Counter()
    day, before = begin.date(), 0
    while before < steady.sent and midnight(day) < until:
        left_s = (midnight(day) + DAY - begin).total_seconds()
        upto = min(steady.sent, steady.begun_by(left_s))
        counts[day] += upto - before
        day, before = day + DAY, upto
    return counts


# --- the calendar -----------------------------------------------------------------------------------------------


def runs_by_day(schedule: Schedule, since: datetime, until: datetime) -> dict[date, int]:
    """How many slots fall into each UTC day of [since, until), both midnight; days without any are left out."""
    if isinstance(schedule, Every):
        days = (since + timedelta(days=number) for number in range((until - since).days))
        counted = {day.date(): _slots_on(schedule, day) for day in days}
        return {day: count for day, count in counted.items() if count}
    return _cron_runs(schedule, since, until)


def _slots_on(schedule: Every, day: datetime) -> int:
    """Slots in [day, day + 1), by division: an interval of a second has 86,400."""
    first = schedule.next_after(day - MICROSECOND)
    left = day + DAY - first
    return -(-left // schedule.interval) if left > timedelta() else 0


def _cron_runs(schedule: Schedule, since: datetime, until: datetime) -> dict[date, int]:
    """A crontab has the same minutes on each day on which it has any (UTC knows no summer time): count them once."""
    runs: dict[date, int] = {}
    slot, a_day = schedule.next_after(since - MICROSECOND), 0
    while slot is not None and slot < until:
        day_ends = midnight(slot.date()) + DAY
        a_day = a_day or _count(schedule, slot, day_ends)
        runs[slot.date()] = a_day
        slot = schedule.next_after(day_ends - MICROSECOND)
    return runs


def _count(schedule: Schedule, first: datetime, until: datetime) -> int:
    count, slot = 0, first
    while slot < until:
        count += 1
        following = schedule.next_after(slot)
        if following is None:
            break
        slot = following
    return count
