"""Three availabilities side by side (docs/methods.md, 1)."""

from dataclasses import replace

import numpy as np

from monitor.judge import held_back, windows
from monitor.judge.columns import SECOND, Flags, Rows
from monitor.judge.intervals import realised_window, wilson
from monitor.judge.result import Availability, Ratio, TimeAvailability
from monitor.judge.states import State
from monitor.judge.timeline import Timeline

_WILSON = "Wilson 95 %, probes treated as independent (outages cluster: then it is too narrow)"
_USER = "usable images / scheduled image requests that tell of the provider"
_HTTP = "answered without 5xx / the same requests"
_THROTTLED = "429s while we were below the advertised limit / the same requests and all their 429s"
_TIME = (
    "seconds up / seconds known, from reach and image probes, a state held for at most one cadence of the data; "
    "interval for this window by the number of outages (Garwood), not for the future"
)


def of(rows: Rows, timeline: Timeline) -> Availability:
    """All of them: `rows` of one provider in the window, and its timeline clipped to it."""
    images = rows.take(rows.probe.isin("baseline") & rows.scheduled)
    throttled = images.outcome.isin("rate_limited") & ~images.attribution.isin("monitor")
    theirs = throttled & images.attribution.isin("provider")
    return Availability(
        user=_with_held_back(ratio(images.good, images.counted, _USER), held_back.after_failures(images)),
        http=ratio(images.answered & ~images.answered_5xx, images.counted, _HTTP),
        time=of_time(timeline),
        throttled_below_limit=ratio(theirs, images.counted | throttled, _THROTTLED),
        windows=windows.worst(timeline),
    )


def ratio(good: Flags, of: Flags, method: str) -> Ratio:
    """Share of the rows `of` that are `good`, with a Wilson interval; all None where nothing counts."""
    n, k = int(of.sum()), int((good & of).sum())
    low, high = wilson(k, n) or (None, None)
    return Ratio(k, n, k / n if n else None, low, high, f"{method}; {_WILSON}")


def _with_held_back(user: Ratio, paused: int) -> Ratio:
    """Requests that our breaker held back after failures would have failed at worst: the lower bound counts them so."""
    bounds = wilson(user.good, user.of + paused)
    if not paused or bounds is None:
        return user
    method = f"{user.method}; {paused} requests that our circuit breaker held back count as failed in the lower bound"
    return replace(user, low=bounds[0], method=method)


def of_time(timeline: Timeline) -> TimeAvailability:
    """Seconds in each state of a clipped timeline, and what they allow to say."""
    seconds = timeline.seconds()
    up, down, unknown = seconds[State.UP] + seconds[State.DEGRADED], seconds[State.DOWN], seconds[State.UNKNOWN]
    known, judged = up + down, up + down + unknown
    bad = _bad_share(timeline, down, known)
    return TimeAvailability(
        up_s=up,
        down_s=down,
        unknown_s=unknown,
        excluded_s=seconds[State.EXCLUDED],
        value=up / known if known else None,
        worst=up / judged if judged else None,
        best=(up + unknown) / judged if judged else None,
        coverage=known / judged if judged else None,
        low=1.0 - bad[1] if bad else None,
        high=1.0 - bad[0] if bad else None,
        method=_TIME,
    )


def _bad_share(timeline: Timeline, down_s: float, known_s: float) -> tuple[float, float] | None:
    """95 % interval of the share of known time that was down (docs/methods.md, 1), in units of the cadence.

    The unit is the mean spacing of the probes, or that around the edges of the outages where it is wider: seen by
    image probes alone, an outage is known to within their cadence only. Wider is the safe side.
    """
    seen = timeline.instants
    inside = (seen.t >= timeline.edges[0]) & (seen.t < timeline.edges[-1]) & (seen.final != State.UNKNOWN)
    probes = np.flatnonzero(inside)
    if not len(probes) or known_s <= 0:
        return None
    down = seen.final[probes] == State.DOWN
    firsts = probes[down & ~np.append(False, down[:-1])]
    lasts = probes[down & ~np.append(down[1:], False)]
    edges = np.maximum(seen.stratum[firsts], seen.end[lasts] - seen.t[lasts])
    of = len(probes) + int(np.diff(np.searchsorted(seen.left_out, timeline.edges[[0, -1]]))[0])
    unit_s = max(known_s / of, float(edges.mean()) / SECOND if len(edges) else 0.0)
    return realised_window(down_s / unit_s, len(firsts), known_s / unit_s)
