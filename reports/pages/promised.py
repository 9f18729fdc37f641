"""A promise in words and numbers: what it is called, what it says, and in which unit it is measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Protocol

from monitor.duration import spelled
from monitor.judge.claims.sizes import TOLERANCE
from reports import words
from reports.charts.promise import Promise
from reports.words import Shown

NAMES = {
    "uptime": "Uptime",
    "p50_ms": "Median latency",
    "p95_ms": "P95 latency",
    "same_latency_across_sizes": "Same latency at every size",
    "rpm": "Rate",
    "error_rate": "Error rate",
    "failover_s": "Failover",
    "usd_per_image": "Price",
    "billed_only_on_success": "Billed only on success",
    "size_as_asked": "Size as asked",
    "model_as_asked": "Model as asked",
}  # in the order of the columns of a matrix
DEFINITIONS = {"time": "share of time", "requests": "share of requests", "google_minutes": "bad minutes (Google)"} | {
    "aws_5min": "5-minute bins (AWS)"
}
_COMPARED = {">=": "at least ", ">": "more than ", "<=": "at most ", "<": "less than ", "==": ""}


class Promised(Protocol):
    """A claim as published, or as judged."""

    @property
    def metric(self) -> str:
        """What is promised."""

    @property
    def op(self) -> str:
        """How it compares."""

    @property
    def value(self) -> float | str | bool:
        """The number (or yes, or a word)."""

    @property
    def size(self) -> str | None:
        """The only size that it is about."""

    @property
    def definition(self) -> str | None:
        """How an uptime is counted."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How numbers of one metric are written: one number with its unit, and an estimate with its bounds."""

    one: Callable[[float], str]
    shown: Callable[[float, float | None, float | None], Shown]
    suffix: str = ""
    ceiling: float = inf


def _percent(value: float) -> str:
    return f"{value * 100:.10g} %"


def _seconds(ms: float) -> str:
    return f"{ms / 1000:,.10g} s"


def _shown_number(value: float, low: float | None, high: float | None) -> Shown:
    places = 0 if abs(value) >= 20 else 1
    return Shown(words.near(value, places), words.between(low, high, places))


def _shown_time(value: float, low: float | None, high: float | None) -> Shown:
    return Shown(spelled(value), words.spelled_between(low, high))


def _shown_times(value: float, low: float | None, high: float | None) -> Shown:
    return Shown(words.near(value, 2), words.between(low, high, 2))


_TIME = Unit(_seconds, words.seconds, " s")
_SHARE = Unit(_percent, words.small_share, " %", 1.0)
UNITS: Mapping[str, Unit] = {
    "uptime": Unit(_percent, words.availability, " %", 1.0),
    "error_rate": _SHARE,
    "p50_ms": _TIME,
    "p95_ms": _TIME,
    "rpm": Unit(lambda value: f"{value:,.10g} requests a minute", _shown_number, " RPM"),
    "failover_s": Unit(spelled, _shown_time),
    "usd_per_image": Unit(lambda value: f"${value:.6g} per image", words.usd_each),
}
TIMES = Unit(lambda value: f"{value:,.4g} times as long", _shown_times, " times")
_RATIOS = {"same_latency_across_sizes": TIMES}  # promises that are a yes, and are measured as a ratio
YES = _SHARE  # of a promise that is a yes: the share of requests that broke it


def unit_of(claim: Promised) -> Unit:
    """The unit of its estimate: of a promise that is a yes, the share that broke it, or a ratio."""
    return _RATIOS.get(claim.metric) or UNITS.get(claim.metric, YES)


def what(claim: Promised) -> str:
    """`Uptime, share of time`, `P95 latency at 4K`."""
    size = f" at {claim.size}" if claim.size else ""
    counted = f", {DEFINITIONS.get(claim.definition, claim.definition)}" if claim.definition else ""
    return f"{NAMES.get(claim.metric, claim.metric)}{size}{counted}"


def value(claim: Promised) -> str:
    """`at least 99.9 %`, `unlimited`, `yes`."""
    if isinstance(claim.value, bool):
        return "yes"
    if isinstance(claim.value, str):
        return claim.value
    unit = UNITS.get(claim.metric)
    shown = unit.one(claim.value) if unit else f"{claim.value:,.10g}"
    return f"{_COMPARED.get(claim.op, f'{claim.op} ')}{shown}"


def scale(claim: Promised) -> Promise | None:
    """Where the promise stands among values of its metric; None: it is no number."""
    if claim.metric in _RATIOS:
        return Promise(TOLERANCE, most=True, floor=0.0, ceiling=inf)
    if isinstance(claim.value, bool):
        return Promise(0.0, most=True, floor=0.0, ceiling=1.0)
    if isinstance(claim.value, str):
        return None
    unit = UNITS.get(claim.metric)
    most = claim.op in {"<=", "<"} or (claim.op == "==" and claim.metric == "usd_per_image")
    return Promise(float(claim.value), most, 0.0, unit.ceiling if unit else inf)


def short(metric: str, number: float) -> str:
    """A number as the end of an axis: `99.9 %`, `20 s`, `$0.058`, `300 RPM`."""
    if metric == "usd_per_image":
        return f"${number:.4g}"
    if metric == "rpm":
        return f"{number:,.6g} RPM"
    unit = _RATIOS.get(metric) or UNITS.get(metric, YES)
    return unit.one(float(f"{number:.8g}")).removesuffix(" as long")
