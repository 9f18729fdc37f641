"""Whom to sign for which priority (requirements 5): fixed rules over tiers, so that the same numbers say the same.

The rules are those of `docs/methods.md`, 10. Where a ranking is not allowed, nobody is recommended and the reason is
that of the ranking. Who is certainly up for less than 99 % of the time is nobody's primary.
"""

from collections.abc import Mapping, Sequence

from monitor.judge.facts import Facts
from monitor.judge.recommend.choosing import backed
from monitor.judge.recommend.field import Field
from monitor.judge.recommend.rules import RULES
from monitor.judge.result import ProviderJudgement
from monitor.judge.verdicts import Pair, Recommendation, Tiers

__all__ = ["of"]

MAIN = "1K"


def of(
    providers: Mapping[str, ProviderJudgement], tiers: Sequence[Tiers], pairs: Sequence[Pair], facts: Facts
) -> tuple[Recommendation, ...]:
    """One for each priority; none at all where no provider was asked for an image."""
    asked = {name: said for name, said in providers.items() if said.availability.user.of and said.cost.by_size}
    if not asked:
        return ()
    sizes = sorted({size for said in asked.values() for size in said.cost.by_size})
    size = MAIN if MAIN in sizes else sizes[0]
    field = Field(asked, facts, {of.metric: of for of in tiers if of.size in {None, size}}, pairs, size)
    return tuple(backed(rule(field), field) for rule in RULES)
