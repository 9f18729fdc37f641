"""A rate that is promised, or no limit at all: refuted by limits that are met again, and never confirmed."""

import numpy as np

from monitor.judge.claims.case import DAY, Case, Finding, allowed_share, dollars, many
from monitor.judge.facts import Claim
from monitor.judge.result import RateLimit
from monitor.judge.ruling import NOT_REFUTED, NOT_TESTABLE, REFUTED, UNDECIDED
from monitor.judge.verdicts import Estimate

AGAIN = 2  # occasions on which a limit has to be met before it is one
HELD_S = 20.0  # a rate that was held for less was not sustained


def rpm(case: Case, claim: Claim) -> Finding:
    """A number of requests a minute, or "unlimited"."""
    if isinstance(claim.value, str):
        return _unlimited(case)
    promised = allowed_share(claim)
    testable = (
        f"requests a minute that are accepted while more are offered, in {AGAIN} load runs or more; bounds that hold, "
        "not a fit; a limit that is not met is never confirmed"
    )
    limit, occasions = case.limit, _occasions(case)
    estimate = _estimate(limit)
    if estimate is None:
        return Finding(NOT_TESTABLE, "no burst or endurance probe has held a rate yet", testable, _run(case, promised))
    if estimate.high is not None and estimate.high < promised:
        met = f"at most {estimate.high:,.0f} a minute were accepted, {promised:,.0f} are promised"
        if occasions >= AGAIN:
            return Finding(
                REFUTED, f"{met}; refused with 429 on {many(occasions, 'occasion')}", testable, None, estimate
            )
        return Finding(UNDECIDED, f"{met}, on one occasion", testable, _run(case, promised), estimate)
    reached = estimate.high is None or estimate.low is None or estimate.low >= promised
    held = f"{estimate.low or 0.0:,.0f} a minute were accepted"
    why = f"{held}, and no limit below {promised:,.0f} was met" if reached else f"{held}, at most {estimate.high:,.0f}"
    needs = None if (estimate.low or 0.0) >= promised else _run(case, promised)
    return Finding(NOT_REFUTED, why, testable, needs, estimate)


def _unlimited(case: Case) -> Finding:
    """No limit: one that is met again refutes it; what was never refused is not refuted up to what was offered."""
    testable = f"refuted by a 429 on {AGAIN} occasions or more, whatever the rate; else not refuted up to a rate"
    occasions, estimate = _occasions(case), _estimate(case.limit)
    if occasions >= AGAIN:
        bound = "" if estimate is None else f", where at least {estimate.low:,.0f} a minute were accepted"
        return Finding(REFUTED, f"refused with 429 on {many(occasions, 'occasion')}{bound}", testable, None, estimate)
    if occasions:
        return Finding(
            UNDECIDED, "refused with 429 on one occasion; a second has to repeat it", testable, _again(case), estimate
        )
    if estimate is None:
        return Finding(NOT_TESTABLE, "no burst or endurance probe has held a rate yet", testable, _again(case))
    held = f"{estimate.low:,.0f} requests a minute were accepted without a 429"
    return Finding(NOT_REFUTED, f"not refuted up to that: {held}", testable, _again(case), estimate)


def _occasions(case: Case) -> int:
    """Load runs, and days of scheduled requests below the limit, on which the provider answered 429."""
    refused = case.rows.outcome.isin("rate_limited")
    runs = case.rows.run.codes[refused & case.rows.loading]
    days = case.rows.t[refused & case.rows.scheduled & case.rows.attribution.isin("provider")] // DAY
    return len(np.unique(runs)) + len(np.unique(days))


def _estimate(limit: RateLimit) -> Estimate | None:
    """The accepted rate; without a limit that was met, the highest one held, open above."""
    span = limit.sustained_rpm
    if span is None:
        return None
    value = span.low if span.high is None else (span.low + span.high) / 2
    return Estimate(value, span.low, span.high, limit.accepted, limit.method)


def _run(case: Case, promised: float) -> str:
    """A run at the promised rate, for as long as makes it sustained."""
    count = int(np.ceil(promised * HELD_S / 60.0)) + 1
    return f"a load run of {count:,} images at {promised:,.0f} a minute{_usd(case, count)}"


def _again(case: Case) -> str:
    offered = case.limit.offered_rpm
    if offered is None:
        return "a burst or endurance run"
    count = int(np.ceil(offered * HELD_S / 60.0)) + 1
    return f"a run of {count:,} images at more than {offered:,.0f} a minute{_usd(case, count)}"


def _usd(case: Case, count: int) -> str:
    price = min(case.facts.usd_per_image.values(), default=None)
    return "" if price is None else f", {dollars(price * count)} at the list price"
