"""Requests by slices of equal length: how many, how many errors, and which slices overlap a stretch of time."""

from dataclasses import dataclass

import numpy as np

from monitor.judge.clauses.requests import Requests
from monitor.judge.columns import Flags, Ints

__all__ = ["Bins", "Flags", "tally", "touched", "within_runs", "without"]


@dataclass(frozen=True, slots=True)
class Bins:
    """Requests by slices. The first and the last of a window count as whole ones."""

    valid: Ints
    errors: Ints
    unheard: Ints
    start: int
    width: int


def tally(requests: Requests, start: int, end: int, width: int) -> Bins:
    """The requests of [start, end), all inside of it, by slices that begin at multiples of `width` microseconds."""
    first = start // width * width
    count = -(-(end - first) // width)
    place = (requests.t - first) // width

    def counted(which: Flags) -> Ints:
        return np.bincount(place if which.all() else place[which], minlength=count)

    return Bins(
        counted(requests.valid), counted(requests.valid & requests.error), counted(requests.unheard), first, width
    )


def without(bins: Bins, excluded: Flags) -> Bins:
    """The same with nothing in the excluded slices."""
    kept = ~excluded
    return Bins(bins.valid * kept, bins.errors * kept, bins.unheard * kept, bins.start, bins.width)


def touched(bins: Bins, edges: Ints, which: Flags) -> Flags:
    """Which slices overlap any of the segments `which` (segment i is [edges[i], edges[i + 1]))."""
    segments = np.flatnonzero(which)
    count = len(bins.valid)
    first = (edges[segments] - bins.start) // bins.width
    after = -(-(edges[segments + 1] - bins.start) // bins.width)
    change = np.bincount(first, minlength=count + 1) - np.bincount(after, minlength=count + 1)
    hit: Flags = np.cumsum(change)[:count] > 0
    return hit


def within_runs(bad: Flags, shortest: int) -> Flags:
    """Those of the bad ones that lie in runs of at least `shortest`."""
    turns = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(np.int8), [0]])))
    firsts, afters = turns[::2], turns[1::2]
    long = afters - firsts >= shortest
    change = np.bincount(firsts[long], minlength=len(bad) + 1) - np.bincount(afters[long], minlength=len(bad) + 1)
    inside: Flags = np.cumsum(change)[: len(bad)] > 0
    return inside
