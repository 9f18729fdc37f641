"""The comparison for procurement: one table, four charts, the same facts in words; two pages when printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.judge.verdicts import Comparison, Estimate
from reports import words
from reports.charts.plot import Bars, Plot
from reports.pages import compare_charts, findings, measures, published
from reports.pages.column import Measure
from reports.pages.shell import Shell, shell
from reports.pages.view import Cell, Scene, Subject

VOLUMES = (10_000, 50_000, 100_000, 500_000)
_IMAGES = (
    measures.USD,
    measures.MEDIAN,
    measures.P95,
    measures.UPTIME,
    measures.USER,
    measures.HTTP,
    measures.ERRORS,
    measures.RATE,
)
_REACH = (measures.MEDIAN_MS, measures.P95_MS, measures.UPTIME, measures.ERRORS)


@dataclass(frozen=True, slots=True)
class Row:
    """One provider side by side with the others."""

    subject: Subject
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A side-by-side table."""

    title: str
    note: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Monthly:
    """What each volume costs with one provider."""

    name: str
    costs: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two providers on the same blocks."""

    text: str
    ratio: str
    bounds: str
    n: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Compare:
    """The whole page."""

    shell: Shell
    heading: str
    lede: tuple[str, ...]
    sides: tuple[Side, ...]
    months: tuple[Monthly, ...]
    cost_chart: Bars | None
    curves: Plot | None
    arrivals: tuple[compare_charts.Arrival, ...]
    came_back: Bars | None
    counts: tuple[compare_charts.Counts, ...]
    by_hour: Plot | None
    hour_facts: tuple[compare_charts.HourFact, ...]
    pairs: tuple[Pair, ...]
    quoted: tuple[published.Quoted, ...]
    limits: tuple[str, ...]
    drawn: str  # which providers the bars leave out, if any
    wanted: str  # what was asked for: an image, or an answer of the front door


def compare(scene: Scene) -> Compare:
    """Cheapest first; what has no price comes last."""
    images = sorted(scene.of(reach=False), key=_by_price)
    reached = list(scene.of(reach=True))
    charted = images or reached
    priced = [subject for subject in images if measures.each_usd(subject) is not None]
    return Compare(
        shell=shell(scene, "Compare", "Providers side by side, for procurement", here="compare.html", charts=True),
        heading=findings.heading(scene),
        lede=tuple(findings.lede(scene)),
        sides=tuple(_sides(scene, images, reached)),
        months=tuple(_monthly(subject) for subject in priced),
        cost_chart=compare_charts.month_of(priced),
        curves=compare_charts.arrival_curves(charted),
        arrivals=compare_charts.arrivals(charted),
        came_back=compare_charts.came_back(charted),
        counts=compare_charts.counts(charted),
        by_hour=compare_charts.by_hour(charted),
        hour_facts=compare_charts.hour_facts(charted),
        pairs=tuple(_pair(pair, pair.ratio) for pair in scene.judgement.comparison if pair.ratio is not None),
        quoted=published.quoted(scene),
        limits=tuple(_limits(scene, priced=bool(images))),
        drawn=_drawn(len(charted)),
        wanted="image" if images or not reached else "answer",
    )


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
        sides.append(_side("Side by side" if len(images) > 1 else "What was measured", note, images, _IMAGES))
    if reached:
        note = f"Their front door only, no image asked for; {_span(scene)}."
        sides.append(_side("Only reached" if images else "Side by side", note, reached, _REACH))
    return sides


def _span(scene: Scene) -> str:
    judgement = scene.judgement
    return f"{words.instant(judgement.since)} to {words.instant(judgement.until)}, from {scene.place}"


def _side(title: str, note: str, of: Sequence[Subject], columns: Sequence[Measure]) -> Side:
    measured = [(measure.head, *measure.column(of)) for measure in columns]
    rows = tuple(Row(subject, tuple(cells[place] for _, _, cells in measured)) for place, subject in enumerate(of))
    return Side(title, note, tuple((head, scale) for head, scale, _ in measured), rows)


def _monthly(subject: Subject) -> Monthly:
    each = measures.each_usd(subject)
    return Monthly(subject.name, tuple(_cost_of(volume, each) for volume in VOLUMES))


def _cost_of(volume: int, each: Estimate | None) -> Cell:
    head = f"{words.count(volume)} images"
    if each is None:
        return Cell(head, words.NOT_KNOWN, known=False)
    low, high = (None if bound is None else words.times(bound, volume) for bound in (each.low, each.high))
    shown = words.usd_total(words.times(each.value, volume), low, high)
    return Cell(head, shown.value, "exact" if shown.bounds == shown.value else shown.bounds)


def _pair(pair: Comparison, ratio: Estimate) -> Pair:
    return Pair(
        text=f"{pair.a} takes so many times as long as {pair.b}, {pair.size}",
        ratio=words.near(ratio.value, 2),
        bounds=words.between(ratio.low, ratio.high, 2) or words.NOT_BOUNDED,
        n=words.count(ratio.n),
        verdict=pair.verdict.replace("_", " "),
    )


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
