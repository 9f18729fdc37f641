"""Times of which some are only known to be longer than we waited: Kaplan-Meier (docs/methods.md, 3).

Where every request had the same deadline, a request that ran into it is slower than all that did not, and the plain
distribution is right. Where deadlines differ, one that was cut off at 30 s says nothing of what 60 s would have shown.
"""

from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import Flags, Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """P(done by t) at each time at which something was done."""

    t: Floats  # sorted
    done: Floats
    variance: Floats  # Greenwood's, of `done`

    def at(self, share: float) -> float | None:
        """The first time by which this share was done; None: it is never reached."""
        first = int(np.searchsorted(self.done, share - 1e-12))
        return float(self.t[first]) if first < len(self.t) else None


def kaplan_meier(ms: Floats, cut_off: Flags) -> Curve:
    """The curve of these times (Kaplan & Meier 1958); infinite: never, whatever the deadline.

    Args:
        ms: how long each took, or was waited for.
        cut_off: which were not done by then.
    """
    never = np.isinf(ms)
    last = float(np.max(ms[~never], initial=0.0)) + 1.0  # later than all: whether never, or not by then, is the same
    times, open_ = np.where(never, last, ms), cut_off | never
    t, deaths = np.unique(times[~open_], return_counts=True)
    at_risk = len(times) - np.searchsorted(np.sort(times), t)
    with np.errstate(divide="ignore"):  # all that was left died: the variance is that of certainty, 0
        terms = np.cumsum(deaths / (at_risk * np.maximum(at_risk - deaths, 0.0)))
    alive = np.cumprod((at_risk - deaths) / at_risk, dtype=np.float64)
    return Curve(t, 1.0 - alive, np.where(alive > 0, alive**2 * np.where(np.isinf(terms), 0.0, terms), 0.0))
