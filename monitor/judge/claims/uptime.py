"""Uptime and error rate: a share that fails in outages, under the definition that the promise names, or under all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from monitor.duration import spelled
from monitor.judge import downtime, looks, record
from monitor.judge.claims.case import (
    Case,
    Finding,
    allowed_share,
    chance,
    day_of,
    days,
    many,
    next_look,
    nothing,
    percent,
    rounded,
    with_cost,
)
from monitor.judge.clauses.measure import counted_requests, per_slice
from monitor.judge.downtime import Downtime
from monitor.judge.facts import Claim
from monitor.judge.policy import Policy
from monitor.judge.record import Record
from monitor.judge.ruling import CONFIRMED, REFUTED, UNDECIDED, VOID
from monitor.judge.states import telling
from monitor.judge.verdicts import Estimate, Reading

LEAST_COVERAGE = 0.5  # of time or requests: with less, what was not seen says more than what was


def uptime(case: Case, claim: Claim) -> Finding:
    """By the definition that was promised; where none was, a verdict only if all definitions agree."""
    if claim.definition is not None:
        return _under(case, claim, claim.definition)
    findings = {name: _under(case, claim, name) for name in DEFINITIONS}
    return _bare(findings)


def error_rate(case: Case, claim: Claim) -> Finding:
    """The share of image requests that the provider's servers failed."""
    images = case.images()
    told, what = telling(images), "share of image requests answered with 5xx"
    failed = images.answered_5xx & told
    if not told.any():
        return nothing(what, "no image request tells anything yet", "image requests")
    record_ = record.of_requests(case.begin, images.t, told & ~failed, failed)
    return _found(case, record_, allowed_share(claim), claim, what, up=False)


def _under(case: Case, claim: Claim, definition: str) -> Finding:
    allowed = 1.0 - allowed_share(claim)
    what, made = DEFINITIONS.get(definition, (f"uptime by {definition}", _by_clause(definition)))
    made_of = made(case)
    if made_of is None:
        return nothing(what, "no request of ours tells anything under this definition", "requests that do")
    return _found(case, made_of, allowed, claim, what, up=True)


# --- definitions ----------------------------------------------------------------------------------------------


def _time(case: Case) -> Record | None:
    if not len(case.line.states) or not len(case.line.rows):
        return None
    return record.of_time(case.begin, case.line, case.facts.policy.block_s)


def _requests(case: Case) -> Record | None:
    """Scheduled image requests; those that say nothing of the provider for reasons of our own are unknown."""
    images = case.images()
    ours = images.attribution.isin("monitor") | images.outcome.isin("not_sent")
    images = images.take(images.counted | ours)
    told = telling(images)
    return record.of_requests(case.begin, images.t, told & images.good, told & ~images.good) if len(images) else None


def _by_clause(name: str) -> Callable[[Case], Record | None]:
    """Slices or requests of a clause; None where the provider has none of that name, or no request that it counts."""

    def made(case: Case) -> Record | None:
        terms = next((one for one in case.terms if one.clause.name == name), None)
        if terms is None or terms.clause.unit == "time" or not terms.requests.valid.any():
            return None
        if terms.clause.unit == "request":
            counted = counted_requests(terms.clause, terms.requests, case.window)
            failed = counted.valid & counted.error
            return record.of_requests(case.begin, counted.t, counted.valid & ~failed, failed)
        return record.of_slices(case.begin, per_slice(terms.clause, terms.requests, case.window))

    return made


DEFINITIONS: Mapping[str, tuple[str, Callable[[Case], Record | None]]] = {
    "time": ("share of time up", _time),
    "requests": ("share of scheduled image requests that gave a usable image", _requests),
    "google_minutes": ("share of minutes not in runs of 5 with more than 5 % 5xx", _by_clause("google_minutes")),
    "aws_5min": ("mean success rate of 5-minute intervals", _by_clause("aws_5min")),
}


def _bare(findings: Mapping[str, Finding]) -> Finding:
    """All definitions side by side; what they do not agree on is not decided."""
    readings = tuple(
        Reading(name, one.estimate.value if one.estimate else None, one.verdict, one.reason)
        for name, one in findings.items()
    )
    first = next(iter(findings.values()))
    verdicts = {one.verdict for one in findings.values()}
    testable = f"{first.testable}; and in the same way by {', '.join(list(findings)[1:])}"
    together = replace(first, readings=readings, testable=testable, p_refuted=_least_certain(findings.values()))
    if len(verdicts) == 1:
        return replace(together, reason=f"under every definition; by time: {first.reason}")
    said = ", ".join(f"{one.verdict.replace('_', ' ')} by {name}" for name, one in findings.items())
    ambiguous = {CONFIRMED, REFUTED} <= verdicts
    needs = "the definition that the provider means" + ("" if ambiguous or not first.needs else f"; {first.needs}")
    open_ = "and it matters" if ambiguous else "and not every definition decides it"
    return replace(
        together,
        verdict=VOID if ambiguous else UNDECIDED,
        reason=f"the promise does not say what counts, {open_}: {said}",
        needs=needs,
    )


