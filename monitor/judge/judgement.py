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
from monitor.judge.clauses.measure import Window
from monitor.judge.columns import NEVER, Rows, by_provider, instant, micros, nothing
from monitor.judge.compare import blocks, daily, together, weeks
from monitor.judge.facts import Facts
from monitor.judge.past import Past, Pasts
from monitor.judge.result import Judgement, OwnError, ProviderJudgement, RateLimit, Spending
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
        {name: part(Pasts(name, each.pop(name), facts.of(name)), facts, chosen, all_rows) for name in list(each)},
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


def part(pasts: Pasts, facts: Facts, of: window.Window, all_rows: int, before: datetime | None = None) -> Part:
    """Of one provider.

    Args:
        pasts: of its rows.
        facts: of all.
        of: the window.
        all_rows: how many rows there are of all providers, at most.
        before: rows planned then or later are not looked at.
    """
    past = pasts.at(of, before=before)
    start, end = micros(of.since), micros(of.until)
    return Part(
        said=provider(past, facts, of),
        asked=blocks.asked(past.name, past.telling.between(start, end)),
        slots=instrument.slots(past.rows.between(start, end), all_rows),
        series=past.series,
        simulated=any(place.startswith(SIMULATED) for place in past.rows.location.counts()),
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
    side_by_side: bool = True,
) -> Judgement:
    """The judgement of all, of what was found of each; a configured provider without a part has no row.

    `side_by_side` False: of each alone, nothing is compared; the rest is passed through.
    """
    names = [*facts.providers, *(name for name in parts if name not in facts.providers)]
    each = [parts[name] if name in parts else part(unseen(name, facts), facts, of, 0) for name in names]
    providers = {name: one.said for name, one in zip(names, each, strict=True)}
    asked = [asked for one in each for asked in one.asked] if side_by_side else []
    compared = together.of(asked, providers, of.since, of.until)
    return Judgement(
        as_of=of.as_of,
        since=of.since,
        until=of.until,
        simulated=any(one.simulated for one in each),
        location=facts.location,
        timezone=facts.timezone,
        providers=providers,
        comparison=compared.comparison,
        instrument=replace(
            instrument.of([one.slots for one in each], spent_today, spent_month, time_compression),
            own_error=own_error,
            spent=(spending or {}).get(None),
            spending={name: spent for name, spent in (spending or {}).items() if name is not None},
        ),
        tiers=compared.tiers,
        pairs=compared.pairs,
        recommendations=recommend.of(providers, compared.tiers, compared.pairs, facts) if side_by_side else (),
        changes=weeks.changes([series for one in each for series in one.series]) if side_by_side else (),
    )


def unseen(name: str, facts: Facts) -> Pasts:
    """Of a provider that has no row."""
    return Pasts(name, nothing(), facts.of(name))


def provider(past: Past, told: Facts, of: window.Window) -> ProviderJudgement:
    """Everything said of one provider.

    Args:
        past: of its rows, at the end of the window.
        told: facts of all.
        of: numbers are of rows planned in [since, until).
    """
    rows, line, facts = past.rows, past.line, past.facts
    start, end, as_of = micros(of.since), micros(of.until), of.as_of
    clipped = line.clip(start, end)
    inside, asked = rows.between(start, end), past.telling.between(start, end)
    timed = asked if latency.has_images(asked) else inside
    available = replace(availability.of(asked, clipped), budget=past.budget, process=past.process)
    took, wrong = latency.by_size(timed), errors.count(inside)
    limit = _limit(past, asked, told)
    state, since_when = days.state_at(line, as_of)
    outages = recovery.of(lambda: past.seen, incidents.within(past.happened, start, end))
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
        sla=sla.judge(past.terms, Window(line, max(start, min(line.begin, end)), end, facts.maintenance)),
        sla_by_month=sla.by_month(past.terms, line, facts, start, end, told.timezone),
        claims=past.claims,
        model=facts.model or _last_model(rows.model),
        state=state,
        state_since=since_when,
        last_seen=_last(rows, as_of),
        first_seen=instant(int(rows.t[0])) if len(rows) else None,
        days=past.days,
        unknown=days.unknown(clipped),
        by_hour=latency.by_hour(timed),
        recovery=recovery.together(outages),
        endurance=endurance.of(asked),
    )


def _limit(past: Past, asked: Rows, told: Facts) -> RateLimit:
    """Of these rows; those of a window that has all of them are known."""
    known = past.case
    if len(asked) == len(known.rows) and (asked.t[:1] == known.rows.t[:1]).all():
        return limits.as_planned(known.limit, told.planned_rpm)
    return limits.of(asked, past.facts, told.planned_rpm)


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
