"""Quantiles of durations that occurred, each with the interval that its sample allows (docs/methods.md, 3).

Days differ, so requests of many days are no independent sample: with 14 days and more the interval is that of
Woodruff with the design effect of Korn and Graubard, days as clusters. With fewer days nobody can tell how much they
differ; then requests are treated as independent, and the method says so.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from monitor.judge.columns import Flags, Floats, Ints
from monitor.judge.intervals import ALPHA, bounded_above, design_effect, effective, order_bounds, woodruff
from monitor.judge.survival import Curve, kaplan_meier
from monitor.judge.verdicts import Estimate

DAYS = 14  # fewer say too little of how days differ (simulated: statistics 3)
DAY = 86_400_000_000  # microseconds
SAMPLED = 64  # one value in so many
ORDER = "inverse ECDF; 95 % by order statistics (Hahn & Meeker), requests treated as independent"
_TOO_FEW = f"{ORDER}: {{days}}, and {DAYS} are needed to see how days differ"
_CLUSTERED = "inverse ECDF; 95 % by Woodruff, {days} as clusters (Korn & Graubard), design effect {effect:.1f}"
_CENSORED = "Kaplan-Meier, since deadlines differ; 95 % by Brookmeyer and Crowley, design effect {effect:.1f} ({days})"


@dataclass(frozen=True, slots=True)
class Times:
    """Durations in ms, sorted, infinite for never; `day` counts UTC days, `cut_off` is what we did not wait out."""

    ms: Floats
    day: Ints
    cut_off: Flags

    @property
    def days(self) -> int:
        """On how many days something was measured."""
        return int(np.count_nonzero(np.bincount(self.day - self.day.min()))) if len(self.day) else 0


def times(ms: Floats, t: Ints, cut_off: Flags | None = None) -> Times:
    """Durations with the moments (microseconds) that they were planned for."""
    order = np.argsort(ms, kind="stable")
    cut = np.zeros(len(ms), dtype=bool) if cut_off is None else cut_off
    return Times(ms[order], t[order] // DAY, cut[order])


def quantile(ordered: Floats, q: float, method: str = ORDER) -> Estimate | None:
    """Inverse-ECDF quantile of sorted, independent values; None where it cannot be bounded, or is infinite."""
    n = len(ordered)
    if not bounded_above(n, q):
        return None
    value = _at_rank(ordered, _rank(n, q))
    low, high = order_bounds(n, q)
    return None if value is None else Estimate(value, _at_rank(ordered, low), _at_rank(ordered, high), n, method)


def value_at(ordered: Floats, q: float) -> float | None:
    """The same without its interval, which takes longer than all else."""
    return _at_rank(ordered, _rank(len(ordered), q)) if bounded_above(len(ordered), q) else None


def largest(values: Floats, most: int, q: float) -> Floats:
    """Those of the values, in any order, among which the quantile of up to `most` can be that has these among it.

    Some more of them, if that is found sooner: what is above the quantile of a sample, if it is enough.
    """
    n = most - _rank(most, q) + 1
    if len(values) <= n:
        return values
    sample = np.sort(values[::SAMPLED])
    found = values[values >= sample[int(len(sample) * max(0.0, 1.0 - 1.1 * n / len(values)))]]
    return found if len(found) >= n else values


def of_largest(values: Floats, n: int, q: float) -> float | None:
    """As `value_at` of `n` values, of which these are what `largest` made of each part of them."""
    if not bounded_above(n, q):
        return None
    place = len(values) - (n - _rank(n, q) + 1)
    value = float(np.partition(values, place)[place])
    return value if math.isfinite(value) else None


def of_days(of: Times, q: float, also: str = "") -> Estimate | None:
    """The quantile of requests that come in days; `also` is added to the method."""
    if _deadlines_differ(of):
        return _of_curve(of, q, also)
    of = _never_done(of)
    if of.days < DAYS:
        said = _TOO_FEW.format(days=_plural(of.days)) if of.days > 1 else ORDER
        return quantile(of.ms, q, said + also)
    if not bounded_above(len(of.ms), q):
        return None
    value = _at_rank(of.ms, _rank(len(of.ms), q))
    return None if value is None else _by_days(of, q, value, also)


def _by_days(of: Times, q: float, value: float, also: str) -> Estimate:
    n, days = len(of.ms), of.days
    effect = design_effect(of.ms <= value, of.day)
    low, high = (
        None if share is None else _at_rank(of.ms, _rank(n, share)) for share in woodruff(effective(n, effect, days), q)
    )
    method = _CLUSTERED.format(days=_plural(days), effect=effect) + also
    return Estimate(value, low, high, n, method, design_effect=effect)


def _deadlines_differ(of: Times) -> bool:
    """Whether something was done later than we elsewhere cared to wait; else cut off is the same as slowest."""
    waited, done = of.ms[of.cut_off], of.ms[~of.cut_off & np.isfinite(of.ms)]
    return bool(len(waited) and len(done) and waited.min() < done.max())


def _never_done(of: Times) -> Times:
    """The same with what was cut off as never done: nothing that was done took longer than that was waited for."""
    return of if not of.cut_off.any() else times(np.where(of.cut_off, math.inf, of.ms), of.day * DAY)


def _of_curve(of: Times, q: float, also: str) -> Estimate | None:
    """From Kaplan and Meier's curve: from where so many may be done by then until where surely so many are.

    The bounds of the curve at each of its points (Clopper & Pearson of what it is worth there), inverted (Brookmeyer &
    Crowley 1982): where most were cut off early, few tell of later, and less and less the later it is.
    """
    curve, n, days = kaplan_meier(of.ms, of.cut_off), len(of.ms), of.days
    at = int(np.searchsorted(curve.done, q - 1e-12))
    worth = _worth(curve, of)
    if at == len(curve.t) or not bounded_above(float(worth[at]), q):
        return None
    value = float(curve.t[at])
    effect = design_effect((of.ms <= value) & ~of.cut_off, of.day) if days >= DAYS else 1.0
    if days >= DAYS:
        worth = worth * effective(1.0, effect, days)
    done, left = curve.done * worth, np.maximum((1.0 - curve.done) * worth, 0.0)
    may_be = (left <= 0) | (special.betaincc(done + 1, np.maximum(left, 1e-9), q) >= ALPHA / 2)
    surely = special.betainc(np.maximum(done, 1e-9), left + 1, q) <= ALPHA / 2
    low, high = _before_first(curve.t, may_be), _first(curve.t, surely)
    method = _CENSORED.format(days=_plural(days), effect=effect) + also
    return Estimate(value, low, high, n, method, design_effect=effect)


def _worth(curve: Curve, of: Times) -> Floats:
    """Uncensored requests that would know each point of the curve as well; at most all.

    By Greenwood's variance (Dorey & Korn 1987), and no more than those who were still waited for stand for (Cutler &
    Ederer 1958): where the last of them is done, the variance is 0, and one request is all that is known.
    """
    waited_for = len(of.ms) - np.searchsorted(of.ms, curve.t)
    before = 1.0 - np.append(0.0, curve.done[:-1])
    certain = curve.variance <= 0
    by_variance = curve.done * (1.0 - curve.done) / np.where(certain, 1.0, curve.variance)
    least: Floats = np.minimum(np.where(certain, np.inf, by_variance), waited_for / before)
    return np.minimum(least, len(of.ms))


def _first(t: Floats, which: Flags) -> float | None:
    found = np.flatnonzero(which)
    return float(t[found[0]]) if len(found) else None


def _before_first(t: Floats, which: Flags) -> float | None:
    """The point before: between two of them what was cut off may have been done, and by then it was not."""
    found = np.flatnonzero(which)
    return float(t[found[0] - 1]) if len(found) and found[0] else None


def curve_of(of: Times) -> Curve:
    """P(done by t) at every time at which something was done."""
    if _deadlines_differ(of):
        return kaplan_meier(of.ms, of.cut_off)
    done = of.ms[~of.cut_off & np.isfinite(of.ms)]
    shares = np.arange(1, len(done) + 1) / max(len(of.ms), 1)
    return Curve(done, shares, np.zeros(len(done)))


def _rank(n: int, q: float) -> int:
    """Rank from 1 of the inverse ECDF at `q`: the smallest k with k / n >= q, in spite of binary fractions."""
    return min(max(math.ceil(q * n - 1e-9), 1), n)


def _at_rank(ordered: Floats, rank: int | None) -> float | None:
    """The value of that rank, counted from 1; None without a rank, or where it is infinite."""
    value = math.inf if rank is None else float(ordered[rank - 1])
    return value if math.isfinite(value) else None


def _plural(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
