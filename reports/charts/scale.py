"""Axes: numbers to whole pixels, with round ends and round ticks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ROUND = (1.0, 2.0, 5.0, 10.0)
_LOG_STEPS: Sequence[Sequence[float]] = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
_MOST_TICKS = 7
_MARGIN = 0.05  # of a step
_LOG_FROM = 5.0  # a span of more than five times is read better on a logarithmic axis


@dataclass(frozen=True, slots=True)
class Scale:
    """`low`..`high` onto the pixels `start`..`end`; what lies outside is drawn at the edge."""

    low: float
    high: float
    start: int
    end: int
    log: bool = False

    def at(self, value: float) -> int:
        """The pixel of a value."""
        low, high, here = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, here = math.log(low), math.log(high), math.log(here)
        return round(self.start + (here - low) / (high - low) * (self.end - self.start))

    def onto(self, start: int, end: int) -> "Scale":
        """The same numbers on other pixels."""
        return Scale(self.low, self.high, start, end, self.log)


def _round_down(value: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not above a positive value."""
    power = 10.0 ** math.floor(math.log10(value) + 1e-9)
    return max(step * power for step in _ROUND if step * power <= value * (1 + 1e-9))


def _round_up(value: float) -> float:
    """The smallest 1, 2 or 5 times a power of ten that is not below a positive value."""
    power = 10.0 ** math.floor(math.log10(value) + 1e-9)
    return min(step * power for step in _ROUND if step * power >= value * (1 - 1e-9))


def step_of(span: float, wanted: int) -> float:
    """A round step that cuts a span into about `wanted` parts."""
    return _round_up(span / wanted)


def linear(values: Iterable[float], start: int, end: int, *, least: float = 0.0) -> Scale:
    """From `least` to a round number at or above all values."""
    top = max([value for value in values if math.isfinite(value)], default=0.0)
    if top <= least:
        return Scale(least, least + 1.0, start, end)
    step = step_of(top - least, 4)
    return Scale(least, least + step * math.ceil((top - least) / step - 1e-9), start, end)


def around(values: Iterable[float], start: int, end: int) -> Scale:
    """A positive measure: logarithmic where the values span much, else linear around them; ends are round."""
    seen = [value for value in values if value > 0 and math.isfinite(value)]
    if not seen:
        return Scale(0.0, 1.0, start, end)
    low, high = min(seen), max(seen)
    if high / low > _LOG_FROM:
        return Scale(_round_down(low), _round_up(high), start, end, log=True)
    step = step_of(max(high - low, high * 0.1), 3)
    first, last = math.floor(low / step), math.ceil(high / step)
    first -= 1 if first > 0 and low / step - first < _MARGIN else 0  # a dot on the very edge looks cut off
    last += 1 if last - high / step < _MARGIN else 0
    return Scale(first * step, last * step, start, end)


def below_one(shares: Iterable[float], start: int, end: int) -> Scale:
    """Availabilities: up to 1, from a round share below the lowest (0.9, 0.96, 0.99 ...)."""
    miss = max([1 - share for share in shares], default=0.0)
    return Scale(1 - min(1.0, _round_up(max(miss, 0.0001))), 1.0, start, end)


def ticks(scale: Scale, wanted: int = 4) -> list[float]:
    """Round values within a scale."""
    if scale.log:
        return _log_ticks(scale)
    step = step_of(scale.high - scale.low, wanted)
    first = math.ceil(scale.low / step - 1e-9)
    last = math.floor(scale.high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _log_ticks(scale: Scale) -> list[float]:
    """1, 2 and 5 of each power of ten where that is not too many, else 1 and 3, else 1 alone."""
    powers = range(math.floor(math.log10(scale.low)) - 1, math.ceil(math.log10(scale.high)) + 1)
    found: list[float] = []
    for every in _LOG_STEPS:
        values = [float(f"{step * 10.0**power:g}") for power in powers for step in every]
        found = [value for value in values if scale.low * (1 - 1e-9) <= value <= scale.high * (1 + 1e-9)]
        if len(found) <= _MOST_TICKS:
            break
    return found
