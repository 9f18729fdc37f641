"""The nouns of what the numbers allow one to say: claims, comparisons, recommendations, changes, budgets.

They stand beside the measured numbers of `result.py` and follow its rules: `None` means "not known", shares are
0 to 1, `_ms` milliseconds, `_s` seconds, money USD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; `low`/`high` None where the sample cannot bound that side."""

    value: float
    low: float | None
    high: float | None
    n: int
    method: str
    design_effect: float | None = None  # how much more uncertain than independent requests; None: not estimated


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a promise that does not say which way it means, and what it gives."""

    definition: str
    value: float | None
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """One published claim and what the numbers allow to say of it.

    verdict: confirmed | refuted | undecided | not_testable | not_refuted_up_to | void.
    """

    metric: str
    op: str
    value: float | str | bool
    source: str | None
    seen_on: date | None
    verdict: str
    reason: str
    needs: str | None  # what would decide it: days without an outage, images, USD
    definition: str | None = None
    size: str | None = None
    title: str = ""  # the promise as people say it: "99.9 % uptime"
    testable: str = ""  # how it was made testable, with the assumptions (L, G, alpha)
    estimate: Estimate | None = None  # in the unit of `value`
    looks: int | None = None  # registered looks so far
    alpha: float | None = None  # error allowed at this look
    coverage: float | None = None
    stale: bool = False  # read more than 90 days ago
    text: str | None = None  # the provider's own words
    readings: tuple[Reading, ...] = ()  # a bare "99.9 %" under every definition
    p_refuted: float | None = None  # valid at any time; refuted at 5 % or less. None: no matter of chance
    p_together: float | None = None  # the same for all promises of the provider together (Holm)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two providers on the same blocks: `ratio` is time of a / time of b. different | no_difference | not_judged."""

    a: str
    b: str
    size: str
    ratio: Estimate | None
    verdict: str
    blocks: int = 0
    days: int = 0
    p_value: float | None = None  # Wilcoxon over days or blocks, Holm-adjusted over all that is shown
    cliffs_delta: float | None = None  # P(a takes longer) - P(b takes longer), failures as infinitely slow
    reason: str = ""
    a_only: int = 0  # blocks in which a delivered and b failed
    b_only: int = 0
    neither: int = 0


@dataclass(frozen=True, slots=True)
class Tiers:
    """Groups that cannot be told apart, best first; empty with the `reason` where no ranking is allowed."""

    metric: str  # time_to_image | uptime | usd_per_usable
    size: str | None
    groups: tuple[tuple[str, ...], ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Primary and backup on the same blocks: a block is served when either delivered."""

    primary: str
    backup: str
    blocks: int
    primary_good: int
    backup_good: int
    either_good: int
    value: float | None
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Whom to sign for one priority; `primary` None with the reason where the numbers do not say."""

    priority: str  # lowest_cost | reliability | balanced | compliance | regional | volume_small, _medium, _large
    primary: str | None
    backup: str | None
    reason: str
    evidence: tuple[str, ...] = ()
    would_change: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One number of one provider, this week against the one before: changed | no_change_seen | not_judged."""

    provider: str
    metric: str
    size: str | None
    before: float | None
    after: float | None
    ratio: Estimate | None  # after / before, what happened to all providers alike taken out; latency and cost
    verdict: str
    reason: str
    difference: Estimate | None = None  # after - before, likewise; shares
    p_value: float | None = None  # Welch with autocorrelation, Holm-adjusted over all changes shown


@dataclass(frozen=True, slots=True)
class WorstWindow:
    """The worst stretch of one length in the window (Hauer et al., windowed uptime)."""

    length_s: float
    value: float | None  # None: no stretch of this length is known well enough
    start: datetime | None
    known: float | None = None  # share of that stretch of which something is known
    worst: float | None = None  # the lowest of any stretch, with its unknown time as down


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast the error budget goes: 1 uses it up exactly at the end of the period."""

    window_s: float
    rate: float | None
    failures: int
    needed: int  # fewest failures that count as more than chance
    alert: bool
    probes: int = 0  # those in the window that tell of the provider
    factor: float | None = None  # the rate above which it is an alert; None: not by itself


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """What an SLO leaves for failures in its period (statistics 1.7)."""

    slo: float
    period_s: float
    budget_s: float
    spent_s: float
    spent_worst_s: float  # with all unknown time as down
    left_s: float
    burn: tuple[Burn, ...] = ()


@dataclass(frozen=True, slots=True)
class SlaResult:
    """One SLA clause over one window. verdict: met | not_met | undecided."""

    definition: str
    value: float | None
    target: float | None
    verdict: str
    credit_percent: float | None
    reason: str | None = None
    worst: float | None = None  # if all that we did not see was bad
    best: float | None = None  # if all that we did not see was good
    bad_s: float | None = None  # downtime by the clause
    claim_by: date | None = None  # last day on which a credit can be claimed
    clause: Mapping[str, str] = field(default_factory=dict)  # its parameters in words
    promised: bool = False  # the provider owes this target, by its agreement or a claim; else it is the usual one
