"""What one value of a scenario file cannot know alone: formats and their faults, sums, outages and the span.

Checked on the file as read, whatever else is wrong with it, so that no fault hides behind another. Values of a wrong
type are passed over here: the model reports them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from probes.simulator import formats
from probes.simulator.scenario import Faults

_ABSOLUTE = frozenset(("offset_s", "duration_s"))
_SHARES = frozenset(("from_share", "to_share"))
_FAULTS = frozenset(Faults.model_fields)

Found = Iterator[tuple[str, str]]  # key, reason


def faults(raw: Mapping[str, Any]) -> Found:
    """Every relation that does not hold."""
    providers = raw.get("providers")
    for name, provider in providers.items() if isinstance(providers, dict) else ():
        if isinstance(provider, dict):
            yield from _format(f"providers.{name}", provider)
            yield from _sum(f"providers.{name}.faults", provider.get("faults"))
            yield from _outages(f"providers.{name}.outages", provider.get("outages"), spanned="span_s" in raw)


def _format(where: str, provider: Mapping[str, Any]) -> Found:
    name, rates = provider.get("format"), provider.get("faults")
    if not isinstance(name, str):
        return
    if name not in formats.names():
        yield f"{where}.format", f"no format {name!r}; known: {', '.join(formats.names())}"
        return
    spoken = formats.load(name).SPEAKS
    for fault in rates if isinstance(rates, dict) else ():
        if fault in _FAULTS and fault not in spoken:
            yield f"{where}.faults.{fault}", f"the format {name} has no such answer"


def _sum(where: str, rates: object) -> Found:
    shares = [rate for rate in rates.values() if _is_number(rate)] if isinstance(rates, dict) else []
    if sum(shares) > 1:
        yield where, f"the shares add up to {sum(shares):g}, more than 1"


def _outages(where: str, outages: object, *, spanned: bool) -> Found:
    for index, outage in enumerate(outages if isinstance(outages, list) else ()):
        if isinstance(outage, dict):
            yield from ((f"{where}[{index}]", reason) for reason in _outage(outage, spanned=spanned))


def _outage(outage: Mapping[str, Any], *, spanned: bool) -> Iterator[str]:
    given = outage.keys() & (_ABSOLUTE | _SHARES)
    begin, end = outage.get("from_share"), outage.get("to_share")
    if given not in (_ABSOLUTE, _SHARES):
        yield "needs either offset_s and duration_s, or from_share and to_share"
    if given & _SHARES and not spanned:
        yield "from_share and to_share are shares of span_s, which the file lacks"
    if _is_number(begin) and _is_number(end) and begin >= end:
        yield "from_share must be below to_share"


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
