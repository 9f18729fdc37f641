"""A service level clause as data: how downtime is counted, what is owed for it, and until when it can be claimed.

No clause has code of its own: `requests` and `measure` read these parameters (docs/sla.md, docs/methods.md 6). They are
those that were found in real agreements (statistics 1.3).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Unit = Literal["request", "time", "slice"]
Aggregation = Literal["good_slices", "mean_rate"]
Probes = Literal["all", "images"]
Failing = Literal["5xx", "no_answer", "unusable", "429"]
Exclusion = Literal["429", "4xx", "policy"]
NoTraffic = Literal["good", "unknown", "left_out"]

SLACK = 1e-12  # of a mean over many slices: rounding is no breach


@dataclass(frozen=True, slots=True)
class Tier:
    """What is paid back, in percent of the bill, where the uptime lies below this share."""

    below: float
    percent: float


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. The defaults leave out what an agreement does not say."""

    name: str
    unit: Unit
    title: str = ""
    slice_s: int = 60  # length of a slice; of unit "slice" alone
    aggregation: Aggregation = "good_slices"  # share of slices that are not down, or mean of their success rates
    error_rate_gt: float = 0.0  # a slice is down where more than this share of its requests are errors
    min_consecutive: int = 1  # slices (minutes, for unit "time") that an outage has to last to count at all
    partial_minutes_count: bool = (
        True  # false: a slice that maintenance cuts is never down; of time, whole minutes alone count
    )
    no_traffic: NoTraffic = "unknown"  # what a slice with fewer than `min_requests` is
    min_requests: int = 1
    probes: Probes = "all"
    errors: tuple[Failing, ...] = ("5xx",)
    latency_as_failure_ms: float | None = None  # an answer that took longer is an error
    exclude: tuple[Exclusion, ...] = ("4xx", "policy")  # answers that are no requests of the clause
    exclude_models: tuple[str, ...] = ()  # patterns, such as *-preview
    exclude_maintenance: bool = True
    maintenance_notice_h: float | None = None  # announced later than this before its start, it is not excluded
    backoff_required: bool = False  # repeats after an error count only after 1 s, doubling to 32 s
    target: float | None = None
    credits: tuple[Tier, ...] = ()
    claim_within_days: int | None = None  # after the end of the month
    claim_within_cycles: int | None = None  # until the end of so many billing months after it
    measured_by: str | None = None
    source: str | None = None

    @property
    def most_errors(self) -> Fraction:
        """`error_rate_gt` as it is written: 5 of 100 are not more than 0.05, whatever a float makes of it."""
        return Fraction(str(self.error_rate_gt))

    def credit(self, value: float) -> float:
        """Percent of the bill that is paid back at this uptime."""
        return max((tier.percent for tier in self.credits if value < tier.below - SLACK), default=0.0)


def in_words(clause: Clause) -> Mapping[str, str]:
    """The parameters that matter for this clause, for people; the keys are those of the file."""
    return {key: text for key, text in _words(clause) if text}


def _words(clause: Clause) -> Iterator[tuple[str, str]]:
    minutes = clause.slice_s / 60
    yield "title", clause.title
    yield "unit", {"request": "requests", "time": "seconds"}.get(clause.unit, f"slices of {minutes:g} min")
    if clause.unit == "slice":
        yield from _words_of_slices(clause)
    if clause.min_consecutive > 1:
        unit = "slices" if clause.unit == "slice" else "minutes"
        yield "min_consecutive", f"only outages of at least {clause.min_consecutive} {unit} in a row count"
    if clause.unit == "time":
        yield "partial_minutes_count", "" if clause.partial_minutes_count else "whole minutes alone count"
    else:
        yield from _words_of_requests(clause)
    if clause.exclude_maintenance:
        notice = clause.maintenance_notice_h
        yield "maintenance", "excluded" + (f" if announced {notice:g} h ahead" if notice else " if announced")
    else:
        yield "maintenance", "counts as any other time"
    yield from _words_of_money(clause)


def _words_of_slices(clause: Clause) -> Iterator[tuple[str, str]]:
    if clause.aggregation == "mean_rate":
        yield "aggregation", "mean of the success rates of all slices"
    else:
        yield "aggregation", "share of slices that are not down"
        yield "error_rate_gt", f"down above {clause.error_rate_gt * 100:g} % errors"
    empty = {"good": "good", "left_out": "left out", "unknown": "not known: good at best, down at worst"}
    few = "no request" if clause.min_requests == 1 else f"fewer than {clause.min_requests} requests"
    yield "no_traffic", f"a slice with {few} is {empty[clause.no_traffic]}"


def _words_of_requests(clause: Clause) -> Iterator[tuple[str, str]]:
    named = {"no_answer": "no answer", "unusable": "no usable image"}
    yield "errors", ", ".join(named.get(kind, kind) for kind in clause.errors)
    if clause.latency_as_failure_ms is not None:
        yield "latency_as_failure", f"slower than {clause.latency_as_failure_ms / 1000:g} s is an error"
    left_out = [*clause.exclude, *(f"models like {pattern}" for pattern in clause.exclude_models)]
    yield "exclude", f"left out: {', '.join(left_out)}" if left_out else ""
    yield "probes", "image requests alone, where there are any" if clause.probes == "images" else ""
    if clause.backoff_required:
        yield "backoff_required", "repeats after an error count only after 1 s, doubling to 32 s"


def _words_of_money(clause: Clause) -> Iterator[tuple[str, str]]:
    yield "credits", ", ".join(f"{tier.percent:g} % below {tier.below * 100:g} %" for tier in clause.credits)
    if clause.claim_within_days is not None:
        yield "claim", f"within {clause.claim_within_days} days after the month's end"
    if clause.claim_within_cycles is not None:
        yield "claim", f"until the end of {clause.claim_within_cycles} billing months after the month"
    yield "measured_by", clause.measured_by or ""
    yield "source", clause.source or ""
