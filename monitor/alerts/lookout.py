"""Where alerts come from: the budget, our own rows, incidents, and the judgement that was last rendered."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.alerts import seen
from monitor.budget import Budget, day_start
from monitor.config import Config
from monitor.store import NewsRow, Store

LOOK_BACK = timedelta(days=7)  # a service that was down that long tells what it missed


@dataclass(frozen=True, slots=True)
class Lookout:
    """Everything that holds now. `judged`: the file of the last judgement; `follows`: incidents are followed live."""

    budget: Budget
    quotas: Mapping[str, seen.Quota]
    judged: Path
    follows: bool

    def look(self, now: datetime) -> Callable[[Store], list[NewsRow]]:
        """What is to be asked on the store's thread, after every row before was stored; the budget is asked here."""
        books = self.budget.books()
        return lambda store: [*seen.of_budget(books, now), *self._stored(store, now)]

    def _stored(self, store: Store, now: datetime) -> Iterator[NewsRow]:
        if any(quota.rpm or quota.rpd for quota in self.quotas.values()):
            yield from seen.of_quotas(store.sent_by_minute(day_start(now)), self.quotas, now)
        yield from seen.of_told_quotas(store.told_quotas(day_start(now)), now)
        if self.follows:
            yield from seen.of_transitions(store.transitions(now - LOOK_BACK))
        judged = _read(self.judged)
        if not self.follows:
            yield from seen.of_judged_outages(judged, now)
        yield from seen.of_judged_claims(judged, now)


def lookout(config: Config, budget: Budget) -> Lookout:
    """For this configuration."""
    limits = {name: provider.limits for name, provider in config.providers.items()}
    quotas = {name: seen.Quota(limit.rpm, limit.rpd) for name, limit in limits.items()}
    judged = config.service.data_dir / "site" / "judge.json"
    return Lookout(budget, quotas, judged, follows=config.probes.recovery is not None)


def _read(path: Path) -> Mapping[str, Any]:
    """The last judgement; nothing where none was rendered."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
