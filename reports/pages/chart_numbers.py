"""The charts of a provider's page as tables: what is drawn, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.judge.result import Latency, Phase
from reports import words
from reports.charts.hours import HOURS
from reports.charts.plot import Row
from reports.pages import measures
from reports.pages.column import Reading
from reports.pages.view import Subject

_SHARES = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A small table; the first cell of a row names it."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def readings(of: Sequence[tuple[str, Reading]]) -> Numbers:
    """Value, interval and n of each availability."""
    rows = tuple(
        (name, reading.shown.value, reading.shown.bounds or words.NOT_BOUNDED, (reading.n or "").removeprefix("n "))
        for name, reading in of
    )
    return Numbers(("What", "Value, %", "Interval, 95 %", "n"), rows)


def arrived(latency: Latency) -> Numbers:
    """By when which share of all requests had their image: exact where a quantile is made, else as the curve has it."""
    return Numbers(("Share of all requests", "Arrived within"), tuple(_by(latency, share) for share in _SHARES))


def _by(latency: Latency, share: float) -> tuple[str, str]:
    exact = latency.time_to_image
    if share in (made := {0.5: exact.p50, 0.95: exact.p95, 0.99: exact.p99}):
        return words.percent(share), measures.within(made[share], latency, share)
    ms = next((ms for ms, reached in latency.ecdf if reached >= share), None)
    return words.percent(share), "never" if ms is None else words.latency(ms)


def phases(known: Sequence[tuple[str, Phase]]) -> Numbers:
    """Median and P95 of each phase."""
    return Numbers(
        ("Phase", "Median", "P95", "n"),
        tuple((name, _ms(phase.p50), _ms(phase.p95), words.count(phase.n)) for name, phase in known),
    )


def bars(heads: tuple[str, ...], rows: Sequence[Row]) -> Numbers:
    """Of plain bars: the name, its note where there is one, and its words."""
    noted = len(heads) > 2
    return Numbers(heads, tuple((row.name, row.end, row.note) if noted else (row.name, row.end) for row in rows))


def hours(subject: Subject) -> Numbers:
    """Every hour that has a sample."""
    found = subject.judged.by_hour
    rows = ((hour, found[hour]) for hour in HOURS if hour in found and found[hour].n)
    return Numbers(
        ("Hour, UTC", "Median", "P95", "n"),
        tuple((hour, _ms(phase.p50), _ms(phase.p95), words.count(phase.n)) for hour, phase in rows),
    )


def _ms(value: float | None) -> str:
    return words.NOT_BOUNDED if value is None else words.latency(value)
