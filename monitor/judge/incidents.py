"""Outages as intervals: when each may have begun and ended, by the requests that saw it (docs/methods.md, 2).

A failure of a request that lasted 20 s is known when it ends, and a success proves health when it starts: so an
outage began after the start of the last success and before the end of the first failure, and so on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from monitor.judge import held_back
from monitor.judge.columns import SECOND, Flags, Ints, Rows, instant
from monitor.judge.result import Incident, Span
from monitor.judge.states import State
from monitor.judge.timeline import Timeline

MERGE_GAP = 30 * 60 * SECOND  # one outage, if it is unknown for no longer between two failures (docs/methods.md, 2)
PAUSE = 2 * 3600 * SECOND  # or so long, if our circuit breaker made it unknown: between two of its trials
NONE = -1


@dataclass(slots=True)
class _Outage:
    """Down spells [start, end) with nothing but short unknown time between them."""

    spells: list[tuple[int, int]]
    into_maintenance: bool = False

    @property
    def start(self) -> int:
        return self.spells[0][0]

    @property
    def end(self) -> int:
        return self.spells[-1][1]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the requests behind each instant say. Of several rows, the time that bounds them all."""

    timeline: Timeline
    failed: Ints  # indices of the instants whose own rows failed
    failed_at: Ints  # and when that was
    fail_start: Ints  # latest start of those that failed
    fail_end: Ints  # earliest end of those
    ok_start: Ints
    ok_end: Ints
    last_ok: Ints  # index of the latest healthy instant up to here, or NONE
    last_image_ok: Ints  # and of the latest at which an image was made
    next_ok: Ints  # and of the next
    last_fail: Ints
    rows: Rows  # those that failed
    image: Flags  # which of them asked for an image

    def failures(self, start: int, end: int) -> Ints:
        """Indices of the failed instants in [start, end)."""
        return self.failed[slice(*np.searchsorted(self.failed_at, [start, end]).tolist())]

    def failed_rows(self, start: int, end: int) -> slice:
        """Which of the rows that failed were planned in [start, end]."""
        return slice(int(np.searchsorted(self.rows.t, start)), int(np.searchsorted(self.rows.t, end, side="right")))


@dataclass(frozen=True, slots=True)
class Found:
    """An incident, and when it was down by the timeline."""

    start: int
    end: int
    incident: Incident


def found(timeline: Timeline) -> tuple[Found, ...]:
    """All incidents of a whole timeline, not clipped, earliest first."""
    if not len(timeline.rows):
        return ()
    seen = _seen(timeline)
    outages = [outage for outage in _outages(timeline) if len(seen.failures(outage.start, outage.end))]
    following = (outage.start for outage in outages[1:])
    return tuple(
        Found(outage.start, outage.end, _incident(outage, seen, after))
        for outage, after in zip_longest(outages, following)
    )


def within(all_of_them: Sequence[Found], start: int, end: int) -> tuple[Incident, ...]:
    """Those that touch [start, end)."""
    return tuple(one.incident for one in all_of_them if one.start < end and one.end > start)


def of(timeline: Timeline, start: int, end: int) -> tuple[Incident, ...]:
    """Incidents that touch [start, end), earliest first; `timeline` is the whole one, not clipped."""
    return within(found(timeline), start, end)


def _outages(timeline: Timeline) -> list[_Outage]:
    found: list[_Outage] = []
    states, first, after = timeline.spells(same=(State.UP, State.DEGRADED))
    known = np.flatnonzero(states != State.UNKNOWN)
    states, begin, end = states[known], timeline.edges[first[known]], timeline.edges[after[known]]
    for i in np.flatnonzero(states == State.DOWN).tolist():
        spell = (int(begin[i]), int(end[i]))
        if i and states[i - 1] == State.DOWN and _is_one(timeline, int(end[i - 1]), spell[0]):
            found[-1].spells.append(spell)
        else:
            found.append(_Outage([spell]))
        found[-1].into_maintenance = i + 1 < len(states) and bool(states[i + 1] == State.EXCLUDED)
    return found


def _is_one(timeline: Timeline, end: int, start: int) -> bool:
    """Whether two spells with nothing but unknown time between them are one outage."""
    return start - end <= MERGE_GAP or (start - end <= PAUSE and held_back.any_between(timeline.rows, end, start))


