"""Everything that is said of providers side by side, from one pass over their blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.judge.columns import Rows, micros
from monitor.judge.compare import backup, blocks, daily, pairs, tiers, weeks
from monitor.judge.facts import Facts
from monitor.judge.result import ProviderJudgement
from monitor.judge.verdicts import Change, Comparison, Pair, Tiers


@dataclass(frozen=True, slots=True)
class Together:
    """Pairs that were compared, tiers, and what two of them would have served together."""

    comparison: tuple[Comparison, ...]
    tiers: tuple[Tiers, ...]
    pairs: tuple[Pair, ...]


def of(rows: Rows, providers: Mapping[str, ProviderJudgement], since: datetime, until: datetime) -> Together:
    """`rows` are those of the window, of all providers."""
    shared = tuple(blocks.of(rows, micros(since)))
    contests = pairs.contests(shared)
    return Together(
        comparison=pairs.compared(contests),
        tiers=tiers.of(shared, contests, providers, since, until),
        pairs=backup.of(shared),
    )


def changes(each: Mapping[str, Rows], facts: Facts, until: datetime) -> tuple[Change, ...]:
    """The week before `until` against the one before; `each` has all rows of each provider."""
    return weeks.changes(
        [series for name, rows in each.items() for series in daily.of(name, rows, facts.of(name), micros(until))]
    )
