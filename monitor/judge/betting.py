"""Bets against a promise that may be read as often as one likes: e-processes, and a confidence sequence.

Under the null hypothesis that the mean of each block, given all before, is at most q, the capital of a gambler who
bets a fixed share on every block is a supermartingale, and so is the mean over fixed shares: it reaches 1 / alpha
ever with a probability of at most alpha (Ville; Waudby-Smith & Ramdas 2024). Looking daily costs nothing. It repairs
peeking, not dependence: that is for the blocks to do.
"""

import math

import numpy as np
from scipy import special

from monitor.judge.columns import Floats

BETS = (
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    50.0,
    100.0,
    200.0,
    400.0,
    800.0,
)  # in units of 1: only those below 1 / q may be made


def bets_at(q: float) -> Floats:
    """The bets that cannot ruin the gambler at q; where there is none of the usual ones, half of the largest."""
    bets = np.array([bet for bet in BETS if bet * q < 1.0])
    return bets if len(bets) else np.array([0.5 / q])


def e_process(shares: Floats, q: float, bets: Floats | None = None) -> Floats:
    """The capital after each block: the mean over the bets of the product of 1 + bet (share - q).

    Args:
        shares: of each block, in order of time; not below 0, and above 1 where more began in a block than ended.
        q: the null hypothesis: the expectation of each share, given all before, is at most q.
        bets: fixed beforehand, each below 1 / q; `bets_at(q)` where none are given.
    """
    chosen = bets_at(q) if bets is None else bets
    logs = np.cumsum(np.log1p(chosen[None, :] * (shares[:, None] - q)), axis=0)
    capital: Floats = np.exp(np.minimum(special.logsumexp(logs, axis=1) - math.log(len(chosen)), 700.0))
    return capital


def confidence_sequence(
    successes: int, trials: int, alpha: float, a: float = 1.0, b: float = 1.0
) -> tuple[float, float]:
    """Interval of a share that holds at all times together, for independent trials (beta-binomial mixture).

    {p : log B(a + s, b + t - s) - log B(a, b) - s ln p - (t - s) ln(1 - p) < ln(1 / alpha)}; wrong where trials
    cluster, as outages do. Howard et al. 2021.
    """
    from scipy import optimize  # noqa: PLC0415 - half a second, for the few who ask

    failures = trials - successes
    mixture = float(special.betaln(a + successes, b + failures) - special.betaln(a, b))

    def excess(p: float) -> float:
        return mixture - float(special.xlogy(successes, p) + special.xlog1py(failures, -p)) - math.log(1 / alpha)

    best, least = successes / trials, 1e-15
    low = optimize.brentq(excess, least, best) if successes else 0.0
    high = optimize.brentq(excess, best, 1 - least) if failures else 1.0
    return float(low), float(high)
