"""Whether the latest endurance run drifted: the trend of latency and of failures by hour."""

from dataclasses import dataclass

from monitor.judge.result import EnduranceTrend
from reports import words
from reports.pages.view import Scene, Subject

_VERDICTS = {
    "drifts": "It drifted",
    "no_drift_seen": "No drift was seen",
    "too_little": "Too little was measured to say whether it drifts",
}


@dataclass(frozen=True, slots=True)
class Steadiness:
    """The finding, its numbers, and the failures of each hour."""

    finding: str
    facts: tuple[tuple[str, str], ...]
    hours: tuple[tuple[str, str], ...]
    method: str


def steadiness(subject: Subject, scene: Scene) -> Steadiness | None:
    """None: no endurance run in the window."""
    found = subject.judged.endurance
    if found is None:
        return None
    span = words.when_between(found.since, found.until, scene.now)
    return Steadiness(
        finding=(
            f"{_VERDICTS.get(found.verdict, found.verdict)} in the run of {span} "
            f"({words.count(found.sent)} of {words.count(found.planned)} requests sent)."
        ),
        facts=tuple(_facts(found)),
        hours=tuple(
            (words.when(hour.start, scene.now), f"{words.count(hour.failed)} of {words.count(hour.of)}")
            for hour in found.errors_by_hour
        ),
        method=found.method,
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
    """Never 0."""
    return "p below 0.001" if value < 0.001 else f"p = {words.ceil(value, 3)}"
