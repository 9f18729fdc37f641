"""Frame and facts -> `Judgement`: puts together what the other modules of this folder each work out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from monitor.judge import (
    availability,
    bands,
    cost,
    days,
    endurance,
    error_budget,
    errors,
    incidents,
    instrument,
    latency,
    limits,
    recommend,
    recovery,
    sla,
    window,
)
from monitor.judge.claims import judging
from monitor.judge.claims.case import Case
from monitor.judge.clauses.measure import Window
from monitor.judge.columns import NEVER, Rows, by_provider, instant, micros, nothing
from monitor.judge.compare import blocks, daily, together, weeks
from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.result import Judgement, OwnError, ProviderJudgement, Spending
from monitor.judge.sla import Terms
from monitor.judge.timeline import Timeline, timeline
from monitor.judge.words import Words

if TYPE_CHECKING:
    import pandas as pd

SIMULATED = "simulated"


def judge(
    frame: "pd.DataFrame",
    facts: Facts,
    *,
    since: datetime,
    until: datetime,
    as_of: datetime,
    spent_today: float = 0.0,
    spent_month: float = 0.0,
    time_compression: float | None = None,
    own_error: OwnError | None = None,
    spending: Mapping[str | None, Spending] | None = None,
) -> Judgement:
    """Everything that can be said of every provider that has rows or is configured.

    Args:
        frame: samples with the contract's columns. Rows from before `since` are welcome: they tell the state in
            which the window begins, and fill the 90 days.
        facts: prices, promises, announced maintenance.
        since: numbers are of rows planned in [since, until); time counts from the first row, if that is later.
        until: end of the window.
        as_of: now; what the present state and the last of the 90 days refer to.
        spent_today: USD, passed through.
        spent_month: USD, passed through.
        time_compression: passed through; simulated time.
        own_error: passed through; what the runs found of our own times.
        spending: passed through; by provider, and of all together (None).
    """
    from monitor.judge.frames import rows_of  # noqa: PLC0415 - half a second, that readers of arrays do without

    return judge_rows(
        by_provider(rows_of(frame)),
        facts,
        since=since,
        until=until,
        as_of=as_of,
        spent_today=spent_today,
        spent_month=spent_month,
        time_compression=time_compression,
        own_error=own_error,
        spending=spending,
    )


def judge_rows(
    each: dict[str, Rows],
    facts: Facts,
    *,
    since: datetime,
    until: datetime,
    as_of: datetime,
    spent_today: float = 0.0,
    spent_month: float = 0.0,
    time_compression: float | None = None,
    own_error: OwnError | None = None,
    spending: Mapping[str | None, Spending] | None = None,
) -> Judgement:
    """As `judge`, from the rows of each provider, which are taken out of `each`: a year of twenty fills the memory."""
    chosen, all_rows = window.Window(since, until, as_of), sum(map(len, each.values()))
    return whole(
        {name: part(name, each.pop(name), facts, chosen, all_rows) for name in list(each)},
        facts,
        chosen,
        spent_today=spent_today,
        spent_month=spent_month,
        time_compression=time_compression,
        own_error=own_error,
        spending=spending,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What is said of one provider, and what is kept of its rows for what is said of all."""

    said: ProviderJudgement
    asked: tuple[blocks.Asked, ...]
    slots: instrument.Slots
    series: tuple[daily.Series, ...]
    simulated: bool


def part(name: str, rows: Rows, facts: Facts, of: window.Window, all_rows: int, line: Timeline | None = None) -> Part:
    """Of one provider.

    Args:
        name: whose.
        rows: all of its rows, sorted by time.
        facts: of all.
        of: the window.
        all_rows: how many rows there are of all providers, at most.
        line: `line_of` these rows, if it is known.
    """
    own = facts.of(name)
    start, end = micros(of.since), micros(of.until)
    telling = rows.take(~rows.routine)
    return Part(
        said=provider(rows, telling, line or line_of(rows, own, of), own, facts, of),
        asked=blocks.asked(name, telling.between(start, end)),
        slots=instrument.slots(rows.between(start, end), all_rows),
        series=tuple(daily.of(name, rows, own, end)),
        simulated=any(place.startswith(SIMULATED) for place in rows.location.counts()),
    )


