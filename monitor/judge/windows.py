"""The worst stretch of each length: windowed uptime (Hauer et al., Meaningful Availability, NSDI 2020).

It tells one long outage from many short ones. Uptime is that of the known time of a stretch, and half of it has to be
known: of a stretch of silence nothing is said. `worst` is the lowest with all unknown time as down, and needs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from monitor.judge.columns import SECOND, Ints, instant
from monitor.judge.states import State
from monitor.judge.timeline import Timeline
from monitor.judge.verdicts import WorstWindow

HOUR = 3600 * SECOND
LENGTHS = (HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR)
LEAST_KNOWN = 2  # one part in so many of a stretch has to be known


@dataclass(frozen=True, slots=True)
class _Course:
    """Microseconds down, unknown and known from the beginning up to each edge, and whether they grow after it."""

    edges: Ints
    sums: tuple[Ints, Ints, Ints]
    grows: tuple[Ints, Ints, Ints]


@dataclass(frozen=True, slots=True)
class _Stretches:
    """Stretches of one length by their starts, and microseconds of each that were down, unknown and known."""

    starts: Ints
    down: Ints
    unknown: Ints
    known: Ints


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
    states = np.where(timeline.states == State.DEGRADED, State.UP, timeline.states)
    new = np.append(True, np.diff(states) != 0)
    edges = np.append(timeline.edges[:-1][new], timeline.edges[-1])
    states, length = states[new], np.diff(edges)
    each = [states == State.DOWN, states == State.UNKNOWN, (states == State.UP) | (states == State.DOWN)]
    down, unknown, known = (np.concatenate([[0], np.cumsum(length * which)]) for which in each)
    grows = [np.append(which, False).astype(np.int64) for which in each]
    return _Course(edges, (down, unknown, known), (grows[0], grows[1], grows[2]))


def _worst(course: _Course, length: int) -> WorstWindow:
    """The lowest uptime among all stretches, and the earliest that has it."""
    found = _candidates(course, length)
    judged = found.known + found.unknown
    lowest = np.min((found.known - found.down)[judged > 0] / judged[judged > 0]) if judged.any() else None
    least = None if lowest is None else float(lowest)
    enough = LEAST_KNOWN * found.known >= length
    if not enough.any():
        return WorstWindow(length / SECOND, None, None, None, least)
    starts, known = found.starts[enough], found.known[enough]
    shares = (known - found.down[enough]) / known
    value = shares.min()
    ties = np.flatnonzero(shares == value)
    place = int(ties[int(np.argmin(starts[ties]))])
    return WorstWindow(length / SECOND, float(value), instant(int(starts[place])), float(known[place] / length), least)


def _candidates(course: _Course, length: int) -> _Stretches:
    """Stretches among which the worst one is.

    They begin at a change of state, or end at one: between two such places uptime only rises or only falls. And those
    between two of them of which just enough is known: that time grows or shrinks by a second per second there.
    """
    first, last = int(course.edges[0]), int(course.edges[-1]) - length
    begins, ends = np.flatnonzero(course.edges <= last), np.flatnonzero(course.edges - length >= first)
    found = _together([
        _between(course, _at_edges(course, begins), _at(course, course.edges[begins] + length)),
        _between(course, _at(course, course.edges[ends] - length), _at_edges(course, ends)),
    ])  # fmt: skip
    lacking = -(-length // LEAST_KNOWN) - found.known
    if not (lacking > 0).any() or not (lacking < 0).any():
        return found
    order = np.argsort(found.starts, kind="stable")
    lacking = lacking[order]
    crossing = np.flatnonzero(np.sign(lacking[:-1]) * np.sign(lacking[1:]) < 0)
    starts = found.starts[order][crossing] + np.abs(lacking[crossing])
    return _together([found, _between(course, _at(course, starts), _at(course, starts + length))])


def _together(parts: Sequence[_Stretches]) -> _Stretches:
    return _Stretches(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(_Stretches)))


@dataclass(frozen=True, slots=True)
class _Moments:
    """Moments, and in which segment each lies; at an edge, in the one that it begins."""

    t: Ints
    segment: Ints


def _at(course: _Course, t: Ints) -> _Moments:
    return _Moments(t, np.searchsorted(course.edges, t, side="right") - 1)


def _at_edges(course: _Course, which: Ints) -> _Moments:
    """The same of edges, which need not be looked for: of a year that is irregular there are a million."""
    return _Moments(course.edges[which], which)


def _between(course: _Course, begin: _Moments, end: _Moments) -> _Stretches:
    before, after = _spent(course, begin), _spent(course, end)
    down, unknown, known = (late - early for early, late in zip(before, after, strict=True))
    return _Stretches(begin.t, down, unknown, known)


def _spent(course: _Course, at: _Moments) -> list[Ints]:
    """Microseconds down, unknown and known up to each of these moments."""
    since = at.t - course.edges[at.segment]
    return [sums[at.segment] + since * grows[at.segment] for sums, grows in zip(course.sums, course.grows, strict=True)]
