"""Token bucket (GCRA): which rates and sizes explain a run. Full at its start; it may run over at any time.

With A[u, t) the number accepted in [u, t), the bucket holds min over u of B + r (t - u) - A[u, t) at t. So an accept
at t means A[u, t] <= B + r (t - u) for every u before it, and a refusal that A[u, t) > B - 1 + r (t - u) for some u.
Given r, the first bounds B from below and the second from above; the rates for which these do not cross are those
that are possible. A refusal followed by n accepts within D seconds means n < 1 + r D, whatever B is.
"""

from dataclasses import dataclass

import numpy as np

from monitor.judge.limiters.ends import ends
from monitor.judge.limiters.trace import Trace
from monitor.judge.result import Span

FASTEST, SLOWEST = 1e4, 1e-6  # per second: beyond what anybody sells


@dataclass(frozen=True, slots=True)
class Bucket:
    """Every bucket that explains the run lies in these bounds: requests per second, and requests."""

    per_s: Span
    size: Span


def explain(trace: Trace) -> Bucket | None:
    """Bounds of rate and size; None: no token bucket makes such a run."""

    def possible(slow: float, fast: float) -> bool:
        """Both bounds of the size fall as the rate grows: impossible where the upper at the slow end is not above."""
        return _largest(trace, slow) > max(_smallest(trace, fast), 1.0)

    found = ends(possible, max(_slowest(trace), SLOWEST), FASTEST)
    if found is None:
        return None
    low, high = found
    sizes = Span(max(1.0, _smallest(trace, high)), _finite(_largest(trace, low)))
    return Bucket(Span(low if low > SLOWEST else 0.0, high if high < FASTEST else None), sizes)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _slowest(trace: Trace) -> float:
    """From each refusal to each accept after it: more came in than were accepted between the two, both left out."""
    if not len(trace.refused_low) or not len(trace.sure):
        return 0.0
    index = np.arange(len(trace.sure))[None, :]
    between = index - trace.after[:, None]
    apart = trace.sure.latest[None, :] - trace.refused_low[:, None]
    rates = np.where(between > 0, between / np.maximum(apart, 1e-9), 0.0)
    return float(rates.max())


def _smallest(trace: Trace, per_s: float) -> float:
    """The largest number accepted within any stretch, less what came in during it."""
    if not len(trace.sure):
        return 0.0
    index = np.arange(len(trace.sure))
    best = np.maximum.accumulate(per_s * trace.sure.earliest - index)
    return float((index + 1 - per_s * trace.sure.latest + best).max())


def _largest(trace: Trace, per_s: float) -> float:
    """The size at which the hardest refusal is just explained by the stretch before it that explains it best."""
    pairs, latest = trace.pairs, trace.most.latest
    if not len(pairs.starts):
        return float("inf")
    index = np.arange(len(latest))
    best = np.append(np.maximum.accumulate(per_s * latest - index), -np.inf)
    earlier = np.minimum(np.searchsorted(latest, pairs.at_low, "right"), pairs.k)
    began = np.where(earlier > 0, best[earlier - 1] - per_s * pairs.at_low, -np.inf)
    at_once = np.where(earlier < pairs.k, -earlier.astype(np.float64), -np.inf)
    explained = pairs.k + np.maximum(began, at_once)
    return 1.0 + float(np.maximum.reduceat(explained, pairs.starts).min())
