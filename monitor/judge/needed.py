"""How many it takes: requests where they are independent, days without an outage where outages decide. Pure.

Planning, before a cent is spent; no verdict rests on it. Independent requests are the best case: outages cluster, so
an uptime is confirmed by time without an outage, however many requests are sent in it.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np

from monitor.judge import betting, distributions, exceeding
from monitor.judge.columns import SECOND
from monitor.judge.intervals import effective
from monitor.judge.looks import ALPHA, BETWEEN, LOOKS_SHARE, alpha_of
from monitor.judge.policy import SURVIVE_S

FURTHEST = 1200  # looks: a hundred years
LATEST, MOST_BETS = 120, 3650  # looks, and days: ten years
POWER = 0.80


def to_confirm(allowed: float, failures: int, alpha: float = ALPHA) -> int:
    """Fewest independent trials, `failures` of them bad, that confirm "at most `allowed`" (Clopper-Pearson)."""
    return _first_whole(lambda n: distributions.binomial_cdf(failures, n, allowed) <= alpha, failures + 1)


def to_refute(allowed: float, failures: int, alpha: float = ALPHA) -> int:
    """Most independent trials within which `failures` bad ones refute it (likewise); 0: so few never do."""
    return _first_whole(lambda n: distributions.binomial_sf(failures - 1, n, allowed) > alpha, failures) - 1


def to_confirm_if(allowed: float, truth: float, power: float = POWER, alpha: float = ALPHA) -> tuple[int, int]:
    """Fewest trials that confirm with this power where the share is `truth` < `allowed`, and how many may be bad."""
    if not truth < allowed:
        raise ValueError(f"{truth} is not below {allowed}: no number of trials confirms what is not kept")
    for failures in itertools.count():
        n = to_confirm(allowed, failures, alpha)
        if distributions.binomial_cdf(failures, n, truth) >= power:
            break
    return n, failures


def to_refute_if(allowed: float, truth: float, power: float = POWER, alpha: float = ALPHA) -> tuple[int, int]:
    """Fewest trials that refute with this power where the share is `truth` > `allowed`, and how many have to be bad."""
    if not truth > allowed:
        raise ValueError(f"{truth} is not above {allowed}: no number of trials refutes what is kept")
    for failures in itertools.count(1):
        n = _sees(failures, truth, power)
        if n <= to_refute(allowed, failures, alpha):
            break
    return n, failures


def _sees(failures: int, truth: float, power: float) -> int:
    """Fewest trials that show so many bad ones with this power."""
    return _first_whole(lambda n: distributions.binomial_sf(failures - 1, n, truth) >= power, failures)


def days_without_outage(allowed: float, survive_s: float = SURVIVE_S, alpha: float = ALPHA) -> float:
    """Days without an outage that confirm "at most `allowed`", looked at once: L ln(1 / alpha) / allowed."""
    return survive_s * math.log(1.0 / alpha) / allowed / 86_400 if allowed > 0 else math.inf


def days_at_looks(allowed: float, survive_s: float = SURVIVE_S) -> float:
    """The same as verdicts are really given: days until the first registered look that confirms; infinite: never."""
    number = np.arange(1, FURTHEST + 1, dtype=np.int64)
    days = number * (BETWEEN / (86_400 * SECOND))
    bound = survive_s * np.log(1.0 / alpha_of(number)) / (days * 86_400)
    enough = np.flatnonzero(bound <= allowed)
    return float(days[enough[0]]) if len(enough) else math.inf


def days_confirmed(allowed: float, truth: float, a_day: float) -> float:
    """Days until the look that confirms "at most `allowed` exceed it", if `truth` do: four times in five, best case.

    As `exceeding` decides with days that do not differ: days are clusters, and the worst counts once more.
    """
    for number in range(1, LATEST + 1):
        days = number * (BETWEEN // (86_400 * SECOND))
        n = math.floor(a_day * days)
        clusters = min(days, n)
        if clusters < exceeding.FEWEST_DAYS:
            continue
        share = distributions.binomial_ppf(POWER, n, truth) / n
        alpha = float(alpha_of(np.array([number]))[0])
        worth = effective(n * (1 + 1 / clusters), 1.0, clusters + 1, 2 * alpha)
        if distributions.beta_isf(alpha, share * worth + 1, worth * (1 - share)) <= allowed:
            return float(days)
    return math.inf


def days_refuted(allowed: float, truth: float, a_day: float) -> float:
    """Days after which the bet on whole days refutes it, if `truth` > `allowed` exceed it: in the mean, best case."""
    each = max(round(a_day), 1)
    hits = np.arange(each + 1)
    chance = distributions.binomial_pmf(hits, each, truth)
    gains = np.log1p(betting.bets_at(allowed)[:, None] * (hits[None, :] / each - allowed)) @ chance
    capital = np.exp(np.minimum(np.arange(1, MOST_BETS + 1)[:, None] * gains[None, :], 600.0)).mean(axis=1)
    enough = np.flatnonzero(capital * (1.0 - LOOKS_SHARE) >= 1.0 / ALPHA)
    return float((enough[0] + 1) / min(a_day, 1.0)) if len(enough) else math.inf


def _first_whole(holds: Callable[[int], bool], least: int) -> int:
    """The smallest whole number from `least` on from which a monotone condition holds."""
    high = max(least, 1)
    while not holds(high):
        high *= 2
    low = max(least, high // 2) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
