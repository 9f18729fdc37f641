"""Week against week: did a number of one provider change, beside those of the others? (docs/methods.md, 9).

Daily values, less the same day's median of all other providers, so that our own network drops out; Welch's test with
fewer days where days resemble those before them, n' = n (1 - phi) / (1 + phi). A change must also be large, be seen
without the others too, and have lasted for the last three days.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.judge import distributions
from monitor.judge.columns import Floats
from monitor.judge.compare import holm
from monitor.judge.compare.daily import DAYS, Series
from monitor.judge.intervals import ALPHA
from monitor.judge.verdicts import Change, Estimate

WEEK = DAYS // 2
FEWEST = 5  # days of either week
LASTING = 3  # days
MOST_PHI = 0.8
LEAST = {"latency": math.log(1.1), "cost": math.log(1.01), "uptime": 0.005, "errors": 0.005}
_METHOD = "Welch on daily values, n' = n (1 - phi) / (1 + phi), what moved all other providers taken out"
_LEAST_SAID = {"latency": "10 %", "cost": "1 %", "uptime": "0.5 points", "errors": "0.5 points"}


@dataclass(frozen=True, slots=True)
class Step:
    """The difference of two weeks, after less before, with its standard error and the degrees of freedom."""

    value: float
    error: float
    freedom: float
    days: int

    @property
    def p_value(self) -> float:
        """Two-sided; without any variation a difference is certain."""
        if self.error <= 1e-9:
            return 0.0 if abs(self.value) > 1e-9 else 1.0
        return 2 * distributions.t_sf(abs(self.value) / self.error, self.freedom)

    @property
    def half(self) -> float:
        """Half of the 95 % interval."""
        return distributions.t_isf(ALPHA / 2, self.freedom) * self.error if self.error > 1e-9 else 0.0


def changes(found: Sequence[Series]) -> tuple[Change, ...]:
    """One for each series that has any day in either week."""
    told = [of for of in found if not np.isnan(of.values[:WEEK]).all() and not np.isnan(of.values[WEEK:]).all()]
    relative = [series.values - _others(series, told) for series in told]
    steps = [_step(values) for values in relative]
    p_values = iter(holm.adjusted([step.p_value for step in steps if step is not None]))
    return tuple(
        _change(series, values, step, None if step is None else next(p_values))
        for series, values, step in zip(told, relative, steps, strict=True)
    )


def _others(series: Series, found: Sequence[Series]) -> Floats:
    """The same day's median of the other providers; 0 where there is none, and for money, which no network moves."""
    peers = [
        other.values
        for other in found
        if (other.metric, other.size) == (series.metric, series.size) and other.provider != series.provider
    ]
    if not peers or series.metric == "cost":
        return np.zeros(DAYS)
    table = np.array(peers)
    table = table - np.nanmean(table, axis=1, keepdims=True)  # only how they move, not how slow they are
    known = ~np.isnan(table).all(axis=0)
    moved = np.zeros(DAYS)
    moved[known] = np.nanmedian(table[:, known], axis=0)
    return moved


def _step(values: Floats) -> Step | None:
    """None with fewer than 5 days in either week."""
    before, after = (week[~np.isnan(week)] for week in (values[:WEEK], values[WEEK:]))
    if min(len(before), len(after)) < FEWEST:
        return None
    shrink = (1 - (phi := _phi(before, after))) / (1 + phi)
    n_before, n_after = (max(2.0, len(week) * shrink) for week in (before, after))
    share_before, share_after = float(np.var(before, ddof=1)) / n_before, float(np.var(after, ddof=1)) / n_after
    whole = share_before + share_after
    freedom = whole**2 / (share_before**2 / (n_before - 1) + share_after**2 / (n_after - 1)) if whole > 0 else math.inf
    step = float(np.mean(after) - np.mean(before))
    return Step(step, math.sqrt(whole), freedom, len(before) + len(after))


def _phi(before: Floats, after: Floats) -> float:
    """Autocorrelation at one day of what is left of each week without its mean, corrected for the short series.

    Taking away a mean of n days lowers it by about (1 + 3 phi) / n (Marriott & Pope 1954; Kendall 1954).
    """
    parts = [week - np.mean(week) for week in (before, after)]
    whole = sum(float(np.sum(part**2)) for part in parts)
    if whole <= 0:
        return 0.0
    lagged = sum(float(np.sum(part[1:] * part[:-1])) for part in parts) / whole
    n = (len(before) + len(after)) / 2
    return min(MOST_PHI, max(0.0, (lagged * n + 1) / (n - 3)))


# --- verdicts -------------------------------------------------------------------------------------------------


def _change(series: Series, relative: Floats, step: Step | None, p_value: float | None) -> Change:
    before, after = (_mean(week, is_log=series.is_log) for week in (series.values[:WEEK], series.values[WEEK:]))
    verdict, reason = "not_judged", f"fewer than {FEWEST} days with enough requests in one of the two weeks"
    if step is not None and p_value is not None:
        against = next(_against(series, relative, step, p_value), None)
        verdict = "changed" if against is None else "no_change_seen"
        reason = against or f"larger than {_LEAST_SAID[series.metric]}, beyond chance, and on each of the last 3 days"
    estimate = None if step is None else _estimate(step, is_log=series.is_log)
    return Change(
        provider=series.provider,
        metric=series.metric,
        size=series.size,
        before=before,
        after=after,
        ratio=estimate if series.is_log else None,
        verdict=verdict,
        reason=reason,
        difference=None if series.is_log else estimate,
        p_value=p_value,
    )


def _mean(week: Floats, *, is_log: bool) -> float | None:
    known = week[~np.isnan(week)]
    if not len(known):
        return None
    return math.exp(float(np.mean(known))) if is_log else float(np.mean(known))


def _estimate(step: Step, *, is_log: bool) -> Estimate:
    value, low, high = step.value, step.value - step.half, step.value + step.half
    if is_log:
        value, low, high = math.exp(value), math.exp(low), math.exp(high)
    return Estimate(value, low, high, step.days, _METHOD)


def _against(series: Series, relative: Floats, step: Step, p_value: float) -> Iterator[str]:
    """What speaks against a change."""
    if p_value >= ALPHA:
        yield "no more than chance, with all changes shown taken into account"
    if abs(step.value) < LEAST[series.metric] - 1e-12:
        yield f"less than {_LEAST_SAID[series.metric]}"
    raw = float(np.nanmean(series.values[WEEK:]) - np.nanmean(series.values[:WEEK]))
    if raw * step.value <= 0 or abs(raw) < LEAST[series.metric] - 1e-12:
        yield "not seen without the others: they changed, or our network"
    last = relative[~np.isnan(relative)][-LASTING:] - float(np.nanmean(relative[:WEEK]))
    if not np.all(last * step.value > 0):
        yield f"did not last: not on each of the last {LASTING} days"
