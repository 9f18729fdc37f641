"""A week judged from the store's snapshot, with its money: what the mail and the page of a week are made from."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.budget import day_start, month_start
from monitor.config import Config
from monitor.judge.columns import NEVER, micros
from monitor.judge.frames import NEEDED
from monitor.judge.reading import rows_by_provider
from monitor.judge.result import Spending
from monitor.own_error import read_own_error
from monitor.spending import spending
from monitor.store import Snapshot, read_samples
from monitor.store.narrow import reading_arrays
from monitor.weekly import Books, JudgedWeek, judge_week, judge_week_rows
from monitor.weeks import Week


def judged_week(
    config: Config, week: Week, snapshot: Snapshot, now: datetime, *, time_compression: float | None = None
) -> JudgedWeek:
    """The week from all rows up to its end: promises are judged from a provider's first row on."""
    start, end = week.bounds(ZoneInfo(config.service.timezone))
    as_of = now if now >= end or snapshot.fresh else snapshot.as_of
    own_error = read_own_error(snapshot.path, start, min(end, as_of))
    books = Books(_money(config, snapshot.path, now), own_error, time_compression)
    before = week.previous().bounds(ZoneInfo(config.service.timezone))
    with reading_arrays(snapshot.path) as source:
        if source is None:
            frame = read_samples(snapshot.path, until=end, columns=NEEDED)
            return judge_week(frame, config.facts(), week, as_of=as_of, books=books)
        each = rows_by_provider(source, source.census(), before, (start, min(end, as_of)))
    known = {name: rows for name, all_ in each.items() if len(rows := all_.between(NEVER, micros(end)))}
    return judge_week_rows(known, config.facts(), week, as_of=as_of, books=books)


def _money(config: Config, snapshot: Path, now: datetime) -> dict[str | None, Spending]:
    """By the ledger of money, or by the rows where those say more (imported, or from before there was a ledger)."""
    rows = read_samples(snapshot, since=month_start(now), columns=("provider", "planned_at", "cost_usd"))
    today = rows[rows["planned_at"] >= day_start(now)]
    day, month = (part.groupby("provider")["cost_usd"].sum().to_dict() for part in (today, rows))
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
