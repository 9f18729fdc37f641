"""The four answers at the top of a provider's page: now, how much up, what it costs, how much it takes."""

from dataclasses import dataclass

from reports import words
from reports.pages import agreements, budgets, measures, rates
from reports.pages.shell import money
from reports.pages.view import Scene, Subject


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the four answers at the top."""

    term: str
    state: str  # serving | failing | unknown | "" (no chip)
    value: str
    note: str


def facts(subject: Subject, scene: Scene) -> tuple[Fact, ...]:
    """Four, whatever the provider, and the agreement and the budget where there is one.

    Those that were only reached have no price and no rate.
    """
    first = (_now(subject, scene), _uptime(subject))
    owed = (_agreement(subject, scene), _budget(subject))
    kept = tuple(fact for fact in owed if fact is not None)
    if subject.reach_only:
        return *first, *kept, _latency(subject, "p50", "Median"), _latency(subject, "p95", "P95")
    return *first, *kept, _price(subject, scene), _rate(subject)


def _agreement(subject: Subject, scene: Scene) -> Fact | None:
    """Was the agreement met in the last month that is over, and what can be claimed until when?"""
    found = agreements.owed(subject, scene)
    if found is None:
        return None
    clause = found.clause
    value = f"{clause.value} %" if clause.value[:1].isdigit() else clause.value
    claim = f"credit {clause.credit}, claim by {clause.claim_by}" if clause.claim_by != "–" else None
    return Fact(f"{found.month}, {clause.target} % agreed: {clause.verdict}", "", value, _joined(claim, clause.name))


def _budget(subject: Subject) -> Fact | None:
    found = subject.judged.availability.budget
    if found is None:
        return None
    slo = words.availability(found.slo, None, None).value
    return Fact(f"Error budget of {slo} %", "", budgets.left(found), budgets.said(found))


def _now(subject: Subject, scene: Scene) -> Fact:
    judged = subject.judged
    seen = f"last seen {words.when(judged.last_seen, scene.now)} UTC" if judged.last_seen else "never seen"
    if judged.last_seen is None:
        return Fact("Now", subject.state, "never seen", "")
    if subject.state == "unknown" or judged.state_since is None:
        return Fact("Now", subject.state, f"{words.ago(judged.last_seen, scene.now)} ago", seen)
    since = f"since {words.since(judged.state_since, scene.now)}; {seen}"
    return Fact("Now", subject.state, words.ago(judged.state_since, scene.now), since)


def _uptime(subject: Subject) -> Fact:
    time = subject.judged.availability.time
    shown = words.availability(time.value, time.low, time.high)
    value = f"{shown.value} %" if time.value is not None and time.value < 1 else shown.value
    return Fact("Uptime", "", value, _joined(shown.bounds, measures.seen(subject), measures.uptime(subject).note))


def _latency(subject: Subject, name: str, term: str) -> Fact:
    reading = measures.median(subject) if name == "p50" else measures.p95(subject)
    value = f"{reading.shown.value} ms" if reading.shown.known else reading.shown.value
    return Fact(term, "", value, _joined(reading.shown.bounds, reading.n))


def _price(subject: Subject, scene: Scene) -> Fact:
    reading = measures.usd(subject)
    value = f"${reading.shown.value}" if reading.shown.known else reading.shown.value
    listed = subject.judged.cost.list_usd.get(subject.size or "")
    beside = f"listed ${words.usd_each(listed).value}" if listed is not None else None
    spent = money(scene.judgement.instrument.spending.get(subject.name))
    probes = f"probes: {spent}" if spent else None
    return Fact("One usable image", "", value, _joined(reading.shown.bounds, reading.n, beside, reading.note, probes))


def _rate(subject: Subject) -> Fact:
    limit, reading = subject.judged.rate_limit, rates.rate(subject)
    left = rates.headroom(limit)
    if limit.achieved_share is not None and limit.sustained_rpm is not None and limit.sustained_rpm.high is not None:
        said = f"{rates.of_advertised(limit)} ({reading.shown.bounds} RPM)"
        return Fact("Rate limit, of advertised", "", words.percent(limit.achieved_share), _joined(said, left))
    value = f"{reading.shown.value} RPM" if reading.shown.known else reading.shown.value
    return Fact("Rate limit", "", value, _joined(reading.shown.bounds, reading.note, left))


def _joined(*parts: str | None) -> str:
    return "; ".join(part for part in parts if part)
