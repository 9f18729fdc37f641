"""Everything that is said of providers side by side, from one pass over their blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.judge.columns import micros
from monitor.judge.compare import backup, blocks, pairs, tiers
from monitor.judge.result import ProviderJudgement
from monitor.judge.verdicts import Comparison, Pair, Tiers


@dataclass(frozen=True, slots=True)
class Together:
    """Pairs that were compared, tiers, and what two of them would have served together."""

    comparison: tuple[Comparison, ...]
    tiers: tuple[Tiers, ...]
    pairs: tuple[Pair, ...]


def of(
    asked: Sequence[blocks.Asked], providers: Mapping[str, ProviderJudgement], since: datetime, until: datetime
) -> Together:
    """`asked`: what each provider was asked in blocks, in the window."""
    shared = tuple(blocks.of(asked, micros(since)))
    contests = pairs.contests(shared)
    return Together(
        comparison=pairs.compared(contests),
        tiers=tiers.of(shared, contests, providers, since, until),
        pairs=backup.of(shared),
    )
