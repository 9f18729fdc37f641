"""What can go wrong on purpose, how an answer ended, and the draw that decides it.

Every draw is a function of (seed, provider, kind of request, place in the order of arrival): the same arrivals in
the same order meet the same faults and latencies in every run.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """A fault by name, as in a scenario's `faults` and in the request header `x-sim-fault`."""

    OVERLOADED = "overloaded"
    NO_CAPACITY = "no_capacity"
    INTERNAL = "internal"
    DEADLINE = "deadline"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_DAY = "rate_limited_day"
    RATE_LIMITED_BARE = "rate_limited_bare"
    HTML_502 = "html_502"
    NO_IMAGE = "no_image"
    BLOCKED = "blocked"
    IMAGE_SAFETY = "image_safety"
    TEXT_ONLY = "text_only"
    WRONG_TIER = "wrong_tier"
    TRUNCATED = "truncated"
    RESET = "reset"
    HANG = "hang"


class Ending(StrEnum):
    """How a request ended, as the ledger counts it. The names of faults are among these."""

    OK = "ok"
    OUTAGE = "outage"
    NO_KEY = "no_key"
    BAD_KEY = "bad_key"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    ABANDONED = "abandoned"  # the client went away before its answer was complete
    CRASHED = "crashed"  # a defect of the simulator
    OVERLOADED = "overloaded"
    NO_CAPACITY = "no_capacity"
    INTERNAL = "internal"
    DEADLINE = "deadline"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_DAY = "rate_limited_day"
    RATE_LIMITED_BARE = "rate_limited_bare"
    HTML_502 = "html_502"
    NO_IMAGE = "no_image"
    BLOCKED = "blocked"
    IMAGE_SAFETY = "image_safety"
    TEXT_ONLY = "text_only"
    WRONG_TIER = "wrong_tier"
    TRUNCATED = "truncated"
    RESET = "reset"
    HANG = "hang"


# what a refusal in the provider's own words is sent for, at once: nothing was generated
AT_ONCE: Final = frozenset(
    (
        Fault.OVERLOADED,
        Fault.NO_CAPACITY,
        Fault.RATE_LIMITED,
        Fault.RATE_LIMITED_DAY,
        Fault.RATE_LIMITED_BARE,
        Fault.HTML_502,
    )
)
# the same, after the time that an image would have taken
AFTER_WORK: Final = frozenset((Fault.INTERNAL, Fault.DEADLINE))
# HTTP 200 or a policy's refusal, after the time that an image would have taken
IN_THE_ANSWER: Final = frozenset((Fault.NO_IMAGE, Fault.BLOCKED, Fault.IMAGE_SAFETY, Fault.TEXT_ONLY, Fault.WRONG_TIER))
BELOW_HTTP: Final = frozenset((Fault.RESET, Fault.HANG))
EVERY_FORMAT: Final = AT_ONCE | AFTER_WORK | BELOW_HTTP | {Fault.TRUNCATED}
MAKES_AN_IMAGE: Final = frozenset((Ending.OK, Ending.WRONG_TIER, Ending.TRUNCATED))


@dataclass(frozen=True, slots=True)
class Draw:
    """The chances of one request. `fault` and `share` are uniform in [0, 1), the others standard normal."""

    name: str  # what its picture and its identifiers are made from
    fault: float
    share: float
    latency_z: float
    quick_z: float


def draw(seed: int, provider: str, kind: str, place: int) -> Draw:
    """The chances of the request at this place in the order of arrival."""
    name = f"{seed}/{provider}/{kind}/{place}"
    chance = random.Random(name)  # noqa: S311 - must be repeatable; nothing depends on its secrecy
    return Draw(name, chance.random(), chance.random(), chance.gauss(), chance.gauss())


def drawn(rates: Mapping[Fault, float], chance: float) -> Fault | None:
    """The fault that `chance` (uniform in [0, 1)) falls on; None for the rest of the interval."""
    for fault, rate in rates.items():
        if chance < rate:
            return fault
        chance -= rate
    return None
