"""Endurance: a steady rate for a long time, evenly spaced (open loop); thinned, where money is short, and what is left.

A share of the advertised limit for 72 h is a hundred thousand images. `affordable` says which steady runs a sum of
money pays for, and what each of them still proves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from probes.model import Ask, InOrder, Mode, Plan, ProbeKind, Shot
from probes.prompts import prompt

_IN_HOURS_S = 3600.0


@dataclass(frozen=True, slots=True)
class Steady(InOrder):
    """`shots` of them `gap_s` apart, the first at once; each is made when it is asked for."""

    asked: str  # the provider
    shots: int
    gap_s: float
    size: str
    aspect_ratio: str
    mode: Mode

    @property
    def provider(self) -> str:
        """As `asked`."""
        return self.asked

    def __len__(self) -> int:
        """How many there are."""
        return self.shots

    @overload
    def __getitem__(self, place: int) -> Shot: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Shot]: ...
    def __getitem__(self, place: int | slice) -> Shot | Sequence[Shot]:
        """The shot of a place, or those of several."""
        if isinstance(place, slice):
            return tuple(self._shot(number) for number in range(*place.indices(self.shots)))
        return self._shot(range(self.shots)[place])

    def _shot(self, number: int) -> Shot:
        ask = Ask(self.size, self.aspect_ratio, prompt(number))
        return Shot(number * self.gap_s, self.asked, ProbeKind.ENDURANCE, self.mode, ask)

    def due(self, elapsed_s: float) -> int:
        """How many are planned up to and including this time after the start."""
        if elapsed_s < 0:
            return 0
        near = min(self.shots, int(elapsed_s / self.gap_s) + 2)  # division and product round differently
        while near and (near - 1) * self.gap_s > elapsed_s:
            near -= 1
        return near


def plan(
    provider: str,
    *,
    rpm: float,
    duration_s: float,
    max_usd: float | None = None,
    size: str = "1K",
    aspect_ratio: str = "1:1",
    mode: Mode = Mode.SUSTAIN,
) -> Plan:
    """`rpm` requests a minute for `duration_s` seconds, the first at once.

    In flight at most twice what a three-minute answer would need, so that a stalled provider is not piled upon.
    """
    shots = Steady(provider, count_of(rpm, duration_s), 60.0 / rpm, size, aspect_ratio, mode)
    in_flight = max(10, math.ceil(rpm * 6))
    return Plan(shots, max_in_flight=in_flight, max_usd=max_usd, stop_after_errors=50, late_after_s=30.0)


def count_of(rpm: float, duration_s: float) -> int:
    """How many requests a rate makes in a time. Exact where the gap is not: 11 a minute are 55 in five minutes."""
    if not 0 < rpm < math.inf:
        raise ValueError("rpm must be above 0")
    return math.ceil(duration_s * rpm / 60.0 - 1e-9)


# --- what a sum of money pays for ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variant:
    """A steady run that a sum pays for. `proves`: what it still shows, and what it does not."""

    rpm: float
    duration_s: float
    images: int
    usd: float
    proves: str


def affordable(rpm: float, duration_s: float, usd_per_image: float, max_usd: float) -> tuple[Variant, ...]:
    """The whole run, if `max_usd` pays for it; else the same rate for a shorter time, and a lower rate for all of it.

    The order is that in which they are to be chosen: drift over days is what no other probe shows, so `thinned` asks
    for the lower rate; the rate itself is shown by a burst and its saturation run as well.
    """
    count = count_of(rpm, duration_s)
    paid = count if usd_per_image <= 0 else min(count, math.floor(max_usd / usd_per_image + 1e-9))
    if paid == count:
        return (Variant(rpm, duration_s, count, count * usd_per_image, _whole(rpm, duration_s)),)
    slower = rpm * paid / count
    shorter_s = paid * 60.0 / rpm
    usd = paid * usd_per_image
    return (
        Variant(slower, duration_s, paid, usd, _thinned(rpm, slower, duration_s, paid)),
        Variant(rpm, shorter_s, paid, usd, _shortened(rpm, shorter_s, duration_s)),
    )


def _whole(rpm: float, duration_s: float) -> str:
    return (
        f"that {rpm:g} rpm are sustained for {_hours(duration_s)}, and whether latency or errors drift meanwhile;"
        " nothing of a higher rate"
    )


def _thinned(rpm: float, slower: float, duration_s: float, images: int) -> str:
    per_hour = images / max(duration_s / _IN_HOURS_S, 1e-9)
    drift = (
        f"whether latency or errors drift over {_hours(duration_s)} ({per_hour:.3g} images an hour)"
        if images >= FEWEST_IMAGES
        else f"little: {images} images are fewer than the {FEWEST_IMAGES} that a trend needs"
    )
    return f"{drift}; that {slower:.3g} rpm are sustained, not {rpm:g}"


def _shortened(rpm: float, shorter_s: float, duration_s: float) -> str:
    held = f"that {rpm:g} rpm are sustained for {_hours(shorter_s)}"
    return f"{held}; no drift beyond, nothing of the rest of {_hours(duration_s)}"


FEWEST_IMAGES = 40  # five hours of eight images: below, no trend is judged (monitor.judge.endurance)


def _hours(seconds: float) -> str:
    if seconds < _IN_HOURS_S:
        return f"{seconds / 60.0:.3g} min"
    return f"{seconds / _IN_HOURS_S:.3g} h"
