"""The worst stretch of each length: windowed uptime (Hauer et al., Meaningful Availability, NSDI 2020).

It tells one long outage from many short ones. Uptime is that of the known time of a stretch, and half of it has to be
known: of a stretch of silence nothing is said. `worst` is the lowest with all unknown time as down, and needs nothing.
"""

from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import SECOND, Flags, Ints, instant
from monitor.judge.states import State
from monitor.judge.timeline import Timeline
from monitor.judge.verdicts import WorstWindow

HOUR = 3600 * SECOND
LENGTHS = (HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR)
LEAST_KNOWN = 2  # one part in so many of a stretch has to be known


@dataclass(frozen=True, slots=True)
class _Course:
    """Microseconds down and unknown from the beginning up to each edge; between two edges they grow evenly or stay."""

    edges: Ints
    down: Ints
    unknown: Ints
    known: Ints
    states: Ints  # of the segment that begins at each edge; the last one has none


def worst(timeline: Timeline) -> tuple[WorstWindow, ...]:
    """The worst stretch of each length that fits into a clipped timeline."""
    if not len(timeline.states):
        return ()
    course = _course(timeline)
    whole = int(course.edges[-1] - course.edges[0])
    return tuple(_worst(course, length) for length in LENGTHS if length <= whole)


def worst_of(timeline: Timeline, length: int) -> WorstWindow:
    """The same for one length (microseconds) that fits into it."""
    return _worst(_course(timeline), length)


def _course(timeline: Timeline) -> _Course:
    """Up and degraded are one; equal neighbours are one segment, so that how often we asked changes nothing."""
    states = np.where(timeline.states == State.DEGRADED, State.UP, timeline.states).astype(np.int64)
    new = np.append(True, np.diff(states) != 0)
    edges = np.append(timeline.edges[:-1][new], timeline.edges[-1])
    states = states[new]
    length = np.diff(edges)

    def sums(which: Flags) -> Ints:
        return np.concatenate([[0], np.cumsum(length * which)])

    known = (states != State.UNKNOWN) & (states != State.EXCLUDED)
    return _Course(edges, sums(states == State.DOWN), sums(states == State.UNKNOWN), sums(known), np.append(states, -1))


def _worst(course: _Course, length: int) -> WorstWindow:
    spans = _spans(course, _starts(course, length), length)
    judged = spans.known + spans.unknown
    lowest = np.min((spans.known - spans.down)[judged > 0] / judged[judged > 0]) if judged.any() else None
    least = None if lowest is None else float(lowest)
    enough = np.flatnonzero(LEAST_KNOWN * spans.known >= length)
    if not len(enough):
        return WorstWindow(length / SECOND, None, None, None, least)
    shares = (spans.known[enough] - spans.down[enough]) / spans.known[enough]
    place = int(enough[int(np.argmin(shares))])
    begin, known = instant(int(spans.starts[place])), float(spans.known[place] / length)
    return WorstWindow(length / SECOND, float(shares.min()), begin, known, least)


@dataclass(frozen=True, slots=True)
class _Spans:
    """Stretches of one length by their starts, and microseconds of each that were down, unknown and known."""

    starts: Ints
    down: Ints
    unknown: Ints
    known: Ints


def _starts(course: _Course, length: int) -> Ints:
    """Where the worst stretch can begin, earliest first.

    At a change of state, or so that it ends at one: between two such places its uptime only rises or only falls. And
    where between two of them just enough of it is known: that time grows or shrinks by a second per second there.
    """
    first, last = int(course.edges[0]), int(course.edges[-1]) - length
    edges = np.concatenate([course.edges, course.edges - length])
    starts = np.unique(edges[(edges >= first) & (edges <= last)])
    lacking = -(-length // LEAST_KNOWN) - _spans(course, starts, length).known
    crossing = np.flatnonzero(lacking[:-1] * np.sign(lacking[1:]) < 0)
    return np.unique(np.concatenate([starts, starts[crossing] + np.abs(lacking[crossing])]))


def _spans(course: _Course, starts: Ints, length: int) -> _Spans:
    ends = starts + length
    before, after = _segment(course, starts), _segment(course, ends)

    def within(sums: Ints, *states: State) -> Ints:
        spent: Ints = _at(course, sums, states, after, ends) - _at(course, sums, states, before, starts)
        return spent

    return _Spans(
        starts,
        down=within(course.down, State.DOWN),
        unknown=within(course.unknown, State.UNKNOWN),
        known=within(course.known, State.UP, State.DOWN),
    )


def _segment(course: _Course, at: Ints) -> Ints:
    """Index of the segment that holds each moment; of the end, that before it."""
    found: Ints = np.minimum(np.searchsorted(course.edges, at, side="right") - 1, len(course.edges) - 2)
    return found


def _at(course: _Course, sums: Ints, which: tuple[State, ...], segment: Ints, at: Ints) -> Ints:
    """Microseconds in these states up to each moment."""
    within: Ints = (at - course.edges[segment]) * np.isin(course.states[segment], which)
    total: Ints = sums[segment] + within
    return total
