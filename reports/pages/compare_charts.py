"""The charts of the comparison, each with the same facts as rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.judge.result import RateLimit
from reports import words
from reports.charts.bars import KINDS, Point, Stack, amounts, stacks
from reports.charts.curves import curves
from reports.charts.hours import HOURS, hours, medians
from reports.charts.plot import Bars, Plot, style_of
from reports.outcomes import Group, by_group
from reports.pages import measures, rates
from reports.pages.view import Subject

_MOST_LINES = 6
MOST_BARS = 16  # of more providers the worst (or the cheapest) are drawn; tables have all


@dataclass(frozen=True, slots=True)
class Arrival:
    """One provider's curve in words. `style` is that of its line."""

    name: str
    style: int
    half: str
    most: str
    never: str
    n: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What came back, counted: (share, count) for each group."""

    name: str
    of: str
    groups: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HourFact:
    """The quickest and the slowest hour of one provider."""

    name: str
    style: int
    quick: str
    slow: str


@dataclass(frozen=True, slots=True)
class EveryHour:
    """Names, and for each hour its median and n at each of them; None: no sample in that hour."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str] | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class RateFact:
    """What one provider let in, against what it advertises."""

    name: str
    accepted: str
    note: str
    advertised: str
    share: str
    n: str


def _lines(subjects: Sequence[Subject]) -> list[Subject]:
    return [subject for subject in subjects if subject.latency is not None and subject.latency.ecdf][:_MOST_LINES]


def arrival_curves(subjects: Sequence[Subject]) -> Plot | None:
    """Time to image (or to answer) of the first providers, on one axis."""
    drawn = _lines(subjects)
    said = "; ".join(f"{row.name}: half within {row.half}, never: {row.never}" for row in arrivals(drawn))
    latencies = {subject.name: subject.latency for subject in drawn if subject.latency is not None}
    return curves(
        "arrivals", f"Share of all requests that had their answer by then. {said}", latencies, reach=_reach(drawn)
    )


def _reach(subjects: Sequence[Subject]) -> bool:
    return all(subject.reach_only for subject in subjects)


def arrivals(subjects: Sequence[Subject]) -> tuple[Arrival, ...]:
    """Half and 95 of 100 within, and how many never; every provider, drawn or not."""
    drawn = [subject.name for subject in _lines(subjects)]
    return tuple(
        _arrival(subject, style_of(drawn.index(subject.name)) if subject.name in drawn else 0)
        for subject in subjects
        if subject.latency is not None
    )


def _arrival(subject: Subject, style: int) -> Arrival:
    latency = subject.latency
    if latency is None:  # pragma: no cover - the caller asks only for those that have one
        raise ValueError(subject.name)
    total = latency.n + latency.failed
    to_image = latency.time_to_image
    return Arrival(
        name=subject.name,
        style=style,
        half=measures.within(to_image.p50, latency, 0.5),
        most=measures.within(to_image.p95, latency, 0.95),
        never=words.percent(latency.failed / total, 1) if latency.failed else "none",
        n=words.count(total),
    )


def came_back(subjects: Sequence[Subject]) -> Bars | None:
    """What was not a usable image, as shares of all planned requests; of many providers the worst."""
    counted = [subject for subject in subjects if sum(subject.judged.outcomes.values())]
    if len(counted) > MOST_BARS:
        counted = sorted(counted, key=lambda subject: -sum(_shares(subject).values()))[:MOST_BARS]
    rows = [Stack(subject.short, _shares(subject), end=_usable(subject)) for subject in counted]
    said = "; ".join(f"{row.name}: {row.end} % usable" for row in rows)
    return stacks(
        "outcomes", f"What was not a usable answer. {said}", "% of all planned requests; right: % usable", rows
    )


def _shares(subject: Subject) -> dict[Group, float]:
    total = sum(subject.judged.outcomes.values())
    return {of: n / total for of, n in by_group(subject.judged.outcomes).items() if of in KINDS}


def _usable(subject: Subject) -> str:
    outcomes = subject.judged.outcomes
    good, total = by_group(outcomes)[Group.USABLE], sum(outcomes.values())
    return "all" if good == total else words.availability(good / total, None, None).value


def counts(subjects: Sequence[Subject]) -> tuple[Counts, ...]:
    """The same in numbers."""
    rows = []
    for subject in subjects:
        total = sum(subject.judged.outcomes.values())
        found = by_group(subject.judged.outcomes)
        if total:
            groups = tuple((words.count(n), _share(n, total)) for n in found.values())
            rows.append(Counts(subject.name, words.count(total), groups))
    return tuple(rows)


