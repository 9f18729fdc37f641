"""Rows -> the judgement of one ISO week, the week before, and the days in between as its readers live them; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from monitor.judge.columns import SECOND, Rows, micros
from monitor.judge.facts import Facts
from monitor.judge.frames import rows_of
from monitor.judge.judgement import judge
from monitor.judge.result import Day, Judgement
from monitor.judge.states import State
from monitor.judge.timeline import Timeline, timeline
from monitor.weeks import Week

LOOK_BACK = timedelta(days=7)  # before the week before: in which state that began, however rarely somebody looked


@dataclass(frozen=True, slots=True)
class JudgedWeek:
    """`before` None: no row in that week. `days`: by provider, seven at most, of the zone of the facts."""

    week: Judgement
    before: Judgement | None
    days: Mapping[str, tuple[Day, ...]]

    @property
    def samples(self) -> int:
        """Rows in the week; 0: there is nothing to tell."""
        return sum(provider.samples for provider in self.week.providers.values())


def reach_back(week: Week, zone: tzinfo) -> tuple[datetime, datetime]:
    """[since, until): rows that `judge_week` wants to see."""
    return week.previous().bounds(zone)[0] - LOOK_BACK, week.bounds(zone)[1]


def judge_week(
    frame: pd.DataFrame,
    facts: Facts,
    week: Week,
    *,
    as_of: datetime,
    spent_today: float = 0.0,
    spent_month: float = 0.0,
    time_compression: float | None = None,
) -> JudgedWeek:
    """The week as far as `as_of`, with rows from `reach_back`. Providers that it knows nothing of are left out.

    A week that is over is judged to its end, whatever came to an end before: then the rest of it is unknown.
    """
    zone = ZoneInfo(facts.timezone)
    start, end = week.bounds(zone)
    until = min(end, as_of)
    judged = judge(
        frame,
        facts,
        since=start,
        until=until,
        as_of=until,
        spent_today=spent_today,
        spent_month=spent_month,
        time_compression=time_compression,
    )
    judged = _only(judged, set(facts.providers))
    return JudgedWeek(judged, _before(frame, facts, week, zone), _days(frame, facts, week, until, judged))


def _only(judged: Judgement, wanted: set[str]) -> Judgement:
    """Without providers that have no row in the window and are not wanted either."""
    kept = {name: of for name, of in judged.providers.items() if of.samples or name in wanted}
    return replace(judged, providers=kept)


def _before(frame: pd.DataFrame, facts: Facts, week: Week, zone: tzinfo) -> Judgement | None:
    start, end = week.previous().bounds(zone)
    judged = _only(judge(frame, facts, since=start, until=end, as_of=end), set())
    return judged if judged.providers else None


def _days(
    frame: pd.DataFrame, facts: Facts, week: Week, until: datetime, judged: Judgement
) -> dict[str, tuple[Day, ...]]:
    rows = rows_of(frame)
    of = {name: rows.take(which) for name, which in rows.provider.split() if name in judged.providers}
    return {str(name): tuple(_days_of(own, facts, str(name), week, until)) for name, own in of.items()}


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
    t = line.rows.t[line.rows.sent]
    return Day(
        day=day,
        up_s=seconds[State.UP],
        down_s=seconds[State.DOWN],
        degraded_s=seconds[State.DEGRADED],
        unknown_s=(end - start) / SECOND - known,
        excluded_s=seconds[State.EXCLUDED],
        observed=bool(known) or bool(np.any((t >= start) & (t < end))),
    )
