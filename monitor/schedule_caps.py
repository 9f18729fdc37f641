"""A planned schedule against the caps: which of them it reaches, when, and which is the nearest. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from monitor.budget import nano
from monitor.config import Config, ProviderConfig
from monitor.config.sections import Burst, Endurance
from monitor.schedule_cost import SchedulePlan, steady_of
from probes.plans import burst as bursts

PERIODS = ("minute", "run", "day", "month")  # in the order in which they are reached


@dataclass(frozen=True, slots=True)
class Use:
    """One cap, and the most that the plan asks of it in one period. `whose`: a provider, or None for all together.

    `days`: on how many of the days asked for it is exceeded (of a day's cap); `first`: the day on which it is
    exceeded first, or (within) on which most is asked. `probe`: which asks for it, of a minute or a run.
    """

    whose: str | None
    period: str  # minute | run | day | month
    cap_usd: float
    planned_usd: float
    days: int
    first: date
    probe: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the cap is exceeded."""
        return nano(self.planned_usd) > nano(self.cap_usd)

    @property
    def share(self) -> float:
        """What of the cap is asked for."""
        return self.planned_usd / self.cap_usd


def uses(config: Config, plan: SchedulePlan) -> tuple[Use, ...]:
    """Every configured cap: of all providers together first, then of single ones."""
    return tuple(_use(config, plan, *cap) for cap in _caps(config))


def excesses(config: Config, plan: SchedulePlan) -> tuple[Use, ...]:
    """Every cap that the plan exceeds."""
    return tuple(use for use in uses(config, plan) if use.is_over)


def binding(config: Config, plan: SchedulePlan) -> Use:
    """The cap that is reached first; where none is, the one of which most is used."""
    found = uses(config, plan)
    over = [use for use in found if use.is_over]
    if over:
        return min(over, key=lambda use: (use.first, PERIODS.index(use.period)))
    return max(found, key=lambda use: use.share)


def _caps(config: Config) -> Iterator[tuple[str | None, str, float]]:
    for whose, own in ((None, config.budget), *((name, p.budget) for name, p in config.providers.items())):
        for period in PERIODS:
            if (cap := getattr(own, f"usd_per_{period}")) is not None:
                yield whose, period, cap


def _use(config: Config, plan: SchedulePlan, whose: str | None, period: str, cap: float) -> Use:
    if period == "day":
        over = [day for day in plan.days if nano(plan.usd_on(day, whose)) > nano(cap)]
        day, most = plan.dearest(whose)
        return Use(whose, period, cap, most, len(over), over[0] if over else day)
    if period == "month":
        return Use(whose, period, cap, plan.usd(plan.month, whose), 0, _reached(plan, whose, cap))
    asked = _most_in_minute(config, whose) if period == "minute" else _most_in_run(config, whose)
    probe, most = max(asked, key=lambda each: each[1], default=(None, 0.0))
    return Use(whose, period, cap, most, 0, _first_day(plan, whose, probe), probe)


def _reached(plan: SchedulePlan, whose: str | None, cap: float) -> date:
    """The day on which a month's cap is used up; the last one where it is not."""
    spent = 0.0
    for day in plan.month:
        spent += plan.usd_on(day, whose)
        if nano(spent) > nano(cap):
            return day
    return plan.month[-1]


def _first_day(plan: SchedulePlan, whose: str | None, probe: str | None) -> date:
    """The first day on which this probe spends."""
    loads = [load for load in plan.loads if load.probe == probe and whose in {None, load.provider}]
    return min((day for load in loads for day, nanos in load.nanos.items() if nanos), default=plan.start)


def _asked(config: Config, whose: str | None) -> list[ProviderConfig]:
    return [provider for name, provider in config.providers.items() if whose in {None, name}]


def _most_in_minute(config: Config, whose: str | None) -> Iterator[tuple[str, float]]:
    """The dearest minute of each probe by itself; two that fall together are held apart by the cap itself."""
    providers, probes = _asked(config, whose), config.probes
    if probes.baseline is not None:
        yield "baseline", sum(provider.price(size) or 0.0 for provider in providers for size in probes.baseline.blocks)
    if probes.burst is not None:  # one provider after another
        images = _in_a_minute(probes.burst)
        yield "burst", max((images * (p.price(probes.burst.size) or 0.0) for p in providers), default=0.0)
    if probes.endurance is not None:
        yield "endurance", sum(_steady_minute(probes.endurance, provider) for provider in providers)
    if (recovery := probes.recovery) is not None:
        looks = math.ceil(60.0 / recovery.every.total_seconds())
        each = sum(provider.price(recovery.size) or 0.0 for provider in providers)
        yield "recovery", min(looks * each, recovery.max_usd_per_incident * len(providers))


def _in_a_minute(table: Burst) -> int:
    """Images that a burst may ask for in one minute: its waves, or all where it follows the limit."""
    if table.saturate:
        return table.max_images
    plan = bursts.plan("any", concurrency=table.concurrency, max_images=table.max_images)
    return sum(shot.offset_s < 60.0 for shot in plan.shots)


def _steady_minute(table: Endurance, provider: ProviderConfig) -> float:
    steady = steady_of(table, provider)
    return 0.0 if steady is None else math.ceil(60.0 / steady.gap_s) * (provider.price(table.size) or 0.0)


def _most_in_run(config: Config, whose: str | None) -> Iterator[tuple[str, float]]:
    """What one run of each probe costs: a baseline run asks all providers, the others one each."""
    providers, probes = _asked(config, whose), config.probes
    if probes.baseline is not None:
        yield "baseline", sum(provider.price(size) or 0.0 for provider in providers for size in probes.baseline.blocks)
    if (burst := probes.burst) is not None:
        yield "burst", max((burst.max_images * (p.price(burst.size) or 0.0) for p in providers), default=0.0)
    if (table := probes.endurance) is not None:
        runs = ((steady_of(table, provider), provider.price(table.size) or 0.0) for provider in providers)
        yield "endurance", max((steady.sent * price for steady, price in runs if steady), default=0.0)
