"""What kind of provider this is: the interval of its long-run unavailability, from outages (docs/methods.md, 1).

Outages, not requests, are the sample. Each is weighted by what failed in it, and the interval is that of Fay and
Feuer (1997) for a weighted sum of Poisson counts. Using it for random weights is a transfer of ours, validated by the
simulations of docs/coverage.md alone. What one outage may weigh that was not seen yet is an assumption, `survive`.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from monitor.judge.columns import Floats

MERGE_GAP_S = 30 * 60.0  # G: failures closer than this are one outage
SURVIVE_S = 120 * 60.0  # L: the outage that we must be able to survive not having seen, at least (docs/coverage.md)
SURVIVE_DECLARED_S = 4 * 3600.0  # as much of what the provider's own status history shows enters L


def incident_interval(weights: Sequence[float], probes: float, survive: float, alpha: float) -> tuple[float, float]:
    """Two-sided 1 - alpha interval of the share that fails in the long run (Fay & Feuer 1997), within 0 to 1.

    Args:
        weights: what failed in each outage, in any unit (probes, seconds).
        probes: all that was seen, good or bad, in the same unit.
        survive: weight of an outage that may exist and was not seen, in the same unit.
        alpha: error of both sides together.
    """
    heavy = np.asarray(weights, dtype=np.float64)
    largest = float(heavy.max(initial=0.0))
    low, high = gamma_bounds(
        np.array([heavy.sum()]), np.array([(heavy**2).sum()]), np.array([max(survive, largest)]),
        np.array([probes]), np.array([alpha]), np.array([alpha]),
    )  # fmt: skip
    return float(low[0]), float(high[0])


def gamma_bounds(
    y: Floats, v: Floats, w: Floats, n: Floats, alpha_low: Floats, alpha_high: Floats
) -> tuple[Floats, Floats]:
    """Gamma quantiles for a sum of weights `y` and of their squares `v`, largest weight `w`, per `n` seen.

    Lower: Gamma(y^2 / v, scale v / y) at alpha / 2; upper: Gamma((y + w)^2 / (v + w^2), scale (v + w^2) / (y + w)) at
    1 - alpha / 2, and no lower than without an outage, w ln(2 / alpha): far out, a light outage would else lower it.
    Elementwise, so that all looks at one provider are one call. 0 to 1 where nothing was seen.
    """
    some, seen = y > 0, n > 0
    safe_y, safe_v, safe_n = np.where(some, y, 1.0), np.where(some, v, 1.0), np.where(seen, n, 1.0)
    low = np.where(some, stats.gamma.ppf(alpha_low / 2, safe_y**2 / safe_v, scale=safe_v / safe_y), 0.0) / safe_n
    heavier = v + w**2
    high = stats.gamma.isf(alpha_high / 2, (y + w) ** 2 / heavier, scale=heavier / (y + w))
    high = np.maximum(high, w * np.log(2.0 / alpha_high)) / safe_n
    return np.where(seen, np.clip(low, 0.0, 1.0), 0.0), np.where(seen, np.clip(high, 0.0, 1.0), 1.0)


def without_incident(survive: float, seen: float, alpha: float) -> float:
    """Upper bound of the unavailability where no outage was seen: L ln(1 / alpha) / T, the rule of three for outages.

    One-sided, and the same as `incident_interval([], seen, survive, 2 * alpha)`.
    """
    return float(min(1.0, survive * np.log(1.0 / alpha) / seen)) if seen > 0 else 1.0


def survive_s(mean_incident_s: Floats, declared_s: float | None = None) -> Floats:
    """L in seconds: 120 minutes, twice the mean outage so far, or the longest declared one up to 4 hours; the most."""
    declared = min(declared_s or 0.0, SURVIVE_DECLARED_S)
    longest: Floats = np.maximum(2.0 * mean_incident_s, max(SURVIVE_S, declared))
    return longest


def alternating_renewal(n: int, up: float, down: float, alpha: float) -> tuple[float, float]:
    """Two-sided interval of the availability from `n` outages: Trivedi's exact F interval (Example 10.27).

    For exponential times to failure and to repair; a cross-check from 3 outages on, and wrong where isolated errors
    mix with outages. `up` and `down` are total times in any one unit.
    """
    ratio = down / up
    lower, upper = (float(stats.f.ppf(p, 2 * n, 2 * n)) for p in (alpha / 2, 1 - alpha / 2))
    return 1 / (1 + ratio * upper), 1 / (1 + ratio * lower)
