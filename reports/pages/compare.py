"""The comparison for procurement: whom to sign, one table, the charts, and the same facts in words; A4 as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.judge.verdicts import Comparison
from reports import words
from reports.charts.plot import Bars, Plot
from reports.pages import compare_charts, findings, letters, measures, published, signing, together, volumes
from reports.pages.bands import Band, bands
from reports.pages.behind import Behind, behind
from reports.pages.column import Head, Measure
from reports.pages.ledger import kept_and_broken
from reports.pages.shell import Shell, shell
from reports.pages.verdicts import Look
from reports.pages.view import Cell, Scene, Subject

_IMAGES = (
    measures.USD_BY_SIZE,
    measures.MEDIAN,
    measures.P95,
    measures.UPTIME,
    measures.USER,
    measures.HTTP,
    measures.ERRORS,
    measures.RATE_AND_ROOM,
)
_REACH = (measures.MEDIAN_MS, measures.P95_MS, measures.UPTIME, measures.ERRORS)
_FEW_CONTESTS = 6  # so many stand open on the page


@dataclass(frozen=True, slots=True)
class Row:
    """One provider side by side with the others; `promises` are (look, words) of those kept and broken."""

    subject: Subject
    promises: tuple[tuple[Look, str], ...]
    cells: tuple[Cell, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A side-by-side table."""

    title: str
    note: str
    columns: tuple[Head, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """Two providers on the same blocks. `delta`: Cliff's."""

    text: str
    ratio: str
    bounds: str
    n: str
    p_value: str
    delta: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class Compare:
    """The whole page."""

    shell: Shell
    heading: str
    lede: tuple[str, ...]
    advice: tuple[signing.Advice, ...]
    why_no_advice: str
    sides: tuple[Side, ...]
    gradings: tuple[letters.Grading, ...]
    behind: tuple[Behind, ...]
    months: volumes.Months
    curves: Plot | None
    arrivals: tuple[compare_charts.Arrival, ...]
    came_back: Bars | None
    counts: tuple[compare_charts.Counts, ...]
    by_hour: Plot | None
    hour_facts: tuple[compare_charts.HourFact, ...]
    every_hour: compare_charts.EveryHour | None
    rates: Bars | None
    rate_facts: tuple[compare_charts.RateFact, ...]
    pairs: tuple[together.Together, ...]
    more_pairs: int
    contests: tuple[Contest, ...]
    few_contests: bool
    contest_methods: tuple[str, ...]  # how their intervals came about
    not_contested: int
    quoted: tuple[published.Quoted, ...]
    limits: tuple[str, ...]
    drawn: str  # which providers the bars leave out, if any
    wanted: str  # what was asked for: an image, or an answer of the front door


def compare(scene: Scene) -> Compare:
    """Cheapest first; what has no price comes last."""
    images = sorted(scene.of(reach=False), key=_by_price)
    reached = list(scene.of(reach=True))
    charted = images or reached
    signed = signing.heading(scene)
    found = findings.heading(scene)
    contests = tuple(_contest(pair) for pair in scene.judgement.comparison if pair.verdict != "not_judged")
    return Compare(
        shell=shell(scene, "Compare", "Providers side by side, for procurement", here="compare.html", charts=True),
        heading=signed or found,
        lede=((found,) if signed else ()) + tuple(findings.lede(scene)),
        advice=signing.advice(scene),
        why_no_advice=_why_no_advice(scene),
        sides=tuple(_sides(scene, images, reached)),
        gradings=letters.gradings(scene),
        behind=tuple(behind(subject, scene) for subject in (*images, *reached)),
        months=volumes.months(images),
        curves=compare_charts.arrival_curves(charted),
        arrivals=compare_charts.arrivals(charted),
        came_back=compare_charts.came_back(charted),
        counts=compare_charts.counts(charted),
        by_hour=compare_charts.by_hour(charted),
        hour_facts=compare_charts.hour_facts(charted),
        every_hour=compare_charts.every_hour(charted),
        rates=compare_charts.rates_against_advertised(images),
        rate_facts=compare_charts.rate_facts(images),
        pairs=together.pairs(scene),
        more_pairs=together.left_out(scene),
        contests=contests,
        few_contests=len(contests) <= _FEW_CONTESTS,
        contest_methods=tuple(sorted({pair.ratio.method for pair in scene.judgement.comparison if pair.ratio})),
        not_contested=len(scene.judgement.comparison) - len(contests),
        quoted=published.quoted(scene),
        limits=tuple(_limits(scene, priced=bool(images))),
        drawn=_drawn(len(charted)),
        wanted="image" if images or not reached else "answer",
    )


def _why_no_advice(scene: Scene) -> str:
    """One provider leaves nothing to choose; the page says so where the recommendations would stand."""
    if len(scene.subjects) == 1:
        return "One provider leaves nothing to choose: no tiers, no pairs and no recommendation. Watch a second one."
    return ""


def _drawn(providers: int) -> str:
    most = compare_charts.MOST_BARS
    return f" Drawn: the worst {most} of {providers}; the table has all." if providers > most else ""


def _by_price(subject: Subject) -> tuple[bool, float, str]:
    each = measures.each_usd(subject)
    return each is None, each.value if each else 0.0, subject.name


def _sides(scene: Scene, images: Sequence[Subject], reached: Sequence[Subject]) -> list[Side]:
    sides = []
    if images:
        sizes = words.listed(sorted({subject.asked for subject in images})) or "nothing yet"
        order = "; cheapest first" if len(images) > 1 else ""
        note = f"{sizes}; {_span(scene)}{order}. Latency: planned start to last byte, successes only."
        sides.append(_side(scene, "Side by side" if len(images) > 1 else "What was measured", note, images, _IMAGES))
    if reached:
        note = f"Their front door only, no image asked for; {_span(scene)}."
        sides.append(_side(scene, "Only reached" if images else "Side by side", note, reached, _REACH))
    return sides


def _span(scene: Scene) -> str:
    judgement = scene.judgement
    return f"{words.instant(judgement.since)} to {words.instant(judgement.until)}, from {scene.place}"


def _side(scene: Scene, title: str, note: str, of: Sequence[Subject], columns: Sequence[Measure]) -> Side:
    measured = [(measure, *measure.column(of)) for measure in columns]
    rows = tuple(
        Row(
            subject,
            kept_and_broken(subject),
            tuple(replace(cells[place], tier=_tier(scene, subject, measure)) for measure, _, cells in measured),
            bands(subject),
        )
        for place, subject in enumerate(of)
    )
    return Side(title, note, tuple(head for _, head, _ in measured), rows)


def _tier(scene: Scene, subject: Subject, measure: Measure) -> str | None:
    return letters.of(scene, subject, measure.tier) if measure.tier else None


def _contest(pair: Comparison) -> Contest:
    ratio = pair.ratio
    return Contest(
        text=f"{pair.a} takes so many times as long as {pair.b}, {pair.size}",
        ratio=words.near(ratio.value, 2) if ratio else words.NOT_BOUNDED,
        bounds=(ratio and words.between(ratio.low, ratio.high, 2)) or words.NOT_BOUNDED,
        n=words.count(pair.blocks) + (f", {words.plural(pair.days, 'day')}" if pair.days else ""),
        p_value=_p_value(pair.p_value),
        delta="–" if pair.cliffs_delta is None else words.near(pair.cliffs_delta, 2).replace("-", "−"),
        verdict=pair.verdict.replace("_", " "),
        reason=pair.reason,
    )


def _p_value(p: float | None) -> str:
    return "–" if p is None else words.p_value(p)


def _limits(scene: Scene, *, priced: bool) -> list[str]:
    """What nobody should sign on the strength of this page."""
    if not scene.subjects:
        return []
    limits = [f"One vantage point ({scene.place}): other regions may see other latencies and other outages."]
    if priced:
        limits += [
            "Quality is checked for decoding, size and ratio, not for taste.",
            "Prices are those configured, before tax and without volume discount.",
        ]
    return [*limits, "Contract terms such as data residency were not tested."]
