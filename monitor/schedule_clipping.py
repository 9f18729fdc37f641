"""What the caps leave out of a planned schedule: its requests in the order of their times, against every cap. Pure.

As in `monitor.schedule_cost` each request is priced as billed, and nothing else is spent: before the start, by hand or
in incidents. So it is what is left out if all is billed; what is refused or fails is mostly free, and makes room.
Times are those of the slots; within one the blocks of the baseline stand in the middle of their parts.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from monitor.budget import NANO, STARTS, floor_nano, nano
from monitor.config import Config, ProviderConfig, location_of
from monitor.config.sections import Baseline, Budget, Burst, Endurance, ProviderBudget
from monitor.schedule_cost import DAY, SchedulePlan, midnight, one_at_a_time, steady_of
from monitor.slots import MICROSECOND, Schedule, schedule_of, slots_between, spacing
from probes.plans import burst as bursts

_MINUTE = timedelta(minutes=1)
_BEYOND = {"minute": _MINUTE, "day": DAY, "month": 32 * DAY}  # from its start into the next one


_What = tuple[str, str]  # provider, probe
_Which = tuple[str, str | None, str, int]  # period, whose, key, nano-dollars


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Requests of one probe to one provider that one cap will refuse, `of` all that are planned.

    `whose`: a provider, or None for the cap of all together; `key`: where it stands in `upheld.toml`.
    """

    provider: str
    probe: str
    requests: int
    of: int
    period: str  # minute | run | day | month
    whose: str | None
    key: str
    cap_usd: float
    first: date


