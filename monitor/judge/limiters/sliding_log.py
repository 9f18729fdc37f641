"""Sliding log: which limits L and windows W explain a run. Nothing was accepted in the window before it.

An accept means that the L-th accept before it is at least W old; a refusal, that the L-th last one is younger. So W
lies, for each L by itself, between the oldest that still counted and the youngest that no longer did.
"""

import numpy as np

from monitor.judge.limiters.trace import Trace
from monitor.judge.limiters.windowed import Windowed, gathered


def explain(trace: Trace) -> Windowed | None:
    """Bounds of L, W and L / W; None: no sliding log makes such a run."""
    if not len(trace.refused_low) or not len(trace.sure):
        return None
    most = int(trace.before_at_most.min())
    return gathered((limit, *_window(trace, limit)) for limit in range(1, most + 1))


def _window(trace: Trace, limit: int) -> tuple[float, float]:
    """W is longer than the first and at most the second."""
    pairs, sure = trace.pairs, trace.sure
    counted = pairs.k >= limit
    age = pairs.at_low - trace.most.latest[np.where(counted, pairs.k - limit, 0)]
    youngest = np.minimum.reduceat(np.where(counted, age, np.inf), pairs.starts)
    ages = sure.latest[limit:] - sure.earliest[:-limit]
    return max(float(youngest.max()), 0.0), float(ages.min(initial=np.inf))
