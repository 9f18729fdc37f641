"""Agreements on service levels: the same rows under every clause, by month, and what can be claimed until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from monitor.judge.verdicts import SlaResult
from reports import words
from reports.pages.view import Scene, Subject

_OPEN_MONTHS = 2  # of those that are over so many stand open, with the running one


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause over one stretch of time. `kind` is the class of its verdict, `terms` its parameters in words."""

    name: str
    value: str
    worst: str
    target: str
    verdict: str
    kind: str
    bad: str
    credit: str
    claim_by: str
    reason: str
    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month under every clause."""

    name: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """What the last month that is over gives to claim, for the top of the page."""

    month: str
    clause: Clause


_KINDS = {"met": "c", "not_met": "r"}


def whole_window(subject: Subject, scene: Scene) -> tuple[Clause, ...]:
    """Every clause over the window of the page; credits are for months alone."""
    return tuple(_clause(result, scene) for result in subject.judged.sla)


def months(subject: Subject, scene: Scene) -> tuple[tuple[Month, ...], tuple[Month, ...]]:
    """Newest first: those shown openly, and the earlier ones."""
    found = sorted(subject.judged.sla_by_month.items(), reverse=True)
    all_ = tuple(Month(_named(key), tuple(_clause(result, scene) for result in each)) for key, each in found)
    return all_[: _OPEN_MONTHS + 1], all_[_OPEN_MONTHS + 1 :]


def owed(subject: Subject, scene: Scene) -> Owed | None:
    """The clause that decides the credit of the last month that is over; None: nothing is owed by agreement."""
    running = f"{scene.judgement.as_of.astimezone(UTC):%Y-%m}"
    over = [(key, each) for key, each in sorted(subject.judged.sla_by_month.items()) if key < running]
    if not over:
        return None
    key, results = over[-1]
    promised = [result for result in results if result.promised]
    return Owed(_named(key), _clause(_first(promised), scene)) if promised else None


def _first(results: Sequence[SlaResult]) -> SlaResult:
    """That which was not met, if any, since a credit can be claimed for it."""
    return next((result for result in results if result.verdict == "not_met"), results[0])


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _named(key: str) -> str:
    """`2026-10` as `Oct 2026`."""
    year, _, month = key.partition("-")
    return f"{_MONTHS[int(month) - 1]} {year}"


def _clause(result: SlaResult, scene: Scene) -> Clause:
    """A value of 1 is worded: it says that the clause counted nothing, not that nothing failed."""
    now = scene.now.astimezone(UTC).date()
    title = result.clause.get("title", result.definition)
    return Clause(
        name=title,
        value=words.availability(result.value, None, None, "no downtime").value,
        worst=words.availability(result.worst, None, None, "no downtime").value,
        target=words.NOT_KNOWN if result.target is None else words.availability(result.target, None, None, "all").value,
        verdict=result.verdict.replace("_", " "),
        kind=_KINDS.get(result.verdict, "u"),
        bad=words.NOT_KNOWN if result.bad_s is None else words.duration(result.bad_s) if result.bad_s else "none",
        credit=f"{result.credit_percent:g} %" if result.credit_percent else "none" if result.verdict == "met" else "–",
        claim_by=words.day(result.claim_by, now) if result.claim_by and result.credit_percent else "–",
        reason=words.with_dates(result.reason or ""),
        terms=tuple((key.replace("_", " "), text) for key, text in result.clause.items() if key != "title"),
    )
