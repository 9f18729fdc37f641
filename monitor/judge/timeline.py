"""Rows of reach and baseline probes -> one state for every microsecond between the first row and a horizon.

A state holds until the next probe, at most one cadence of the data there; then it is unknown. All arithmetic is on
whole arrays of int64 microseconds: parts add up to the whole exactly, and a million rows take less than a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.judge import cadence, held_back, quiet
from monitor.judge.columns import SECOND, Flags, Ints, Rows, distinct, micros
from monitor.judge.facts import Maintenance
from monitor.judge.states import UPPTIME, State, States, observed, why_unknown

FOREVER = 2**62  # of a monitor that writes on change: until its next row
UPPTIME_SILENCE = 2 * 86_400 * SECOND  # Upptime writes each endpoint daily; silent for two days: its history has ended
NO_PROBE = -1  # source of a segment in which nothing was measured


@dataclass(frozen=True, slots=True)
class Instants:
    """All rows of one time are one observation: arrays over distinct times, but for what is left out (`quiet`)."""

    t: Ints
    first_row: Ints  # index into the rows
    own: States  # what the rows of this instant say
    final: States  # the same, but an image failure outlasts a control plane that answers
    end: Ints  # until when it holds
    stratum: Ints  # the cadence of what was seen here: an image failure is known to within an image probe's cadence
    left_out: Ints  # times of further observations, all up, for which those before them stand

    def told(self, start: int, end: int) -> tuple[Ints, Flags]:
        """Times in [start, end) at which something was seen, and where it was a failure of its own."""
        known = np.flatnonzero((self.own != State.UNKNOWN) & (self.t >= start) & (self.t < end))
        quiet_ = self.left_out[slice(*np.searchsorted(self.left_out, [start, end]).tolist())]
        times = np.concatenate([self.t[known], quiet_])
        failed = np.append(self.own[known] == State.DOWN, np.zeros(len(quiet_), dtype=bool))
        order = np.argsort(times, kind="stable")
        return times[order], failed[order]


@dataclass(frozen=True, slots=True)
class Timeline:
    """States of consecutive segments: segment i is [edges[i], edges[i + 1]), `source[i]` the instant it rests on."""

    edges: Ints
    states: States
    source: Ints
    rows: Rows  # of reach and baseline probes, scheduled or imported, sorted by time; without what is left out
    row_states: States
    instants: Instants
    maintained: tuple[tuple[int, int], ...]
    every: Rows  # as `rows`, with nothing left out
    fine: "Timeline | None" = None  # with a segment for each observation; None: this one

    @property
    def begin(self) -> int:
        """The first row; nothing is known, and nothing is missing, before it."""
        return int(self.edges[0])

    def clip(self, start: int, end: int) -> "Timeline":
        """The part in [start, end)."""
        start, end = max(start, self.begin), min(end, int(self.edges[-1]))
        if start >= end:
            return replace(self, edges=np.array([start, start]), states=self.states[:0], source=self.source[:0])
        within = self.edges[(self.edges > start) & (self.edges < end)]
        return self._cut(np.concatenate([[start], within, [end]]))

    def split(self, points: Ints) -> "Timeline":
        """The same with further edges at these points."""
        inside = points[(points > self.edges[0]) & (points < self.edges[-1])]
        edges = np.sort(np.concatenate([self.edges, inside]), kind="stable")
        return self._cut(distinct(edges)) if len(self.states) else self

    @property
    def observed(self) -> "Timeline":
        """The same with a segment for each observation, for those who count them."""
        return self if self.fine is None else self.fine.clip(int(self.edges[0]), int(self.edges[-1]))

    def merged(self) -> "Timeline":
        """The same with neighbours of one known state as one: most of what is asked takes as long as it has segments.

        Unknown ones stay apart where they rest on different observations, which say why nothing is known.
        """
        same = (np.diff(self.states) == 0) & ((self.states[1:] != State.UNKNOWN) | (np.diff(self.source) == 0))
        first = np.flatnonzero(np.append(True, ~same)[: len(self.states)])
        edges = np.append(self.edges[first], self.edges[-1])
        return replace(self, edges=edges, states=self.states[first], source=self.source[first], fine=self)

    def _cut(self, edges: Ints) -> "Timeline":
        segment = np.searchsorted(self.edges, edges[:-1], side="right") - 1
        return replace(self, edges=edges, states=self.states[segment], source=self.source[segment])

    def seconds(self) -> dict[State, float]:
        """Seconds in each state."""
        spent = np.bincount(self.states, weights=np.diff(self.edges)[: len(self.states)], minlength=len(State))
        return {state: float(spent[state]) / SECOND for state in State}

    def spells(self, same: Sequence[State] = ()) -> tuple[States, Ints, Ints]:
        """Runs of one state: of each the state, its first segment and the one after its last.

        States in `same` count as the first of them.
        """
        states = np.where(np.isin(self.states, same), same[0], self.states).astype(np.int8) if same else self.states
        turns = np.append(0, np.flatnonzero(np.diff(states)) + 1)[: len(states)]
        return states[turns], turns, np.append(turns[1:], len(states))[: len(turns)]

    def why(self, segment: int) -> str:
        """Why nothing is known in a segment whose state is unknown."""
        instant = int(self.source[segment])
        if instant == NO_PROBE:
            return "no probe"
        at = int(self.instants.t[instant])
        if any(start <= at < end for start, end in self.maintained):
            return "no probe since the maintenance"
        return why_unknown(self.rows, int(self.instants.first_row[instant]))


def timeline(rows: Rows, maintenance: Sequence[Maintenance], *, since: int, horizon: int) -> Timeline:
    """The states of one provider from its first row to `horizon`; from `since` where it has no row at all."""
    watch = _in_order(rows.take(rows.scheduled & rows.probe.isin("reach", "baseline") & (rows.t < horizon)))
    states = observed(watch)
    holds = _holds(watch, states)
    maintained = tuple((micros(window.start), micros(window.end)) for window in maintenance)
    for start, end in maintained:
        states[slice(*np.searchsorted(watch.t, [start, end]).tolist())] = State.UNKNOWN
    every = watch
    if len(watch):
        kept = quiet.remarkable(watch, states, holds)
        left_out = watch.t[~kept]
        watch, states, holds = watch.take(kept), states[kept], quiet.held(watch.t, holds, kept)
        instants, edges, segments, source = _segments(watch, states, holds, left_out, horizon)
    else:
        begin = int(rows.t[0]) if len(rows) else since
        instants = Instants(watch.t, watch.t, states, states, watch.t, watch.t, watch.t)
        edges = np.array([min(begin, horizon), horizon])
        segments, source = np.array([State.UNKNOWN], dtype=np.int8), np.array([NO_PROBE])
    whole = Timeline(edges, segments, source, watch, states, instants, maintained, every)
    return _exclude(whole).merged()


def _in_order(watch: Rows) -> Rows:
    """Rows of one time in an order of their own, so that the first of them is the same in any table."""
    equal = np.diff(watch.t) == 0
    if not equal.any():
        return watch
    tied = np.flatnonzero(np.append(False, equal) | np.append(equal, False))
    few = watch.take(tied)
    words = (few.attribution.codes, few.detail.codes, few.outcome.codes)
    order = np.arange(len(watch))
    order[tied] = tied[np.lexsort((few.control_ok, *words, few.t))]
    return watch.take(order)


def _holds(watch: Rows, states: States) -> Ints:
    """For how long each row's state may hold.

    Rows that say nothing have no part in the cadence of those that do: more unknown rows must not widen it. Their
    own says how long they are the reason why nothing is known; after that it is that there was no probe.
    """
    known = states != State.UNKNOWN
    holds = cadence.of_rows(watch)
    if not known.all():
        holds[known] = cadence.of_rows(watch.take(known))
    told = np.flatnonzero(watch.rule.starts(UPPTIME) & known)
    if len(told):
        silence = max(int(np.diff(watch.t[told]).max(initial=0)), UPPTIME_SILENCE)
        holds[told] = np.where(watch.t[told] == watch.t[told[-1]], silence, FOREVER)
    return holds


def _segments(
    watch: Rows, states: States, holds: Ints, left_out: Ints, horizon: int
) -> tuple[Instants, Ints, States, Ints]:
    """Instants, and the segments between them: held, held after an image failure has run out, and unknown."""
    new = np.append(True, np.diff(watch.t) > 0)
    first, place = np.flatnonzero(new), np.cumsum(new) - 1
    t = watch.t[first]
    own = np.maximum.reduceat(states, first)
    hold = _longest(holds, states == own[place], first)
    end = t + np.minimum(np.diff(np.append(t, horizon)), hold)
    images = np.where(watch.probe.isin("baseline"), states, State.UNKNOWN).astype(np.int8)
    image = np.maximum.reduceat(images, first)
    image_hold = _longest(holds, images == image[place], first)
    reached = np.where(watch.probe.isin("reach"), states, State.UNKNOWN).astype(np.int8)
    reach = np.maximum.reduceat(reached, first)
    final, until = _outlasting(t, own, image, image_hold, reach, horizon)
    paused = held_back.by_breaker(watch, t, image, reach)
    own = np.where((paused >= 0) & (own == State.UP), State.UNKNOWN, own).astype(np.int8)
    final = np.where((paused >= 0) & (final == State.UP), State.UNKNOWN, final).astype(np.int8)
    cut = np.minimum(until, end)
    starts = np.column_stack([t, cut, end]).ravel()
    kinds = np.column_stack([final, own, np.zeros_like(own)]).ravel()
    index = np.arange(len(t))
    because = np.where(paused >= 0, paused, index)
    sources = np.column_stack([np.where(final == own, because, index), because, np.full(len(t), NO_PROBE)]).ravel()
    real = np.diff(np.append(starts, horizon)) > 0
    edges = np.append(starts[real], horizon)
    stratum = np.where(hold < FOREVER, hold, end - t)
    return Instants(t, first, own, final, end, stratum, left_out), edges, kinds[real], sources[real]


def _longest(holds: Ints, which: Flags, first: Ints) -> Ints:
    """Of the rows of each instant, among `which`: the longest."""
    longest: Ints = np.maximum.reduceat(np.where(which, holds, 0), first)
    return longest


def _outlasting(
    t: Ints, own: States, image: States, image_hold: Ints, reach: States, horizon: int
) -> tuple[States, Ints]:
    """Final state of each instant, and until when it differs from its own.

    Image generation can be down while the control plane answers. So where two image probes in a row failed, no reach
    success ends it: each holds until the next image probe, at most one cadence of those. A failure that stands alone
    ends with the next probe of any kind. And if reach itself failed in that spell, the outage was a whole one, and
    the control plane's return is the end of it.
    """
    probes = np.flatnonzero(image != State.UNKNOWN)
    if not len(probes):
        return own, t
    holds_until = np.minimum(np.append(t[probes[1:]], horizon), t[probes] + image_hold[probes])
    latest = np.cumsum(image != State.UNKNOWN) - 1  # which image probe came last; -1: none yet
    last_image = np.where(latest >= 0, probes[latest], 0)
    until = np.where(latest >= 0, holds_until[latest], t)
    both = np.minimum(image[probes], _witness(image[probes]))[latest]
    index = np.arange(len(t))
    last_reach = np.maximum.accumulate(np.where(reach != State.UNKNOWN, index, -1))
    last_reach_down = np.maximum.accumulate(np.where(reach == State.DOWN, index, -1))
    before = last_reach[last_image]
    reach_failed = (last_reach_down > last_image) | ((before >= 0) & (reach[before] == State.DOWN))
    outlasts = (own == State.UP) & (image == State.UNKNOWN) & (both >= State.DEGRADED) & (t < until) & ~reach_failed
    return np.where(outlasts, both, own).astype(np.int8), np.where(outlasts, until, t)


def _witness(image: States) -> States:
    """For each image probe the worse of the one before and the one after it; nothing at the ends."""
    padded = np.concatenate([[State.UNKNOWN], image, [State.UNKNOWN]])
    worse: States = np.maximum(padded[:-2], padded[2:]).astype(np.int8)
    return worse


def _exclude(whole: Timeline) -> Timeline:
    """Announced maintenance is excluded, whole."""
    split = whole.split(np.array([edge for window in whole.maintained for edge in window], dtype=np.int64))
    states = split.states.copy()
    for start, end in whole.maintained:
        states[(split.edges[:-1] >= start) & (split.edges[:-1] < end)] = State.EXCLUDED
    return replace(split, states=states)
