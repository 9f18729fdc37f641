"""How one promise was judged: what the other side's lawyer asks for before anything else."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.judge.verdicts import ClaimVerdict
from reports import words
from reports.pages.behind import export
from reports.pages.view import Scene, Subject

_COUNTED = {
    "uptime": "observation",
    "error_rate": "request",
    "p50_ms": "request",
    "p95_ms": "request",
    "same_latency_across_sizes": "day",
    "rpm": "accepted request",
    "failover_s": "outage",
    "usd_per_image": "usable image",
    "billed_only_on_success": "failure",
    "size_as_asked": "image",
    "model_as_asked": "answer",
}
_LEVEL = 0.05  # refuted at this or less


@dataclass(frozen=True, slots=True)
class FinePrint:
    """Terms in words; the command that writes the rows; the section of the provider's page with the evidence."""

    terms: tuple[tuple[str, str], ...]
    command: str
    section: str | None
    anchor: str | None


def fine_print(subject: Subject, claim: ClaimVerdict, scene: Scene) -> FinePrint:
    """A promise is judged from the provider's first row on, whatever window is shown: so are the rows behind it."""
    section, anchor = _evidence(subject, claim.metric) or (None, None)
    return FinePrint(tuple(_terms(subject, claim, scene)), export(subject.name, scene, whole=True), section, anchor)


def _terms(subject: Subject, claim: ClaimVerdict, scene: Scene) -> Iterator[tuple[str, str]]:
    if claim.testable:
        yield "Made testable", words.sentence(words.with_dates(claim.testable))
    if claim.estimate is not None:
        n = words.plural(claim.estimate.n, _COUNTED.get(claim.metric, "observation"))
        yield "Estimate", words.sentence(f"{claim.estimate.method}; {n}")
    if claim.coverage is not None:
        seen = words.availability(claim.coverage, None, None, "all").value
        share = "all" if seen == "all" else f"{seen} %"
        yield "Seen", f"{share} of what counts; the rest is good where it would refute and bad where it would confirm."
    if said := _looks(claim):
        yield "Looks", said
    if said := _chance(claim, subject):
        yield "Chance", said
    until = words.instant(scene.judgement.until)
    yield "Rows", f"All of {subject.name} from its first one to {until}, seen from {scene.place}."


def _looks(claim: ClaimVerdict) -> str:
    if claim.looks is None:
        return ""
    if not claim.looks:
        return "Not one yet; between looks only the bet can refute."
    error = "" if claim.alpha is None else f", the last with an error of {words.percent(claim.alpha, 2)} on each side"
    return f"{words.count(claim.looks)} so far{error}; all that there will ever be share 5 %."


def _chance(claim: ClaimVerdict, subject: Subject) -> str:
    """Refuted by chance, or by a case that needs none."""
    if claim.p_refuted is None:
        return "No matter of chance: one case that breaks the promise decides." if claim.verdict == "refuted" else ""
    alone = f"p {words.p_value(claim.p_refuted)} that a promise which is kept looks like this, whenever one reads it"
    together = (
        f"; {words.p_value(claim.p_together)} with all promises of {subject.name} taken together (Holm)"
        if claim.p_together is not None
        else ""
    )
    return f"{alone}{together}. Refuted needs {_LEVEL:g} or less."


def _evidence(subject: Subject, metric: str) -> tuple[str, str] | None:
    """Where the provider's page shows what the verdict rests on."""
    judged = subject.judged
    outages = ("Its outages", "outages")
    load = judged.rate_limit.accepted + judged.rate_limit.rejected
    found = {
        "uptime": ("Its SLA by month, with credits", "sla") if judged.sla else outages,
        "error_rate": outages,
        "failover_s": outages,
        "rpm": ("Its limits, as found", "limits") if load else None,
    }
    for latency in ("p50_ms", "p95_ms", "same_latency_across_sizes"):
        found[latency] = ("Its latency by size", "latency") if judged.latency_ms else None
    for money in ("usd_per_image", "billed_only_on_success"):
        found[money] = None if subject.reach_only else ("What was spent on it", "spending")
    return found.get(metric)
