"""What the demonstration measures, as plans: a week of reach and baseline, then burst and endurance. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from probes.model import Plan, Shot, Target
from probes.plans import baseline, burst, endurance, reach

HOUR_S = 3600.0
WEEK_S = 7 * 24 * HOUR_S
REACH_EVERY_S = 900.0
BASELINE_EVERY_S = 2.5 * HOUR_S
TWO_K_EVERY = 3  # every third baseline slot also asks for a 2K image
WEEK_RATE = 200.0  # virtual seconds in a real one while the week is replayed (idle time is skipped)
LOAD_RATE = 6.0  # and under load, where requests are dense
LOAD_S = 30.0
AT_ONCE = 30
BURST_APART_S = 4.0


def week_of_reach(providers: Sequence[str], span_s: float = WEEK_S) -> Plan:
    """One control-plane call to each provider every quarter of an hour."""
    slots = int(span_s / REACH_EVERY_S)
    return _strung(reach.plan(providers), [slot * REACH_EVERY_S for slot in range(slots)])


def week_of_baseline(providers: Sequence[str], span_s: float = WEEK_S) -> Plan:
    """An interleaved block at 1K every two and a half hours, every third time at 2K too."""
    shots: list[Shot] = []
    for slot in range(int(span_s / BASELINE_EVERY_S)):
        sizes = ["1K", "2K"] if slot % TWO_K_EVERY == 0 else ["1K"]
        block = baseline.plan(providers, sizes, seed=slot, spread_s=BASELINE_EVERY_S - 120.0, max_gap_s=1.0)
        shots += _moved(block.shots, slot * BASELINE_EVERY_S, 2 * slot)
    return Plan(tuple(shots), max_in_flight=4 * len(providers))


def at_once(targets: Mapping[str, Target]) -> Plan:
    """Many requests at the same moment, to one provider after the other."""
    bursts = [burst.plan(name, concurrency=AT_ONCE, max_images=AT_ONCE) for name in targets]
    return _in_turn(bursts, BURST_APART_S)


def steadily(targets: Mapping[str, Target]) -> Plan:
    """Half of the rate that each provider advertises, all of them side by side."""
    rates = [(name, (target.advertised_rpm or 60.0) / 2) for name, target in targets.items()]
    return _in_turn([endurance.plan(name, rpm=rpm, duration_s=LOAD_S) for name, rpm in rates], 0.0)


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
