"""How requests end, as the ledger counts them."""

from enum import StrEnum
from typing import Final, TypeAlias

from probes.simulator.faults import AT_A_URL, Fault, Stage


class Ending(StrEnum):
    """How a request ended that met no fault."""

    OK = "ok"
    OUTAGE = "outage"
    NO_KEY = "no_key"
    BAD_KEY = "bad_key"
    EXPIRED_KEY = "expired_key"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    THROTTLED = "rate_limited"
    ABANDONED = "abandoned"  # the client went away before its answer was complete
    CRASHED = "crashed"  # a defect of the simulator


How: TypeAlias = Ending | Fault

_WITHOUT_IMAGE: Final = frozenset(
    fault
    for fault in Fault
    if fault.startswith(("blocked", "finish_"))
    or fault in (Fault.NO_IMAGE, Fault.TEXT_ONLY, Fault.IMAGE_SAFETY, Fault.THOUGHT_ONLY, Fault.NO_CANDIDATES)
)


def made_an_image(how: How) -> bool:
    """Whether the provider did its work, whatever became of it on the way."""
    if isinstance(how, Ending):
        return how is Ending.OK
    return how.delivers or how in AT_A_URL or how.stage in (Stage.PICTURE, Stage.DELIVERY)


def delivers(how: How) -> bool:
    """Whether a client that copes with it has an image, once the last byte has gone."""
    return how is Ending.OK if isinstance(how, Ending) else how.delivers


def without_image(how: How) -> bool:
    """Whether it is an answer of HTTP 200 without an image, which some providers bill."""
    return how in _WITHOUT_IMAGE
