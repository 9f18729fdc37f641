"""When a provider is away, and when it is slow: the spans of a scenario as plain numbers.

All times are seconds from the scenario's start; the end of a span is not part of it.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from probes.simulator.faults import Fault
from probes.simulator.scenario import Provider, Scenario
from probes.simulator.tables import Degraded, Incident, Overload


@dataclass(frozen=True, slots=True)
class Span:
    """An outage: a share of the requests (of everything, or for images) meets one fault."""

    kind: Fault
    begin_s: float
    end_s: float
    share: float = 1.0
    of: str = "everything"
    shared: bool = False  # part of an incident of several providers

    def __contains__(self, into_s: object) -> bool:
        """Whether this second is part of it."""
        return isinstance(into_s, int | float) and self.begin_s <= into_s < self.end_s


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which everything is slower and faults are more frequent."""

    begin_s: float
    end_s: float
    slower: float = 1.0
    faults: Mapping[Fault, float] = field(default_factory=dict)

    def __contains__(self, into_s: object) -> bool:
        """Whether this second is part of it."""
        return isinstance(into_s, int | float) and self.begin_s <= into_s < self.end_s


def outages(scenario: Scenario, name: str) -> tuple[Span, ...]:
    """Of this provider, in order of time, with those that it shares with others."""
    spec = scenario.providers[name]
    shared = [incident for incident in scenario.incidents if name in incident.providers]
    found = [
        Span(o.kind, *o.span_s(scenario.span_s), share=o.share, of=o.of, shared=isinstance(o, Incident))
        for o in (*spec.outages, *shared)
    ]
    return tuple(sorted(found, key=lambda span: span.begin_s))


class Weather:
    """Normal or overloaded: the spells that a scenario names, and those that come by chance.

    Chance is alternating exponential durations, drawn from the seed once and kept, so that every question about
    the same second has the same answer, in whatever order they are asked.
    """

    def __init__(self, spec: Provider, span_s: float | None, seed: str) -> None:
        """Begins normal."""
        self._named = tuple(_spell(degraded, span_s) for degraded in spec.degraded)
        self._by_chance: list[Spell] = []
        self._coming = _chances(spec.overload, seed) if spec.overload else None

    def at(self, into_s: float) -> Spell | None:
        """The spell at this second; a named one goes before one by chance. None: all is normal."""
        while self._coming and (not self._by_chance or self._by_chance[-1].end_s <= into_s):
            self._by_chance.append(next(self._coming))
        return next((spell for spell in (*self._named, *self._by_chance) if into_s in spell), None)

    def until(self, into_s: float) -> Sequence[Spell]:
        """All spells that have begun by this second, in order of time."""
        self.at(into_s)
        begun = [spell for spell in (*self._named, *self._by_chance) if spell.begin_s <= into_s]
        return sorted(begun, key=lambda spell: spell.begin_s)


def _spell(degraded: Degraded, span_s: float | None) -> Spell:
    return Spell(*degraded.span_s(span_s), slower=degraded.slower, faults=degraded.faults)


def _chances(overload: Overload, seed: str) -> Iterator[Spell]:
    chance = random.Random(f"{seed}/weather")  # noqa: S311 - must be repeatable; nothing depends on its secrecy
    at_s = 0.0
    while True:
        begin_s = at_s + chance.expovariate(1 / overload.normal_s)
        at_s = begin_s + chance.expovariate(1 / overload.degraded_s)
        yield Spell(begin_s, at_s, overload.slower, overload.faults)
