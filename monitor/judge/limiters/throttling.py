"""What a run without a single 429 says: does the provider slow us down instead, and how far has it been tried?"""

import numpy as np

from monitor.judge import trend
from monitor.judge.columns import Floats
from monitor.judge.result import NotRefuted, Throttling
from monitor.judge.saturation import Run
from monitor.judge.verdicts import Estimate

FEWEST = 20
NOTABLE = 0.10  # of the median: a slope below this over the whole burst is nobody's finding
MOST_PAIRS = 2000  # the slope is the median of all pairs


def soft(run: Run) -> Throttling | None:
    """Whether answers took longer the later they were asked for: Theil-Sen slope above 0 for certain, and notable."""
    which = np.flatnonzero(run.good & ~np.isnan(run.total_s))
    if run.refused.any() or not FEWEST <= len(which) <= MOST_PAIRS:
        return None
    took_ms = run.total_s[which] * 1000.0
    slope = trend.theil_sen(range(len(which)), took_ms)
    if slope is None or not slope.low > 0 or slope.value * (len(which) - 1) < NOTABLE * float(np.median(took_ms)):
        return None
    back = np.sort(run.at_s[which] + run.total_s[which])
    return Throttling(
        Estimate(slope.value, slope.low, slope.high, len(which), "Theil-Sen"),
        slope.value * (len(which) - 1),
        offered_rpm=_per_minute(run.planned_s),
        served_rpm=_per_minute(back),
    )


def tried(run: Run) -> NotRefuted | None:
    """How much was asked for without a 429; None where there was one, or nothing was accepted."""
    if run.refused.any() or not run.accepted.any():
        return None
    accepted = np.sort(run.at_s[run.accepted])
    ended = np.sort((run.at_s + np.nan_to_num(run.total_s))[run.accepted])
    at_once = np.searchsorted(accepted, accepted, "right") - np.searchsorted(ended, accepted, "right")
    minutes = float(accepted[-1] - accepted[0]) / 60.0
    return NotRefuted(_per_minute(accepted), int(at_once.max(initial=1)), minutes)


def _per_minute(moments: Floats) -> float | None:
    """Rate of these events; None for fewer than two moments."""
    span_s = float(moments[-1] - moments[0])
    return (len(moments) - 1) * 60.0 / span_s if span_s > 0 else None