def _least_certain(findings: Iterable[Finding]) -> float:
    """That it is refuted under every definition is no surer than under the one that refutes it least."""
    return max(1.0 if one.p_refuted is None else one.p_refuted for one in findings)


# --- one definition -------------------------------------------------------------------------------------------


def _found(case: Case, made: Record, allowed: float, claim: Claim, what: str, *, up: bool) -> Finding:
    strict = claim.op in {">", "<"}
    policy = case.facts.policy
    down = downtime.decide(made, allowed, case.until, strict=strict, policy=policy)
    shown = downtime.estimate(made, case.until, policy)
    if shown is not None and not up:
        shown = _turned(shown)
    coverage = None if down.unknown is None else 1.0 - down.unknown
    verdict = _verdict(down, allowed, coverage)
    return Finding(
        verdict,
        _reason(case, down, verdict, allowed, coverage),
        _testable(what, down, policy),
        _needs(case, down, verdict, allowed),
        shown,
        down.ruling.looks,
        down.ruling.alpha,
        coverage,
        down.ruling.p_refuted,
    )


def _turned(up: Estimate) -> Estimate:
    low, high = (None if end is None else 1.0 - end for end in (up.high, up.low))
    return Estimate(1.0 - up.value, low, high, up.n, up.method)


def _verdict(down: Downtime, allowed: float, coverage: float | None) -> str:
    if allowed <= 0 and down.outages:
        return REFUTED
    if down.ruling.verdict in {UNDECIDED, VOID} and coverage is not None and coverage < LEAST_COVERAGE:
        return VOID
    return down.ruling.verdict


def _testable(what: str, down: Downtime, policy: Policy) -> str:
    alpha = "" if down.ruling.alpha is None else f", error {rounded(down.ruling.alpha)} on each side"
    return (
        f"{what}, in the long run; failures less than {spelled(policy.merge_gap_s)} apart are one outage, and one "
        f"of {spelled(down.unseen_s)} may exist that was not seen; looks every 30 days ({down.ruling.looks} so far"
        f"{alpha}), and a bet on blocks of {policy.block_s / 3600:g} h that is always on"
    )


def _reason(case: Case, down: Downtime, verdict: str, allowed: float, coverage: float | None) -> str:
    seen = (
        f"{rounded(down.value or 0.0)} failed in {many(down.outages, 'outage')}" if down.outages else "no outage seen"
    )
    ruling = down.ruling
    if verdict == REFUTED and allowed <= 0:
        return f"{seen}, and none is promised"
    if verdict == REFUTED:
        return f"{seen}, where at most {percent(allowed)} is promised: refuted {chance(ruling)}"
    if verdict == CONFIRMED:
        return f"{seen}; at look {ruling.looks} at most {percent(allowed)} fails in the long run, as promised"
    if coverage is not None and (verdict == VOID or 1.0 - coverage > allowed):
        return f"{seen}; but nothing is known of {rounded(1.0 - coverage)}, and {percent(allowed)} decide"
    if not ruling.looks:
        return f"{seen} since {day_of(case.begin)}; there was no look yet, and the bet does not refute it"
    return f"{seen}; at look {ruling.looks} what fails in the long run may be more or less than {percent(allowed)}"


def _needs(case: Case, down: Downtime, verdict: str, allowed: float) -> str | None:
    if verdict in {CONFIRMED, REFUTED}:
        return None
    if allowed <= 0:
        return "nothing can confirm it; one outage refutes it"
    if down.days_to_confirm is None:
        return "more than ten years without an outage"
    more = f"about {days(down.days_to_confirm, 'more ')} without an outage"
    at = looks.next_after(case.begin, case.until)
    return (
        f"{with_cost(case, down.days_to_confirm, more)}; {next_look(case, at)}, and more outages refute it at any time"
    )


def process(case: Case) -> Estimate | None:
    """What kind of provider this is, by time: `Availability.process`."""
    made = _time(case)
    return None if made is None else downtime.estimate(made, case.until, case.facts.policy)


def first_look(case: Case) -> str:
    """When the next look is, for metrics that have nothing else to wait for."""
    return next_look(case, looks.next_after(case.begin, case.until))
