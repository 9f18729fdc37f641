"""The promises of one provider: verdict, the measured value against the promise, evidence, and what would decide it."""

import re
from collections import Counter
from dataclasses import dataclass, replace

from monitor.judge.verdicts import ClaimVerdict, Estimate
from reports import words
from reports.charts import promise as chart
from reports.pages import fine_print, promised
from reports.pages.published import UNDATED, read_on, stale_mark
from reports.pages.verdicts import CONFIRMED, LOOKS, REFUTED, UNDECIDED, Look, concern, look
from reports.pages.view import Scene, Subject

_WEB = "https://"


@dataclass(frozen=True, slots=True)
class Entry:
    """One promise. `href` leads to its source, where that is a page of the web."""

    id: str
    look: Look
    verdict: str
    title: str
    quote: str | None
    source: str
    href: str | None
    read_on: str
    stale: str | None
    estimate: str
    bounds: str | None
    drawing: chart.Drawing
    reason: str
    readings: tuple[tuple[str, str, Look, str], ...]  # definition, value, verdict, reason
    needs: str
    fine: fine_print.FinePrint


@dataclass(frozen=True, slots=True)
class Ledger:
    """The promises of one provider, those of concern first."""

    subject: Subject
    tally: str
    entries: tuple[Entry, ...]


def kept_and_broken(subject: Subject) -> tuple[tuple[Look, str], ...]:
    """How many promises of one provider are kept, broken and open; only what there is."""
    n = Counter(claim.verdict for claim in subject.judged.claims)
    open_ = len(subject.judged.claims) - n["confirmed"] - n["refuted"]
    counted = ((REFUTED, n["refuted"], "broken"), (CONFIRMED, n["confirmed"], "kept"), (UNDECIDED, open_, "open"))
    return tuple((kind, f"{words.count(count)} {word}") for kind, count, word in counted if count)


def ids(subject: Subject) -> tuple[str, ...]:
    """An anchor for each promise, in their order: what it promises, so that a link to it lasts."""
    found: list[str] = []
    for claim in subject.judged.claims:
        parts = (subject.slug, claim.metric, claim.size, claim.definition)
        name = "-".join(part.replace("_", "-") for part in parts if part)
        found.append(name if name not in found else f"{name}-{len(found) + 1}")
    return tuple(found)


def ledger(subject: Subject, scene: Scene) -> Ledger:
    """The promises of one provider, as both pages show them."""
    numbered = sorted(enumerate(subject.judged.claims), key=lambda each: (concern(each[1].verdict), each[0]))
    n = Counter(look(claim.verdict).word for _, claim in numbered)
    tally = ", ".join(f"{words.count(n[kind.word])} {kind.word}" for kind in LOOKS.values() if n[kind.word])
    names = ids(subject)
    return Ledger(subject, tally, tuple(_entry(subject, names[place], claim, scene) for place, claim in numbered))


def _entry(subject: Subject, name: str, claim: ClaimVerdict, scene: Scene) -> Entry:
    estimate, bounds = _measured(claim)
    said = f"{estimate}{f', {bounds}' if bounds else ''}; promised {promised.value(claim)}: {look(claim.verdict).word}"
    return Entry(
        id=name,
        look=look(claim.verdict),
        verdict=_verdict(claim),
        title=_title(claim),
        quote=claim.text,
        source=claim.source or "no source given",
        href=claim.source if claim.source and claim.source.startswith(_WEB) and " " not in claim.source else None,
        read_on=f"read on {read_on([claim.seen_on])}" if claim.seen_on else UNDATED,
        stale=stale_mark(claim.seen_on, scene.now),
        estimate=estimate,
        bounds=bounds,
        drawing=_drawing(claim, said),
        reason=_said(claim.reason),
        readings=tuple(
            _reading(claim, reading.definition, reading.value, reading.verdict, _said(reading.reason))
            for reading in claim.readings
        ),
        needs=_needs(claim),
        fine=fine_print.fine_print(subject, claim, scene),
    )


