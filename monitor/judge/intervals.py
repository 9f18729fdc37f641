"""Intervals that hold for small samples: Garwood, Wilson, Clopper-Pearson, order statistics, realised window.

Sections named are those of `docs/methods.md`, which has the sources. All levels are two-sided 95 % unless said.
"""

import math

from scipy import stats

ALPHA = 0.05


def garwood(n: int, alpha: float = ALPHA) -> tuple[float, float]:
    """Exact interval for the mean of a Poisson count of `n` (Garwood 1936): chi-squared quantiles, halved."""
    low = float(stats.chi2.ppf(alpha / 2, 2 * n)) / 2 if n else 0.0
    return low, float(stats.chi2.ppf(1 - alpha / 2, 2 * n + 2)) / 2


def wilson(k: int, n: int, alpha: float = ALPHA) -> tuple[float, float] | None:
    """Score interval of a share (Wilson 1927): for display, trials independent. None without trials."""
    if n == 0:
        return None
    z = float(stats.norm.ppf(1 - alpha / 2))
    share, weight = k / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return 0.0 if k == 0 else middle - half, 1.0 if k == n else middle + half


def clopper_pearson(k: int, n: int, alpha: float = ALPHA) -> tuple[float, float] | None:
    """Exact interval of a share (Clopper & Pearson 1934): guaranteed, for verdicts. None without trials."""
    if n == 0:
        return None
    low = 0.0 if k == 0 else float(stats.beta.ppf(alpha / 2, k, n - k + 1))
    return low, 1.0 if k == n else float(stats.beta.ppf(1 - alpha / 2, k + 1, n - k))


def order_bounds(n: int, q: float, alpha: float = ALPHA) -> tuple[int | None, int | None]:
    """Ranks (1 to n) of the order statistics that bound the `q` quantile (Hahn & Meeker 1991, section 5.2).

    l is the largest with B(l - 1; n, q) <= alpha / 2, u the smallest with B(u - 1; n, q) >= 1 - alpha / 2.
    None where the sample is too small to bound that side.
    """
    if n == 0:
        return None, None
    below = int(stats.binom.ppf(alpha / 2, n, q))  # smallest k with B(k) >= alpha / 2
    low = below + 1 if stats.binom.cdf(below, n, q) <= alpha / 2 else below
    high = int(stats.binom.ppf(1 - alpha / 2, n, q)) + 1
    return (low if low >= 1 else None), (high if high <= n else None)


def bounded_above(n: int, q: float, alpha: float = ALPHA) -> bool:
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
