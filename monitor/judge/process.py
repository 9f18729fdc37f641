"""What kind of provider this is: the interval of its long-run unavailability, from outages (docs/methods.md, 1).

Outages, not requests, are the sample. Each is weighted by what failed in it, and the interval is that of Fay and
Feuer (1997) for a weighted sum of Poisson counts. Using it for random weights is a transfer of ours, validated by the
simulations of docs/coverage.md alone. What one outage may weigh that was not seen yet is an assumption (`policy.py`).
"""

from collections.abc import Sequence

import numpy as np

from monitor.judge import distributions
from monitor.judge.columns import Floats


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
    low = np.where(some, distributions.gamma_ppf(alpha_low / 2, safe_y**2 / safe_v, safe_v / safe_y), 0.0) / safe_n
    heavier = v + w**2
    high = distributions.gamma_isf(alpha_high / 2, (y + w) ** 2 / heavier, heavier / (y + w))
    high = np.maximum(high, w * np.log(2.0 / alpha_high)) / safe_n
    return np.where(seen, np.clip(low, 0.0, 1.0), 0.0), np.where(seen, np.clip(high, 0.0, 1.0), 1.0)


def unseen_s(least_s: float, longest_s: Floats, mean_s: Floats, look_s: Floats) -> Floats:
    """What an outage that was not seen may weigh, in seconds.

    L longer than the longest seen: where lengths have a heavy tail, the longest of a few outages is far below what is
    to come, and the longest alone confirms true promises too often (docs/coverage.md). Not less than twice the mean
    outage, nor than the time from one look to the next, since a failure weighs that much.
    """
    heaviest: Floats = np.maximum.reduce([least_s + longest_s, 2.0 * mean_s, look_s])
    return heaviest


def alternating_renewal(n: int, up: float, down: float, alpha: float) -> tuple[float, float]:
    """Two-sided interval of the availability from `n` outages: Trivedi's exact F interval (Example 10.27).

    For exponential times to failure and to repair; a cross-check from 3 outages on, and wrong where isolated errors
    mix with outages. `up` and `down` are total times in any one unit.
    """
    ratio = down / up
    lower, upper = (distributions.f_ppf(p, 2 * n, 2 * n) for p in (alpha / 2, 1 - alpha / 2))
    return 1 / (1 + ratio * upper), 1 / (1 + ratio * lower)
