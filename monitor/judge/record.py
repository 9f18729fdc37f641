"""What was good, bad and unknown, as amounts at moments: the one form in which a promise is decided.

A definition of uptime turns rows or time into a `Record`; what follows (outages, looks, bets) is the same for all of
them. Amounts are microseconds, requests, minutes or bins; unknown is what may have been either.
"""

from dataclasses import dataclass, replace

import numpy as np

from monitor.judge.clauses.measure import Shares
from monitor.judge.columns import SECOND, Flags, Floats, Ints
from monitor.judge.policy import BLOCK_S, MERGE_GAP_S
from monitor.judge.states import State, States
from monitor.judge.timeline import Timeline

NO_TIMES = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Record:
    """Amounts in order of time; a point at `t` holds until `end`. Microseconds."""

    begin: int  # the provider's first row: looks and blocks count from here
    t: Ints
    end: Ints
    good: Floats
    bad: Floats
    unknown: Floats
    seen: Ints  # observations that say so; what only cuts a longer one is none, nor is what is unknown
    unit_s: float | None  # seconds that one unit stands for; None: requests, as many as came
    paced: bool = False  # `seen` counts every look, so that the time from one to the next is known

    def __len__(self) -> int:
        """Number of points."""
        return len(self.t)

    def until(self, moment: int) -> "Record":
        """What had happened before that moment, were it read then."""
        m = int(np.searchsorted(self.t, moment))
        parts = (self.t[:m], self.end[:m], self.good[:m], self.bad[:m], self.unknown[:m], self.seen[:m])
        return Record(self.begin, *parts, self.unit_s, self.paced)


@dataclass(frozen=True, slots=True)
class Outages:
    """Points with failures, merged where they are close: outage j is points [first[j], last[j]] of the record."""

    first: Ints
    last: Ints
    weight: Floats

    def __len__(self) -> int:
        """How many."""
        return len(self.first)


def of_time(begin: int, timeline: Timeline, block_s: float = BLOCK_S) -> Record:
    """Time up, down and unknown, from the first row on; announced maintenance is left out."""
    fine = timeline.observed
    found = of_states(begin, fine.edges, fine.states, fine.instants.left_out, block_s)
    return replace(found, paced=True)


def of_states(begin: int, edges: Ints, states: States, left_out: Ints = NO_TIMES, block_s: float = BLOCK_S) -> Record:
    """Microseconds in each state: segment i is [edges[i], edges[i + 1]).

    They are whole numbers, and cut at the blocks: so parts add up exactly, however many there are.
    `left_out`: times of observations within segments, which do not begin one of their own.
    """
    block = round(block_s * SECOND)
    grid = np.arange(begin + block, int(edges[-1]), block, dtype=np.int64)
    grid = grid[grid > edges[0]]
    at = np.searchsorted(edges, grid)
    within = edges[at] != grid
    cuts, made = np.insert(edges, at[within], grid[within]), np.insert(np.zeros(len(edges), bool), at[within], True)
    state = np.insert(states, at[within], states[at[within] - 1])
    length = np.diff(cuts).astype(np.float64)
    kept = state != State.EXCLUDED
    t, end, made, state, length = cuts[:-1][kept], cuts[1:][kept], made[:-1][kept], state[kept], length[kept]
    up, down = (state == State.UP) | (state == State.DEGRADED), state == State.DOWN
    good, bad, unknown = (np.where(which, length, 0.0) for which in (up, down, ~(up | down)))
    first, after = np.searchsorted(left_out, t), np.searchsorted(left_out, t, side="right")
    within = np.searchsorted(left_out, end) - first
    seen = np.where(up | down, within + (~made & (first == after)), 0)
    return Record(begin, t, end, good, bad, unknown, seen, 1.0 / SECOND)


def of_requests(begin: int, t: Ints, good: Flags, bad: Flags) -> Record:
    """One request, one unit; one that is neither good nor bad is unknown. What failed in a row is one outage."""
    end = np.append(t[1:], t[-1:])
    fine, failed, other = (which.astype(np.float64) for which in (good, bad, ~(good | bad)))
    return Record(begin, t, end, fine, failed, other, (good | bad).astype(np.int64), None, paced=True)


def of_slices(begin: int, shares: Shares) -> Record:
    """The slices of a clause, one unit each."""
    t = shares.start + shares.width * np.arange(len(shares.good), dtype=np.int64)
    bad = shares.counted - shares.good
    good = shares.good - shares.unknown
    seen = (good + bad > 0).astype(np.int64)
    return Record(begin, np.maximum(t, begin), t + shares.width, good, bad, shares.unknown, seen, shares.width / SECOND)


def outages(record: Record, gap_s: float = MERGE_GAP_S) -> Outages:
    """Failures with not more than `gap_s` between them are one outage."""
    failed = np.flatnonzero(record.bad > 0)
    apart = record.t[failed[1:]] - record.end[failed[:-1]] > gap_s * SECOND
    new = np.append(True, apart)[: len(failed)]
    starts = np.flatnonzero(new)
    weight = np.add.reduceat(record.bad[failed], starts) if len(starts) else np.zeros(0)
    return Outages(failed[starts], failed[np.append(starts[1:], len(failed))[: len(starts)] - 1], weight)
