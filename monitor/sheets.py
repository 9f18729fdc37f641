"""A judgement as the sheets of a workbook: pure data, typed by column, in the order in which people read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from monitor.judge.result import Judgement, ProviderJudgement, Span
from monitor.judge.verdicts import Estimate

Kind = Literal["text", "count", "number", "percent", "usd", "time", "day", "flag"]
Value = str | float | bool | datetime | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A header with its unit, how the cells below it are typed, and how wide they are in characters."""

    head: str
    kind: Kind
    width: int = 12


@dataclass(frozen=True, slots=True)
class Sheet:
    """A name, columns, and rows with a value (None: not known, left empty) for each column."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def sheets(judgement: Judgement) -> tuple[Sheet, ...]:
    """Summary, comparison, claims and incidents; the samples are a sheet of their own, written from the store."""
    return (_summary(judgement), _comparison(judgement), _claims(judgement), _incidents(judgement))


def _text(head: str, width: int = 18) -> Column:
    return Column(head, "text", width)


# --- summary --------------------------------------------------------------------------------------------------


def _summary(judgement: Judgement) -> Sheet:
    """What the workbook is about, then the counts of each provider."""
    rows: list[tuple[Value, ...]] = [
        ("simulated", "yes: providers that we run ourselves" if judgement.simulated else "no", None),
        ("rows planned at or after, UTC", None, judgement.since.astimezone(UTC)),
        ("rows planned before, UTC", None, judgement.until.astimezone(UTC)),
        ("as of, UTC", None, judgement.as_of.astimezone(UTC)),
        ("seen from", judgement.location, None),
        ("spent this UTC month, USD", judgement.instrument.spent_usd_month, None),
        ("intervals", "95 %; an empty cell is not known, or not bounded by the sample", None),
    ]
    for name, said in judgement.providers.items():
        counts = ", ".join(f"{outcome} {count:,}" for outcome, count in said.outcomes.items())
        rows.append((name, f"{said.state}; {said.samples:,} rows: {counts or 'none'}", said.last_seen))
    for advice in judgement.recommendations:
        whom = advice.primary or "nobody yet"
        backup = f", backup {advice.backup}" if advice.backup else ""
        rows.append((f"advice: {advice.priority.replace('_', ' ')}", f"{whom}{backup}: {advice.reason}", None))
    return Sheet("summary", (_text("what", 32), _text("value", 90), Column("UTC", "time", 25)), tuple(rows))


# --- comparison -----------------------------------------------------------------------------------------------


def _span(span: Span | None) -> tuple[Value, Value]:
    return (None, None) if span is None else (span.low, span.high)


def _triple(estimate: Estimate | None) -> tuple[Value, Value, Value, Value]:
    return (None,) * 4 if estimate is None else (estimate.value, estimate.low, estimate.high, estimate.n)


def _four(what: str, kind: Kind) -> tuple[Column, ...]:
    return (
        Column(what, kind),
        Column(f"{what}, low", kind),
        Column(f"{what}, high", kind),
        Column(f"{what}, n", "count"),
    )


_COMPARED = (
    _text("provider"),
    _text("model", 26),
    _text("size", 8),
    Column("uptime", "percent"),
    Column("uptime, low", "percent"),
    Column("uptime, high", "percent"),
    Column("uptime, worst", "percent"),
    Column("uptime, best", "percent"),
    Column("coverage", "percent"),
    Column("usable images", "percent"),
    Column("usable images, low", "percent"),
    Column("usable images, high", "percent"),
    Column("usable images, n", "count"),
    Column("HTTP", "percent"),
    *_four("p50, ms", "number"),
    *_four("p95, ms", "number"),
    Column("failed, n", "count"),
    *_four("USD per usable image", "usd"),
    Column("accepted RPM, low", "number"),
    Column("accepted RPM, high", "number"),
    Column("advertised RPM", "number"),
    Column("headroom", "percent"),
)


def _comparison(judgement: Judgement) -> Sheet:
    """A row for each provider and size; what holds for all sizes stands in each of its rows."""
    rows = [row for name, said in judgement.providers.items() for row in _compared(name, said)]
    return Sheet("comparison", _COMPARED, tuple(rows))


def _compared(name: str, said: ProviderJudgement) -> Iterator[tuple[Value, ...]]:
    time, user, limit = said.availability.time, said.availability.user, said.rate_limit
    for size in [*said.latency_ms] or [""]:
        took = said.latency_ms.get(size)
        yield (
            name,
            said.model,
            size,
            *(time.value, time.low, time.high, time.worst, time.best, time.coverage),
            *(user.value, user.low, user.high, user.of),
            said.availability.http.value,
            *_triple(took.p50 if took else None),
            *_triple(took.p95 if took else None),
            took.failed if took else None,
            *_triple(said.cost.by_size.get(size)),
            *_span(limit.sustained_rpm),
            limit.advertised_rpm,
            limit.headroom,
        )


# --- claims, incidents ----------------------------------------------------------------------------------------

_CLAIMED = (
    _text("provider"),
    _text("promise", 26),
    _text("size", 8),
    _text("counted by", 16),
    _text("op", 5),
    _text("promised", 12),
    _text("in", 22),
    _text("verdict", 18),
    *_four("estimate", "number"),
    _text("reason", 60),
    _text("what would decide it", 40),
    _text("source", 40),
    Column("read on", "day"),
    Column("stale", "flag", 8),
)


UNITS = {
    "uptime": "share of time or requests",
    "p50_ms": "ms",
    "p95_ms": "ms",
    "same_latency_across_sizes": "times as long",
    "rpm": "requests a minute",
    "error_rate": "share of requests",
    "failover_s": "s",
    "usd_per_image": "USD",
    "billed_only_on_success": "share of failures billed",
    "size_as_asked": "share of another size",
    "model_as_asked": "share of another model",
}  # of the estimate; a promise that is a yes has the same where it was broken


def _promised(value: float | str | bool) -> Value:  # noqa: FBT001 - what a promise may be
    """A number is a number; a promise that is a yes is a word."""
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _claims(judgement: Judgement) -> Sheet:
    rows = [
        (
            name,
            claim.metric,
            claim.size,
            claim.definition,
            claim.op,
            _promised(claim.value),
            UNITS[claim.metric],
            claim.verdict,
            *_triple(claim.estimate),
            claim.reason,
            claim.needs,
            claim.source,
            claim.seen_on,
            claim.stale,
        )
        for name, said in judgement.providers.items()
        for claim in said.claims
    ]
    return Sheet("claims", _CLAIMED, tuple(rows))


_HAPPENED = (
    _text("provider"),
    Column("began after, UTC", "time", 25),
    Column("began by, UTC", "time", 25),
    Column("ended after, UTC", "time", 25),
    Column("ended by, UTC", "time", 25),
    Column("down at least, s", "number", 14),
    Column("down at most, s", "number", 14),
    Column("failures, n", "count"),
    Column("open", "flag", 8),
    _text("seen as", 50),
)


def _incidents(judgement: Judgement) -> Sheet:
    rows = [
        (
            name,
            each.start_earliest,
            each.start_latest,
            each.end_earliest,
            each.end_latest,
            *_span(each.down_s),
            each.failures,
            each.open,
            each.seen_as,
        )
        for name, said in judgement.providers.items()
        for each in said.incidents
    ]
    return Sheet("incidents", _HAPPENED, _by_start(rows))


def _by_start(rows: Sequence[tuple[Value, ...]]) -> tuple[tuple[Value, ...], ...]:
    return tuple(sorted(rows, key=lambda row: (str(row[2]), str(row[0]))))
