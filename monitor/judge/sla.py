"""SLA definitions over one window: the clause's own arithmetic, and whether what we did not see could change it.

A new definition is a function and a line in `DEFINITIONS`. Both leave 4xx, policy refusals and what got no HTTP answer
out of the requests; 429 is a valid request and no error (docs/methods.md, 6; docs/outcomes.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import SECOND, Flags, Ints, Rows
from monitor.judge.facts import Claim
from monitor.judge.states import State
from monitor.judge.timeline import Timeline
from monitor.judge.verdicts import SlaResult

MINUTE = 60 * SECOND
ERROR_PERCENT = 5
CONSECUTIVE = 5  # minutes
LONGEST = 10 * 366 * 1440 * MINUTE  # a window beyond any contract: a typing error, and every minute of it takes memory


@dataclass(frozen=True, slots=True)
class Window:
    """What a definition is applied to: rows of reach and image probes in the window, and its clipped timeline."""

    rows: Rows
    timeline: Timeline

    @property
    def start(self) -> int:
        """Microseconds."""
        return int(self.timeline.edges[0])

    @property
    def end(self) -> int:
        """Microseconds."""
        return int(self.timeline.edges[-1])


@dataclass(frozen=True, slots=True)
class Reading:
    """Uptime share by the clause, as low as it would be if all that we did not see was bad, and what was found."""

    value: float
    worst: float
    found: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A clause: how it reads, its usual target and the credits below it as (below this share, percent)."""

    read: Callable[[Window], Reading]
    target: float
    credits: tuple[tuple[float, float], ...]


def judge(window: Window, claims: Sequence[Claim]) -> tuple[SlaResult, ...]:
    """Every definition, with the provider's own target where it claims one."""
    return tuple(_result(name, definition, window, claims) for name, definition in DEFINITIONS.items())


def _result(name: str, definition: Definition, window: Window, claims: Sequence[Claim]) -> SlaResult:
    target = _target(name, definition, claims)
    if not (_valid(window.rows) & (window.rows.t >= window.start) & (window.rows.t < window.end)).any():
        return SlaResult(name, None, target, "undecided", None, "no request of ours was answered in this window")
    if window.end - window.start > LONGEST:
        return SlaResult(
            name, None, target, "undecided", None, "the window is longer than ten years; choose a shorter one"
        )
    reading = definition.read(window)
    verdict = "met" if reading.worst >= target else "not_met" if reading.value < target else "undecided"
    return SlaResult(name, reading.value, target, verdict, _credit(verdict, definition, reading), reading.found)


def _target(name: str, definition: Definition, claims: Sequence[Claim]) -> float:
    """The strictest claim under this definition, else the clause's usual target."""
    claimed = [
        float(claim.value)
        for claim in claims
        if claim.metric == "uptime" and claim.definition == name and not isinstance(claim.value, str)
    ]
    return max(claimed, default=definition.target)


def _credit(verdict: str, definition: Definition, reading: Reading) -> float | None:
    """Percent of the bill by the clause's tiers; None where it is not decided that any is due."""
    if verdict != "not_met":
        return 0.0 if verdict == "met" else None
    return max((percent for below, percent in definition.credits if reading.value < below), default=0.0)


def _valid(rows: Rows) -> Flags:
    """Requests as the clauses count them: answered over HTTP, and neither our fault nor a policy refusal."""
    left_out = rows.outcome.isin("blocked", "client_error", "auth", "balance", "not_sent")
    return rows.answered & ~left_out & ~rows.attribution.isin("monitor")


def _unheard(rows: Rows) -> Flags:
    """Requests that got no HTTP answer: the provider may have counted an error, or nothing at all."""
    return rows.sent & ~rows.answered


@dataclass(frozen=True, slots=True)
class _Bins:
    """Requests by bins of equal length; `excluded` where a bin touches announced maintenance."""

    valid: Ints
    errors: Ints
    unheard: Ints
    excluded: Flags
    start: int
    width: int

    @property
    def empty(self) -> Flags:
        """Bins without a valid request."""
        none: Flags = self.valid == 0
        return none