def _seen(timeline: Timeline) -> _Seen:
    rows, seen, index = timeline.rows, timeline.instants, np.arange(len(timeline.instants.t))
    down = timeline.row_states == State.DOWN
    good = (timeline.row_states == State.UP) | (timeline.row_states == State.DEGRADED)
    least, most = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    failed: Flags = seen.own == State.DOWN
    healthy: Flags = (seen.final == State.UP) | (seen.final == State.DEGRADED)
    made: Flags = np.maximum.reduceat(good & (rows.size.codes >= 0), seen.first_row)
    return _Seen(
        timeline,
        np.flatnonzero(failed),
        seen.t[failed],
        fail_start=np.maximum.reduceat(np.where(down, rows.start, least), seen.first_row),
        fail_end=np.minimum.reduceat(np.where(down, rows.end, most), seen.first_row),
        ok_start=np.maximum.reduceat(np.where(good, rows.start, least), seen.first_row),
        ok_end=np.minimum.reduceat(np.where(good, rows.end, most), seen.first_row),
        last_ok=np.maximum.accumulate(np.where(healthy, index, NONE)),
        last_image_ok=np.maximum.accumulate(np.where(made, index, NONE)),
        next_ok=np.minimum.accumulate(np.where(healthy, index, len(index))[::-1])[::-1],
        last_fail=np.maximum.accumulate(np.where(failed, index, NONE)),
        rows=rows.take(down),
        image=rows.size.codes[down] >= 0,
    )


def _incident(outage: _Outage, seen: _Seen, next_start: int | None) -> Incident:
    failures = seen.failures(outage.start, outage.end)
    first, last = int(failures[0]), int(failures[-1])
    rows = seen.failed_rows(*seen.timeline.instants.t[[first, last]].tolist())
    of_images = bool(seen.image[rows].all())
    start_earliest = _start_earliest(outage, seen, first, seen.last_image_ok if of_images else seen.last_ok)
    end_latest = _end_latest(outage, seen, last, next_start)
    longest = None if end_latest is None else (end_latest - start_earliest) / SECOND
    certain = [_certain(seen, *spell) for spell in outage.spells]
    return Incident(
        start_earliest=instant(start_earliest),
        start_latest=instant(max(int(seen.fail_end[first]), start_earliest)),
        end_earliest=instant(int(seen.fail_start[last])),
        end_latest=None if end_latest is None else instant(end_latest),
        down_s=Span(sum(certain) / SECOND, longest),
        failures=rows.stop - rows.start,
        seen_as=_seen_as(seen.rows.take(rows)),
        open=end_latest is None,
        unbroken_s=max(certain) / SECOND,
    )


def _start_earliest(outage: _Outage, seen: _Seen, first: int, last_ok: Ints) -> int:
    """Start of the last success before it, or of the last failure of another outage; end of a maintenance, if later.

    Of images alone, the last image: a control plane that answered says nothing of when they began to fail. Where there
    is none, the first row: what was before was not observed.
    """
    bounds = [seen.timeline.begin, *(end for _, end in seen.timeline.maintained if end <= outage.start)]
    if first:
        ok, fail = int(last_ok[first - 1]), int(seen.last_fail[first - 1])
        bounds += [int(seen.ok_start[ok])] if ok != NONE else []
        bounds += [int(seen.fail_start[fail])] if fail != NONE else []
    return min(max(bounds), int(seen.timeline.instants.t[first]))


def _end_latest(outage: _Outage, seen: _Seen, last: int, next_start: int | None) -> int | None:
    """End of the first success after it; the next outage or the maintenance it ran into, if earlier. None: open."""
    bounds = [] if next_start is None else [next_start]
    ok = int(seen.next_ok[last])
    bounds += [int(seen.ok_end[ok])] if ok < len(seen.next_ok) else []
    if outage.into_maintenance:
        bounds += [start for start, _ in seen.timeline.maintained if start >= outage.end]
    return max(min(bounds), int(seen.fail_start[last])) if bounds else None


def _certain(seen: _Seen, start: int, end: int) -> int:
    """Microseconds from the end of the first failure to the start of the last: down for certain, or 0."""
    failures = seen.failures(start, end)
    return max(0, int(seen.fail_start[failures[-1]] - seen.fail_end[failures[0]])) if len(failures) else 0


def _seen_as(failed: Rows) -> str:
    """What these failures were, most frequent first: `3 × 503 overloaded, timeout`."""
    outcome, status = failed.outcome, failed.status
    kinds: Counter[str] = Counter()
    for code, answered in zip(outcome.codes.tolist(), status.tolist(), strict=True):
        name = outcome.names[code].replace("_", " ")
        kinds[f"{answered:.0f} {name}" if answered >= 400 else name] += 1
    ranked = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{n} × {kind}" if n > 1 else kind for kind, n in ranked)