def _share(n: int, total: int) -> str:
    return "" if not n else "all" if n == total else words.percent(n / total, 1)


def rates_against_advertised(subjects: Sequence[Subject]) -> Bars | None:
    """Accepted requests per minute as certain bounds; a diamond where the provider advertises its limit."""
    points = [point for subject in subjects[:MOST_BARS] if (point := _rate(subject)) is not None]
    said = "; ".join(f"{point.name} {point.end}" for point in points)
    return amounts("rates", f"Accepted against advertised requests a minute. {said}", "requests a minute", points)


def rate_facts(subjects: Sequence[Subject]) -> tuple[RateFact, ...]:
    """The same in numbers, of all whose rate was tried."""
    return tuple(_rate_fact(subject) for subject in subjects if subject.judged.rate_limit.sustained_rpm is not None)


def _rate_fact(subject: Subject) -> RateFact:
    limit, shown = subject.judged.rate_limit, rates.rate(subject).shown
    open_ = limit.sustained_rpm is not None and limit.sustained_rpm.high is None
    return RateFact(
        subject.name,
        shown.value if open_ else shown.bounds or shown.value,
        (shown.bounds or "") if open_ else "",
        words.NOTHING if limit.advertised_rpm is None else rates.rpm(limit.advertised_rpm),
        _achieved(limit, open_=open_),
        words.count(limit.accepted + limit.rejected),
    )


def _achieved(limit: RateLimit, *, open_: bool) -> str:
    """The share of what is advertised; of an open bound, at least that."""
    if limit.advertised_rpm is None:
        return words.NOTHING
    if limit.achieved_share is None:
        return words.NOT_KNOWN
    return f"{words.percent(limit.achieved_share)}{' or more' if open_ else ''}"


def _rate(subject: Subject) -> Point | None:
    limit = subject.judged.rate_limit
    if limit.sustained_rpm is None:
        return None
    low, high = limit.sustained_rpm.low, limit.sustained_rpm.high
    if high is None:
        return Point(subject.short, low, low, None, end=f"≥ {rates.rpm(low)}", mark=limit.advertised_rpm)
    middle = (low + high) / 2
    share = limit.achieved_share
    end = rates.rpm(middle) if share is None else words.percent(share)
    return Point(subject.short, middle, low, high, end=end, mark=limit.advertised_rpm)


def by_hour(subjects: Sequence[Subject]) -> Plot | None:
    """Medians by hour of the day."""
    drawn = _hourly(subjects)[:_MOST_LINES]
    said = "; ".join(f"{fact.name}: quickest {fact.quick}, slowest {fact.slow}" for fact in hour_facts(drawn))
    series = {subject.name: medians(subject.judged.by_hour) for subject in drawn}
    return hours("hours", f"Median latency by hour of the day, UTC. {said}", series, reach=_reach(drawn))


def _hourly(subjects: Sequence[Subject]) -> list[Subject]:
    """Those with a median at any hour: the place among them gives the line its style, drawn and in the key."""
    return [subject for subject in subjects if any(ms is not None for ms in medians(subject.judged.by_hour))]


def hour_facts(subjects: Sequence[Subject]) -> tuple[HourFact, ...]:
    """The quickest and the slowest hour of each provider that has any."""
    facts = []
    for place, subject in enumerate(_hourly(subjects)):
        known = [(ms, hour) for hour, ms in zip(HOURS, medians(subject.judged.by_hour), strict=True) if ms is not None]
        style = style_of(place) if place < _MOST_LINES else 0
        facts.append(HourFact(subject.name, style, _hour(*min(known)), _hour(*max(known))))
    return tuple(facts)


def every_hour(subjects: Sequence[Subject]) -> EveryHour | None:
    """All medians behind the drawing, with their n."""
    known = [subject for subject in subjects if subject.judged.by_hour]
    rows = tuple((hour, tuple(_median_at(subject, hour) for subject in known)) for hour in HOURS)
    return EveryHour(tuple(subject.name for subject in known), rows) if known else None


def _median_at(subject: Subject, hour: str) -> tuple[str, str] | None:
    phase = subject.judged.by_hour.get(hour)
    if phase is None or not phase.n:
        return None
    return words.NOT_BOUNDED if phase.p50 is None else words.latency(phase.p50), words.count(phase.n)


def _hour(ms: float, hour: str) -> str:
    return f"{words.latency(ms)} at {hour}"