@dataclass(slots=True)
class _Cap:
    """One cap and what is used of it in its present period, until `ends`; nano-dollars."""

    period: str
    whose: str | None
    key: str
    most: int
    used: int = 0
    ends: datetime = datetime(1, 1, 1, tzinfo=UTC)

    def fits(self, at: datetime, price: int) -> int:
        """How many at this price it has room for."""
        if self.period in STARTS and at >= self.ends:
            start_of, self.used = STARTS[self.period], 0
            self.ends = start_of(start_of(at) + _BEYOND[self.period])
        return max(0, (self.most - self.used) // price)


@dataclass(order=True, slots=True)
class Batch:
    """Requests alike, at one time. `run`: the caps of the run that they belong to."""

    at: datetime
    provider: str
    probe: str
    price: int = field(compare=False)
    count: int = field(compare=False)
    run: Sequence[_Cap] = field(compare=False)


def left_out(config: Config, plan: SchedulePlan) -> tuple[LeftOut, ...]:
    """By provider, probe and cap; nothing where all of it fits. The first cap that refuses a request is named."""
    caps = list(_standing(config))
    asked_of = {name: [cap for cap in caps if cap.whose in {None, name}] for name in config.providers}
    planned, refused, first = Counter[_What](), Counter[tuple[_What, _Which]](), dict[tuple[_What, _Which], date]()
    for batch in heapq.merge(*batches(config, plan)):
        asked, what = (*batch.run, *asked_of[batch.provider]), (batch.provider, batch.probe)
        rooms = [cap.fits(batch.at, batch.price) for cap in asked]
        sent = min([batch.count, *rooms])
        planned[what] += batch.count
        if sent < batch.count:
            by = asked[rooms.index(sent)]
            found = (what, (by.period, by.whose, by.key, by.most))
            refused[found] += batch.count - sent
            first.setdefault(found, batch.at.date())
        for cap in asked:
            cap.used += sent * batch.price
    return tuple(
        LeftOut(provider, probe, count, planned[provider, probe], period, whose, key, most / NANO, first[found])
        for found, count in sorted(refused.items(), key=lambda item: (item[0][0], item[0][1][2]))
        for (provider, probe), (period, whose, key, most) in [found]
    )


def _standing(config: Config) -> Iterator[_Cap]:
    """The caps of minutes, days and months, in the order in which the budget asks them."""
    for period in STARTS:
        for whose, key, table in _tables(config):
            if (usd := getattr(table, f"usd_per_{period}")) is not None:
                yield _Cap(period, whose, f"{key}.usd_per_{period}", floor_nano(usd))


def _tables(config: Config) -> Iterator[tuple[str | None, str, Budget | ProviderBudget]]:
    yield None, "budget", config.budget
    for name, provider in config.providers.items():
        yield name, f"providers.{name}.budget", provider.budget


def _of_run(config: Config) -> Mapping[str, Sequence[_Cap]]:
    """New caps for one run, by provider: that of all is one for all that it asks."""
    found = [
        _Cap("run", whose, f"{key}.usd_per_run", floor_nano(table.usd_per_run))
        for whose, key, table in _tables(config)
        if table.usd_per_run is not None
    ]
    return {name: [cap for cap in found if cap.whose in {None, name}] for name in config.providers}


# --- what is asked, in the order of time --------------------------------------------------------------------------


def batches(config: Config, plan: SchedulePlan) -> Iterator[Iterator[Batch]]:
    """Those of each probe; what is free is left out, since it needs no budget."""
    since, until = midnight(plan.days[0]), midnight(plan.days[-1]) + DAY
    probes = config.probes
    if probes.baseline is not None:
        yield _baseline(config, probes.baseline, _slots(config, "baseline", probes.baseline, since, until))
    if probes.burst is not None:
        yield _bursts(config, probes.burst, _slots(config, "burst", probes.burst, since, until))
    if (table := probes.endurance) is not None:
        schedule = _schedule(config, "endurance", table)
        for provider in config.providers.values():
            yield _endurance(config, table, provider, one_at_a_time(schedule, since, until, table.duration), until)


def _schedule(config: Config, probe: str, table: Baseline | Burst | Endurance) -> Schedule:
    return schedule_of(location_of(config), probe, every=table.every, cron=table.cron)


def _slots(
    config: Config, probe: str, table: Baseline | Burst, since: datetime, until: datetime
) -> Iterator[tuple[datetime, timedelta]]:
    """Each slot of [since, until), and how far it is to the next."""
    schedule = _schedule(config, probe, table)
    apart = table.every or spacing(schedule, since)
    return ((slot, apart) for slot in slots_between(schedule, since - MICROSECOND, until - MICROSECOND))


def _baseline(config: Config, table: Baseline, slots: Iterator[tuple[datetime, timedelta]]) -> Iterator[Batch]:
    for slot, apart in slots:
        run = _of_run(config)
        part = apart / len(table.blocks)
        for number, size in enumerate(table.blocks):
            at = slot + (number + 0.5) * part
            for name, provider in config.providers.items():
                if price := _price(provider, size):
                    yield Batch(at, name, "baseline", price, 1, run[name])


def _bursts(config: Config, table: Burst, slots: Iterator[tuple[datetime, timedelta]]) -> Iterator[Batch]:
    """Waves, or all at once where the run goes by its answers."""
    waves = Counter(
        [0.0] * table.max_images
        if table.saturate
        else [
            shot.offset_s
            for shot in bursts.plan("any", concurrency=table.concurrency, max_images=table.max_images).shots
        ]
    )
    for slot, _ in slots:
        runs = {name: _of_run(config)[name] for name in config.providers}  # one after another
        for offset_s, count in waves.items():
            for name, provider in config.providers.items():
                if price := _price(provider, table.size):
                    yield Batch(slot + timedelta(seconds=offset_s), name, "burst", price, count, runs[name])


def _endurance(
    config: Config, table: Endurance, provider: ProviderConfig, begins: Iterator[datetime], until: datetime
) -> Iterator[Batch]:
    """Minute after minute of each run, which its own cap ends."""
    steady, price = steady_of(table, provider), _price(provider, table.size)
    if steady is None or not price:
        return
    for begin in begins:
        own = _Cap("run", provider.name, "probes.endurance.max_usd", floor_nano(table.max_usd))
        run = [own, *_of_run(config)[provider.name]]
        before, at = 0, begin
        while before < steady.planned and at < until:
            upto = min(steady.planned, steady.begun_by((at + _MINUTE - begin).total_seconds()))
            if upto > before:
                yield Batch(at, provider.name, "endurance", price, upto - before, run)
            before, at = upto, at + _MINUTE


def _price(provider: ProviderConfig, size: str) -> int:
    """Nano-dollars; 0: free, or not known."""
    return nano(provider.price(size) or 0.0)