def _bins(window: Window, width: int) -> _Bins:
    start = window.start // width * width
    count = -(-(window.end - start) // width)
    rows = window.rows
    inside = (rows.t >= window.start) & (rows.t < window.end)
    excluded = _touched(window.timeline, State.EXCLUDED, start, count, width)
    place = (rows.t - start) // width
    counted = inside & ~excluded[np.clip(place, 0, count - 1)]

    def tally(which: Flags) -> Ints:
        return np.bincount(place[counted & which], minlength=count)

    valid = _valid(rows)
    return _Bins(tally(valid), tally(valid & rows.answered_5xx), tally(_unheard(rows)), excluded, start, width)


def _touched(timeline: Timeline, state: State, start: int, count: int, width: int) -> Flags:
    """Which bins overlap any time in this state."""
    segments = np.flatnonzero(timeline.states == state)
    first = (timeline.edges[segments] - start) // width
    after = -(-(timeline.edges[segments + 1] - start) // width)
    change = np.zeros(count + 1, dtype=np.int64)
    np.add.at(change, first, 1)
    np.add.at(change, after, -1)
    touched: Flags = np.cumsum(change)[:count] > 0
    return touched


# --- the definitions ------------------------------------------------------------------------------------------


def google_minutes(window: Window) -> Reading:
    """(M - downtime) / M, downtime: minutes with more than 5 % 5xx, in runs of at least 5.

    A minute in which we have no answer is not downtime by the clause; it may have been, so it is in `worst`.
    """
    bins = _bins(window, MINUTE)
    minutes = len(bins.valid)
    bad = _too_many(bins.errors, bins.valid)
    perhaps = _too_many(bins.errors + bins.unheard, bins.valid + bins.unheard) | bins.empty
    down, most = _in_runs(bad), _in_runs(bad | (perhaps & ~bins.excluded))
    found = f"{down} of {minutes} min with more than 5 % 5xx in runs of 5 or more"
    if most > down:
        found += f"; {int((bins.empty & ~bins.excluded).sum())} min without an answer could make it {most}"
    return Reading((minutes - down) / minutes, (minutes - most) / minutes, found)


def aws_5min(window: Window) -> Reading:
    """Mean over 5-minute bins of 1 - errors / requests; a bin without requests is 1.

    An empty bin is certain by the clause where we had no reason to ask; where nothing is known of the time, or
    where requests got no answer, it may have been an error.
    """
    bins = _bins(window, 5 * MINUTE)
    unknown = _touched(window.timeline, State.UNKNOWN, bins.start, len(bins.valid), bins.width)
    good = 1.0 - bins.errors / np.maximum(bins.valid, 1)
    heard_or_not = np.maximum(bins.valid + bins.unheard, 1)
    worst = 1.0 - (bins.errors + bins.unheard) / heard_or_not
    blind = bins.empty & unknown & ~bins.excluded
    worst[blind] = 0.0
    hit = int((bins.errors > 0).sum())
    found = f"{hit} of {len(good)} bins of 5 min with 5xx"
    if float(worst.mean()) < float(good.mean()):
        found += f"; {int(blind.sum())} bins unknown, {int(bins.unheard.sum())} requests without an answer"
    return Reading(float(good.mean()), float(worst.mean()), found)


def _too_many(errors: Ints, requests: Ints) -> Flags:
    """More than 5 %, in whole numbers."""
    many: Flags = 100 * errors > ERROR_PERCENT * requests
    return many


def _in_runs(bad: Flags) -> int:
    """Minutes in runs of at least 5."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= CONSECUTIVE].sum())


DEFINITIONS: Mapping[str, Definition] = {
    "google_minutes": Definition(google_minutes, 0.995, ((0.995, 10.0), (0.99, 25.0), (0.95, 50.0))),
    "aws_5min": Definition(aws_5min, 0.999, ((0.999, 10.0), (0.99, 25.0), (0.95, 100.0))),
}
