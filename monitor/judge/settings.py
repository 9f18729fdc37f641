"""How a provider is probed, as configured: which kinds, how often, what one run asks, for how much at most.

A number means little without it: a provider that is asked each minute shows outages that one asked each hour hides.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Kind = Literal["reach", "baseline", "burst", "endurance", "recovery"]


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """One kind of probe. It comes `every` so long or by a `cron` expression (UTC); recovery only in an incident."""

    kind: Kind
    every: timedelta | None = None
    cron: str | None = None
    blocks: tuple[str, ...] = ()  # the size of each image of a run that asks for a few
    images: int | None = None  # of one size, at most: of a run that asks for many
    at_once: int | None = None
    saturates: bool = False
    rpm: float | None = None  # of an endurance run
    lasts: timedelta | None = None
    aspect_ratio: str | None = None
    most_usd: float | None = None  # cap of one run (recovery: of one incident)


@dataclass(frozen=True, slots=True)
class Caps:
    """USD that are never exceeded by more than what is in flight; None: no cap of that kind."""

    day: float | None = None
    month: float | None = None
    minute: float | None = None
    run: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one provider. `probes` is empty where nothing is scheduled: then runs are started by hand."""

    adapter: str
    environment: str
    timeout_s: float
    advised_timeout_s: dict[str, float] = field(default_factory=dict)  # by size, as the provider advises
    probes: tuple[ProbeSettings, ...] = ()
    caps: Caps = Caps()
    caps_of_all: Caps = Caps()
