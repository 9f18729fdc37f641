"""The form of an SLA clause in TOML: the shipped ones, `[[sla]]` of the configuration, and what one provider owes.

Strict as everything that is read: an unknown key names the nearest known one, and a key that another one makes
meaningless is refused rather than ignored.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from monitor.duration import parse
from monitor.judge.clauses.clause import Aggregation, Clause, Exclusion, Failing, NoTraffic, Probes, Tier
from monitor.strict import LIST, Count, Line, Lines, Positive, Share, Table, unique

UNITS = ("request", "time")
_NAME = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
LONGEST_SLICE = timedelta(days=1)
OF_SLICES = ("aggregation", "error_rate_gt", "no_traffic", "min_requests")
OF_REQUESTS = ("probes", "errors", "latency_as_failure_ms", "exclude", "exclude_models", "backoff_required")


def _unit(value: Any) -> str:  # noqa: ANN401 - whatever TOML holds
    """`request`, `time`, or the length of a slice in whole minutes."""
    if value in UNITS:
        return str(value)
    try:
        length = parse(value) if isinstance(value, str) else None
    except ValueError:
        length = None
    if length is None or length % timedelta(minutes=1) or not timedelta() < length <= LONGEST_SLICE:
        raise ValueError('must be "request", "time", or slices of whole minutes up to a day, such as "1m" or "5m"')
    return str(value)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be lower-case letters, digits and '_', at most 40, for example our_contract")
    return text


ClauseName = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9_]{1,40}$"})]
Unit = Annotated[str, BeforeValidator(_unit), WithJsonSchema({"type": "string", "examples": ["1m", "5m", "request"]})]


class Credit(Table):
    """What is paid back of the month's bill below this monthly uptime."""

    below: Share
    percent: Annotated[float, Field(gt=0, le=100)]


class Money(Table):
    """What is promised, paid back, and until when it can be claimed."""

    target: Share | None = Field(default=None, description="the uptime that is promised")
    credits: Annotated[tuple[Credit, ...], LIST] | None = Field(
        default=None, description="percent of the bill paid back below an uptime"
    )
    claim_within_days: Count | None = Field(default=None, description="days after the month's end to claim within")
    claim_within_cycles: Count | None = Field(
        default=None, description="billing months after the month until whose end to claim"
    )
    exclude_models: Lines | None = Field(default=None, description="patterns of models that are not covered")
    backoff_required: bool | None = Field(
        default=None, description="repeats after an error count only after 1 s, doubling to 32 s"
    )
    maintenance_notice_hours: Positive | None = Field(
        default=None, description="maintenance announced later than this is not excluded"
    )
    measured_by: Line | None = Field(default=None, description="who measures, and where")
    source: Line | None = Field(default=None, description="where it is written")
    seen_on: date | None = Field(default=None, description="the day on which it was read")

    def terms(self) -> Mapping[str, Any]:
        """Those parameters of a clause that are given here."""
        given = {
            "target": self.target,
            "credits": None if self.credits is None else tuple(Tier(c.below, c.percent) for c in self.credits),
            "claim_within_days": self.claim_within_days,
            "claim_within_cycles": self.claim_within_cycles,
            "exclude_models": self.exclude_models,
            "backoff_required": self.backoff_required,
            "maintenance_notice_h": self.maintenance_notice_hours,
            "measured_by": self.measured_by,
            "source": self.source,
        }
        found = {key: value for key, value in given.items() if value is not None}
        windows = ("claim_within_days", "claim_within_cycles")
        return (dict.fromkeys(windows) if found.keys() & set(windows) else {}) | found  # one replaces the other


class ClauseTable(Money):
    """How downtime is counted. The defaults leave out what an agreement does not say."""

    title: Line | None = Field(default=None, description="what people call it")
    unit: Unit = Field(description='what is counted: "request", "time", or slices', examples=['"1m"'])
    aggregation: Aggregation = Field(default="good_slices", description="of slices: share that is not down, or mean")
    error_rate_gt: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, description="a slice with more than this share of errors is down"
    )
    min_consecutive: Count = Field(default=1, description="slices (or minutes, of time) that an outage has to last")
    partial_minutes_count: bool = Field(default=True, description="false: of an outage whole minutes alone count")
    no_traffic: NoTraffic = Field(default="unknown", description="what a slice without enough requests is")
    min_requests: Count = Field(default=1, description="requests that a slice needs to be judged")
    probes: Probes = Field(default="all", description="whose requests: all, or images where there are any")
    errors: Annotated[tuple[Failing, ...], LIST, Field(min_length=1), AfterValidator(unique)] = ("5xx",)
    latency_as_failure_ms: Positive | None = Field(default=None, description="an answer slower than this is an error")
    exclude: Annotated[tuple[Exclusion, ...], LIST, AfterValidator(unique)] = ("4xx", "policy")
    exclude_maintenance: bool = Field(default=True, description="false: announced maintenance is downtime, too")

    def clause(self, name: str) -> Clause:
        """The same as the judge takes it."""
        length = None if self.unit in UNITS else parse(self.unit)
        own = {
            key: getattr(self, key)
            for key in (
                "aggregation", "error_rate_gt", "min_consecutive", "partial_minutes_count", "no_traffic",
                "min_requests", "probes", "errors", "latency_as_failure_ms", "exclude", "exclude_maintenance",
            )
        }  # fmt: skip
        unit = "slice" if length else self.unit
        slice_s = int(length.total_seconds()) if length else 60
        return Clause(name=name, unit=unit, slice_s=slice_s, title=self.title or "", **own, **self.terms())  # type: ignore[arg-type]  # a unit that `_unit` has checked


class ClauseOfUser(ClauseTable):
    """`[[sla]]`: a clause with the name under which its results are shown."""

    name: ClauseName = Field(description="under which its results are shown", examples=['"our_contract"'])


class AgreementTable(Money):
    """`[[providers.NAME.sla]]`: what this provider owes under a clause; what is left out is as the clause has it."""

    clause: ClauseName = Field(description="the clause that it rests on", examples=['"aws_5min"'])


def misfits(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys of a clause as read that another of its keys makes meaningless, each with the reason."""
    unit = table.get("unit")
    if unit in UNITS:
        yield from ((key, f'is of slices; with unit = "{unit}" leave it out') for key in OF_SLICES if key in table)
    if unit == "time":
        yield from ((key, 'is of requests; with unit = "time" leave it out') for key in OF_REQUESTS if key in table)
    if unit == "request" and "min_consecutive" in table:
        yield "min_consecutive", 'is of slices or of time; with unit = "request" leave it out'
    if table.get("aggregation") == "mean_rate":
        for key in ("error_rate_gt", "min_consecutive"):
            if key in table:
                yield key, 'is of aggregation = "good_slices"; a mean has no threshold'
    yield from _contradictions(table)


def _contradictions(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    errors, excluded = table.get("errors"), table.get("exclude")
    if isinstance(errors, list) and isinstance(excluded, list) and "429" in errors and "429" in excluded:
        yield "exclude", "429 is among the errors; keep it in one of the two"
    if table.get("exclude_maintenance") is False and "maintenance_notice_hours" in table:
        yield (
            "maintenance_notice_hours",
            "is for maintenance that is excluded; exclude_maintenance = false excludes none",
        )
    if "claim_within_days" in table and "claim_within_cycles" in table:
        yield "claim_within_cycles", "claim_within_days is given as well; keep one of them"
