"""One run as a limiter may have seen it: when each request may have reached it, and how many had passed before.

Nobody tells us when a request was decided. It was decided after it was sent; a refusal, before it was back; an
acceptance, whose answer takes seconds, not later than the slowest refusal around it was back: one way takes no longer
than there and back.
Every noun here holds both ends of that, so that whatever follows from them holds for every order of arrival.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from monitor.judge.columns import Flags, Floats, Ints

CLOCK_S = 2e-6  # times are rounded to microseconds: two of them


@dataclass(frozen=True)
class Passed:
    """Accepted requests. The m-th to arrive did so in [earliest[m], latest[m]]; seconds since the run began."""

    earliest: Floats
    latest: Floats

    def __len__(self) -> int:
        """How many."""
        return len(self.earliest)

    @classmethod
    def of(cls, low: Floats, high: Floats) -> "Passed":
        """Order statistics of intervals: both ends sorted by themselves."""
        return cls(np.sort(low), np.sort(high))


@dataclass(frozen=True)
class Trace:
    """A run in bounds. `sure` were accepted for certain; `most` are these and those of which nobody knows.

    A refusal r arrived in [refused_low[r], refused_high[r]]. `pairs` lists, refusal by refusal, each number k of
    accepted requests that may have arrived before it, with the earliest time at which it can then have arrived.
    """

    sure: Passed
    most: Passed
    refused_low: Floats
    refused_high: Floats
    held: "Held"

    @cached_property
    def before(self) -> Ints:
        """How many sure ones arrived before each refusal for certain."""
        return np.searchsorted(self.sure.latest, self.refused_low, "left").astype(np.int64)

    @cached_property
    def before_at_most(self) -> Ints:
        """How many may have arrived before each refusal."""
        return np.searchsorted(self.most.earliest, self.refused_high, "right").astype(np.int64)

    @cached_property
    def after(self) -> Ints:
        """The first of the sure ones that arrived after each refusal for certain; their number, if there is none."""
        return np.searchsorted(self.sure.earliest, self.refused_high, "right").astype(np.int64)

    @cached_property
    def pairs(self) -> "Pairs":
        """See above."""
        counts = self.before_at_most - self.before + 1
        starts = np.cumsum(counts) - counts
        of = np.repeat(np.arange(len(counts)), counts)
        k = self.before[of] + np.arange(len(of)) - starts[of]
        last = np.where(k > 0, np.append(self.most.earliest, 0.0)[k - 1], 0.0)
        return Pairs(starts, k, np.maximum(self.refused_low[of], last))

    def without(self, refusals: Flags) -> "Trace":
        """The same run without these refusals: somebody else's."""
        return Trace(self.sure, self.most, self.refused_low[~refusals], self.refused_high[~refusals], self.held)


@dataclass(frozen=True)
class Pairs:
    """(refusal, k) for every k that may have been; `starts` is where each refusal's begin."""

    starts: Ints
    k: Ints
    at_low: Floats


@dataclass(frozen=True)
class Held:
    """From when to when each accepted request was in the provider's hands: at least, and at most."""

    sure_from: Floats
    sure_until: Floats
    most_from: Floats
    most_until: Floats


def trace(
    *, at_s: Floats, total_s: Floats, download_s: Floats, trip_s: Floats, accepted: Flags, maybe: Flags, refused: Flags
) -> Trace:
    """From the columns of a run: when sent, how long until the answer was whole, the slowest refusal around each."""
    ended = at_s + np.where(np.isnan(total_s), np.inf, total_s)
    latest = np.minimum(at_s + trip_s, ended) + CLOCK_S
    low = at_s - CLOCK_S
    most = accepted | maybe
    return Trace(
        sure=Passed.of(low[accepted], latest[accepted]),
        most=Passed.of(low[most], np.where(maybe, at_s + trip_s + CLOCK_S, latest)[most]),
        refused_low=low[refused],
        refused_high=np.where(np.isinf(ended), at_s + trip_s, ended)[refused] + CLOCK_S,
        held=Held(
            sure_from=latest[accepted],
            sure_until=(ended - np.where(np.isnan(download_s), total_s, download_s) - trip_s)[accepted],
            most_from=low[most],
            most_until=(ended + trip_s)[most],
        ),
    )
