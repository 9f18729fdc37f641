"""Whether the latest endurance run drifted: the trend of latency and of failures by hour."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.judge.result import EnduranceTrend
from reports import words
from reports.charts.drift import drift
from reports.charts.plot import Plot
from reports.pages.view import Scene, Subject

_VERDICTS = {
    "drifts": "It drifted",
    "no_drift_seen": "No drift was seen",
    "too_little": "Too little was measured to say whether it drifts",
}


@dataclass(frozen=True, slots=True)
class Steadiness:
    """The finding, its numbers, the drawing, and each hour: (from, median, successes, failures)."""

    finding: str
    facts: tuple[tuple[str, str], ...]
    plot: Plot | None
    hours: tuple[tuple[str, str, str, str], ...]
    method: str


def steadiness(subject: Subject, scene: Scene) -> Steadiness | None:
    """None: no endurance run in the window."""
    found = subject.judged.endurance
    if found is None:
        return None
    slope = found.latency_ms_per_hour
    span = words.when_between(found.since, found.until, scene.now)
    return Steadiness(
        finding=(
            f"{_VERDICTS.get(found.verdict, found.verdict)} in the run of {span} "
            f"({words.count(found.sent)} of {words.count(found.planned)} requests sent)."
        ),
        facts=tuple(_facts(found)),
        plot=drift("drift", _drawn(found), found.latency_by_hour, slope.value if slope else None),
        hours=tuple(_hours(found, scene)),
        method=found.method,
    )


def _drawn(found: EnduranceTrend) -> str:
    """The drawing in words."""
    first, last = (found.latency_by_hour or (None,))[0], (found.latency_by_hour or (None,))[-1]
    if first is None or last is None:
        return ""
    return (
        f"Median latency by hour of the run: {words.latency(first.p50)} in the first hour, "
        f"{words.latency(last.p50)} in the last."
    )


def _hours(found: EnduranceTrend, scene: Scene) -> Iterator[tuple[str, str, str, str]]:
    """Every hour of which anything is known."""
    medians = {one.start: one for one in found.latency_by_hour}
    failures = {one.start: one for one in found.errors_by_hour}
    for start in sorted(medians.keys() | failures.keys()):
        median, failed = medians.get(start), failures.get(start)
        yield (
            words.when(start, scene.now),
            words.latency(median.p50) if median else "too few",
            words.count(median.n) if median else "–",
            f"{words.count(failed.failed)} of {words.count(failed.of)}" if failed else "–",
        )


def _facts(found: EnduranceTrend) -> list[tuple[str, str]]:
    facts = [("Hours with a median", words.count(found.hours))]
    if (slope := found.latency_ms_per_hour) is not None:
        shown = words.near(slope.value, 1)
        bounds = words.between(slope.low, slope.high, 1) or words.NOT_BOUNDED
        p_value = "" if found.latency_p is None else f"; {_p(found.latency_p)}"
        text = f"{shown} ms an hour ({bounds}); n {words.count(slope.n)} hours".replace("-", "−")
        facts.append(("Latency by hour", f"{text}{p_value}"))
    if found.drift_share is not None:
        facts.append(
            (
                "From the first to the last hour",
                f"{words.near(found.drift_share * 100, 1)} % of its median".replace("-", "−"),
            )
        )
    if found.error_share is not None:
        share = words.percent(found.error_share, 2) if found.error_share else "none seen"
        p_value = "" if found.error_p is None else f"; trend by hour: {_p(found.error_p)}"
        facts.append(("Failures", f"{share}{p_value}"))
    facts += [(f"Not sent, {detail.replace('_', ' ')}", words.count(n)) for detail, n in found.not_sent.items() if n]
    return facts


def _p(value: float) -> str:
    return f"p {words.p_value(value)}"
