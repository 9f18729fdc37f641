"""Rows -> the judgement of one ISO week, the week before, and the days in between as its readers live them; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.judge import sla
from monitor.judge.columns import SECOND, Rows, by_provider, micros
from monitor.judge.facts import Facts
from monitor.judge.judgement import judge_rows
from monitor.judge.result import Day, Judgement, OwnError, ProviderJudgement, Spending
from monitor.judge.states import State
from monitor.judge.timeline import Timeline, timeline
from monitor.weeks import Week

if TYPE_CHECKING:
    import pandas as pd

CLAIMABLE = timedelta(days=190)  # months that ended longer ago are not looked at: no agreement lets one wait as long


@dataclass(frozen=True, slots=True)
class Books:
    """What the rows do not tell: money by provider and of all (None), and how wrong our own times were."""

    spending: Mapping[str | None, Spending]
    own_error: OwnError | None = None
    time_compression: float | None = None


NO_BOOKS = Books({})


@dataclass(frozen=True, slots=True)
class JudgedWeek:
    """`before` None: no row in that week. `days`: by provider, seven at most, of the zone of the facts.

    The months of `week` reach back further than the week, so that a credit that can still be claimed is told of.
    """

    week: Judgement
    before: Judgement | None
    days: Mapping[str, tuple[Day, ...]]

    @property
    def samples(self) -> int:
        """Rows in the week; 0: there is nothing to tell."""
        return sum(provider.samples for provider in self.week.providers.values())


def judge_week(
    frame: "pd.DataFrame", facts: Facts, week: Week, *, as_of: datetime, books: Books = NO_BOOKS
) -> JudgedWeek:
    """As `judge_week_rows`, of a table of samples."""
    from monitor.judge.frames import rows_of  # noqa: PLC0415 - half a second, that readers of arrays do without

    return judge_week_rows(by_provider(rows_of(frame)), facts, week, as_of=as_of, books=books)


def judge_week_rows(
    each: Mapping[str, Rows], facts: Facts, week: Week, *, as_of: datetime, books: Books = NO_BOOKS
) -> JudgedWeek:
    """The week as far as `as_of`; `each`: all rows of each provider from the first on, by which promises are judged.

    Providers that it knows nothing of are left out. A week that is over is judged to its end, whatever came to an end
    before: then the rest of it is unknown. Of its promises it says what could be said at its end.
    """
    zone = ZoneInfo(facts.timezone)
    start, end = week.bounds(zone)
    until = min(end, as_of)
    judged = _judged(facts, each, start, until, books)
    shown = {name: own for name, own in each.items() if name in judged.providers}
    days = {name: tuple(_days_of(own, facts, name, week, until)) for name, own in shown.items()}
    return JudgedWeek(judged, _before(each, facts, week, zone), days)


def _judged(facts: Facts, each: Mapping[str, Rows], start: datetime, until: datetime, books: Books) -> Judgement:
    """The week, with the months in which a credit may still be open."""
    of_all = books.spending.get(None)
    judged = judge_rows(
        dict(each),
        facts,
        since=start,
        until=until,
        as_of=until,
        spent_today=of_all.today_usd if of_all else 0.0,
        spent_month=of_all.month_usd if of_all else 0.0,
        time_compression=books.time_compression,
        own_error=books.own_error,
        spending=books.spending,
    )
    judged = _only(judged, set(facts.providers))
    providers = {name: _with_months(said, name, each, facts, until) for name, said in judged.providers.items()}
    return replace(judged, providers=providers)


def _with_months(
    said: ProviderJudgement, name: str, each: Mapping[str, Rows], facts: Facts, until: datetime
) -> ProviderJudgement:
    """Where the provider owes an uptime: every month that touches the time in which credits are claimed."""
    if name not in each or not any(result.promised for result in said.sla):
        return said
    rows, own = each[name], facts.of(name)
    line = timeline(rows, own.maintenance, since=micros(until - CLAIMABLE), horizon=micros(until))
    terms = sla.terms_of(line.every, own)
    found = sla.by_month(terms, line, own, micros(until - CLAIMABLE), micros(until), facts.timezone)
    return replace(said, sla_by_month=found)


def _only(judged: Judgement, wanted: set[str]) -> Judgement:
    """Without providers that have no row in the window and are not wanted either."""
    kept = {name: of for name, of in judged.providers.items() if of.samples or name in wanted}
    return replace(judged, providers=kept)


def _before(each: Mapping[str, Rows], facts: Facts, week: Week, zone: tzinfo) -> Judgement | None:
    start, end = week.previous().bounds(zone)
    judged = _only(judge_rows(dict(each), facts, since=start, until=end, as_of=end), set())
    return judged if judged.providers else None


def _days_of(rows: Rows, facts: Facts, name: str, week: Week, until: datetime) -> Iterator[Day]:
    zone = ZoneInfo(facts.timezone)
    since, horizon = micros(week.bounds(zone)[0]), micros(until)
    line = timeline(rows, facts.of(name).maintenance, since=since, horizon=horizon)
    for day, start, end in week.days(zone):
        if start < until:
            yield _day(day, line, micros(start), min(micros(end), horizon))


def _day(day: date, line: Timeline, start: int, end: int) -> Day:
    """One local day up to `end`. Time before the first row of all is unknown: nobody looked."""
    seconds = line.clip(start, end).seconds()
    known = seconds[State.UP] + seconds[State.DEGRADED] + seconds[State.DOWN] + seconds[State.EXCLUDED]
    within = line.every.between(start, end)
    return Day(
        day=day,
        up_s=seconds[State.UP],
        down_s=seconds[State.DOWN],
        degraded_s=seconds[State.DEGRADED],
        unknown_s=(end - start) / SECOND - known,
        excluded_s=seconds[State.EXCLUDED],
        observed=bool(known) or bool(within.sent.any()),
    )
