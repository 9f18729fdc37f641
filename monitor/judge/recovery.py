"""How each outage was noticed and how it ended, as bounds that hold for certain (docs/methods.md, 2). Pure.

Here, and only here, what we sent because of a failure counts: it tells an end more closely than the schedule does. A
failure is known when it ends, a success proves health when it starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from monitor.judge import turnbull
from monitor.judge.columns import SECOND, Flags, Ints, Rows, micros
from monitor.judge.intervals import order_bounds
from monitor.judge.result import Incident, Recoveries, Recovery, RecoveryTimes, Span
from monitor.judge.states import State, observed

DAY = 86_400 * SECOND
FEWEST_BEFORE = 5  # successes of the day before, for a usual latency
AS_USUAL = 1.25  # times the usual median
IN_A_ROW = 3
FEWEST_FOR_MEDIAN = 10
_METHOD = "Turnbull over all outages of the window; the median from ten outages on, its interval by order statistics"


@dataclass(frozen=True, slots=True)
class _Watched:
    """The rows that tell of health, in order of when they were sent."""

    rows: Rows
    down: Flags
    up: Flags
    image: Flags
    start: Ints
    end: Ints
    well: Ints  # starts of the image requests that succeeded

    def between(self, first: int, last: int) -> "_Watched":
        """Those that began in [first, last]: of a year, an outage concerns a day."""
        part = slice(int(np.searchsorted(self.start, first)), int(np.searchsorted(self.start, last, side="right")))
        columns = (self.down[part], self.up[part], self.image[part], self.start[part], self.end[part])
        return _Watched(self.rows.take(part), *columns, self.well)


def of(rows: Rows, incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """The same incidents with their recovery. `rows`: all of the provider, of every mode."""
    if not incidents:
        return ()
    seen = _watched(rows)
    following = (micros(one.start_earliest) for one in incidents[1:])
    return tuple(replace(one, recovery=_recovery(seen, one, after)) for one, after in zip_longest(incidents, following))


def together(incidents: Sequence[Incident]) -> Recoveries | None:
    """All of them; None without any."""
    known = [one.recovery for one in incidents if one.recovery is not None]
    if not known:
        return None
    return Recoveries(
        detect_s=_times([one.detect_s for one in known]),
        first_success_s=_times([one.first_success_s for one in known]),
        normal_latency_s=_times([one.normal_latency_s for one in known]),
        method=_METHOD,
    )


def _times(spans: Sequence[Span | None]) -> RecoveryTimes:
    known = [span for span in spans if span is not None]
    if len(known) < FEWEST_FOR_MEDIAN:
        return RecoveryTimes(len(known), None, None)
    return RecoveryTimes(len(known), turnbull.quantile(known, 0.5), _interval(known))


def _interval(spans: Sequence[Span]) -> Span | None:
    """95 % of the median, whatever lies within the bounds: order statistics of the lower and of the upper bounds."""
    lower, upper = order_bounds(len(spans), 0.5)
    if lower is None:
        return None
    lows = sorted(span.low for span in spans)
    highs = sorted(span.high if span.high is not None else np.inf for span in spans)
    high = highs[upper - 1] if upper is not None else np.inf
    return Span(lows[lower - 1], None if np.isinf(high) else float(high))


def _watched(rows: Rows) -> _Watched:
    told = rows.take(rows.mode.isin("scheduled", "imported", "confirm", "incident") & rows.sent & ~rows.loading)
    told = told.take(np.argsort(told.start, kind="stable"))
    states = observed(told)
    image = told.size.codes >= 0
    up = (states == State.UP) | (states == State.DEGRADED)
    start = told.start
    return _Watched(told, states == State.DOWN, up, image, start, told.end, start[image & up])


@dataclass(frozen=True, slots=True)
class _Onset:
    """An outage began in (earliest, latest]."""

    earliest: int
    latest: int

    def until(self, low: int, high: int | None) -> Span:
        """Seconds from there to a moment in [low, high]."""
        least = max(0, low - self.latest) / SECOND
        return Span(least, None if high is None else max((high - self.earliest) / SECOND, least))


def _recovery(seen: _Watched, incident: Incident, next_start: int | None) -> Recovery:
    begin = micros(incident.start_earliest)
    until = next_start if next_start is not None else np.iinfo(np.int64).max
    over = micros(incident.end_latest) if incident.end_latest is not None else until
    first = int(seen.start[0]) if len(seen.start) else begin
    seen = seen.between(min(begin, micros(incident.start_latest)) - DAY, max(over, until))
    failing = seen.down & (seen.start >= begin) & (seen.start <= over)
    whole = bool((failing & ~seen.image).any())
    kind = ~seen.image if whole else seen.image
    onset = _Onset(begin if whole else _since_images(seen, begin, first), micros(incident.start_latest))
    last = int(seen.start[failing & kind].max(initial=begin))
    after = (seen.start > last) & (seen.start < until)
    return Recovery(
        kind="reach" if whole else "image",
        detect_s=_detected(seen, onset, failing),
        first_success_s=_first_success(seen, onset, kind & after, last),
        normal_latency_s=_normal(seen, onset, after, last),
    )


def _since_images(seen: _Watched, begin: int, first: int) -> int:
    """Of images alone: a control plane that answered meanwhile says nothing of when they began to fail."""
    before = int(np.searchsorted(seen.well, begin, side="right"))
    return int(seen.well[before - 1]) if before else first


def _detected(seen: _Watched, onset: _Onset, failing: Flags) -> Span | None:
    """Until the second opinion had failed as well; without one, until the second scheduled failure had."""
    asked = failing & seen.rows.mode.isin("confirm")
    ends = np.sort(seen.end[asked]) if asked.any() else np.sort(seen.end[failing & seen.rows.scheduled])[1:]
    return onset.until(int(ends[0]), int(ends[0])) if len(ends) else None


def _first_success(seen: _Watched, onset: _Onset, candidates: Flags, last_failure: int) -> Span:
    ends = seen.end[candidates & seen.up]
    return onset.until(last_failure, int(ends.min()) if len(ends) else None)


def _normal(seen: _Watched, onset: _Onset, after: Flags, last_failure: int) -> Span | None:
    """Until three successes in a row had a median of at most 1.25 times the usual one; images, if there are any."""
    begin = onset.latest
    kind = seen.image if len(seen.well) and seen.well[0] < begin else ~seen.image
    took = np.nan_to_num(seen.rows.lateness_ms) + seen.rows.total_ms
    before = kind & seen.up & seen.rows.scheduled & (seen.start < begin) & (seen.start >= begin - DAY) & ~np.isnan(took)
    if before.sum() < FEWEST_BEFORE:
        return None
    usual = _median(took[before])
    then = np.flatnonzero(after & kind & (seen.up | seen.down))
    slow_until = last_failure
    for place in range(len(then) - IN_A_ROW + 1):
        three = then[place : place + IN_A_ROW]
        if seen.up[three].all() and _median(took[three]) <= AS_USUAL * usual:
            return onset.until(slow_until, int(seen.end[three].max()))
        slow_until = int(seen.start[then[place]])
    return onset.until(slow_until, None)


def _median(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    """A value that occurred, as everywhere; unknown ones count as slow."""
    ordered = np.sort(np.where(np.isnan(values), np.inf, values))
    return float(ordered[(len(ordered) - 1) // 2])
