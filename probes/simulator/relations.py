"""What one value of a scenario file cannot know alone: formats and their faults, sums, outages and the span.

Checked on the file as read, whatever else is wrong with it, so that no fault hides behind another. Values of a wrong
type are passed over here: the model reports them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from probes.simulator import formats
from probes.simulator.faults import BY_NAME, Stage

_ABSOLUTE = frozenset(("offset_s", "duration_s"))
_SHARES = frozenset(("from_share", "to_share"))

Found = Iterator[tuple[str, str]]  # key, reason


def faults(raw: Mapping[str, Any]) -> Found:
    """Every relation that does not hold."""
    spanned, providers = "span_s" in raw, raw.get("providers")
    named = providers if isinstance(providers, dict) else {}
    for name, provider in named.items():
        if isinstance(provider, dict):
            yield from _provider(f"providers.{name}", provider, spanned=spanned)
    for index, incident in enumerate(_tables(raw.get("incidents"))):
        yield from _incident(f"incidents[{index}]", incident, named, spanned=spanned)


def _provider(where: str, provider: Mapping[str, Any], *, spanned: bool) -> Found:
    overload = provider.get("overload")
    rates = {f"{where}.faults": provider.get("faults")}
    if isinstance(overload, dict):
        rates[f"{where}.overload.faults"] = overload.get("faults")
    for index, degraded in enumerate(_tables(provider.get("degraded"))):
        rates[f"{where}.degraded[{index}].faults"] = degraded.get("faults")
        yield from _span(f"{where}.degraded[{index}]", degraded, spanned=spanned)
    for at, table in rates.items():
        yield from _sum(at, table)
    for index, outage in enumerate(_tables(provider.get("outages"))):
        yield from _span(f"{where}.outages[{index}]", outage, spanned=spanned)
    yield from _words(where, provider, rates)
    yield from _at_a_door(where, provider, rates)


def _at_a_door(where: str, provider: Mapping[str, Any], rates: Mapping[str, object]) -> Found:
    """Only a door of its own lets a connection meet a fault; only in a span of time can a port be shut."""
    shown = [(at, BY_NAME.get(name)) for at, table in rates.items() if isinstance(table, dict) for name in table]
    for at, fault in shown:
        if fault is not None and fault.stage is Stage.PORT:
            yield at, f"{fault} is of a port, not of a connection; it has its time as the kind of an outage"
    for index, outage in enumerate(_tables(provider.get("outages"))):
        fault = BY_NAME.get(str(outage.get("kind")))
        shown.append((f"{where}.outages[{index}]", fault))
        if fault is not None and fault.stage is Stage.PORT and outage.get("share", 1.0) != 1.0:
            yield f"{where}.outages[{index}].share", f"{fault} is met by all who connect; leave share out"
    needs = {Stage.PORT: ("http", "https"), Stage.HANDSHAKE: ("https",)}
    for at, fault in shown:
        if fault is not None and fault.stage in needs and provider.get("door") not in needs[fault.stage]:
            yield at, f'{fault} is met at a door of the provider\'s own; say door = "{needs[fault.stage][-1]}"'


def _words(where: str, provider: Mapping[str, Any], rates: Mapping[str, object]) -> Found:
    """The format is one that there is, and has words for every fault that it is to show."""
    name = provider.get("format")
    if not isinstance(name, str):
        return
    if name not in formats.names():
        yield f"{where}.format", f"no format {name!r}; known: {', '.join(formats.names())}"
        return
    shown = [(f"{at}.{fault}", fault) for at, table in rates.items() if isinstance(table, dict) for fault in table]
    shown += [(f"{where}.outages[{i}]", o.get("kind")) for i, o in enumerate(_tables(provider.get("outages")))]
    spoken = formats.load(name).SPEAKS
    for at, fault in shown:
        if fault in BY_NAME and fault not in spoken:
            yield at, f"the format {name} has no such answer as {fault}"


def _incident(where: str, incident: Mapping[str, Any], providers: Mapping[str, Any], *, spanned: bool) -> Found:
    yield from _span(where, incident, spanned=spanned)
    struck = incident.get("providers")
    for name in struck if isinstance(struck, list) else ():
        if isinstance(name, str) and name not in providers:
            yield f"{where}.providers", f"there is no provider {name!r}"
        elif isinstance(name, str) and isinstance(providers[name], dict):
            struck_alone = providers[name] | {"outages": [incident]}
            yield from ((where, reason) for _, reason in _words(where, struck_alone, {}))
            yield from ((where, reason) for _, reason in _at_a_door(where, struck_alone, {}))


def _tables(value: object) -> list[dict[str, Any]]:
    return [table for table in value if isinstance(table, dict)] if isinstance(value, list) else []


def _sum(where: str, rates: object) -> Found:
    shares = [rate for rate in rates.values() if _is_number(rate)] if isinstance(rates, dict) else []
    if sum(shares) > 1:
        yield where, f"the shares add up to {sum(shares):g}, more than 1"


def _span(where: str, table: Mapping[str, Any], *, spanned: bool) -> Found:
    given = table.keys() & (_ABSOLUTE | _SHARES)
    begin, end = table.get("from_share"), table.get("to_share")
    if given not in (_ABSOLUTE, _SHARES):
        yield where, "needs either offset_s and duration_s, or from_share and to_share"
    if given & _SHARES and not spanned:
        yield where, "from_share and to_share are shares of span_s, which the file lacks"
    if _is_number(begin) and _is_number(end) and begin >= end:
        yield where, "from_share must be below to_share"


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
