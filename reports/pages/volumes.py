"""What a month costs by how many images it has, and at which volumes the order of providers changes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from monitor.judge.facts import Worksheet
from reports import words
from reports.charts.plot import Plot
from reports.charts.volume import volumes
from reports.pages import measures
from reports.pages.view import Cell, Subject

VOLUMES = (10_000, 50_000, 100_000, 500_000)
_FROM, _TO = 1_000.0, 1_000_000.0  # images a month between which crossings are looked for
_MOST_LINES = 6
_MOST_CROSSINGS = 8


@dataclass(frozen=True, slots=True)
class Bill:
    """A month of one provider: USD per image, USD whatever the volume, and the least that its own bill can be.

    `low` and `high` bound what an image costs; None: not bounded.
    """

    name: str
    each: float
    low: float | None
    high: float | None
    beside: float = 0.0  # per image, on top of the provider's own bill
    fixed: float = 0.0
    minimum: float = 0.0

    def month(self, images: float, each: float | None = None) -> float:
        """USD of so many usable images."""
        own = images * (self.each if each is None else each)
        return max(own, self.minimum) + images * self.beside + self.fixed


@dataclass(frozen=True, slots=True)
class Monthly:
    """What each volume costs with one provider. `style` is that of its line, 0 where it has none."""

    name: str
    style: int
    costs: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Months:
    """The table, the chart, and the crossings in words."""

    rows: tuple[Monthly, ...]
    chart: Plot | None
    crossings: tuple[str, ...]
    basis: str


def months(subjects: Sequence[Subject]) -> Months:
    """Cheapest first, as given; of providers whose cost is known."""
    bills = [found for subject in subjects if (found := bill(subject)) is not None]
    drawn = bills[:_MOST_LINES]
    met = tuple(_crossings(bills))[:_MOST_CROSSINGS]
    names = {found.name for found in drawn}
    marks = [(cross.images, cross.usd) for cross in met if names.issuperset(cross.between)]
    own = any(found.fixed or found.beside or found.minimum for found in bills)
    return Months(
        rows=tuple(_monthly(found, place) for place, found in enumerate(bills)),
        chart=volumes(
            "cost", _said(drawn), {found.name: found.month for found in drawn}, (VOLUMES[0], VOLUMES[-1]), marks
        ),
        crossings=tuple(cross.said for cross in met) or ((_NONE_CROSS,) if len(bills) > 1 else ()),
        basis="with your worksheet: fixed costs of a month included" if own else "images alone, no fixed costs named",
    )


_NONE_CROSS = "No two lines cross: whoever is cheaper per image is cheaper at every volume."


def bill(subject: Subject) -> Bill | None:
    """Of the size that stands for the provider; None where no cost is known."""
    each = measures.each_usd(subject)
    if each is None:
        return None
    parts, sheet = subject.judged.cost.total_parts, subject.facts.worksheet
    if sheet is None or not parts:
        return Bill(subject.name, each.value, each.low, each.high)
    beside = parts.get("storage", 0.0) + parts.get("waiting", 0.0)
    fixed = _fixed(sheet) + parts.get("downtime", 0.0) * sheet.images_per_month
    return Bill(subject.name, each.value, each.low, each.high, beside, fixed, sheet.minimum_usd_per_month)


def _fixed(sheet: Worksheet) -> float:
    """USD of a month that no image changes."""
    integration = sheet.integration_hours * sheet.usd_per_hour / sheet.months
    return integration + sheet.monitoring_usd_per_month + sheet.support_usd_per_month + sheet.subscription_usd_per_month


def _monthly(found: Bill, place: int) -> Monthly:
    return Monthly(found.name, place + 1 if place < _MOST_LINES else 0, tuple(_cost(found, v) for v in VOLUMES))


def _cost(found: Bill, volume: int) -> Cell:
    low, high = (None if end is None else _exact(found.month(volume, end)) for end in (found.low, found.high))
    shown = words.usd_total(_exact(found.month(volume)), low, high)
    bounds = "exact" if shown.bounds == shown.value else shown.bounds
    return Cell(f"{words.count(volume)} images", shown.value, bounds)


def _exact(usd: float) -> float:
    """Without the noise of binary multiplication, which rounding outwards would blow up to a whole dollar."""
    return round(usd, 6)


def _said(bills: Sequence[Bill]) -> str:
    return "A month by volume. " + "; ".join(
        f"{found.name}: {' and '.join(f'${words.usd_total(found.month(v)).value}' for v in (VOLUMES[0], VOLUMES[-1]))}"
        for found in bills
    )


# --- crossings ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crossing:
    """A volume at which the months of two providers cost the same."""

    images: float
    usd: float
    between: tuple[str, str]
    said: str


def _crossings(bills: Sequence[Bill]) -> Iterator[Crossing]:
    for a, b in combinations(bills, 2):
        for volume in crossings(a, b):
            cheaper, other = (a, b) if a.month(volume * 1.01) < b.month(volume * 1.01) else (b, a)
            usd = a.month(volume)
            said = (
                f"From {words.count(volume)} images a month on ({_range(a, b)}), {cheaper.name} costs less than "
                f"{other.name}: ${words.usd_total(usd).value} there."
            )
            yield Crossing(volume, usd, (a.name, b.name), said)


def crossings(a: Bill, b: Bill, ends: tuple[float | None, float | None] = (None, None)) -> list[float]:
    """The volumes at which two months cost the same; `ends` takes other prices of an image than the measured ones."""

    def ahead(images: float) -> float:
        return a.month(images, ends[0]) - b.month(images, ends[1])

    stops = sorted({_FROM, _TO, *(bend for bend in (_bend(a, ends[0]), _bend(b, ends[1])) if _FROM < bend < _TO)})
    return [_zero(ahead, left, right) for left, right in pairwise(stops) if ahead(left) * ahead(right) < 0]


def _bend(of: Bill, each: float | None) -> float:
    """From which volume on the minimum no longer matters."""
    price = of.each if each is None else each
    return of.minimum / price if price else _TO


def _zero(ahead: Callable[[float], float], left: float, right: float) -> float:
    """Where a straight piece is zero."""
    at_left, at_right = ahead(left), ahead(right)
    return left - at_left * (right - left) / (at_right - at_left)


def _range(a: Bill, b: Bill) -> str:
    """Where the crossing lies if both prices lie anywhere in their intervals."""
    if None in {a.low, a.high, b.low, b.high}:
        return "its interval is not bounded"
    found = [at for ends in ((a.low, b.high), (a.high, b.low)) for at in crossings(a, b, ends)]
    if len(found) != 2:
        return f"within the intervals of the prices not certain between {_FROM:,.0f} and {_TO:,.0f}"
    low, high = sorted(found)
    return f"{words.between(low, high)} within the intervals of the prices"
