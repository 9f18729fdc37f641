"""Intervals that hold for small samples (Garwood, Wilson, Clopper-Pearson, order statistics), and those of days.

Sections named are those of `docs/methods.md`, which has the sources. All levels are two-sided 95 % unless said.
"""

import math

import numpy as np

from monitor.judge import distributions
from monitor.judge.columns import Flags, Floats, Ints

ALPHA = 0.05


def garwood(n: int, alpha: float = ALPHA) -> tuple[float, float]:
    """Exact interval for the mean of a Poisson count of `n` (Garwood 1936): chi-squared quantiles, halved."""
    low = distributions.chi2_ppf(alpha / 2, 2 * n) / 2 if n else 0.0
    return low, distributions.chi2_isf(alpha / 2, 2 * n + 2) / 2


def wilson(k: int, n: int, alpha: float = ALPHA) -> tuple[float, float] | None:
    """Score interval of a share (Wilson 1927): for display, trials independent. None without trials."""
    if n == 0:
        return None
    z = distributions.normal_isf(alpha / 2)
    share, weight = k / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return 0.0 if k == 0 else middle - half, 1.0 if k == n else middle + half


def clopper_pearson(k: int, n: int, alpha: float = ALPHA) -> tuple[float, float] | None:
    """Exact interval of a share (Clopper & Pearson 1934): guaranteed, for verdicts. None without trials."""
    if n == 0:
        return None
    low = 0.0 if k == 0 else distributions.beta_ppf(alpha / 2, k, n - k + 1)
    return low, 1.0 if k == n else distributions.beta_isf(alpha / 2, k + 1, n - k)


def order_bounds(n: int, q: float, alpha: float = ALPHA) -> tuple[int | None, int | None]:
    """Ranks (1 to n) of the order statistics that bound the `q` quantile (Hahn & Meeker 1991, section 5.2).

    l is the largest with B(l - 1; n, q) <= alpha / 2, u the smallest with B(u - 1; n, q) >= 1 - alpha / 2.
    None where the sample is too small to bound that side.
    """
    if n == 0:
        return None, None
    below = distributions.binomial_ppf(alpha / 2, n, q)  # smallest k with B(k) >= alpha / 2
    low = below + 1 if distributions.binomial_cdf(below, n, q) <= alpha / 2 else below
    high = distributions.binomial_ppf(1 - alpha / 2, n, q) + 1
    return (low if low >= 1 else None), (high if high <= n else None)


def bounded_above(n: float, q: float, alpha: float = ALPHA) -> bool:
    """Whether the largest of `n` lies above the `q` quantile with 95 % certainty: n >= 5, 59, 299 for p50, p95, p99.

    1 - q^n >= 1 - alpha (Wilks 1941).
    """
    return n > 0 and n * math.log(q) <= math.log(alpha)


def realised_window(k: float, runs: int, n: float, alpha: float = ALPHA) -> tuple[float, float] | None:
    """95 % interval of the share of a window that was bad, from `k` of `n` probes bad in `runs` runs (section 1).

    Only the strata that hold an edge of an outage are uncertain, so the number of runs carries the variance.
    `k` and `n` may be fractions: seconds divided by the cadence. None without probes.
    """
    if n <= 0:
        return None
    low, high = garwood(runs, alpha)
    return max(0.0, (k - (runs - low)) / n), min(1.0, (k + (high - runs)) / n)


# --- days as clusters (section 3) -----------------------------------------------------------------------------


def design_effect(hit: Flags, day: Ints) -> float:
    """How many times as uncertain a share is because its trials come in days (Korn & Graubard 1998), at least 1.

    The linearised variance of a ratio of day totals, which for days of equal size is the variance of the day means
    divided by the number of days, over the binomial variance p (1 - p) / n.
    """
    n, share = len(hit), float(np.mean(hit)) if len(hit) else 0.0
    sizes, hits = _totals(np.ones(n), day), _totals(hit.astype(np.float64), day)
    days = int(np.count_nonzero(sizes))
    if days < 2 or share in {0.0, 1.0}:
        return 1.0
    clustered = float(np.sum((hits - share * sizes) ** 2)) / n**2 * days / (days - 1)
    return max(1.0, clustered / (share * (1 - share) / n))


def _totals(values: Floats, day: Ints) -> Floats:
    """The sum of each day, from the first to the last."""
    return np.bincount(day - day.min(), weights=values).astype(np.float64) if len(day) else values


def ratio_error(over: Floats, under: Floats, day: Ints) -> tuple[float, int] | None:
    """Standard error of sum(over) / sum(under) with days as clusters, and the number of days; None below two days.

    Linearised (statistics 7): se^2 = D / (D - 1) * sum_d (over_d - R under_d)^2 / under^2.
    """
    order = np.lexsort((under, over, day))  # sums of floats must not depend on the order of rows
    over, under, day = over[order], under[order], day[order]
    top, bottom, seen = _totals(over, day), _totals(under, day), _totals(np.ones(len(day)), day) > 0
    days, whole = int(np.count_nonzero(seen)), float(np.sum(bottom))
    if days < 2 or whole <= 0:
        return None
    left_over = (top - float(np.sum(top)) / whole * bottom)[seen]
    return math.sqrt(float(np.sum(left_over**2)) * days / (days - 1)) / whole, days


def effective(n: float, effect: float, days: int, alpha: float = ALPHA) -> float:
    """As many independent trials as `n` in `days` clusters are worth: n / d * (z / t)^2 (Korn & Graubard 1998)."""
    z, t = distributions.normal_isf(alpha / 2), distributions.t_isf(alpha / 2, days - 1)
    return min(n, n / effect * (z / t) ** 2)


def woodruff(n: float, q: float, alpha: float = ALPHA) -> tuple[float | None, float | None]:
    """Shares at which the distribution is read to bound its `q` quantile, from `n` effective trials (Woodruff 1952).

    Clopper-Pearson bounds of a share of `q`, for an `n` that need not be whole. None where so few cannot bound that
    side: where all, or none, of them lie beyond the quantile with more than half of alpha.
    """
    k = q * n
    low = distributions.beta_ppf(alpha / 2, k, n - k + 1) if n * math.log1p(-q) <= math.log(alpha / 2) else None
    high = distributions.beta_isf(alpha / 2, k + 1, n - k) if n * math.log(q) <= math.log(alpha / 2) else None
    return low, high
