"""What `upheld judge` reads and shows; the second is pure. Promises and the gate: `promises.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from monitor.cli.common import escape
from monitor.cli.questions import Asked, Extent, Question, answers
from monitor.config import Config
from monitor.judge import judgement, window
from monitor.judge.judgement import Part
from monitor.judge.result import Judgement, RateLimit, Span
from monitor.judge.verdicts import ErrorBudget, Estimate, SlaResult
from monitor.judge.window import Window
from monitor.own_error import read_own_error
from monitor.spending import spending
from monitor.store import Snapshot, snapshot_for_reading

NOTHING = "-"


def judged(config: Config, now: datetime, *, since: datetime | None, until: datetime | None) -> Judgement:
    """The judgement of all stored rows over [since, until).

    Rows from before `since` are read as well: they tell the state in which the window begins.

    Raises:
        StoreError: No store, or no snapshot that can be read.
    """
    snapshot = snapshot_for_reading(config.service.data_dir)
    (found,) = answers(snapshot.path, config.facts(), question(config, snapshot, now, since=since, until=until))
    return cast("Judgement", found)


def question(
    config: Config,
    snapshot: Snapshot,
    now: datetime,
    *,
    since: datetime | None,
    until: datetime | None,
    clipped: bool = False,
) -> Asked:
    """The same of a snapshot, to be asked with others.

    `clipped`: the window begins no earlier than the first row of all.
    """
    facts, seen_now = config.facts(), now if snapshot.fresh else snapshot.as_of

    def ask(extent: Extent) -> Question[Part, Judgement]:
        first, last = extent.first, extent.last
        begin = max(since, first) if clipped and since and first else since
        chosen = _begun(window.of(first, last, seen_now, since=begin, until=until, imported=extent.imported))
        money = spending(config, snapshot.path, now)
        return Question(
            ((chosen.since, chosen.until),),
            partial(judgement.part, facts=facts, of=chosen, all_rows=extent.rows),
            partial(
                judgement.whole,
                facts=facts,
                of=chosen,
                spent_today=money[None].today_usd,
                spent_month=money[None].month_usd,
                spending=money,
                own_error=read_own_error(snapshot.path, chosen.since, chosen.until),
            ),
        )

    return ask


def _begun(chosen: Window) -> Window:
    if chosen.since > chosen.until:
        raise NothingSoEarly.of(chosen)
    return chosen


# --- tables ---------------------------------------------------------------------------------------------------


class NothingSoEarly(Exception):  # noqa: N818 - reads as what it is
    """What is asked for ended before the first row was planned."""

    @classmethod
    def of(cls, chosen: Window) -> "NothingSoEarly":
        """Says until when was asked for, and from when on there are rows."""
        until, first = (f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (chosen.until, chosen.since))
        return cls(f"no row was planned before {until}; the first is of {first}")


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
    made = (_availability(judgement), _stretches(judgement), _latency(judgement), _rest(judgement), _sla(judgement))
    return tuple(table for table in made if table.rows)


def _availability(judgement: Judgement) -> Table:
    columns = ["provider", "now", "time %", "95 %", "if unknown is down..up", "known %", "images %", "95 %", "n"]
    rows = []
    for name, said in judgement.providers.items():
        time, user = said.availability.time, said.availability.user
        rows.append([
            escape(name), said.state, uptime(time.value), between(time.low, time.high),
            between(time.worst, time.best), percent(time.coverage),
            percent(user.value), between(user.low, user.high), f"{user.of:,}",
        ])  # fmt: skip
    return Table("Availability", columns, rows, columns[2:])


def _stretches(judgement: Judgement) -> Table:
    """The worst hour, day, and so on, and what is left of the error budget of 30 days."""
    lengths = {3600.0: "1 h", 21_600.0: "6 h", 86_400.0: "1 d", 604_800.0: "7 d", 2_592_000.0: "30 d"}
    columns = [
        "provider",
        *(f"{name} %" for name in lengths.values()),
        "SLO %",
        "budget min",
        "spent",
        "unknown",
        "left",
    ]
    rows = []
    for name, said in judgement.providers.items():
        worst = {found.length_s: found.value for found in said.availability.windows}
        if worst or said.availability.budget:
            shares = [percent(worst.get(length)) for length in lengths]
            rows.append([escape(name), *shares, *_budget(said.availability.budget)])
    return Table("Worst stretches; error budget of the last 30 days", columns, rows, columns[1:])


def _budget(budget: ErrorBudget | None) -> list[str]:
    """Objective, and minutes: allowed, spent, spent if all unknown time was down, left; nothing without a promise."""
    if budget is None:
        return [NOTHING] * 5
    unknown_s = budget.spent_worst_s - budget.spent_s
    return [
        percent(budget.slo),
        *(f"{s / 60:,.1f}" for s in (budget.budget_s, budget.spent_s, unknown_s, budget.left_s)),
    ]


def _latency(judgement: Judgement) -> Table:
    columns = ["provider", "size", "p50 s", "95 %", "p95 s", "95 %", "n", "failed"]
    rows = [
        [escape(name), size, *seconds(one.p50), *seconds(one.p95), f"{one.n:,}", f"{one.failed:,}"]
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
    """Every clause side by side; a target that nobody promised is marked as the usual one of that clause."""
    columns = ["provider", "clause", "uptime %", "at worst %", "target %", "verdict", "credit %", "why"]
    rows = [
        [
            escape(name), one.definition, percent(one.value), percent(one.worst), _target(one),
            one.verdict.replace("_", " "), NOTHING if one.credit_percent is None else f"{one.credit_percent:g}",
            one.reason or "",
        ]
        for name, said in judgement.providers.items()
        for one in said.sla
    ]  # fmt: skip
    return Table("Service levels: the same rows under each clause", columns, rows, [*columns[2:5], "credit %"])


def _target(result: SlaResult) -> str:
    if result.target is None:
        return NOTHING
    return f"{percent(result.target)}{'' if result.promised else ' (usual)'}"


def percent(share: float | None) -> str:
    """`99.95`; never 100 for less, nor 0 for more: digits are added, and cut where three are not enough."""
    if share is None:
        return NOTHING
    if share in {0.0, 1.0}:
        return f"{100 * share:g}"
    shown = f"{100 * share:.3f}"
    return {"100.000": ">99.999", "0.000": "<0.001"}.get(shown, shown)


def uptime(share: float | None) -> str:
    """`99.95`; where nothing failed in words, since the next look may find what this one did not."""
    return "no outage" if share == 1 else percent(share)


def between(low: float | None, high: float | None) -> str:
    """`99.1 to 99.9`; a side that is not bounded is open."""
    return NOTHING if low is None and high is None else f"{percent(low)} to {percent(high)}"


def rate(limit: RateLimit) -> str:
    """Accepted of advertised requests a minute."""
    advertised = "" if limit.advertised_rpm is None else f" of {limit.advertised_rpm:,g}"
    return NOTHING if limit.sustained_rpm is None else f"{_range(limit.sustained_rpm)}{advertised}"


def seconds(estimate: Estimate | None) -> tuple[str, str]:
    """The value and its interval."""
    if estimate is None:
        return "not bounded", NOTHING
    low, high = (NOTHING if end is None else f"{end / 1000:.2f}" for end in (estimate.low, estimate.high))
    return f"{estimate.value / 1000:.2f}", f"{low} to {high}"


def _range(span: Span | None) -> str:
    if span is None:
        return NOTHING
    return f"at least {span.low:.0f}" if span.high is None else f"{span.low:.0f} to {span.high:.0f}"
