"""Faults that a test asks for with the request header `x-sim-fault`, and the limits that a 429 of theirs names."""

from typing import Final

from aiohttp import web

from probes.simulator.endings import Ending
from probes.simulator.faults import BY_NAME, Fault
from probes.simulator.gates import Violation, Which
from probes.simulator.nouns import Declined, Refusal, Reply

FAULT_HEADER: Final = "x-sim-fault"
_MINUTE: Final = Violation(Which.RPM, 300, 26.0)
_TOKENS: Final = Violation(Which.TPM, 250_000, 26.0)
_DAY: Final = Violation(Which.RPD, 250, 30_000.0)
_VIOLATED: Final = {
    Fault.RATE_LIMITED: (_MINUTE,),
    Fault.RATE_LIMITED_TOKENS: (_TOKENS,),
    Fault.RATE_LIMITED_IMAGES: (Violation(Which.IPM, 10, 26.0),),
    Fault.RATE_LIMITED_DAY: (_DAY,),
    Fault.RATE_LIMITED_SPEND: (Violation(Which.SPEND, 10, 260.0),),
    Fault.RATE_LIMITED_SEVERAL: (_DAY, _MINUTE, _TOKENS),
    Fault.RATE_LIMITED_BARE: (_MINUTE,),
}


def asked_fault(request: web.Request, possible: frozenset[Fault]) -> Fault | Declined | None:
    """The fault that is asked for; one that cannot be had here is refused, lest a test prove nothing."""
    name = request.headers.get(FAULT_HEADER)
    if name is None:
        return None
    if BY_NAME.get(name) in possible:
        return BY_NAME[name]
    text = f"{FAULT_HEADER}: no fault {name!r} here; there are: {', '.join(sorted(possible))}\n"
    return Declined(Ending.INVALID, Reply(400, (text.encode(),), {"content-type": "text/plain; charset=utf-8"}))


def refusal_of(fault: Fault) -> Refusal:
    """The refusal that stands for a fault; a 429 names limits as it would after a real violation."""
    violations = _VIOLATED.get(fault, ())
    how = Ending.THROTTLED if violations else fault
    return Refusal(how, violations, fault is not Fault.RATE_LIMITED_BARE)
