"""What was spent in this day and month against the caps, of all and of each provider, from a snapshot."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from monitor.budget import Caps, day_start, month_start
from monitor.config import Config
from monitor.judge.result import Spending
from monitor.store import read_spent


def spending(config: Config, snapshot: Path, now: datetime) -> dict[str | None, Spending]:
    """By provider; None: of all together."""
    day, month = read_spent(snapshot, day_start(now)), read_spent(snapshot, month_start(now))
    names = [*config.providers, *sorted({*day, *month} - set(config.providers))]
    own = {name: provider.budget for name, provider in config.providers.items()}
    caps = {name: Caps(budget.usd_per_day, budget.usd_per_month) for name, budget in own.items()}
    all_ = Spending(sum(day.values()), sum(month.values()), config.budget.usd_per_day, config.budget.usd_per_month)
    return {None: all_, **{name: _of(name, day, month, caps.get(name, Caps())) for name in names}}


def _of(name: str, day: Mapping[str, float], month: Mapping[str, float], caps: Caps) -> Spending:
    return Spending(day.get(name, 0.0), month.get(name, 0.0), caps.usd_per_day, caps.usd_per_month)
