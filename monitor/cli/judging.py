"""What `upheld judge` reads, shows and gates on; the last two are pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.markup import escape

from monitor.budget import day_start, month_start
from monitor.config import Config
from monitor.judge.columns import NEEDED
from monitor.judge.facts import Facts
from monitor.judge.judgement import judge
from monitor.judge.result import Judgement, ProviderJudgement, Span
from monitor.judge.verdicts import Estimate
from monitor.judge.window import window
from monitor.store import read_samples, read_spent, snapshot_for_reading

NOTHING = "-"


def judged(config: Config, now: datetime, *, since: datetime | None, until: datetime | None) -> Judgement:
    """The judgement of all stored rows over [since, until).

    Rows from before `since` are read as well: they tell the state in which the window begins.

    Raises:
        StoreError: No store, or no snapshot that can be read.
    """
    snapshot = snapshot_for_reading(config.service.data_dir)
    frame = read_samples(snapshot.path, columns=NEEDED)
    chosen = window(frame, now if snapshot.fresh else snapshot.as_of, since=since, until=until)
    return judge(
        frame,
        config.facts(),
        since=chosen.since,
        until=chosen.until,
        as_of=chosen.as_of,
        spent_today=sum(read_spent(snapshot.path, day_start(now)).values()),
        spent_month=sum(read_spent(snapshot.path, month_start(now)).values()),
    )


# --- the gate -------------------------------------------------------------------------------------------------


def broken(judgement: Judgement, facts: Facts, fail_on: str) -> tuple[str, ...]:
    """Why the gate is not met, one sentence for each promise. An SLA result counts where the provider promised it."""
    bad = {"refuted", "not_met"} if fail_on == "refuted" else {"refuted", "not_met", "undecided"}
    return tuple(
        f"{name}: {what} is {verdict.replace('_', ' ')}{f' ({reason})' if reason else ''}"
        for name, said in judgement.providers.items()
        for what, verdict, reason in _promises(said, facts, name)
        if verdict in bad
    )


def _promises(said: ProviderJudgement, facts: Facts, name: str) -> Iterator[tuple[str, str, str | None]]:
    """Each promise of one provider: what, verdict, reason. One that nobody has judged is undecided."""
    claims = facts.of(name).claims
    promised = {claim.definition for claim in claims if claim.metric == "uptime"}
    for result in said.sla:
        if result.definition in promised:
            yield f"uptime by {result.definition}", result.verdict, result.reason
    judged_metrics = {verdict.metric for verdict in said.claims}
    for verdict in said.claims:
        yield f"{verdict.metric} {verdict.op} {verdict.value}", verdict.verdict, verdict.reason
    by_sla = {result.definition for result in said.sla}
    for claim in claims:
        if claim.metric not in judged_metrics and claim.definition not in by_sla:
            yield f"{claim.metric} {claim.op} {claim.value}", "undecided", "not judged by this version"


# --- tables ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people; columns in `numbers` are aligned right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[str]


def span(judgement: Judgement) -> str:
    """From when to when, in UTC."""
    return f"{judgement.since:%Y-%m-%d %H:%M} to {judgement.until:%Y-%m-%d %H:%M} UTC"


def tables(judgement: Judgement) -> tuple[Table, ...]:
    """Availability, latency, and what else was measured; a table without rows is left out."""
    made = (_availability(judgement), _latency(judgement), _rest(judgement), _sla(judgement))
    return tuple(table for table in made if table.rows)


def _availability(judgement: Judgement) -> Table:
    columns = ["provider", "now", "time %", "95 %", "if unknown is down..up", "known %", "images %", "95 %", "n"]
    rows = []
    for name, said in judgement.providers.items():
        time, user = said.availability.time, said.availability.user
        rows.append([
            escape(name), said.state, percent(time.value), between(time.low, time.high),
            between(time.worst, time.best), percent(time.coverage),
            percent(user.value), between(user.low, user.high), f"{user.of:,}",
        ])  # fmt: skip
    return Table("Availability", columns, rows, columns[2:])


def _latency(judgement: Judgement) -> Table:
    columns = ["provider", "size", "p50 s", "95 %", "p95 s", "95 %", "n", "failed"]
    rows = [
        [escape(name), size, *_seconds(one.p50), *_seconds(one.p95), f"{one.n:,}", f"{one.failed:,}"]
        for name, said in judgement.providers.items()
        for size, one in said.latency_ms.items()
    ]
    return Table("Latency, planned start to last byte, successes", columns, rows, columns[2:])


def _rest(judgement: Judgement) -> Table:
    columns = ["provider", "5xx %", "accepted rpm", "advertised", "spent $", "$/usable", "outages", "bands"]
    rows = []
    for name, said in judgement.providers.items():
        usable, limit = said.cost.usd_per_usable, said.rate_limit
        bands = "; ".join(
            f"{metric} {' to '.join(dict.fromkeys((of[0], of[-1])))}" for metric, of in said.bands.items()
        )
        rows.append([
            escape(name), percent(said.errors.server), _range(limit.sustained_rpm),
            NOTHING if limit.advertised_rpm is None else f"{limit.advertised_rpm:g}", f"{said.cost.spent_usd:.2f}",
            NOTHING if usable is None else f"{usable.value:.4f}", str(len(said.incidents)), bands or NOTHING,
        ])  # fmt: skip
    return Table("Errors, limits, money", columns, rows, columns[1:-1])


def _sla(judgement: Judgement) -> Table:
    columns = ["provider", "definition", "uptime %", "target %", "verdict", "credit %", "why"]
    rows = [
        [
            escape(name), one.definition, percent(one.value), percent(one.target), one.verdict.replace("_", " "),
            NOTHING if one.credit_percent is None else f"{one.credit_percent:g}", one.reason or "",
        ]
        for name, said in judgement.providers.items()
        for one in said.sla
    ]  # fmt: skip
    return Table("Service levels", columns, rows, ["uptime %", "target %", "credit %"])


def percent(share: float | None) -> str:
    """`99.95`; never 100 for less, nor 0 for more: digits are added, and cut where three are not enough."""
    if share is None:
        return NOTHING
    if share in {0.0, 1.0}:
        return f"{100 * share:g}"
    shown = f"{100 * share:.3f}"
    return {"100.000": ">99.999", "0.000": "<0.001"}.get(shown, shown)


def between(low: float | None, high: float | None) -> str:
    """`99.1 to 99.9`; a side that is not bounded is open."""
    return NOTHING if low is None and high is None else f"{percent(low)} to {percent(high)}"


def _seconds(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "not bounded", NOTHING
    low, high = (NOTHING if end is None else f"{end / 1000:.2f}" for end in (estimate.low, estimate.high))
    return f"{estimate.value / 1000:.2f}", f"{low} to {high}"


def _range(span: Span | None) -> str:
    if span is None:
        return NOTHING
    return f"at least {span.low:.0f}" if span.high is None else f"{span.low:.0f} to {span.high:.0f}"
