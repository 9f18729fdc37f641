"""Percentiles as exceedance: "p95 at most 20 s" says that at most 5 % of the requests fail or take longer."""

import numpy as np

from monitor.judge import exceeding, looks
from monitor.judge import latency as measured
from monitor.judge.claims.case import (
    DAY,
    Case,
    Finding,
    allowed_share,
    chance,
    many,
    next_look,
    nothing,
    percent,
    rounded,
    with_cost,
)
from monitor.judge.columns import Flags, Ints, Rows
from monitor.judge.exceeding import FEWEST_DAYS, Exceeding
from monitor.judge.facts import Claim
from monitor.judge.ruling import CONFIRMED, REFUTED, VOID
from monitor.judge.states import telling
from monitor.judge.verdicts import Estimate


def p50(case: Case, claim: Claim) -> Finding:
    """At most half fail or take longer."""
    return _percentile(case, claim, 0.50)


def p95(case: Case, claim: Claim) -> Finding:
    """At most 5 % fail or take longer."""
    return _percentile(case, claim, 0.95)


def exceeds(rows: Rows, limit_ms: float, *, strict: bool = False) -> tuple[Ints, Flags, Flags]:
    """Times of the requests that count, which of them failed or took longer than the limit, and which may have.

    What we gave up before the limit may have come in time or not; what our network failed was never seen by anybody.
    """
    took = measured.took_ms(rows)
    failed = rows.counted & ~rows.good
    outlasted = rows.attribution.isin("client") & (rows.total_ms > limit_ms)
    unknown = failed & ~telling(rows) & ~outlasted
    asked = ~np.isnan(took) | failed
    slow = took >= limit_ms if strict else took > limit_ms
    return rows.t[asked], ((slow | failed) & ~unknown)[asked], unknown[asked]


def _percentile(case: Case, claim: Claim, q: float) -> Finding:
    limit_ms, rows = allowed_share(claim), case.images(claim.size)
    t, hit, unknown = exceeds(rows, limit_ms, strict=claim.op == "<")
    found = exceeding.decide(case.begin, t, hit, 1.0 - q, case.until, unknown=unknown)
    testable = (
        f"at most {percent(1 - q)} of {claim.size or 'all'} image requests fail or take longer than "
        f"{limit_ms / 1000:g} s; days as clusters, looks every 30 days ({found.ruling.looks} so far), and a bet on "
        "whole days that is always on"
    )
    if not found.n:
        return nothing(testable, "no image request of that kind tells anything yet", "image requests of that size")
    verdict = found.ruling.verdict
    return Finding(
        verdict,
        reason(found, f"failed or took longer than {limit_ms / 1000:g} s", 1.0 - q),
        testable,
        None if verdict in {CONFIRMED, REFUTED} else needs(case, found, 1.0 - q),
        _estimate(rows, q),
        found.ruling.looks,
        found.ruling.alpha,
        1.0 - found.unknown,
        found.ruling.p_refuted,
    )


def reason(found: Exceeding, what: str, allowed: float) -> str:
    """One sentence on a ruling over days."""
    seen = f"{many(found.exceeding, 'request')} of {found.n:,} ({rounded(found.exceeding / found.n)}) {what}"
    if found.ruling.verdict == REFUTED:
        return f"{seen}, where at most {percent(allowed)} may: refuted {chance(found.ruling)}"
    if found.ruling.verdict == CONFIRMED:
        return f"{seen}; at look {found.ruling.looks} that is surely at most the {percent(allowed)} that is promised"
    if found.ruling.verdict == VOID or found.unknown > allowed:
        return f"{seen}; but nothing is known of {rounded(found.unknown)} more, and {percent(allowed)} decide"
    if not found.ruling.looks:
        return f"{seen} on {many(found.days, 'day')}; there was no look yet, and the bet does not refute it"
    return f"{seen}; at look {found.ruling.looks} that leaves both sides of {percent(allowed)} open"


def needs(case: Case, found: Exceeding, allowed: float) -> str:
    """When it may be decided, and what that costs; more days where what was seen lies near what is allowed."""
    at = looks.next_after(case.begin, case.until)
    days = max(at - case.until, 0) / DAY
    share = found.exceeding / found.n
    if found.unknown > allowed:
        return "requests that tell: a deadline of ours beyond what is promised, and a network of ours that holds"
    if share >= allowed:
        return f"it does not look kept, and only much better days would confirm it; {next_look(case, at)}"
    return with_cost(case, days, f"{next_look(case, at)}, with {FEWEST_DAYS} days of requests or more")


def _estimate(rows: Rows, q: float) -> Estimate | None:
    """The percentile in ms, failures at infinity; None where it is not bounded, or lies among them."""
    to_image = measured.of(rows).time_to_image
    return to_image.p50 if q == 0.50 else to_image.p95
