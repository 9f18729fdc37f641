"""Quantiles and tails of the usual distributions, straight from `scipy.special`.

The same functions as those behind `scipy.stats`, whose import alone takes longer than judging a month, and each call
of which takes a hundred times as long. A test holds the two together. All take numbers or arrays.
"""

from typing import cast

import numpy as np
from scipy import special

from monitor.judge.columns import Floats, Ints

Number = float | Floats


def _one(value: object) -> float:
    return float(cast("float", value))


def normal_isf(p: float) -> float:
    """What a standard normal variable exceeds with probability `p`."""
    return -_one(special.ndtri(p))


def t_sf(x: float, freedom: float) -> float:
    """Probability that Student's t is above `x`."""
    return _one(special.stdtr(freedom, -x)) if np.isfinite(freedom) else _one(special.ndtr(-x))


def t_isf(p: float, freedom: float) -> float:
    """What Student's t exceeds with probability `p`."""
    return -_one(special.stdtrit(freedom, p)) if np.isfinite(freedom) else normal_isf(p)


def chi2_isf(p: float, freedom: float) -> float:
    """What chi-squared exceeds with probability `p`."""
    return 2.0 * _one(special.gammainccinv(freedom / 2, p))


def chi2_ppf(p: float, freedom: float) -> float:
    """What chi-squared stays below with probability `p`."""
    return 2.0 * _one(special.gammaincinv(freedom / 2, p))


def f_ppf(p: float, numerator: float, denominator: float) -> float:
    """What Fisher's F stays below with probability `p`."""
    return _one(special.fdtri(numerator, denominator, p))


def beta_cdf(x: float, a: float, b: float) -> float:
    """Probability that a beta variable is at most `x`."""
    return _one(special.betainc(a, b, x))


def beta_ppf(p: float, a: float, b: float) -> float:
    """What a beta variable stays below with probability `p`."""
    return _one(special.betaincinv(a, b, p))


def beta_isf(p: float, a: float, b: float) -> float:
    """What a beta variable exceeds with probability `p`."""
    return _one(special.betainccinv(a, b, p))


def gamma_cdf(x: Number, shape: Number, scale: Number) -> Floats:
    """Probability that a gamma variable is at most `x`."""
    return cast("Floats", special.gammainc(shape, np.maximum(x, 0.0) / scale))


def gamma_ppf(p: Number, shape: Number, scale: Number) -> Floats:
    """What a gamma variable stays below with probability `p`."""
    return cast("Floats", special.gammaincinv(shape, p) * scale)


def gamma_isf(p: Number, shape: Number, scale: Number) -> Floats:
    """What a gamma variable exceeds with probability `p`."""
    return cast("Floats", special.gammainccinv(shape, p) * scale)


def binomial_pmf(k: Ints, n: int, p: float) -> Floats:
    """Probability of each `k` of `n`."""
    ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return cast("Floats", np.exp(ways + special.xlogy(k, p) + special.xlog1py(n - k, -p)))


def binomial_cdf(k: int, n: int, p: float) -> float:
    """Probability of at most `k` of `n`."""
    return 0.0 if k < 0 else 1.0 if k >= n else _one(special.betainc(n - k, k + 1, 1.0 - p))


def binomial_sf(k: int, n: int, p: float) -> float:
    """Probability of more than `k` of `n`."""
    return 1.0 if k < 0 else 0.0 if k >= n else _one(special.betainc(k + 1, n - k, p))


def binomial_ppf(q: float, n: int, p: float) -> int:
    """The smallest `k` with a probability of at least `q` of at most `k` of `n`."""
    k = int(np.clip(np.ceil(_one(special.bdtrik(q, n, p))), 0, n))
    return k - 1 if k and binomial_cdf(k - 1, n, p) >= q else k


def poisson_isf(p: float, mean: float) -> int:
    """The smallest `k` that is exceeded with a probability of at most `p`."""
    k = max(0, int(np.ceil(_one(special.pdtrik(1.0 - p, mean)))))
    return k - 1 if k and _one(special.pdtrc(k - 1, mean)) <= p else k
