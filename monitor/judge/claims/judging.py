"""Every promise of a provider -> its verdict. A new metric is a function in a file of this folder, and a line here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from monitor.judge.claims import asked, failover, latency, money, rate, sizes, uptime
from monitor.judge.claims.case import Case, Finding
from monitor.judge.claims.words import title
from monitor.judge.compare import holm
from monitor.judge.facts import Claim, is_stale
from monitor.judge.ruling import NOT_TESTABLE
from monitor.judge.verdicts import ClaimVerdict

process = uptime.process  # `Availability.process`

METRICS: Mapping[str, Callable[[Case, Claim], Finding]] = {
    "uptime": uptime.uptime,
    "error_rate": uptime.error_rate,
    "p50_ms": latency.p50,
    "p95_ms": latency.p95,
    "same_latency_across_sizes": sizes.same_latency,
    "rpm": rate.rpm,
    "failover_s": failover.failover,
    "usd_per_image": money.usd_per_image,
    "billed_only_on_success": money.billed_only_on_success,
    "size_as_asked": asked.size_as_asked,
    "model_as_asked": asked.model_as_asked,
}


def judge(case: Case, today: date) -> tuple[ClaimVerdict, ...]:
    """Each promise in the order in which it was configured, then in that of the catalogue."""
    return _together([_verdict(case, claim, today) for claim in case.facts.claims])


def _verdict(case: Case, claim: Claim, today: date) -> ClaimVerdict:
    found = METRICS[claim.metric](case, claim) if case.begin < case.until else _unmeasured()
    return ClaimVerdict(
        metric=claim.metric,
        op=claim.op,
        value=claim.value,
        source=claim.source,
        seen_on=claim.seen_on,
        verdict=found.verdict,
        reason=found.reason,
        needs=found.needs,
        definition=claim.definition,
        size=claim.size,
        title=title(claim),
        testable=found.testable,
        estimate=found.estimate,
        looks=found.looks,
        alpha=found.alpha,
        coverage=found.coverage,
        stale=is_stale(claim.seen_on, today),
        text=claim.text,
        readings=found.readings,
        p_refuted=found.p_refuted,
    )


def _unmeasured() -> Finding:
    return Finding(NOT_TESTABLE, "nothing was measured yet", "", "measurements of this provider")


def _together(verdicts: Sequence[ClaimVerdict]) -> tuple[ClaimVerdict, ...]:
    """With p-values that hold for all promises of the provider together (Holm): "is any of them refuted"."""
    by_chance = [one for one in verdicts if one.p_refuted is not None]
    adjusted = iter(holm.adjusted([one.p_refuted or 0.0 for one in by_chance]))
    return tuple(one if one.p_refuted is None else replace(one, p_together=next(adjusted)) for one in verdicts)
