"""Rows -> the judgement of one ISO week, the week before, and the days in between as its readers live them; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.judge import judgement, sla
from monitor.judge.columns import SECOND, Rows, by_provider, micros
from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.past import Pasts
from monitor.judge.result import Day, Judgement, OwnError, ProviderJudgement, Spending
from monitor.judge.states import State
from monitor.judge.timeline import Timeline
from monitor.judge.window import Window
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
    """`before`: of each provider alone; None: no row in that week. `days`: seven at most, of the zone of the facts.

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
    """The week as far as `as_of`; `each`: all rows of each provider from the first on, by which promises are judged."""
    all_rows = sum(map(len, each.values()))
    parts = {name: part(Pasts(name, rows, facts.of(name)), facts, week, as_of, all_rows) for name, rows in each.items()}
    return whole(parts, facts, week, as_of=as_of, books=books)


@dataclass(frozen=True, slots=True)
class Part:
    """Of one provider: the week, the week before, and its days."""

    week: judgement.Part
    before: judgement.Part
    days: tuple[Day, ...]


def part(pasts: Pasts, facts: Facts, week: Week, as_of: datetime, all_rows: int) -> Part:
    """Of one provider, by the rows until the end of the week.

    `all_rows`: how many there are of all providers, at most.
    """
    of, before = _windows(week, facts, as_of)
    _, end = week.bounds(ZoneInfo(facts.timezone))
    found = judgement.part(pasts, facts, of, all_rows, end)
    line = pasts.at(of, before=end).line
    return Part(
        replace(found, said=_with_months(found.said, line, facts, pasts.facts, of.until)),
        judgement.part(pasts, facts, before, all_rows, before.until),
        tuple(_days_of(line, facts, week, of.until)),
    )


def whole(
    parts: Mapping[str, Part], facts: Facts, week: Week, *, as_of: datetime, books: Books = NO_BOOKS
) -> JudgedWeek:
    """The week of what was found of each provider; those of which nothing is known are left out.

    A week that is over is judged to its end, whatever came to an end before: then the rest of it is unknown. Of its
    promises it says what could be said at its end.
    """
    of, before_it = _windows(week, facts, as_of)
    of_all = books.spending.get(None)
    judged = judgement.whole(
        {name: one.week for name, one in parts.items()},
        facts,
        of,
        spent_today=of_all.today_usd if of_all else 0.0,
        spent_month=of_all.month_usd if of_all else 0.0,
        time_compression=books.time_compression,
        own_error=books.own_error,
        spending=books.spending,
    )
    judged = _only(judged, set(facts.providers))
    alone = judgement.whole({name: one.before for name, one in parts.items()}, facts, before_it, side_by_side=False)
    before = _only(alone, set())
    days = {name: one.days for name, one in parts.items() if name in judged.providers}
    return JudgedWeek(judged, before if before.providers else None, days)


def _windows(week: Week, facts: Facts, as_of: datetime) -> tuple[Window, Window]:
    """The week as far as `as_of`, and the one before, each as it was seen at its end."""
    zone = ZoneInfo(facts.timezone)
    start, end = week.bounds(zone)
    until, (before, _) = min(end, as_of), week.previous().bounds(zone)
    return Window(start, until, until), Window(before, start, start)


def _with_months(
    said: ProviderJudgement, line: Timeline, facts: Facts, own: ProviderFacts, until: datetime
) -> ProviderJudgement:
    """Where the provider owes an uptime: every month that touches the time in which credits are claimed."""
    if not said.first_seen or not any(result.promised for result in said.sla):
        return said
    terms = sla.terms_of(line.every, own)
    found = sla.by_month(terms, line, own, micros(until - CLAIMABLE), micros(until), facts.timezone)
    return replace(said, sla_by_month=found)


def _only(judged: Judgement, wanted: set[str]) -> Judgement:
    """Without providers that have no row in the window and are not wanted either."""
    kept = {name: of for name, of in judged.providers.items() if of.samples or name in wanted}
    return replace(judged, providers=kept)


def _days_of(line: Timeline, facts: Facts, week: Week, until: datetime) -> Iterator[Day]:
    for day, start, end in week.days(ZoneInfo(facts.timezone)):
        if start < until:
            yield _day(day, line, micros(start), min(micros(end), micros(until)))


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
