"""What an objective leaves for failures, how much of it is spent, and how fast it goes (docs/methods.md, 1).

Burn-rate alerts are made for many requests. A probe a minute gives few: at 99.9 % a single failure in an hour is a
burn rate above 14.4. So an alert also needs more failures than chance brings, and where probes are sparser than the
shortest window needs, burn rates are shown and the last three probes decide.
"""

from dataclasses import dataclass, replace

import numpy as np

from monitor.judge import distributions
from monitor.judge.columns import SECOND, Flags, Ints, Rows
from monitor.judge.facts import ProviderFacts
from monitor.judge.states import State, observed
from monitor.judge.timeline import Timeline
from monitor.judge.verdicts import Burn, ErrorBudget

HOUR, DAY = 3600, 86_400
PERIOD_S = 30 * DAY
CHANCE = 1e-4  # of an alert while the objective is just met, in one window
FEWEST = 2  # a single failure is never an alert
LAST = 3  # probes that are looked at where they are sparse
SPARSE_S = 150  # the shortest window, 5 min, holds fewer than two probes that are further apart than this


@dataclass(frozen=True, slots=True)
class Rule:
    """A long window, its short one (is it still going on?), and the rate that both have to exceed.

    The SRE workbook's table 5-8, with the line that Sloth adds for a day (statistics 1.7).
    """

    long_s: int
    short_s: int
    factor: float


RULES = (
    Rule(HOUR, 300, 14.4),
    Rule(6 * HOUR, 1800, 6.0),
    Rule(DAY, 2 * HOUR, 3.0),
    Rule(3 * DAY, 6 * HOUR, 1.0),
)
WINDOWS_S = (300, 1800, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY)


def objective(facts: ProviderFacts) -> float | None:
    """The strictest uptime that the provider promises, by a claim or by its agreement; None: it promises none."""
    claimed = [float(c.value) for c in facts.claims if c.metric == "uptime" and not isinstance(c.value, str)]
    return max([*claimed, *(a.target for a in facts.agreements if a.target is not None)], default=None)


def of(timeline: Timeline, rows: Rows, slo: float | None, end: int, period_s: int = PERIOD_S) -> ErrorBudget | None:
    """Budget of the `period_s` before `end` (microseconds), from a provider's whole timeline.

    Args:
        timeline: its time unknown is not spent; `spent_worst_s` counts it. What lies before the first row is neither.
        rows: all of the provider's; those of mode confirm are the second opinion where probes are sparse.
        slo: the objective as a share; without one there is no budget.
        end: now.
        period_s: what the objective is promised for.
    """
    if slo is None:
        return None
    seconds = timeline.clip(end - period_s * SECOND, end).seconds()
    down, unknown = seconds[State.DOWN], seconds[State.UNKNOWN]
    budget_s = budget(slo, period_s)
    burn = burns(timeline, rows, slo, end)
    return ErrorBudget(slo, float(period_s), budget_s, down, down + unknown, round(budget_s - down, 6), burn)


def budget(slo: float, period_s: float) -> float:
    """Seconds of downtime that an objective leaves; 43.2 min for 99.9 % in 30 days."""
    return round((1 - slo) * period_s, 6)


def rate(bad: float, of: float, slo: float) -> float | None:
    """How many times as fast as allowed the budget goes; None where nothing is known, or nothing is allowed."""
    return bad / of / (1 - slo) if of and slo < 1 else None


def detection_s(rule: Rule, slo: float) -> float:
    """Seconds for which all has to fail before the rate of the long window exceeds the factor: 0.864 min for 14.4."""
    return rule.factor * (1 - slo) * rule.long_s


def needed(probes: int, slo: float) -> int:
    """Fewest failures among so many probes that count as more than chance.

    The smallest k with P(Poisson(n (1 - SLO)) >= k) <= 1e-4, and never one alone.
    """
    expected = probes * (1 - slo)
    return max(distributions.poisson_isf(CHANCE, expected) + 1, FEWEST) if expected > 0 else FEWEST


def burns(timeline: Timeline, rows: Rows, slo: float, end: int) -> tuple[Burn, ...]:
    """The burn rate of each window before `end`, shortest first; where probes are sparse, the last three at the end."""
    times, failed = timeline.instants.told(timeline.begin, end)
    if not len(times):
        return ()
    by_length = {length: _burn(timeline, times, failed, slo, end, length) for length in WINDOWS_S}
    sparse = _spacing_s(times) > SPARSE_S
    for rule in RULES:
        long, short = by_length[rule.long_s], by_length[rule.short_s]
        alert = not sparse and _exceeds(long, rule) and _exceeds(short, rule)
        by_length[rule.long_s] = replace(long, alert=alert, factor=rule.factor)
    return (*by_length.values(), *((_of_last(times, failed, rows, end, slo),) if sparse else ()))


def _burn(timeline: Timeline, times: Ints, failed: Flags, slo: float, end: int, length_s: int) -> Burn:
    start = end - length_s * SECOND
    seconds = timeline.clip(start, end).seconds()
    down = seconds[State.DOWN]
    first = int(np.searchsorted(times, start))
    probes = len(times) - first
    known = down + seconds[State.UP] + seconds[State.DEGRADED]
    failures = int(failed[first:].sum())
    return Burn(float(length_s), rate(down, known, slo), failures, needed(probes, slo), alert=False, probes=probes)


def _exceeds(burn: Burn, rule: Rule) -> bool:
    return burn.rate is not None and burn.rate > rule.factor and burn.failures >= burn.needed


def _spacing_s(times: Ints) -> float:
    """The usual spacing of the last probes, seconds."""
    gaps = np.diff(times[-12:])
    return float(np.median(gaps)) / SECOND if len(gaps) else float("inf")


def _of_last(times: Ints, failed: Flags, rows: Rows, end: int, slo: float) -> Burn:
    """Two of the last three, unless a second opinion (probes of mode confirm) since the first of them succeeded."""
    times, failed = times[-LAST:], failed[-LAST:]
    failures = int(failed.sum())
    since = int(times[failed][0]) if failures else end
    confirm = rows.take(rows.mode.isin("confirm") & (rows.t >= since) & (rows.t < end))
    opinions = observed(confirm)[-LAST:]
    denied = bool(np.isin(opinions, (State.UP, State.DEGRADED)).any())
    return Burn(
        window_s=float(end - int(times[0])) / SECOND,
        rate=rate(failures, len(times), slo),
        failures=failures,
        needed=FEWEST,
        alert=failures >= FEWEST and not denied,
        probes=len(times),
    )
