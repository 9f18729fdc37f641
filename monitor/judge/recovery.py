"""How each outage was noticed and how it ended, as bounds that hold for certain (docs/methods.md, 2). Pure.

Here, and only here, what we sent because of a failure counts: it tells an end more closely than the schedule does. A
failure is known when it ends, a success proves health when it starts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest

import numpy as np

from monitor.judge import turnbull
from monitor.judge.columns import SECOND, Flags, Floats, Ints, Rows, ended, micros
from monitor.judge.intervals import order_bounds
from monitor.judge.result import Incident, Recoveries, Recovery, RecoveryTimes, Span
from monitor.judge.states import State, States, observed

DAY = 86_400 * SECOND
FEWEST_BEFORE = 5  # successes of the day before, for a usual latency
AS_USUAL = 1.25  # times the usual median
IN_A_ROW = 3  # whose median is looked at
FEW = 4  # places that are looked at first: mostly it is one of them
FEWEST_FOR_MEDIAN = 10
_METHOD = "Turnbull over all outages of the window; the median from ten outages on, its interval by order statistics"


class _Told:
    """Requests of one sort, images or control-plane calls, that say up or down, in order of when they were sent.

    Of a million calls few columns are asked for: each is made when it is.
    """

    def __init__(self, rows: Rows, which: Flags, states: States) -> None:
        """`which` of the rows they are, and what each row shows."""
        places = np.flatnonzero(which)
        start = rows.start[places]
        if not (start[1:] >= start[:-1]).all():
            order = np.argsort(start, kind="stable")
            start, places = start[order], places[order]
        self.start = start
        self._rows, self._places, self._states = rows, places, states

    @cached_property
    def up(self) -> Flags:
        """Whether each of them succeeded."""
        found: Flags = self._states[self._places] != State.DOWN
        return found

    @cached_property
    def end(self) -> Ints:
        """When each of them was answered."""
        return ended(self.start, self._rows.total_ms[self._places])

    @cached_property
    def took(self) -> Floats:
        """Planned start to last byte, ms; infinite where not known."""
        late, total = self._rows.lateness_ms[self._places], self._rows.total_ms[self._places]
        return np.where(np.isnan(total), np.inf, np.where(np.isnan(late), 0.0, late) + total)

    @cached_property
    def median_of_three(self) -> Floats:
        """Of the times of each and of the two that follow; not a number where one of them failed."""
        took = np.where(self.up, self.took, np.nan)
        a, b, c = took[:-2], took[1:-1], took[2:]
        return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))

    @cached_property
    def _usual(self) -> Ints:
        """Places of the scheduled ones that succeeded in a known time."""
        scheduled = self._rows.take(self._places).scheduled
        return np.flatnonzero(self.up & scheduled & np.isfinite(self.took))

    def span(self, first: int, last: int) -> slice:
        """Those that were sent in [first, last)."""
        return slice(*self.start.searchsorted([first, last]).tolist())

    def usual_ms(self, since: int, until: int) -> Floats:
        """Times of the usual ones that were sent in [since, until)."""
        part = self.span(since, until)
        usual = slice(*self._usual.searchsorted([part.start, part.stop]).tolist())
        return self.took[self._usual[usual]]

    def well(self) -> Ints:
        """When those were sent that succeeded."""
        return self.start[self.up]


@dataclass(frozen=True, slots=True)
class _Failures:
    """Requests that failed, in order of when they were sent."""

    start: Ints
    end: Ints
    image: Flags
    confirm: Flags
    scheduled: Flags

    def between(self, first: int, last: int) -> "_Failures":
        """Those that were sent in [first, last]."""
        part = slice(*self.start.searchsorted([first, last + 1]).tolist())
        return _Failures(self.start[part], self.end[part], self.image[part], self.confirm[part], self.scheduled[part])


@dataclass(frozen=True, slots=True)
class Seen:
    """All that tells of health."""

    images: _Told
    calls: _Told
    failures: _Failures
    first: int | None  # when the first request was sent
    well: Ints  # when images were asked for that were made


def of(past: Callable[[], Seen], incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """The same incidents with their recovery, by all that tells of health, which is asked for if there are any."""
    if not incidents:
        return ()
    seen = past()
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


def seen(rows: Rows) -> Seen:
    """`rows` are all of the provider, of every mode."""
    states = observed(rows)
    told = rows.of_kind("tells of health", _telling) & rows.sent
    image = rows.of_kind("asked for an image", lambda each: each.size.codes >= 0)
    known = told & (states != State.UNKNOWN)
    images, calls = (_Told(rows, known & which, states) for which in (image, ~image))
    down = np.flatnonzero(known & (states == State.DOWN))
    failed = rows.take(down)
    order = np.argsort(failed.start, kind="stable")
    down, failed = down[order], failed.take(order)
    failures = _Failures(failed.start, failed.end, image[down], failed.mode.isin("confirm"), failed.scheduled)
    first = int(rows.start[told].min()) if told.any() else None
    return Seen(images, calls, failures, first, images.well())


def _telling(rows: Rows) -> Flags:
    return rows.mode.isin("scheduled", "imported", "confirm", "incident") & ~rows.loading


@dataclass(frozen=True, slots=True)
class _Onset:
    """An outage began in (earliest, latest]."""

    earliest: int
    latest: int

    def until(self, low: int, high: int | None) -> Span:
        """Seconds from there to a moment in [low, high]."""
        least = max(0, low - self.latest) / SECOND
        return Span(least, None if high is None else max((high - self.earliest) / SECOND, least))


def _recovery(seen: Seen, incident: Incident, next_start: int | None) -> Recovery:
    begin = micros(incident.start_earliest)
    until = next_start if next_start is not None else np.iinfo(np.int64).max
    over = micros(incident.end_latest) if incident.end_latest is not None else until
    failing = seen.failures.between(begin, over)
    whole = bool((~failing.image).any())
    kind = seen.calls if whole else seen.images
    onset = _Onset(begin if whole else _since_images(seen, begin), micros(incident.start_latest))
    last = int(failing.start[failing.image != whole].max(initial=begin))
    return Recovery(
        kind="reach" if whole else "image",
        detect_s=_detected(onset, failing),
        first_success_s=_first_success(kind, onset, last, until),
        normal_latency_s=_normal(seen, onset, last, until),
    )


def _since_images(seen: Seen, begin: int) -> int:
    """Of images alone: a control plane that answered meanwhile says nothing of when they began to fail."""
    before = int(np.searchsorted(seen.well, begin, side="right"))
    return int(seen.well[before - 1]) if before else begin if seen.first is None else seen.first


def _detected(onset: _Onset, failing: _Failures) -> Span | None:
    """Until the second opinion had failed as well; without one, until the second scheduled failure had."""
    asked = failing.confirm
    ends = np.sort(failing.end[asked]) if asked.any() else np.sort(failing.end[failing.scheduled])[1:]
    return onset.until(int(ends[0]), int(ends[0])) if len(ends) else None


def _first_success(kind: _Told, onset: _Onset, last_failure: int, until: int) -> Span:
    """Until the first answer to a request after the last failure; a later request may have been answered before it."""
    after = kind.span(last_failure + 1, until)
    first = _first(after.start, after.stop, lambda part: kind.up[part])
    if first is None:
        return onset.until(last_failure, None)
    begun = slice(first, min(after.stop, int(kind.start.searchsorted(kind.end[first], side="right"))))
    return onset.until(last_failure, int(kind.end[begun][kind.up[begun]].min()))


def _normal(seen: Seen, onset: _Onset, last_failure: int, until: int) -> Span | None:
    """Until three successes in a row had a median of at most 1.25 times the usual one; images, if there are any."""
    begin = onset.latest
    kind = seen.images if len(seen.well) and seen.well[0] < begin else seen.calls
    before = kind.usual_ms(begin - DAY, begin)
    if len(before) < FEWEST_BEFORE:
        return None
    after = kind.span(last_failure + 1, until)
    enough_ms = AS_USUAL * _median(before)
    first = _first(after.start, after.stop - IN_A_ROW + 1, lambda part: kind.median_of_three[part] <= enough_ms)
    slow = max(after.start, (after.stop - IN_A_ROW + 1 if first is None else first)) - 1
    slow_until = last_failure if slow < after.start else int(kind.start[slow])
    return onset.until(slow_until, None if first is None else int(kind.end[first : first + IN_A_ROW].max()))


def _first(begin: int, end: int, which: Callable[[slice], Flags]) -> int | None:
    """The first place in [begin, end) of which that is so; mostly it is one of the very first."""
    few = FEW
    while begin < end:
        found = which(slice(begin, min(begin + few, end)))
        if found.any():
            return begin + int(found.argmax())
        begin, few = begin + few, 4 * few
    return None


def _median(values: Floats) -> float:
    """A value that occurred, as everywhere; unknown ones are infinite, and count as slow."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2])
