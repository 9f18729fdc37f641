"""A week judged from the store's snapshot, with its money: what the mail and the page of a week are made from."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from monitor import weekly
from monitor.budget import day_start, month_start
from monitor.cli.questions import Asked, Extent, Question, answers
from monitor.config import Config
from monitor.judge.result import Spending
from monitor.own_error import read_own_error
from monitor.spending import spending
from monitor.store import Snapshot
from monitor.store.snapshot import reading
from monitor.store.transactions import stored
from monitor.weekly import JudgedWeek
from monitor.weeks import Week

_BY_ROWS = """
SELECT provider, coalesce(fsum(cost_usd) FILTER (WHERE planned_at >= ?), 0), coalesce(fsum(cost_usd), 0)
FROM samples WHERE planned_at >= ? GROUP BY provider
"""  # fsum: a plain sum of cents drifts by more than a cent shown


def judged_week(
    config: Config, week: Week, snapshot: Snapshot, now: datetime, *, time_compression: float | None = None
) -> JudgedWeek:
    """The week from all rows up to its end: promises are judged from a provider's first row on."""
    asked = question(config, week, snapshot, now, time_compression=time_compression)
    (found,) = answers(snapshot.path, config.facts(), asked)
    return cast("JudgedWeek", found)


def question(
    config: Config, week: Week, snapshot: Snapshot, now: datetime, *, time_compression: float | None = None
) -> Asked:
    """The same, to be asked with others."""
    facts = config.facts()
    start, end = week.bounds(ZoneInfo(config.service.timezone))
    as_of = now if now >= end or snapshot.fresh else snapshot.as_of

    def ask(extent: Extent) -> Question[weekly.Part, JudgedWeek]:
        own_error = read_own_error(snapshot.path, start, min(end, as_of))
        books = weekly.Books(_money(config, snapshot.path, now), own_error, time_compression)
        before = week.previous().bounds(ZoneInfo(config.service.timezone))
        return Question(
            (before, (start, min(end, as_of))),
            partial(weekly.part, facts=facts, week=week, as_of=as_of, all_rows=extent.rows),
            partial(weekly.whole, facts=facts, week=week, as_of=as_of, books=books),
        )

    return ask


def _money(config: Config, snapshot: Path, now: datetime) -> dict[str | None, Spending]:
    """By the ledger of money, or by the rows where those say more (imported, or from before there was a ledger)."""
    with reading(snapshot) as con:
        rows = con.execute(_BY_ROWS, [stored(day_start(now)), stored(month_start(now))]).fetchall()
    day, month = ({row[0]: row[place] for row in rows} for place in (1, 2))
    own = {
        name: replace(
            spent,
            today_usd=max(spent.today_usd, day.get(name, 0.0)),
            month_usd=max(spent.month_usd, month.get(name, 0.0)),
        )
        for name, spent in spending(config, snapshot, now).items()
    }
    each = [spent for name, spent in own.items() if name is not None]
    today_usd, month_usd = sum(spent.today_usd for spent in each), sum(spent.month_usd for spent in each)
    all_ = own[None]
    return own | {
        None: replace(all_, today_usd=max(all_.today_usd, today_usd), month_usd=max(all_.month_usd, month_usd))
    }
