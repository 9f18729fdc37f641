"""The draw that decides what a request meets.

Every draw is a function of (seed, provider, kind of request, place in the order of arrival): the same arrivals in
the same order meet the same faults and latencies in every run.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from probes.simulator.faults import Fault


@dataclass(frozen=True, slots=True)
class Draw:
    """The chances of one request. `fault`, `share` and `luck` are uniform in [0, 1), the others standard normal."""

    name: str  # what its picture and its identifiers are made from
    fault: float
    share: float
    latency_z: float
    quick_z: float
    luck: float = 0.0


def draw(seed: int, provider: str, kind: str, place: int) -> Draw:
    """The chances of the request at this place in the order of arrival."""
    name = f"{seed}/{provider}/{kind}/{place}"
    chance = random.Random(name)  # noqa: S311 - must be repeatable; nothing depends on its secrecy
    return Draw(name, chance.random(), chance.random(), chance.gauss(), chance.gauss(), chance.random())


def drawn(rates: Mapping[Fault, float], chance: float) -> Fault | None:
    """The fault that `chance` (uniform in [0, 1)) falls on; None for the rest of the interval."""
    for fault, rate in rates.items():
        if chance < rate:
            return fault
        chance -= rate
    return None