def whole(
    parts: Mapping[str, Part],
    facts: Facts,
    of: window.Window,
    *,
    spent_today: float = 0.0,
    spent_month: float = 0.0,
    time_compression: float | None = None,
    own_error: OwnError | None = None,
    spending: Mapping[str | None, Spending] | None = None,
) -> Judgement:
    """The judgement of all, of what was found of each; a configured provider without a part has no row."""
    names = [*facts.providers, *(name for name in parts if name not in facts.providers)]
    each = [parts[name] if name in parts else part(name, nothing(), facts, of, 0) for name in names]
    providers = {name: one.said for name, one in zip(names, each, strict=True)}
    side_by_side = together.of([asked for one in each for asked in one.asked], providers, of.since, of.until)
    return Judgement(
        as_of=of.as_of,
        since=of.since,
        until=of.until,
        simulated=any(one.simulated for one in each),
        location=facts.location,
        timezone=facts.timezone,
        providers=providers,
        comparison=side_by_side.comparison,
        instrument=replace(
            instrument.of([one.slots for one in each], spent_today, spent_month, time_compression),
            own_error=own_error,
            spent=(spending or {}).get(None),
            spending={name: spent for name, spent in (spending or {}).items() if name is not None},
        ),
        tiers=side_by_side.tiers,
        pairs=side_by_side.pairs,
        recommendations=recommend.of(providers, side_by_side.tiers, side_by_side.pairs, facts),
        changes=weeks.changes([series for one in each for series in one.series]),
    )


def line_of(rows: Rows, facts: ProviderFacts, of: window.Window) -> Timeline:
    """The timeline of a provider from its first row to the end of what is asked."""
    return timeline(rows, facts.maintenance, since=micros(of.since), horizon=max(micros(of.until), micros(of.as_of)))


def provider(
    rows: Rows, telling: Rows, line: Timeline, facts: ProviderFacts, told: Facts, of: window.Window
) -> ProviderJudgement:
    """Everything said of one provider.

    Args:
        rows: all of its rows, sorted by time.
        telling: those of them that are not routine.
        line: of all of them.
        facts: its prices and promises.
        told: those of all.
        of: numbers are of rows planned in [since, until).
    """
    start, end, as_of = micros(of.since), micros(of.until), of.as_of
    clipped = line.clip(start, end)
    inside, asked = rows.between(start, end), telling.between(start, end)
    timed = asked if latency.has_images(asked) else inside
    budget = error_budget.of(line, rows, error_budget.objective(facts), end)
    terms = sla.terms_of(line.every, facts)
    happened = incidents.found(line)
    promised = case(rows, telling, line, terms, facts, min(end, micros(as_of)), happened)
    available = replace(availability.of(asked, clipped), budget=budget, process=judging.process(promised))
    took, wrong = latency.by_size(timed), errors.count(inside)
    if len(asked) == len(promised.rows) and (asked.t[:1] == promised.rows.t[:1]).all():
        limit = limits.as_planned(promised.limit, told.planned_rpm)  # of the same rows
    else:
        limit = limits.of(asked, facts, told.planned_rpm)
    state, since_when = days.state_at(line, as_of)
    outages = recovery.of(rows, incidents.within(happened, start, end))
    return ProviderJudgement(
        samples=len(inside),
        outcomes=inside.outcome.counts(),
        availability=available,
        latency_ms=took,
        phases_ms=latency.phases(timed),
        errors=errors.of(wrong),
        rate_limit=limit,
        cost=cost.of(asked, facts, took, available.time),
        bands=bands.of(available.time, took, errors.server_interval(wrong), limit),
        incidents=outages,
        sla=sla.judge(terms, Window(line, max(start, min(line.begin, end)), end, facts.maintenance)),
        sla_by_month=sla.by_month(terms, line, facts, start, end, told.timezone),
        claims=judging.judge(promised, as_of.date()),
        model=facts.model or _last_model(rows.model),
        state=state,
        state_since=since_when,
        last_seen=_last(rows, as_of),
        first_seen=instant(int(rows.t[0])) if len(rows) else None,
        days=days.of(line, as_of),
        unknown=days.unknown(clipped),
        by_hour=latency.by_hour(timed),
        recovery=recovery.together(outages),
        endurance=endurance.of(asked),
    )


def case(
    rows: Rows,
    telling: Rows,
    line: Timeline,
    terms: tuple[Terms, ...],
    facts: ProviderFacts,
    until: int,
    happened: tuple[incidents.Found, ...],
) -> Case:
    """What promises are judged by: all from the provider's first row on, since they are of the provider."""
    begin = int(rows.t[0]) if len(rows) else until
    known = telling.between(begin, until)
    whole = line.clip(line.begin, until)
    limit = limits.of(known, facts, None)
    return Case(begin, known, whole, until, facts, terms, incidents.within(happened, line.begin, until), limit)


def _last_model(models: Words) -> str:
    """The model of the latest row that names one."""
    named = np.flatnonzero(models.codes >= 0)
    return (models.at(int(named[-1])) or "") if len(named) else ""


def _last(rows: Rows, as_of: datetime) -> datetime | None:
    """When we last sent anything to this provider."""
    rows = rows.take(slice(0, int(np.searchsorted(rows.t, micros(as_of), side="right"))))
    undated = rows.take(rows.sent_at == NEVER)
    last = max(rows.sent_at.max(initial=NEVER), undated.t[undated.sent].max(initial=NEVER))
    return instant(int(last)) if last != NEVER else None
