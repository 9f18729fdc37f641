"""The last 90 UTC days in seconds of each state, and the longest stretches of which nothing is known."""

from datetime import datetime

import numpy as np

from monitor.judge.columns import SECOND, Flags, Ints, instant, micros
from monitor.judge.result import Day, Spell
from monitor.judge.states import State
from monitor.judge.timeline import NO_PROBE, Timeline

DAYS = 90
LONGEST = 20
DAY = 86_400 * SECOND
REASONS = 3


def of(timeline: Timeline, as_of: datetime) -> tuple[Day, ...]:
    """90 UTC days, that of `as_of` last. States do not overlap: `up_s` leaves out what was degraded.

    Before the first row, and after `as_of`, there are no seconds in any state.
    """
    midnight = micros(as_of) // DAY * DAY
    bounds = midnight + DAY * np.arange(1 - DAYS, 2)
    part = timeline.clip(int(bounds[0]), min(int(bounds[-1]), micros(as_of))).split(bounds)
    lengths, day = np.diff(part.edges)[: len(part.states)], (part.edges[:-1] - bounds[0]) // DAY
    spent = np.zeros((DAYS, len(State)), dtype=np.int64)
    np.add.at(spent, (day[: len(part.states)], part.states.astype(np.intp)), lengths)
    probed = _probed(timeline, bounds)
    return tuple(_day(instant(int(start)), spent[i], bool(probed[i])) for i, start in enumerate(bounds[:-1]))


def _probed(timeline: Timeline, bounds: Ints) -> Flags:
    """On which days something was sent, or its state was known from a day before."""
    within = timeline.every.between(int(bounds[0]), int(bounds[-1]))
    sent = within.t[within.sent]
    found: Flags = np.diff(np.searchsorted(sent, bounds)) > 0
    return found


def _day(start: datetime, spent: Ints, probed: bool) -> Day:  # noqa: FBT001 - private, one caller
    seconds = {state: float(spent[state]) / SECOND for state in State}
    known = seconds[State.UP] + seconds[State.DEGRADED] + seconds[State.DOWN] > 0
    return Day(
        day=start.date(),
        up_s=seconds[State.UP],
        down_s=seconds[State.DOWN],
        degraded_s=seconds[State.DEGRADED],
        unknown_s=seconds[State.UNKNOWN],
        excluded_s=seconds[State.EXCLUDED],
        observed=probed or known,
    )


def unknown(timeline: Timeline) -> tuple[Spell, ...]:
    """The 20 longest unknown stretches of a clipped timeline in order of time, each with why."""
    edges = timeline.edges
    state, first, after = timeline.spells()
    first, after = first[state == State.UNKNOWN], after[state == State.UNKNOWN]
    longest = np.sort(np.argsort(edges[first] - edges[after], kind="stable")[:LONGEST])
    return tuple(
        Spell("unknown", instant(int(edges[begin])), instant(int(edges[end])), _why(timeline, begin, end))
        for begin, end in zip(first[longest].tolist(), after[longest].tolist(), strict=True)
    )


def _why(timeline: Timeline, first: int, last: int) -> str:
    """The reasons within one stretch, that of the longest time first."""
    lengths = np.diff(timeline.edges[first : last + 1])
    spent: dict[str, int] = {}
    for alike in _alike(timeline, first, last):
        why = timeline.why(first + int(alike[0]))
        spent[why] = spent.get(why, 0) + int(lengths[alike].sum())
    ranked = sorted(spent, key=lambda why: (-spent[why], why))
    return "; ".join(ranked[:REASONS])


def _alike(timeline: Timeline, first: int, last: int) -> list[Ints]:
    """Segments of a stretch, grouped so that all of a group are unknown for the same reason."""
    rows, source = timeline.rows, timeline.source[first:last]
    groups: list[Ints] = [np.flatnonzero(source == NO_PROBE)]
    rest = np.flatnonzero(source != NO_PROBE)
    which = timeline.instants.first_row[source[rest]]
    maintained = np.zeros(len(which), dtype=np.int64)
    for start, end in timeline.maintained:
        maintained |= (rows.t[which] >= start) & (rows.t[which] < end)
    behind = rows.take(which)
    words = (behind.outcome, behind.detail, behind.attribution)
    table = np.column_stack([*(word.codes for word in words), behind.control_ok, maintained])
    _, kind = np.unique(table, axis=0, return_inverse=True)
    groups += [rest[kind.ravel() == k] for k in range(int(kind.max(initial=-1)) + 1)]
    return [group for group in groups if len(group)]


def state_at(timeline: Timeline, as_of: datetime) -> tuple[str, datetime | None]:
    """serving, failing or unknown at `as_of`, and since when. None: nothing was ever seen.

    For half a cadence after a state has run out the next probe is taken to be on its way; its time counts as unknown,
    but the word does not change with every second that a probe is late.
    """
    now = micros(as_of)
    states, firsts, _ = timeline.clip(timeline.begin, now).spells(same=(State.UP, State.DEGRADED))
    if not len(states) or not len(timeline.rows):
        return "unknown", None
    since = timeline.edges[firsts[-2:]].tolist()
    told = -1
    if states[-1] == State.UNKNOWN and len(states) > 1 and 2 * (now - since[-1]) <= _cadence_at_the_end(timeline):
        told = -2
    word = {State.UP: "serving", State.DOWN: "failing"}.get(State(states[told]), "unknown")
    return word, instant(since[told])


def _cadence_at_the_end(timeline: Timeline) -> int:
    """Microseconds for which the last observation's state held; 0 where that observation said nothing."""
    if timeline.instants.own[-1] == State.UNKNOWN:
        return 0
    return int(timeline.instants.end[-1] - timeline.instants.t[-1])
