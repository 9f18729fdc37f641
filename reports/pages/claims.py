"""The page of promises: every claim of every provider with its verdict, the evidence, and what would decide it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.judge.verdicts import ClaimVerdict, Estimate
from reports import words
from reports.charts import promise as chart
from reports.pages import promised
from reports.pages.published import UNDATED, read_on, stale_mark
from reports.pages.shell import Shell, shell
from reports.pages.verdicts import CONFIRMED, LOOKS, OTHERS, REFUTED, UNDECIDED, Look, concern, look
from reports.pages.view import Scene, Subject

PAGE = "claims.html"
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
    testable: str
    readings: tuple[tuple[str, str, Look, str], ...]  # definition, value, verdict, reason
    needs: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The promises of one provider, those of concern first."""

    subject: Subject
    tally: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell of the matrix: the verdict of most concern among the promises of one metric, and how many there are."""

    look: Look
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One provider in the matrix; None: no promise."""

    subject: Subject
    marks: tuple[tuple[str, Mark | None], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of the filter."""

    id: str
    look: Look | None
    text: str


@dataclass(frozen=True, slots=True)
class Claims:
    """The whole page."""

    shell: Shell
    heading: str
    lede: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    ledgers: tuple[Ledger, ...]
    without: str


def claims(scene: Scene) -> Claims:
    """All providers that promise something; those that do not are named."""
    ledgers = tuple(ledger(subject, scene) for subject in scene.subjects if subject.judged.claims)
    verdicts = [claim.verdict for subject in scene.subjects for claim in subject.judged.claims]
    silent = [subject.name for subject in scene.subjects if not subject.judged.claims]
    return Claims(
        shell=shell(scene, "Promises", "Every promise of every provider, with verdict and evidence", here=PAGE),
        heading=heading(verdicts),
        lede=_lede(verdicts),
        columns=_columns(scene),
        lines=_lines(scene, ledgers) if len(ledgers) > 1 else (),
        choices=_choices(verdicts),
        ledgers=ledgers,
        without=f"No promise is known of {words.listed(silent)}." if silent else "",
    )


def heading(verdicts: Sequence[str]) -> str:
    """The finding, as in `24 promises: 6 are kept, 7 are broken, 11 cannot be judged yet`."""
    if not verdicts:
        return "No promise is known to hold anybody to."
    n = Counter(verdicts)
    kept, broken, yet = n["confirmed"], n["refuted"], len(verdicts) - n["confirmed"] - n["refuted"]
    parts = [f"{_number(count)} {_is(count)} {word}" for count, word in ((kept, "kept"), (broken, "broken")) if count]
    if yet:
        parts.append(f"{_number(yet) if parts else 'none'} can{'not' if parts else ''} be judged yet")
    return f"{words.plural(len(verdicts), 'promise')}: {', '.join(parts)}."


def _number(count: int) -> str:
    return words.count(count)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _lede(verdicts: Sequence[str]) -> str:
    if not verdicts:
        return "Name a catalogue for a provider in upheld.toml, or write what it promised into its claims."
    n = Counter(verdicts)
    said = {
        "not_testable": ("cannot be seen from outside as it stands", "cannot be seen from outside as they stand"),
        "not_refuted_up_to": ("was not refuted as far as it was tried", "were not refuted as far as they were tried"),
        "void": ("does not allow a verdict", "do not allow a verdict"),
    }
    more = [f"{words.plural(n[kind], 'promise')} {text[n[kind] > 1]}" for kind, text in said.items() if n[kind]]
    first = f"{'; '.join(more)}. ".capitalize() if more else ""
    return f"{first}Every verdict names its evidence and what would change it."


def _choices(verdicts: Sequence[str]) -> tuple[Choice, ...]:
    n = Counter(verdicts)
    others = sum(n[verdict] for verdict in OTHERS)
    kinds = [("f-r", REFUTED, n["refuted"]), ("f-u", UNDECIDED, n["undecided"]), ("f-c", CONFIRMED, n["confirmed"])]
    shown = [Choice(key, kind, f"{words.count(count)} {kind.word}") for key, kind, count in kinds if count]
    if others:
        shown.append(Choice("f-o", LOOKS["not_testable"], words.plural(others, "other")))
    return (Choice("f-a", None, f"all {words.count(len(verdicts))}"), *shown) if len(shown) > 1 else ()


def kept_and_broken(subject: Subject) -> tuple[tuple[Look, str], ...]:
    """How many promises of one provider are kept, broken and open; only what there is."""
    n = Counter(claim.verdict for claim in subject.judged.claims)
    open_ = len(subject.judged.claims) - n["confirmed"] - n["refuted"]
    counted = ((REFUTED, n["refuted"], "broken"), (CONFIRMED, n["confirmed"], "kept"), (UNDECIDED, open_, "open"))
    return tuple((kind, f"{words.count(count)} {word}") for kind, count, word in counted if count)


# --- the matrix -----------------------------------------------------------------------------------------------


def _columns(scene: Scene) -> tuple[str, ...]:
    """The metrics that anybody promises, in one order everywhere."""
    seen = {claim.metric for subject in scene.subjects for claim in subject.judged.claims}
    return tuple(metric for metric in promised.NAMES if metric in seen)


def _lines(scene: Scene, ledgers: Sequence[Ledger]) -> tuple[Line, ...]:
    columns = _columns(scene)
    return tuple(
        Line(each.subject, tuple((promised.NAMES[metric], _mark(each.subject, metric)) for metric in columns))
        for each in ledgers
    )


def _mark(subject: Subject, metric: str) -> Mark | None:
    mine = [(place, claim) for place, claim in enumerate(subject.judged.claims) if claim.metric == metric]
    if not mine:
        return None
    place, worst = min(mine, key=lambda each: (concern(each[1].verdict), each[0]))
    same = sum(claim.verdict == worst.verdict for _, claim in mine)
    word = look(worst.verdict).word
    return Mark(look(worst.verdict), word if len(mine) == 1 else f"{word}, {same} of {len(mine)}", _id(subject, place))


def _id(subject: Subject, place: int) -> str:
    return f"{subject.slug}-{place + 1}"


# --- one provider ---------------------------------------------------------------------------------------------


def ledger(subject: Subject, scene: Scene) -> Ledger:
    """The promises of one provider, as both pages show them."""
    numbered = sorted(enumerate(subject.judged.claims), key=lambda each: (concern(each[1].verdict), each[0]))
    n = Counter(look(claim.verdict).word for _, claim in numbered)
    tally = ", ".join(f"{words.count(n[kind.word])} {kind.word}" for kind in LOOKS.values() if n[kind.word])
    return Ledger(subject, tally, tuple(_entry(subject, place, claim, scene) for place, claim in numbered))


def _entry(subject: Subject, place: int, claim: ClaimVerdict, scene: Scene) -> Entry:
    estimate, bounds = _measured(claim)
    said = f"{estimate}{f', {bounds}' if bounds else ''}; promised {promised.value(claim)}: {look(claim.verdict).word}"
    return Entry(
        id=_id(subject, place),
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
        reason=_sentence(claim.reason),
        testable=claim.testable,
        readings=tuple(
            _reading(claim, reading.definition, reading.value, reading.verdict, reading.reason)
            for reading in claim.readings
        ),
        needs=_needs(claim),
    )


def _title(claim: ClaimVerdict) -> str:
    """`Uptime: at least 99.9 %`; a promise that is a yes needs no value."""
    named = promised.what(claim)
    return named if isinstance(claim.value, bool) else f"{named}: {promised.value(claim)}"


def _needs(claim: ClaimVerdict) -> str:
    """What would decide it, as a sentence; where it is decided, since which of the looks."""
    if claim.needs:
        return _sentence(claim.needs)
    if claim.verdict not in {"confirmed", "refuted"}:
        return "Nothing that we could measure."
    return f"Decided; {words.plural(claim.looks, 'look')} so far." if claim.looks else "Decided."


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


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
        least = shown.bounds.replace(" or more", " % or more") if shown.bounds else None
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
