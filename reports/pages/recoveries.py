"""How outages were noticed and ended: three times from their beginning, each with both bounds."""

from dataclasses import dataclass

from monitor.judge.result import Incident, RecoveryTimes, Span
from reports import words
from reports.pages.view import Subject

_FEWEST = 10  # outages, before a median is printed


@dataclass(frozen=True, slots=True)
class Steps:
    """Of one outage, in words."""

    noticed: str
    answered: str
    normal: str


@dataclass(frozen=True, slots=True)
class Usual:
    """Of all outages of the window."""

    what: str
    median: str
    interval: str
    n: str


def steps(incident: Incident) -> Steps:
    """`–` where a step was not seen; `not yet` where it has not come."""
    found = incident.recovery
    if found is None:
        return Steps("–", "–", "–")
    return Steps(_between(found.detect_s), _between(found.first_success_s), _between(found.normal_latency_s))


def _between(span: Span | None) -> str:
    if span is None:
        return "–"
    return f"not yet after {words.duration(span.low)}" if span.high is None else words.duration_between(span)


def said(incident: Incident) -> str:
    """`first success after 69 to 71 min, normal latency after 70 to 90 min`; "" where neither is known."""
    found = incident.recovery
    if found is None:
        return ""
    named = (
        ("noticed for certain", found.detect_s),
        ("first success", found.first_success_s),
        ("normal latency", found.normal_latency_s),
    )
    return ", ".join(f"{what} after {words.duration_between(span)}" for what, span in named if span and span.high)


def usual(subject: Subject) -> tuple[tuple[Usual, ...], str]:
    """Medians over all outages, and the method; nothing without an outage."""
    found = subject.judged.recovery
    if found is None:
        return (), ""
    rows = (
        _usual("Until it was noticed for certain", found.detect_s),
        _usual("Until the first success", found.first_success_s),
        _usual("Until latency was normal", found.normal_latency_s),
    )
    return rows, found.method


def _usual(what: str, times: RecoveryTimes) -> Usual:
    if times.median is None:
        return Usual(what, f"fewer than {_FEWEST} outages", "–", words.count(times.n))
    interval = words.duration_between(times.interval) if times.interval else words.NOT_BOUNDED
    return Usual(what, words.duration_between(times.median), interval, words.count(times.n))
