"""What stands behind the numbers of a page: n, interval and method of each, and the rows that they were made of."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.judge.intervals import wilson
from monitor.judge.result import Errors, ProviderJudgement, Ratio
from monitor.judge.verdicts import Estimate
from reports import words
from reports.pages.view import REACH, Scene, Subject, sizes_in_order

_WILSON = "share of all requests sent; Wilson 95 %, requests taken as independent"


@dataclass(frozen=True, slots=True)
class Made:
    """One number with how it was made. `key` is its entry on the methodology page."""

    what: str
    key: str
    value: str
    bounds: str
    n: str
    method: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Of one provider: its numbers, and the command that writes the rows behind them."""

    subject: Subject
    numbers: tuple[Made, ...]
    command: str


def behind(subject: Subject, scene: Scene) -> Behind:
    """Every estimate that the pages print of one provider."""
    return Behind(subject, tuple(_numbers(subject)), export(subject.name, scene))


def export(name: str, scene: Scene, *, whole: bool = False) -> str:
    """`upheld export rows.csv --provider Cedar --since ... --until ...`, safe to paste into a shell.

    `whole`: from the first row there is, not from the beginning of the window.
    """
    since = "" if whole else f" --since {_stamp(scene.judgement.since)}"
    return f"upheld export rows.csv --provider {shlex.quote(name)}{since} --until {_stamp(scene.judgement.until)}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _numbers(subject: Subject) -> Iterator[Made]:
    yield from _availability(subject)
    yield from _latency(subject)
    yield from _cost(subject.judged.cost.by_size)
    yield from _errors(subject.judged.errors)
    yield from _limit(subject.judged)


def _availability(subject: Subject) -> Iterator[Made]:
    found = subject.judged.availability
    time = found.time
    if time.value is not None:
        known = words.duration(time.up_s + time.down_s)
        yield _share("Uptime of this window", "time", (time.value, time.low, time.high), known, time.method)
    if (process := found.process) is not None:
        ends = (process.value, process.low, process.high)
        yield _share("Uptime to expect of it", "process", ends, words.count(process.n), process.method)
    for what, key, ratio in (("Usable images", "user", found.user), ("HTTP answers", "http", found.http)):
        yield from _ratio(what, key, ratio)


def _ratio(what: str, key: str, ratio: Ratio) -> Iterator[Made]:
    if ratio.value is not None:
        n = f"{words.count(ratio.good)} of {words.count(ratio.of)}"
        yield _share(what, key, (ratio.value, ratio.low, ratio.high), n, ratio.method)


def _share(what: str, key: str, ends: tuple[float, float | None, float | None], n: str, method: str) -> Made:
    shown = words.availability(*ends, "no failure")
    value = f"{shown.value} %" if ends[0] < 1 else shown.value
    return Made(what, key, value, shown.bounds or words.NOT_BOUNDED, n, method)


def _latency(subject: Subject) -> Iterator[Made]:
    for size in sizes_in_order(subject.judged.latency_ms):
        latency = subject.judged.latency_ms[size]
        named = "front door" if size == REACH else size
        for name, key, found in (
            ("Median", "latency", latency.p50),
            ("P95", "latency", latency.p95),
            ("P99", "latency", latency.p99),
            ("Half of all within", "time-to-image", latency.time_to_image.p50),
            ("95 % of all within", "time-to-image", latency.time_to_image.p95),
        ):
            if found is not None:
                yield _took(f"{name}, {named}", key, found)


def _took(what: str, key: str, found: Estimate) -> Made:
    unit, write = ("ms", words.milliseconds) if found.value < 1000 else ("s", words.seconds)
    shown = write(found.value, found.low, found.high)
    bounds = f"{shown.bounds} {unit}" if shown.bounds else words.NOT_BOUNDED
    return Made(what, key, f"{shown.value} {unit}", bounds, words.count(found.n), _method(found))


def _cost(by_size: Mapping[str, Estimate]) -> Iterator[Made]:
    for size, found in by_size.items():
        shown = words.usd_each(found.value, found.low, found.high)
        bounds = f"${shown.bounds}" if shown.bounds else words.NOT_BOUNDED
        n = words.count(found.n)
        yield Made(f"Usable image, {size}", "cost", f"${shown.value}", bounds, n, _method(found))


def _errors(found: Errors) -> Iterator[Made]:
    """Shares of all requests that were sent; none seen has an upper bound all the same."""
    for what, share in (("5xx", found.server), ("4xx", found.client), ("429", found.rate_limited)):
        if share is not None and found.of:
            low, high = wilson(round(share * found.of), found.of) or (None, None)
            shown = words.small_share(share, low, high)
            value = f"{shown.value} %" if share else shown.value
            yield Made(what, "errors", value, shown.bounds or words.NOT_BOUNDED, words.count(found.of), _WILSON)


def _limit(judged: ProviderJudgement) -> Iterator[Made]:
    limit, below = judged.rate_limit, judged.availability.throttled_below_limit
    if limit.sustained_rpm is not None:
        low, high = limit.sustained_rpm.low, limit.sustained_rpm.high
        value = f"≥ {words.floor(low)}" if high is None else words.near((low + high) / 2)
        bounds = words.between(low, high) or words.NOT_BOUNDED
        method = limit.method or "what was let in and what was refused; bounds that hold for certain"
        yield Made("Accepted a minute", "rate", value, bounds, words.count(limit.accepted + limit.rejected), method)
    if below.value:
        shown = words.small_share(below.value, below.low, below.high)
        n = f"{words.count(below.good)} of {words.count(below.of)}"
        yield Made("429 below the limit", "user", f"{shown.value} %", shown.bounds or "", n, below.method)


def _method(found: Estimate) -> str:
    """With the design effect, where days were seen to differ."""
    effect = found.design_effect
    return found.method if effect is None else f"{found.method}; design effect {words.near(effect, 1)}"
