"""The nouns of a judgement: what `upheld judge --json` prints and what the pages are drawn from.

Field names are the contract's JSON keys. `None` always means "not known" or "the sample cannot say", never 0.
Shares are 0 to 1, `_ms` milliseconds, `_s` seconds, money USD. `to_json` is the only serialiser.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from monitor.judge.verdicts import (
    Change,
    ClaimVerdict,
    Comparison,
    ErrorBudget,
    Estimate,
    Pair,
    Recommendation,
    SlaResult,
    Tiers,
    WorstWindow,
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """good / of, with interval. `value` None when nothing counts (`of` is 0)."""

    good: int
    of: int
    value: float | None
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class TimeAvailability:
    """Seconds in each state of a window, and what follows.

    value = up / (up + down); worst and best put the unknown time on either side;
    coverage = (up + down) / (window - excluded).
    """

    up_s: float
    down_s: float
    unknown_s: float
    excluded_s: float
    value: float | None
    worst: float | None
    best: float | None
    coverage: float | None
    low: float | None  # 95 % interval of what happened in this window (statistics 1.5)
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Availability:
    """Three availabilities side by side: they differ, and the difference is the finding."""

    user: Ratio
    http: Ratio
    time: TimeAvailability
    throttled_below_limit: Ratio  # 429 while we were below the advertised limit: the provider's fault
    process: Estimate | None = None  # what kind of provider this is (statistics 1.6), beside what happened (`time`)
    windows: tuple[WorstWindow, ...] = ()  # worst 1 h, 6 h, 1 d, 7 d, 30 d
    budget: ErrorBudget | None = None


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Exact inverse-ECDF quantiles in ms.

    None where the sample cannot bound the quantile from above, or where it lies among the failures (infinity).
    """

    p50: Estimate | None
    p95: Estimate | None
    p99: Estimate | None


@dataclass(frozen=True, slots=True)
class Phase:
    """Time in one phase, ms, over successes. `share` of all their time, sent to last byte; None where that is all."""

    n: int
    p50: float | None
    p95: float | None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Planned start to last byte, ms, of one size. `time_to_image` puts failures at infinity."""

    n: int
    failed: int
    p50: Estimate | None
    p95: Estimate | None
    p99: Estimate | None
    mean: float | None  # shown beside published means, never judged
    time_to_image: Quantiles
    ecdf: tuple[tuple[float, float], ...] = ()  # (ms, share of all requests), thinned to <= 200 points, for charts
    cold: Quantiles | None = None  # successes on a new connection (DNS, TCP, TLS); None: there was none
    warm: Quantiles | None = None  # on a kept one
    cold_extra: Estimate | None = None  # what a new connection costs, ms (Hodges-Lehmann)
    by_hour: Mapping[str, Phase] = field(default_factory=dict)  # "00".."23" UTC


@dataclass(frozen=True, slots=True)
class Phases:
    """network (dns + connect + tls + upload), processing (wait for the first byte), return (download)."""

    network: Phase
    processing: Phase
    return_: Phase


@dataclass(frozen=True, slots=True)
class Errors:
    """Shares of sent rows. client: 4xx without 429; server: 5xx."""

    client: float | None
    server: float | None
    rate_limited: float | None
    of: int


@dataclass(frozen=True, slots=True)
class Span:
    """A bound pair that holds for certain (not a confidence interval); `high` None: unbounded."""

    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Throttling:
    """Answers of a burst that slow down along it although nothing is refused: a limit that says nothing."""

    slope_ms: Estimate  # by which each request of the burst took longer than the one before it
    slower_ms: float  # the last than the first, at that slope
    offered_rpm: float | None  # None: all at once
    served_rpm: float | None  # answers per minute, from the first to the last


@dataclass(frozen=True, slots=True)
class NotRefuted:
    """How far a provider without a limit was tried: "unlimited" is never confirmed, only not refuted up to here."""

    rpm: float | None  # None: all at once
    in_flight: int
    minutes: float


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What was accepted against what was advertised. Where no limit was met, `sustained_rpm.high` is None."""

    advertised_rpm: float | None
    sustained_rpm: Span | None  # accepted requests per minute
    burst: Span | None  # accepted at once
    kind: str | None
    achieved_share: float | None  # sustained_rpm / advertised_rpm, from the middle of its bounds
    headroom: float | None
    retry_after_honest: bool | None
    recovery_s: Span | None
    offered_rpm: float | None  # the highest rate that we tried
    accepted: int
    rejected: int
    method: str = ""  # how many runs, and how the bounds were come by
    window_s: Span | None = None  # of a fixed window or a sliding log
    concurrency: Span | None = None  # places, where requests in work are limited, be it beside a rate
    median_rpm: float | None = None  # of the runs that met a limit, each by the middle of its own bounds
    lowest_rpm: float | None = None
    retry_after: Ratio | None = None  # how often the first request after the told wait was let in
    stated_requests: float | None = None  # what its own headers name as the limit
    throttling: Throttling | None = None
    not_refuted: NotRefuted | None = None
    staircase: tuple[tuple[float, int, int], ...] = ()  # latest saturation run: (s, accepted, refused by then), <= 200
    says: tuple[str, ...] = ()  # what follows beyond the numbers, in sentences


