"""Fixed window: which limits L and window lengths W explain a run, wherever the windows begin.

At a refusal the L accepts before it lie in its window and the one before those does not, nor does any earlier refusal
with fewer accepts before it: that bounds where its window begins. The window lasts at least until the refusal, and
ends before the next accept. L + 1 accepts in a row have a turn among them, so m L + 1 span at least m - 1 windows.
"""

from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import Floats
from monitor.judge.limiters.ends import ends
from monitor.judge.limiters.trace import Trace
from monitor.judge.limiters.windowed import Windowed, gathered

SHORTEST_S = 1e-3  # of a window that anybody would call one


def explain(trace: Trace) -> Windowed | None:
    """Bounds of L, W and L / W; None: no fixed window makes such a run."""
    if not len(trace.refused_low) or not len(trace.sure):
        return None
    most = int(trace.before_at_most.min())
    earlier = _earlier_refusals(trace)
    return gathered((limit, *_window(trace, limit, earlier)) for limit in range(1, most + 1))


def _earlier_refusals(trace: Trace) -> Floats:
    """The last moment before each refusal at which another window, less full of accepts, was refusing."""
    order = np.argsort(trace.before_at_most, kind="stable")
    latest = np.maximum.accumulate(trace.refused_low[order])
    fewer = np.searchsorted(trace.before_at_most[order], trace.before, "left")
    found: Floats = np.where(fewer > 0, latest[fewer - 1], -np.inf)
    return found


def _window(trace: Trace, limit: int, earlier: Floats) -> tuple[float, float]:
    """W is longer than the first and at most the second; the first is infinite where no window begins in time."""
    sure, before = trace.sure, trace.before
    begins_by = trace.most.latest[trace.before_at_most - limit]
    outside = np.where(before > limit, sure.earliest[np.maximum(before - limit - 1, 0)], -np.inf)
    begins_after = np.maximum(outside, earlier)
    if bool((begins_by < begins_after).any()):
        return np.inf, 0.0
    followed = trace.after < len(sure)
    ends_by = np.where(followed, np.append(sure.latest, np.inf)[trace.after], np.inf)
    longest = min(float((ends_by - begins_after).min()), _crowded(trace, limit))
    shortest = float((trace.refused_low - begins_by).max())
    turns = _Turns.of(
        np.concatenate([begins_after, trace.refused_low[followed]]),
        np.concatenate([begins_by, ends_by[followed]]),
        np.concatenate([trace.refused_low, trace.refused_low[followed]]),
    )
    return _in_step(turns, max(shortest, 0.0), longest)


def _crowded(trace: Trace, limit: int) -> float:
    """The longest window of which m L + 1 accepts in a row still span m - 1."""
    sure, longest = trace.sure, np.inf
    for turns in range(2, (len(sure) - 1) // limit + 1):
        span = sure.latest[turns * limit :] - sure.earliest[: -turns * limit]
        longest = min(longest, float(span.min()) / (turns - 1))
    return longest


# --- windows follow one another in step --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Turns:
    """Windows that were seen: each began in (after, by], and lasted until `until` at least.

    One began when its refusals and the accepts before them say so; and one between a refusal and the next accept.
    """

    after: Floats
    by: Floats
    until: Floats

    @classmethod
    def of(cls, after: Floats, by: Floats, until: Floats) -> "_Turns":
        """Those that end alike are one: the one that began last says the most."""
        order = np.lexsort((until, after, by))
        last = order[np.append(np.diff(by[order]) > 0, True)]
        return cls(after[last], by[last], until[last])


def _in_step(turns: _Turns, shortest: float, longest: float) -> tuple[float, float]:
    """The same bounds without the lengths at their ends for which the windows seen cannot be those of one clock."""
    if not shortest < longest < np.inf:
        return shortest, longest
    found = ends(lambda low, high: _step(turns, low, high), max(shortest, SHORTEST_S), longest)
    return found or (np.inf, 0.0)


def _step(turns: _Turns, low: float, high: float) -> bool:
    """Whether, for some length in [low, high], all beginnings can be one moment of a clock of that length.

    On the circle of the clock each is an arc; they have a point in common only if one of their starts lies in all.
    What the length leaves open shifts each arc by as much for every window that lies between it and time 0.
    """
    began = np.maximum(turns.after, turns.until - high)
    loose = (np.abs(turns.by) / max(low, 1e-9) + 1) * (high - low)
    start, length = began - loose, turns.by - began + 2 * loose
    telling = length < low
    if not telling.any():
        return True
    start, length = start[telling], length[telling]
    ahead = np.mod(start[:, None] - start[None, :], low)
    slack = 1e-9 + loose[telling]
    inside = (ahead <= (length + slack)[None, :]) | (ahead >= low - slack[None, :])
    return bool(inside.all(axis=1).any())