def _title(claim: ClaimVerdict) -> str:
    """`Uptime: at least 99.9 %`; a promise that is a yes needs no value."""
    named = promised.what(claim)
    return named if isinstance(claim.value, bool) else f"{named}: {promised.value(claim)}"


def _needs(claim: ClaimVerdict) -> str:
    """What would decide it, as a sentence; where it is decided, what could still change that."""
    if claim.needs:
        return _said(claim.needs)
    if claim.verdict == "refuted":
        return "Decided. Refuted holds for good." if claim.looks is not None else "Decided by what was seen."
    if claim.verdict == "confirmed":
        when = f" at look {words.count(claim.looks)}; what fails later can undo it" if claim.looks else ""
        return f"Decided{when}."
    return "Nothing that we could measure."


_BY = re.compile(rf"\bby ({'|'.join(promised.DEFINITIONS)})\b")


def _said(text: str) -> str:
    """A sentence of the judgement as the page writes it: definitions by their names, days as days."""
    named = _BY.sub(lambda found: f"by {promised.DEFINITIONS[found[1]]}", text)
    return words.sentence(words.with_dates(named))


def _verdict(claim: ClaimVerdict) -> str:
    """`not refuted up to 240 RPM`."""
    word = look(claim.verdict).word
    if claim.verdict == "not_refuted_up_to" and isinstance(claim.value, bool):
        return word
    if claim.verdict == "not_refuted_up_to" and claim.estimate is not None:
        return f"{word} up to {promised.short(claim.metric, claim.estimate.value)}"
    return word


def _measured(claim: ClaimVerdict) -> tuple[str, str | None]:
    """The estimate with its unit, and its interval with n."""
    if claim.estimate is None:
        return "no estimate", None
    estimate = claim.estimate
    unit = promised.unit_of(claim)
    shown = unit.shown(estimate.value, estimate.low, estimate.high)
    value = f"{'$' if claim.metric == 'usd_per_image' else ''}{shown.value}{unit.suffix if shown.known else ''}"
    if claim.metric == "uptime" and estimate.value >= 1:  # a hundred percent is never printed: see reports.words
        least = words.in_percent(shown.bounds) if shown.bounds else None
        value, shown = shown.value, replace(shown, bounds=least)
    elif not estimate.value and unit is promised.YES:  # none seen: then the bound is the number, and carries the sign
        value, shown = "none seen", replace(shown, bounds=f"{shown.bounds} %" if shown.bounds else None)
    elif isinstance(claim.value, bool) and unit is promised.YES:
        value = f"{value} broke it"
    n = f"n {words.count(estimate.n)}"
    return value, f"{shown.bounds} · {n}" if shown.bounds else n


def _drawing(claim: ClaimVerdict, said: str) -> chart.Drawing:
    where = promised.scale(claim)
    if where is None and claim.estimate is not None:
        return chart.unbounded(
            claim.estimate.value, text=lambda number: promised.short(claim.metric, number), said=said
        )
    if where is None or claim.estimate is None:
        return chart.nothing(promised.value(claim) if claim.estimate is None else "", said)
    estimate: Estimate = claim.estimate
    return chart.drawing(
        where,
        estimate.value,
        estimate.low,
        estimate.high,
        text=lambda number: promised.short(claim.metric, number),
        said=said,
    )


def _reading(
    claim: ClaimVerdict, definition: str, value: float | None, verdict: str, reason: str
) -> tuple[str, str, Look, str]:
    unit = promised.unit_of(claim)
    shown = words.NOT_KNOWN if value is None else f"{unit.shown(value, None, None).value}{unit.suffix}"
    if claim.metric == "uptime" and value is not None and value >= 1:
        shown = "nothing counted against it"  # by this definition: no page prints a hundred percent
    return promised.DEFINITIONS.get(definition, definition), shown, look(verdict), reason
