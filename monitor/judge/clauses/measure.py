"""One clause over one window: uptime by its arithmetic, and as low as it would be if all that was not seen was bad."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from monitor.judge.clauses import slices
from monitor.judge.clauses.clause import Clause
from monitor.judge.clauses.requests import Requests
from monitor.judge.clauses.sums import (
    Measured,
    downs,
    good_slices,
    highest_rates,
    left_out,
    mean_rate,
    nothing,
    rates,
    surely_down,
)
from monitor.judge.columns import SECOND, Floats, Ints, micros
from monitor.judge.facts import Maintenance
from monitor.judge.states import State, States
from monitor.judge.timeline import Timeline, timeline

MINUTE = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Window:
    """What a clause is applied to: [start, end) in microseconds, and the provider's whole timeline."""

    line: Timeline
    start: int
    end: int
    maintenance: Sequence[Maintenance] = ()


@dataclass(frozen=True, slots=True)
class Shares:
    """Of each slice of `width` microseconds from `start` on: how much of it was good, and how much is not known."""

    start: int
    width: int
    good: Floats
    unknown: Floats  # of what is counted as good
    counted: Floats  # 1; 0 where the clause leaves the slice out


def measure(clause: Clause, requests: Requests, window: Window) -> Measured:
    """What a clause says of a window; `requests` are all those of the clause.

    Where nobody knows whether a maintenance was announced early enough, it is excluded in `value` and is not in
    `worst`.
    """
    certain, possible = (
        _honoured(clause, window.maintenance, sure=True),
        _honoured(clause, window.maintenance, sure=False),
    )
    inside = requests.between(window.start, window.end)
    best = _measure(clause, inside, _excluding(window, possible))
    if certain == possible or best.value is None:
        return best
    strict = _measure(clause, inside, _excluding(window, certain))
    lows = [end for end in (best.worst, strict.value, strict.worst) if end is not None]
    highs = [end for end in (best.best, strict.value, strict.best) if end is not None]
    spent = [least_s for least_s in (best.least_bad_s, strict.least_bad_s) if least_s is not None]
    note = "; whether a maintenance was announced early enough is not known"
    return replace(
        best, worst=min(lows), best=max(highs), least_bad_s=min(spent, default=None), found=best.found + note
    )


def _honoured(clause: Clause, announced: Sequence[Maintenance], *, sure: bool) -> tuple[Maintenance, ...]:
    """The maintenance that the clause excludes: what surely is, or what may be."""
    if not clause.exclude_maintenance:
        return ()
    if clause.maintenance_notice_h is None:
        return tuple(announced)
    notice = timedelta(hours=clause.maintenance_notice_h)
    return tuple(m for m in announced if (not sure if m.announced is None else m.start - m.announced >= notice))


def _excluding(window: Window, maintenance: tuple[Maintenance, ...]) -> Window:
    """The window with a timeline that excludes this maintenance and no other."""
    if len(maintenance) == len(window.maintenance):
        return window
    line = timeline(window.line.every, maintenance, since=window.start, horizon=int(window.line.edges[-1]))
    return replace(window, line=line, maintenance=maintenance)


def _measure(clause: Clause, requests: Requests, window: Window) -> Measured:
    if clause.unit == "time":
        return _of_time(clause, *states(window))
    if not requests.valid.any():
        return nothing("no request of ours was answered in this window")
    outside = _outside(requests, window)
    if clause.unit == "request":
        return _of_requests(outside, _before_the_first_row(window))
    return _of_slices(clause, outside, window)


def _outside(requests: Requests, window: Window) -> Requests:
    """The requests that were not planned in maintenance that is excluded."""
    return requests.outside(_stretches(window.maintenance))


def _stretches(maintenance: Sequence[Maintenance]) -> list[tuple[int, int]]:
    return [(micros(each.start), micros(each.end)) for each in maintenance]


def states(window: Window) -> tuple[Ints, States]:
    """Edges and states of the whole window; what the timeline does not reach is unknown."""
    part = window.line.clip(window.start, window.end)
    if not len(part.states):
        return np.array([window.start, window.end]), np.array([State.UNKNOWN], dtype=np.int8)
    edges = np.concatenate([[window.start], part.edges, [window.end]])
    padded = np.concatenate([[State.UNKNOWN], part.states, [State.UNKNOWN]]).astype(np.int8)
    real = np.diff(edges) > 0
    return np.append(edges[:-1][real], window.end), padded[real]


def _before_the_first_row(window: Window) -> float:
    """How much of the window there was before our first row, to what there was after it."""
    before = max(min(window.line.begin, window.end) - window.start, 0)
    return before / max(window.end - window.start - before, 1)


