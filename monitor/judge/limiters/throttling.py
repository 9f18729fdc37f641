"""What a run without a single 429 says: does the provider slow us down instead, and how far has it been tried?"""

import numpy as np

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
    if _slope(took_ms) * (len(which) - 1) < NOTABLE * float(np.median(took_ms)):
        return None  # nearly always, and its interval takes a hundred times longer
    from scipy import stats  # noqa: PLC0415 - its import takes as long as judging a month, and few need it

    slope, _, low, high = (float(number) for number in stats.theilslopes(took_ms, np.arange(len(which)), alpha=0.95))
    if not low > 0:
        return None
    back = np.sort(run.at_s[which] + run.total_s[which])
    return Throttling(
        Estimate(slope, low, high, len(which), "Theil-Sen"),
        slope * (len(which) - 1),
        offered_rpm=_per_minute(run.planned_s),
        served_rpm=_per_minute(back),
    )


def _slope(took_ms: Floats) -> float:
    """Median of the slopes of all pairs, as Theil and Sen have it."""
    first, second = np.triu_indices(len(took_ms), k=1)
    return float(np.median((took_ms[second] - took_ms[first]) / (second - first)))


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
