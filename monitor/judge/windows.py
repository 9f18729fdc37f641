"""The worst stretch of each length: windowed uptime (Hauer et al., Meaningful Availability, NSDI 2020).

It tells one long outage from many short ones. A stretch begins or ends where the state changes, or at an end of the
window; between two such places its uptime only rises or only falls, so no other stretch is worse (but for those that
the rule of half-known time lets in between them). Excluded time is known to nobody: a stretch of it is left out.
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
    starts = _starts(course, length)
    segment, after = (_segment(course, at) for at in (starts, starts + length))
    down, unknown, known = (
        _at(course, sums, which, after, starts + length) - _at(course, sums, which, segment, starts)
        for sums, which in (
            (course.down, (State.DOWN,)),
            (course.unknown, (State.UNKNOWN,)),
            (course.known, (State.UP, State.DOWN)),
        )
    )
    judged = known + unknown
    lowest = np.min((known - down)[judged > 0] / judged[judged > 0], initial=1.0) if (judged > 0).any() else None
    enough = np.flatnonzero(LEAST_KNOWN * known >= length)
    least = None if lowest is None else float(lowest)
    if not len(enough):
        return WorstWindow(length / SECOND, None, None, None, least)
    shares = (known[enough] - down[enough]) / known[enough]
    place = int(enough[int(np.argmin(shares))])
    return WorstWindow(
        length / SECOND, float(shares.min()), instant(int(starts[place])), float(known[place] / length), least
    )


def _starts(course: _Course, length: int) -> Ints:
    """Where a stretch may begin: at a change of state, or so that it ends at one; earliest first."""
    first, last = int(course.edges[0]), int(course.edges[-1]) - length
    edges = np.concatenate([course.edges, course.edges - length])
    return np.unique(edges[(edges >= first) & (edges <= last)])


def _segment(course: _Course, at: Ints) -> Ints:
    """Index of the segment that holds each moment; of the end, that before it."""
    found: Ints = np.minimum(np.searchsorted(course.edges, at, side="right") - 1, len(course.edges) - 2)
    return found


def _at(course: _Course, sums: Ints, which: tuple[State, ...], segment: Ints, at: Ints) -> Ints:
    """Microseconds in these states up to each moment."""
    within: Ints = (at - course.edges[segment]) * np.isin(course.states[segment], which)
    total: Ints = sums[segment] + within
    return total