def _of_requests(requests: Requests, before: float) -> Measured:
    """Share of the requests that were no errors.

    `before`: time before our first row to the time after it, of which as many requests are unknown as there were then.
    """
    valid, errors = int(requests.valid.sum()), int((requests.valid & requests.error).sum())
    unheard = int(requests.unheard.sum())
    if not valid:
        return nothing("every request of ours fell into announced maintenance")
    found = f"{errors:,} of {valid:,} requests were errors"
    if unheard:
        found += f"; {unheard:,} tell nothing of the provider"
    unasked = math.floor((valid + unheard) * before)
    if unasked:
        found += f"; as many as {unasked:,} would have come before our first row"
        unheard += unasked
    good, whole = valid - errors, valid + unheard
    return Measured(good / valid, good / whole, (good + unheard) / whole, None, None, found)


def _of_time(clause: Clause, edges: Ints, state: States) -> Measured:
    """Seconds up of seconds known; outages that the clause lets off are up."""
    length = np.diff(edges)
    down, unknown = state == State.DOWN, state == State.UNKNOWN
    known = int(length[~unknown & (state != State.EXCLUDED)].sum())
    judged = known + int(length[unknown].sum())
    if not known:
        return nothing("nothing is known of this window")
    bad = _counted(clause, edges, down)
    most = max(bad, _counted(clause, edges, down | unknown))
    found = f"down for {bad / MINUTE:,.1f} of {known / MINUTE:,.0f} min known"
    if judged > known:
        found += f"; {(judged - known) / MINUTE:,.0f} min unknown"
    return Measured(
        value=(known - bad) / known,
        worst=(judged - most) / judged,
        best=(judged - bad) / judged,
        bad_s=bad / SECOND,
        least_bad_s=bad / SECOND,
        found=found,
    )


def _counted(clause: Clause, edges: Ints, bad: slices.Flags) -> int:
    """Microseconds of downtime: outages of at least so many minutes, their begun minutes or not."""
    turns = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(np.int8), [0]])))
    lengths = edges[turns[1::2]] - edges[turns[::2]]
    if clause.min_consecutive > 1:
        lengths = lengths[lengths >= clause.min_consecutive * MINUTE]
    return int((lengths if clause.partial_minutes_count else lengths // MINUTE * MINUTE).sum())


def counted_requests(clause: Clause, requests: Requests, window: Window) -> Requests:
    """The requests of a clause of that unit in the window, without those planned in maintenance that it excludes.

    Where nobody knows whether a maintenance was announced early enough, its requests are unheard.
    """
    certain, possible = (_honoured(clause, window.maintenance, sure=sure) for sure in (True, False))
    inside = _outside(requests.between(window.start, window.end), replace(window, maintenance=certain))
    return inside if certain == possible else inside.unheard_within(_stretches(possible))


def per_slice(clause: Clause, requests: Requests, window: Window) -> Shares:
    """Each slice of a clause of that unit: the arithmetic behind `measure`, before it is averaged.

    Bad is what was bad whatever became of the requests without an answer, and whether or not a maintenance was
    announced early enough; what may have been either is unknown.
    """
    certain, possible = (_honoured(clause, window.maintenance, sure=sure) for sure in (True, False))
    lenient = _shares(clause, requests, _excluding(window, possible))
    if certain == possible:
        return lenient
    strict = _shares(clause, requests, _excluding(window, certain))
    best = np.maximum(lenient.good, strict.good)
    worst = np.minimum(lenient.good - lenient.unknown, strict.good - strict.unknown)
    counted = np.maximum(lenient.counted, strict.counted)
    return replace(lenient, good=best, unknown=best - worst, counted=counted)


def _shares(clause: Clause, requests: Requests, window: Window) -> Shares:
    inside = _outside(requests.between(window.start, window.end), window)
    bins, excluded, unknown = _sliced(clause, inside, window)
    if clause.aggregation == "mean_rate":
        _, _, worst, blind = rates(clause, bins, excluded, unknown)
        best = highest_rates(clause, bins)
    else:
        _, _, most, blind = downs(clause, bins, excluded, unknown)
        best, worst = (~surely_down(clause, bins)).astype(np.float64), (~most).astype(np.float64)
    counted = (~left_out(clause, bins, blind)).astype(np.float64)
    return Shares(bins.start, bins.width, best * counted, np.maximum(best - worst, 0.0) * counted, counted)


def _of_slices(clause: Clause, requests: Requests, window: Window) -> Measured:
    bins, excluded, unknown = _sliced(clause, requests, window)
    if clause.aggregation == "mean_rate":
        return mean_rate(clause, bins, excluded, unknown)
    return good_slices(clause, bins, excluded, unknown)


def _sliced(clause: Clause, requests: Requests, window: Window) -> tuple[slices.Bins, slices.Flags, slices.Flags]:
    """The requests by slices, none in excluded ones; which slices are excluded, and which touch unknown time."""
    bins = slices.tally(requests, window.start, window.end, clause.slice_s * SECOND)
    edges, state = states(window)
    excluded = slices.touched(bins, edges, state == State.EXCLUDED)
    if clause.partial_minutes_count:
        excluded &= ~slices.touched(bins, edges, state != State.EXCLUDED)
    unknown = slices.touched(bins, edges, state == State.UNKNOWN)
    return slices.without(bins, excluded), excluded, unknown
