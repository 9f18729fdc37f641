"""What a judgement may say of one provider beyond its averages: limits, budgets, agreements, recovery, endurance."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitor.judge.result import (
    EnduranceTrend,
    ErrorHour,
    HourMedian,
    Incident,
    ProviderJudgement,
    RateLimit,
    Ratio,
    Recoveries,
    Recovery,
    RecoveryTimes,
    Span,
    Spending,
    Throttling,
)
from monitor.judge.verdicts import Burn, ErrorBudget, Estimate, SlaResult, WorstWindow

HOUR, DAY = 3600.0, 86_400.0
PROCESS = Estimate(0.98486, 0.96142, 0.99491, 129_553, "Fay and Feuer on 9 outages, L 120 min, G 30 min")
WINDOWS = (
    WorstWindow(HOUR, 0.0, datetime(2026, 8, 30, 13, 7, tzinfo=UTC), 1.0, 0.0),
    WorstWindow(DAY, 0.56944, datetime(2026, 8, 30, 6, 0, tzinfo=UTC), 1.0, 0.56944),
    WorstWindow(30 * DAY, 0.9712, datetime(2026, 8, 30, 0, 0, tzinfo=UTC), 0.9998, 0.9701),
)
BUDGET = ErrorBudget(
    slo=0.995,
    period_s=30 * DAY,
    budget_s=12_960.0,
    spent_s=9_660.0,
    spent_worst_s=12_480.0,
    left_s=3_300.0,
    burn=(
        Burn(300.0, 200.0, 5, 2, alert=True, probes=5),
        Burn(HOUR, 63.3, 19, 3, alert=True, probes=60, factor=14.4),
        Burn(6 * HOUR, None, 0, 3, alert=False, probes=0, factor=6.0),
    ),
)
TERMS = {"title": "Cedar terms § 4: bad minutes", "unit": "slices of 1 min", "claim": "within 30 days"}


def clause(value: float, verdict: str, *, promised: bool = True, **changes: object) -> SlaResult:
    """One clause of Cedar's agreement."""
    found = SlaResult(
        "google_minutes",
        value,
        0.995,
        verdict,
        None,
        "3 runs of bad minutes",
        worst=value - 0.0001,
        bad_s=(1 - value) * 30 * DAY,
        clause=TERMS,
        promised=promised,
    )
    return replace(found, **changes)  # type: ignore[arg-type]  # the fields of a table of cases


BY_MONTH: Mapping[str, tuple[SlaResult, ...]] = {
    "2026-08": (clause(0.9712, "not_met", credit_percent=25, claim_by=date(2026, 9, 30)),),
    "2026-09": (clause(0.9841, "not_met", credit_percent=10, claim_by=date(2026, 10, 31)),),
    "2026-10": (
        clause(0.9893, "not_met", credit_percent=10, claim_by=date(2026, 11, 30)),
        clause(1.0, "undecided", promised=False, definition="aws_5min", clause={"title": "AWS: mean of 5-min slices"}),
    ),
    "2026-11": (clause(0.9967, "undecided", reason="so far, the month ends on 2026-11-30"),),
}
LIMIT = RateLimit(
    advertised_rpm=1000,
    sustained_rpm=Span(295, 305),
    burst=Span(58, 61),
    kind="token_bucket",
    achieved_share=0.3,
    headroom=0.65,
    retry_after_honest=False,
    recovery_s=Span(11, 13),
    offered_rpm=600,
    accepted=660,
    rejected=1450,
    method="2 of 3 load runs met 429s; what they agree on",
    median_rpm=300,
    lowest_rpm=296,
    retry_after=Ratio(3, 12, 0.25, 0.089, 0.533, "first request after the wait"),
    stated_requests=1000,
    throttling=Throttling(Estimate(38.0, 31.0, 44.0, 60, "Theil-Sen"), 2242.0, None, 410.0),
    staircase=tuple((s, min(60 + 5 * s, 5 * (s // 12) * 12 + 60), 5 * s) for s in range(0, 121, 4)),
    says=("Its headers name a limit of 1,000 requests; per minute, it lets through less: 295 to 305.",),
)
ENDURANCE = EnduranceTrend(
    since=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
    until=datetime(2026, 11, 20, 20, 0, tzinfo=UTC),
    planned=1440,
    sent=1432,
    not_sent={"late": 8},
    hours=12,
    latency_ms_per_hour=Estimate(210.4, 122.0, 301.5, 12, "Theil-Sen"),
    latency_p=0.0004,
    drift_share=0.18,
    error_share=0.021,
    error_p=0.31,
    errors_by_hour=(
        ErrorHour(datetime(2026, 11, 20, 8, 0, tzinfo=UTC), 2, 120),
        ErrorHour(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), 0, 119),
    ),
    latency_by_hour=tuple(
        HourMedian(datetime(2026, 11, 20, 8 + hour, 0, tzinfo=UTC), 12_300 + 205 * hour + 350 * (hour % 3 - 1), 118)
        for hour in range(12)
    ),
    verdict="drifts",
    method="medians of whole hours, Theil-Sen and Mann-Kendall at 2.5 % each",
)
RECOVERIES = Recoveries(
    detect_s=RecoveryTimes(12, Span(60, 120), Span(30, 400)),
    first_success_s=RecoveryTimes(9, None, None),
    normal_latency_s=RecoveryTimes(8, None, None),
    method="Turnbull over all outages of the window; the median from ten outages on",
)
SPENT = Spending(0.93, 12.30, 2.0, 40.0)


def recovered(incident: Incident) -> Incident:
    """The same outage with how it was noticed and ended; one that is open has no success yet."""
    low, high = incident.down_s.low, incident.down_s.high
    normal = None if high is None else Span(low, high + 900)
    return replace(incident, recovery=Recovery("reach", Span(40, 90), Span(low, high), normal))


def detailed(judged: ProviderJudgement) -> ProviderJudgement:
    """A provider of which everything is known that a judgement can say."""
    availability = replace(judged.availability, process=PROCESS, windows=WINDOWS, budget=BUDGET)
    cost = replace(
        judged.cost,
        failed_billed=161,
        saving_by_size={"1K": Estimate(0.581, 0.571, 0.59, 7702, "against the maker's list price")},
        total_parts={"images": 0.0561, "waiting": 0.012},
        total_usd_per_usable=0.0681,
    )
    return replace(
        judged,
        availability=availability,
        cost=cost,
        rate_limit=LIMIT,
        incidents=tuple(recovered(incident) for incident in judged.incidents),
        sla=(clause(0.9843, "not_met"), *judged.sla[1:]),
        sla_by_month=BY_MONTH,
        recovery=RECOVERIES,
        endurance=ENDURANCE,
        state_since=judged.state_since or datetime(2026, 11, 22, tzinfo=UTC) - timedelta(days=1),
    )
