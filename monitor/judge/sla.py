"""Every SLA clause over one window and over calendar months: value, verdict, credit, and until when to claim it.

met and not_met are said only where what we did not see cannot change them (docs/methods.md, 6).
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from monitor.judge import months
from monitor.judge.clauses import requests
from monitor.judge.clauses.clause import SLACK, Clause, in_words
from monitor.judge.clauses.measure import MINUTE, Window, measure
from monitor.judge.clauses.requests import Requests
from monitor.judge.clauses.sums import Measured, nothing
from monitor.judge.columns import SECOND, Rows
from monitor.judge.facts import Claim, ProviderFacts
from monitor.judge.months import Month
from monitor.judge.timeline import Timeline
from monitor.judge.verdicts import SlaResult

LONGEST = 10 * 366 * 1440 * MINUTE  # a window beyond any contract: a typing error, and every minute of it takes memory


@dataclass(frozen=True, slots=True)
class Terms:
    """A clause as it stands for one provider, its requests, and whether the provider owes its target."""

    clause: Clause
    requests: Requests
    promised: bool


def terms_of(rows: Rows, facts: ProviderFacts) -> tuple[Terms, ...]:
    """Every clause with what this provider promises under it; `rows`: all that a timeline is made of."""
    agreed = {agreement.name: agreement for agreement in facts.agreements}
    names = dict.fromkeys([*(clause.name for clause in facts.clauses), *agreed])
    shipped = {clause.name: clause for clause in facts.clauses}
    found = []
    counted: dict[Clause, Requests] = {}
    for name in names:
        claimed = _claimed(name, facts.claims)
        clause = agreed.get(name) or shipped[name]
        if claimed is not None:
            clause = replace(clause, target=max(claimed, clause.target or 0.0) if name in agreed else claimed)
        what = _countable(clause)
        if what not in counted:
            counted[what] = requests.of(rows, clause)
        found.append(Terms(clause, counted[what], promised=name in agreed or claimed is not None))
    return tuple(found)


def _countable(clause: Clause) -> Clause:
    """Of a clause what decides which requests it counts: clauses that agree in it count the same ones."""
    return Clause(
        name="",
        unit="request" if clause.unit == "request" else "slice",
        probes=clause.probes,
        errors=clause.errors,
        latency_as_failure_ms=clause.latency_as_failure_ms,
        exclude=clause.exclude,
        exclude_models=clause.exclude_models,
        backoff_required=clause.backoff_required,
    )


def _claimed(name: str, claims: Sequence[Claim]) -> float | None:
    """The strictest claim under this definition; None: there is none."""
    claimed = [
        float(claim.value)
        for claim in claims
        if claim.metric == "uptime" and claim.definition == name and not isinstance(claim.value, str)
    ]
    return max(claimed, default=None)


# --- over a window --------------------------------------------------------------------------------------------


def judge(terms: Sequence[Terms], window: Window) -> tuple[SlaResult, ...]:
    """Every clause over this window. Credits and dates are those of the window, as if it was the month of the bill."""
    return tuple(_result(each, _measured(each, window)) for each in terms)


def _measured(terms: Terms, window: Window) -> Measured:
    if window.end - window.start > LONGEST:
        return nothing("the window is longer than ten years; choose a shorter one")
    return measure(terms.clause, terms.requests, window)


def _result(terms: Terms, measured: Measured) -> SlaResult:
    clause = terms.clause
    blank = SlaResult(
        clause.name, None, clause.target, "undecided", None, clause=in_words(clause), promised=terms.promised
    )
    if measured.value is None:
        uncovered = terms.requests.left_out > 0
        why = "; the clause does not cover the model that was asked" if uncovered else ""
        return replace(blank, reason=f"{measured.found}{why}", promised=terms.promised and not uncovered)
    verdict = verdict_of(measured.worst, measured.best, clause.target)
    return replace(
        blank,
        value=measured.value,
        worst=measured.worst,
        best=measured.best,
        bad_s=measured.bad_s,
        verdict=verdict,
        credit_percent=_credit(clause, verdict, measured),
        reason=measured.found,
    )


def verdict_of(worst: float | None, best: float | None, target: float | None) -> str:
    """Met only if the worst meets it, not_met only if the best does not; undecided between, and without a target."""
    if target is None or worst is None or best is None:
        return "undecided"
    return "met" if worst >= target - SLACK else "not_met" if best < target - SLACK else "undecided"


def _credit(clause: Clause, verdict: str, measured: Measured) -> float | None:
    """Percent of the bill that is surely due by the clause's tiers; None where it is not decided that any is."""
    if verdict != "not_met" or measured.best is None:
        return 0.0 if verdict == "met" else None
    return clause.credit(measured.best)


# --- over calendar months -------------------------------------------------------------------------------------


def by_month(
    terms: Sequence[Terms], line: Timeline, facts: ProviderFacts, start: int, end: int, zone: str
) -> Mapping[str, tuple[SlaResult, ...]]:
    """Every clause over each calendar month of `zone` with measured time in [start, end), by key (`2026-10`)."""
    begin = max(start, line.begin)
    if not len(line.rows):
        return {}
    return {month.key: judge_month(terms, line, facts, month, end) for month in months.within(begin, end, zone)}


def judge_month(
    terms: Sequence[Terms], line: Timeline, facts: ProviderFacts, month: Month, end: int
) -> tuple[SlaResult, ...]:
    """Every clause over one month, the period of the agreements: whole, from its first moment.

    What lies before our first row is unknown. A month that is not over at `end` is judged so far: not_met only if a
    faultless rest could not save it.
    """
    window = Window(line, month.start, min(month.end, end), facts.maintenance)
    return tuple(_of_month(each, _measured(each, window), month, end) for each in terms)


def _of_month(terms: Terms, measured: Measured, month: Month, end: int) -> SlaResult:
    """A result as that of a month: with the day until which to claim, and careful as long as the month goes on."""
    result = replace(_result(terms, measured), claim_by=claim_by(terms.clause, month.last_day))
    if month.end <= end or result.value is None:
        return result
    saved = None if measured.least_bad_s is None else 1 - measured.least_bad_s / ((month.end - month.start) / SECOND)
    lost = saved is not None and result.target is not None and saved < result.target - SLACK
    return replace(
        result,
        verdict="not_met" if lost else "undecided",
        credit_percent=terms.clause.credit(saved) if lost and saved is not None else None,
        reason=f"so far, the month ends on {month.last_day}: {result.reason}",
    )


def claim_by(clause: Clause, last_day: date) -> date | None:
    """The last day on which a credit of the month that ends on `last_day` can be claimed; None: no way is known."""
    if clause.claim_within_days is not None:
        return last_day + timedelta(days=clause.claim_within_days)
    if clause.claim_within_cycles is None:
        return None
    later = last_day.month - 1 + clause.claim_within_cycles
    year, month = last_day.year + later // 12, later % 12 + 1
    return date(year, month, monthrange(year, month)[1])
