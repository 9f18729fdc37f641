"""The charts of one provider, each with the finding in its caption."""

from dataclasses import dataclass

from monitor.judge.result import Phase
from probes.model import Outcome
from reports import words
from reports.charts.bars import KINDS, Point, availabilities, lengths
from reports.charts.curves import curves
from reports.charts.hours import hours, medians, p95s
from reports.charts.plot import Bars, Plot, Row
from reports.outcomes import ORDER, group, label
from reports.pages import chart_numbers, measures, rates
from reports.pages.chart_numbers import Numbers
from reports.pages.limits import FAMILIES, NO_LIMIT
from reports.pages.view import Subject


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its title and its finding; exactly one of `plot` and `bars` is drawn."""

    title: str
    finding: str
    numbers: Numbers
    plot: Plot | None = None
    bars: Bars | None = None


def charts(subject: Subject) -> tuple[Chart, ...]:
    """Those that this provider has data for."""
    found = (
        _availabilities(subject),
        _arrivals(subject),
        _phases(subject),
        _outcomes(subject),
        _rate(subject),
        _hours(subject),
    )
    return tuple(chart for chart in found if chart is not None and (chart.plot or chart.bars))


def _availabilities(subject: Subject) -> Chart | None:
    readings = [
        (name, reading)
        for name, read in (
            ("Uptime of this window", measures.uptime),
            ("Uptime to expect of it", measures.process),
            ("HTTP answered", measures.http),
            ("Usable image", measures.user),
        )
        if (reading := read(subject)).value is not None
    ]
    points = [
        Point(name, reading.value or 0.0, reading.low, reading.high, end=f"{reading.shown}, {reading.n}")
        for name, reading in readings
    ]
    said = "; ".join(f"{point.name} {point.end}" for point in points)
    finding = _gap(subject) if len(points) > 2 else "Only the front door was tried."
    return Chart(
        "Availability by definition" if len(points) > 2 else "Availability",
        finding,
        chart_numbers.readings(readings),
        bars=availabilities("three", said, points),
    )


def _gap(subject: Subject) -> str:
    """What the three hide from one another, and the 429s that are the provider's own."""
    early = subject.judged.availability.throttled_below_limit
    said = "Where they differ, the difference is the finding."
    if subject.judged.availability.process is not None:
        said += " What to expect of it rests on its outages, not on this window alone."
    if not early.good:
        return said
    return f"{said} Refused (429) below the advertised limit: {words.count(early.good)} of {words.count(early.of)}."


def _arrivals(subject: Subject) -> Chart | None:
    latency = subject.latency
    if latency is None or not subject.size:
        return None
    total = latency.n + latency.failed
    half = measures.within(latency.time_to_image.p50, latency, 0.5)
    what = "an answer" if subject.reach_only else "a usable image"
    never = f"{words.percent(latency.failed / total, 1)} never gave {what}" if latency.failed else f"all gave {what}"
    finding = f"Half within {half}; {never}. n {words.count(total)}."
    title = "Time to answer" if subject.reach_only else f"Time to image, {subject.asked}"
    numbers = chart_numbers.arrived(latency)
    plot = curves("arrival", finding, {subject.name: latency}, reach=subject.reach_only)
    return Chart(title, finding, numbers, plot=plot)


def _phases(subject: Subject) -> Chart | None:
    phases = subject.judged.phases_ms
    named: tuple[tuple[str, Phase], ...] = (
        ("network", phases.network),
        ("processing", phases.processing),
        ("return", phases.return_),
    )
    known = [(name, phase, phase.p50) for name, phase in named if phase.p50 is not None]
    if not known:
        return None
    rows = [(Row(name, f"n {words.count(phase.n)}", words.latency(p50)), p50, phase.p95) for name, phase, p50 in known]
    longest = max(known, key=lambda item: item[2])
    finding = f"Most of it is {longest[0]}: {words.latency(longest[2])} at the median."
    said = "; ".join(f"{name} {words.latency(p50)}" for name, _, p50 in known)
    in_ms = max(p50 for _, _, p50 in known) < 1000
    unit = f"{'milliseconds' if in_ms else 'seconds'}; bar: median, line: to P95"
    numbers = chart_numbers.phases([(name, phase) for name, phase, _ in known])
    bars = lengths("phases", said, unit, rows, 1.0 if in_ms else 0.001)
    return Chart("Where the time goes", finding, numbers, bars=bars)