@dataclass(frozen=True, slots=True)
class Cost:
    """What was paid for what could be used.

    `usd_per_usable` low puts unknown bills at 0, high at list price; with two days and more both are 95 % besides.
    """

    spent_usd: float
    usable: int
    usd_per_usable: Estimate | None
    unknown_bills: int
    list_usd: Mapping[str, float]  # configured price by size
    by_size: Mapping[str, Estimate]
    blocked_billed: int = 0
    failed_billed: int = 0
    saving: Estimate | None = None  # share saved per usable image against the official provider; of the main size
    monthly_usd: Mapping[str, Mapping[int, float]] = field(default_factory=dict)  # size -> images a month -> USD
    total_usd_per_usable: float | None = None  # with the user's own inputs (requirements 5); None: none configured
    saving_by_size: Mapping[str, Estimate] = field(default_factory=dict)
    monthly_from: Mapping[str, str] = field(default_factory=dict)  # size -> measured | listed: what the month rests on
    total_parts: Mapping[str, float] = field(default_factory=dict)  # what the total is the sum of, USD per usable image


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from the beginning of one outage, as bounds. `kind`: reach (a whole outage) or image.

    Until it was confirmed, until the first success, and until the median of three successes in a row was within 1.25
    of the usual one. None: not known; `high` None: not yet.
    """

    kind: str
    detect_s: Span | None
    first_success_s: Span | None
    normal_latency_s: Span | None


@dataclass(frozen=True, slots=True)
class RecoveryTimes:
    """Of `n` outages. `median`: where it lies; `interval`: 95 % for outages like these. Both None of fewer than ten."""

    n: int
    median: Span | None
    interval: Span | None


@dataclass(frozen=True, slots=True)
class Recoveries:
    """All outages of the window together."""

    detect_s: RecoveryTimes
    first_success_s: RecoveryTimes
    normal_latency_s: RecoveryTimes
    method: str


@dataclass(frozen=True, slots=True)
class ErrorHour:
    """Failures among the requests of one hour of a run that tell of the provider."""

    start: datetime
    failed: int
    of: int


@dataclass(frozen=True, slots=True)
class HourMedian:
    """Median latency, ms, of the `n` successes of one hour of a run."""

    start: datetime
    p50: float
    n: int


@dataclass(frozen=True, slots=True)
class EnduranceTrend:
    """The latest endurance run. verdict: drifts | no_drift_seen | too_little (less than five hours of eight images)."""

    since: datetime
    until: datetime
    planned: int
    sent: int
    not_sent: Mapping[str, int]  # by detail
    hours: int  # that have a median
    latency_ms_per_hour: Estimate | None
    latency_p: float | None
    drift_share: float | None  # change of latency from the first to the last hour / its median
    error_share: float | None
    error_p: float | None
    errors_by_hour: tuple[ErrorHour, ...]
    verdict: str
    method: str
    latency_by_hour: tuple[HourMedian, ...] = ()  # hours of eight successes and more: what the trend is of


@dataclass(frozen=True, slots=True)
class Incident:
    """One outage as intervals: it began after `start_earliest` and not later than `start_latest`, and so on.

    `end_latest` None: no success has been seen since. `down_s` is all of it; `unbroken_s` the longest stretch of it
    that was surely down without a break, since it may have been up while nobody looked.
    """

    start_earliest: datetime
    start_latest: datetime
    end_earliest: datetime | None
    end_latest: datetime | None
    down_s: Span
    failures: int
    seen_as: str  # e.g. "503 overloaded, 2 timeouts"
    open: bool
    recovery: Recovery | None = None
    unbroken_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day of the status bar, seconds in each state. All 0 but `unknown_s`: nothing was observed."""

    day: date
    up_s: float
    down_s: float
    degraded_s: float
    unknown_s: float
    excluded_s: float
    observed: bool  # false: no probe at all that day ("not observed", not "unknown")


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of one state: up | down | unknown | excluded."""

    state: str
    start: datetime
    end: datetime
    why: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderJudgement:
    """Everything said of one provider."""

    samples: int
    outcomes: Mapping[str, int]
    availability: Availability
    latency_ms: Mapping[str, Latency]  # by size; "reach" for providers that were only reached
    phases_ms: Phases
    errors: Errors
    rate_limit: RateLimit
    cost: Cost
    bands: Mapping[str, tuple[str, ...]]
    incidents: tuple[Incident, ...]
    sla: tuple[SlaResult, ...]
    claims: tuple[ClaimVerdict, ...]
    # beyond the contract's keys: what the pages draw
    model: str
    state: str  # serving | failing | unknown
    state_since: datetime | None
    last_seen: datetime | None
    first_seen: datetime | None
    days: tuple[Day, ...]  # 90 UTC days, today last
    unknown: tuple[Spell, ...]  # the longest unknown spells, with why
    sla_by_month: Mapping[str, tuple[SlaResult, ...]] = field(default_factory=dict)  # "2026-10" -> `sla` of that month
    by_hour: Mapping[str, Phase] = field(default_factory=dict)  # "00".."23" UTC -> latency of 1K successes
    recovery: Recoveries | None = None  # None: no outage in the window
    endurance: EnduranceTrend | None = None  # None: no endurance run in the window


@dataclass(frozen=True, slots=True)
class OwnError:
    """How wrong our own times were, as the runs found it: a stored duration is off by no more than its run's error.

    None: no run of the window measured itself.
    """

    runs: int
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    lag_p99_ms: float | None  # of the event loop, in the worst run
    control_max_ms: float | None  # the worst control request
    clock_steps: int  # how often the wall clock was set while a run was under way
    clock_step_ms: float  # the largest of them
    unmeasured: int = 0  # runs of which it is not known: killed, still under way, or no control request came back


@dataclass(frozen=True, slots=True)
class Spending:
    """USD spent on probes in this UTC day and month, as budgets count it, and the caps; None: none of its own."""

    today_usd: float
    month_usd: float
    cap_day_usd: float | None = None
    cap_month_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """How well we measured: the monitor's own account."""

    slots_planned: int
    slots_sent: int
    slots_not_sent: Mapping[str, int]  # by detail
    lateness_p99_ms: float | None
    spent_usd_today: float
    spent_usd_month: float
    time_compression: float | None  # simulated time: how much faster than real
    own_error: OwnError | None = None  # how wrong our times were, as the runs found it; None: not asked for
    spent: Spending | None = None  # all providers together; None: not asked for
    spending: Mapping[str, Spending] = field(default_factory=dict)  # by provider


@dataclass(frozen=True, slots=True)
class Judgement:
    """All of it. `simulated` is true when any row came from simulated providers."""

    as_of: datetime
    since: datetime
    until: datetime
    simulated: bool
    location: str
    timezone: str
    providers: Mapping[str, ProviderJudgement]
    comparison: tuple[Comparison, ...]
    instrument: Instrument
    tiers: tuple[Tiers, ...] = ()
    pairs: tuple[Pair, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    changes: tuple[Change, ...] = ()  # this window's last week against the one before


def to_json(value: Any) -> Any:  # noqa: ANN401 - any noun of this file, and what is inside of it
    """Plain JSON data: instants as ISO 8601 with Z, `return_` as `return`, mappings and tuples walked."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name.rstrip("_"): to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
