"""The verdict on a share of requests that exceed something, where days differ (docs/claims.md).

A percentile that is promised is such a share: "p95 at most 20 s" says that at most 5 % take longer or fail. Days are
the clusters: each look bounds the share by Korn and Graubard's interval, and the bet is on whole days.
"""

from dataclasses import dataclass

import numpy as np

from monitor.judge import betting, distributions, looks
from monitor.judge.columns import SECOND, Flags, Floats, Ints
from monitor.judge.intervals import design_effect, effective
from monitor.judge.looks import Looks
from monitor.judge.ruling import AtLooks, Bet, Ruling, rule

DAY = 86_400 * SECOND
FEWEST_DAYS = 14  # differences between days enter an interval only when there are this many


@dataclass(frozen=True, slots=True)
class Exceeding:
    """A ruling on requests, and the numbers that its sentence needs."""

    ruling: Ruling
    n: int  # that tell
    exceeding: int
    days: int
    unknown: float  # share of all requests that do not


def decide(
    begin: int,
    t: Ints,
    hit: Flags,
    allowed: float,
    until: int,
    *,
    unknown: Flags | None = None,
    strict: bool = False,
) -> Exceeding:
    """What may be said at `until` of "at most `allowed` of the requests exceed it".

    Args:
        begin: the provider's first row, microseconds; looks and days count from here.
        t: of each request, sorted.
        hit: whether it exceeds.
        allowed: the share that is promised at most.
        until: now.
        unknown: which may or may not have: not there where it would be refuted, exceeding where it would be confirmed.
        strict: whether less than `allowed` is promised.
    """
    seen = slice(0, int(np.searchsorted(t, until)))
    open_ = np.zeros(len(t), dtype=bool) if unknown is None else unknown
    t, hit, open_ = t[seen], hit[seen], open_[seen]
    told = ~open_
    registered = looks.registered(begin, until)
    p_above, known_worst = _at_looks(begin, t[told], hit[told], allowed, registered)
    worst = known_worst
    if open_.any():
        worst = np.maximum(worst, _at_looks(begin, t, hit | open_, allowed, registered)[1])
    asked = np.searchsorted(t, registered.at)
    shares = np.append(0, np.cumsum(open_))[asked] / np.maximum(asked, 1)
    day = (t[told] - begin) // DAY
    bet = Bet(*_capital(begin, day, hit[told], allowed, until))
    return Exceeding(
        rule(registered, AtLooks(p_above, worst, known_worst, shares), bet, allowed, strict=strict),
        n=len(day),
        exceeding=int(hit[told].sum()),
        days=len(np.unique(day)),
        unknown=float(np.mean(open_)) if len(open_) else 0.0,
    )


def _at_looks(begin: int, t: Ints, hit: Flags, allowed: float, registered: Looks) -> tuple[Floats, Floats]:
    """p-value of "not more than allowed" and upper bound, at each look."""
    day, counts = (t - begin) // DAY, np.searchsorted(t, registered.at)
    each = [_look(hit[:n], day[:n], allowed, alpha) for n, alpha in zip(counts, registered.alpha.tolist(), strict=True)]
    p_above, worst = (np.array([one[i] for one in each], dtype=np.float64) for i in range(2))
    return p_above, worst


def _look(hit: Flags, day: Ints, allowed: float, alpha: float) -> tuple[float, float]:
    """p-value of "not more than allowed" and upper bound at one look, each one-sided; nothing below 14 days."""
    days = len(np.unique(day))
    if days < FEWEST_DAYS:
        return 1.0, 1.0
    n, k = _independent(hit, day, days, alpha)
    p_above = distributions.beta_cdf(allowed, k, n - k + 1) if k else 1.0
    n, k = _independent(*_with_the_worst_day_again(hit, day), days + 1, alpha)
    return p_above, distributions.beta_isf(alpha, k + 1, n - k) if k < n else 1.0


def _independent(hit: Flags, day: Ints, days: int, alpha: float) -> tuple[float, float]:
    """As how many independent requests these count at a one-sided alpha, and how many of them exceed."""
    n = effective(len(hit), design_effect(hit, day), days, 2 * alpha)
    return n, float(np.mean(hit)) * n


def _with_the_worst_day_again(hit: Flags, day: Ints) -> tuple[Flags, Ints]:
    """The requests, and those of the day with the most that exceed once more, as a day of its own.

    Where a few bad days make most of the exceeding, their number is as uncertain as that of outages, and the plain
    interval confirms too often (docs/coverage.md): one more such day must not change the verdict.
    """
    worst = day == np.argmax(np.bincount(day, weights=hit))
    return np.append(hit, hit[worst]), np.append(day, np.full(int(worst.sum()), day[-1] + 1))


def _capital(begin: int, day: Ints, hit: Flags, allowed: float, until: int) -> tuple[Floats, Ints]:
    """The e-process after each day that is over and has requests, and when it was over."""
    days = max(until - begin, 0) // DAY
    inside = day < days
    sizes = np.bincount(day[inside], minlength=days)
    hits = np.bincount(day[inside], hit[inside].astype(np.float64), minlength=days)
    told = np.flatnonzero(sizes)
    return betting.e_process(hits[told] / sizes[told], allowed), begin + (told + 1) * DAY
