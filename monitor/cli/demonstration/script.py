"""What the demonstration measures, as plans: a week of reach and baseline, then load. Pure.

When and what is asked stands in the configuration that the demonstration writes, so that the pages, which say how
each provider is probed, say what was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from monitor.config.sections import Baseline, Burst, Endurance, Reach
from probes.model import Plan, Shot, Target
from probes.plans import baseline, burst, endurance, reach, saturation

HOUR_S = 3600.0
WEEK_S = 7 * 24 * HOUR_S
WEEK_RATE = 200.0  # virtual seconds in a real one while the week is replayed (idle time is skipped)
LOAD_RATE = 6.0  # and under load, where requests are dense
BURST_APART_S = 4.0
HELD_BACK = "cobalt"  # whose limit is looked for: it gives less than it advertises
LIMIT_RPM, LIMIT_IMAGES = 1200.0, 150  # how fast the search begins, and what it may pay for


def week_of_reach(table: Reach, providers: Sequence[str], span_s: float = WEEK_S) -> Plan:
    """One control-plane call to each provider in each slot."""
    every_s = _every_s(table.every)
    return _strung(reach.plan(providers), [slot * every_s for slot in range(int(span_s / every_s))])


def week_of_baseline(table: Baseline, providers: Sequence[str], span_s: float = WEEK_S) -> Plan:
    """Interleaved blocks in each slot."""
    every_s, shots = _every_s(table.every), list[Shot]()
    for slot in range(int(span_s / every_s)):
        one = baseline.plan(providers, table.blocks, seed=slot, spread_s=every_s - 120.0, max_gap_s=1.0)
        shots += _moved(one.shots, slot * every_s, len(table.blocks) * slot)
    return Plan(tuple(shots), max_in_flight=4 * len(providers))


def _every_s(every: timedelta | None) -> float:
    assert every is not None, "the demonstration's own configuration has no cron"  # noqa: S101 - for the type checker
    return every.total_seconds()


def at_once(table: Burst, targets: Mapping[str, Target]) -> Plan:
    """Many requests at the same moment, to one provider after the other."""
    bursts = [burst.plan(name, concurrency=table.concurrency, max_images=table.max_images) for name in targets]
    return _in_turn(bursts, BURST_APART_S)


def steadily(table: Endurance, targets: Mapping[str, Target]) -> Plan:
    """A share of the rate that each provider advertises, all of them side by side."""
    rates = [(name, (target.advertised_rpm or 60.0) * table.share_of_limit) for name, target in targets.items()]
    lasts_s = table.duration.total_seconds()
    return _in_turn([endurance.plan(name, rpm=rpm, duration_s=lasts_s) for name, rpm in rates], 0.0)


def to_the_limit() -> Plan:
    """Until the limit of the one that is held back is known, its kind and its size."""
    return saturation.plan(HELD_BACK, rpm=LIMIT_RPM, max_images=LIMIT_IMAGES)


def _in_turn(plans: Sequence[Plan], apart_s: float) -> Plan:
    """One plan of several, each beginning `apart_s` after the one before; what may be in flight adds up."""
    shots = [shot for place, plan in enumerate(plans) for shot in _moved(plan.shots, place * apart_s, 0)]
    return replace(plans[0], shots=tuple(shots), max_in_flight=sum(plan.max_in_flight for plan in plans))


def _strung(plan: Plan, offsets_s: Sequence[float]) -> Plan:
    """The same plan again and again, at each of these offsets."""
    shots = [shot for offset_s in offsets_s for shot in _moved(plan.shots, offset_s, 0)]
    return replace(plan, shots=tuple(shots))


def _moved(shots: Sequence[Shot], offset_s: float, block: int) -> list[Shot]:
    return [
        replace(shot, offset_s=shot.offset_s + offset_s, block=None if shot.block is None else shot.block + block)
        for shot in shots
    ]
