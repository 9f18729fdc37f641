"""Faults that a test asks for with the request header `x-sim-fault`, and what they are answered with."""

from typing import Final

from aiohttp import web

from probes.simulator.faults import Ending, Fault
from probes.simulator.limits import Violation, Which
from probes.simulator.nouns import Declined, Refusal, Reply

FAULT_HEADER: Final = "x-sim-fault"
THROTTLES: Final = {
    Fault.RATE_LIMITED: (Violation(Which.RPM, 300, 26.0),),
    Fault.RATE_LIMITED_BARE: (Violation(Which.RPM, 300, 26.0),),
    Fault.RATE_LIMITED_DAY: (Violation(Which.RPD, 250, 30_000.0),),
}
_HTML_502: Final = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)


def asked_fault(request: web.Request, possible: frozenset[Fault]) -> Fault | Declined | None:
    """The fault that is asked for; one that cannot be had here is refused, lest a test prove nothing."""
    name = request.headers.get(FAULT_HEADER)
    if name is None:
        return None
    if name in possible:
        return Fault(name)
    text = f"{FAULT_HEADER}: no fault {name!r} here; there are: {', '.join(sorted(possible))}\n"
    return Declined(Ending.INVALID, Reply(400, (text.encode(),), {"content-type": "text/plain; charset=utf-8"}))


def refusal_of(fault: Fault) -> Refusal:
    """The refusal that stands for a fault."""
    return Refusal(Ending(fault), THROTTLES.get(fault, ()), fault is not Fault.RATE_LIMITED_BARE)


def bad_gateway() -> Reply:
    """What a proxy answers whose upstream is gone: no JSON in any format."""
    return Reply(502, (_HTML_502,), {"content-type": "text/html", "server": "cloudflare"})