def _outcomes(subject: Subject) -> Chart | None:
    outcomes = subject.judged.outcomes
    total = sum(outcomes.values())
    if not total:
        return None
    known = sorted(outcomes, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    rows = [
        (
            Row(
                _label(name, subject),
                _share(outcomes[name], total),
                words.count(outcomes[name]),
                kind=_kind(name),
            ),
            outcomes[name] / total,
            None,
        )
        for name in known
        if outcomes[name]
    ]
    said = "; ".join(f"{row.name} {row.end}" for row, _, _ in rows)
    finding = f"All {words.plural(total, 'planned request')} of this window, whatever the probe."
    numbers = chart_numbers.bars(("Outcome", "Requests", "Share"), [row for row, _, _ in rows])
    bars = lengths("outcomes", said, "% of all planned requests", rows, 100)
    return Chart("What came back", finding, numbers, bars=bars)


def _share(n: int, total: int) -> str:
    return "all" if n == total else words.percent(n / total, 1)


def _label(outcome: str, subject: Subject) -> str:
    return "answered" if subject.reach_only and outcome == Outcome.OK else label(outcome)


def _kind(outcome: str) -> str:
    return KINDS.get(group(outcome), "b-plain")


def _rate(subject: Subject) -> Chart | None:
    limit = subject.judged.rate_limit
    if limit.sustained_rpm is None:
        return None
    low, high = limit.sustained_rpm.low, limit.sustained_rpm.high
    rows: list[tuple[Row, float, float | None]] = []
    if limit.advertised_rpm is not None:
        rows.append((Row("advertised", "", rates.rpm(limit.advertised_rpm)), limit.advertised_rpm, None))
    if limit.offered_rpm is not None:
        rows.append((Row("tried", "highest rate", rates.rpm(limit.offered_rpm)), limit.offered_rpm, None))
    end = f"≥ {words.floor(low)}" if high is None else words.between(low, high) or ""
    rows.append((Row("accepted", "for certain", end), low, high))
    finding = _rate_finding(subject)
    numbers = chart_numbers.bars(("What", "Requests a minute"), [row for row, _, _ in rows])
    return Chart("Rate limit", finding, numbers, bars=lengths("rate", finding, "requests per minute", rows, 1.0))


def _rate_finding(subject: Subject) -> str:
    limit = subject.judged.rate_limit
    parts = [f"{words.count(limit.accepted)} accepted, {words.count(limit.rejected)} refused"]
    if limit.kind and limit.kind != NO_LIMIT:
        parts.append(f"behaves like {FAMILIES.get(limit.kind, limit.kind.replace('_', ' '))}")
    return f"{'; '.join(parts)}. All bounds stand under “Limits found”."


def _hours(subject: Subject) -> Chart | None:
    by_hour = subject.judged.by_hour
    known = [hour for hour, phase in by_hour.items() if phase.p50 is not None]
    if len(known) < 2:
        return None
    n = sum(phase.n for phase in by_hour.values())
    finding = (
        f"Median (solid) and P95 (dashed); {len(known)} of 24 hours have enough samples, n {words.count(n)} in all."
    )
    plot = hours("hours", finding, {"Median": medians(by_hour), "P95": p95s(by_hour)}, reach=subject.reach_only)
    return Chart("By hour of the day, UTC", finding, chart_numbers.hours(subject), plot=plot)
