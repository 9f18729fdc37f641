"""Where the possible values of a parameter begin and end, by halving stretches that are not impossible as a whole."""

from collections.abc import Callable

FINEST = 1e-4  # relative difference of values that are not told apart


def ends(possible: Callable[[float, float], bool], low: float, high: float) -> tuple[float, float] | None:
    """The first and the last possible value in [low, high], rounded outwards; None where there is none. `low` > 0.

    `possible(a, b)` may be true of a stretch without a possible value, but never false of one that has any.
    """
    first = _end(possible, low, high, from_low=True)
    last = _end(possible, low, high, from_low=False)
    return None if first is None or last is None else (first, last)


def _end(possible: Callable[[float, float], bool], low: float, high: float, *, from_low: bool) -> float | None:
    if not possible(low, high):
        return None
    if high <= low * (1 + FINEST):
        return low if from_low else high
    middle = (low * high) ** 0.5
    halves = [(low, middle), (middle, high)]
    for near, far in halves if from_low else reversed(halves):
        if (found := _end(possible, near, far, from_low=from_low)) is not None:
            return found
    return None
