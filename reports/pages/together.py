"""Primary and backup together, on the blocks that both were asked in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.judge.verdicts import Estimate, Pair
from reports import words
from reports.pages import measures
from reports.pages.view import Scene
from reports.words import Shown

_MOST = 8
_COUNT = re.compile(r" \(\d+\)$")  # of runs in which both failed: it would say one method twice
_VOLUME = 50_000


@dataclass(frozen=True, slots=True)
class Together:
    """Two providers, the second asked when the first fails."""

    pair: str
    served: Shown
    n: str
    alone: str
    cost: Shown
    method: str


def pairs(scene: Scene) -> tuple[Together, ...]:
    """Those that served most come first; the judgement has the rest."""
    prices = {subject.name: measures.each_usd(subject) for subject in scene.subjects}
    best = sorted(scene.judgement.pairs, key=lambda pair: (-(pair.value or 0.0), _order(pair, prices), pair.primary))
    return tuple(_together(pair, prices) for pair in best[:_MOST])


def left_out(scene: Scene) -> int:
    """How many pairs the table has no room for."""
    return max(0, len(scene.judgement.pairs) - _MOST)


def _order(pair: Pair, prices: Mapping[str, Estimate | None]) -> float:
    cost = _cost(pair, prices, "value")
    return float("inf") if cost is None else cost


def _together(pair: Pair, prices: Mapping[str, Estimate | None]) -> Together:
    served = words.availability(pair.value, pair.low, pair.high, "all")
    return Together(
        pair=f"{pair.primary}, then {pair.backup}",
        served=Shown("too few blocks", known=False) if pair.value is None else served,
        n=f"n {words.count(pair.blocks)}",
        alone=f"{_alone(pair.primary_good, pair.blocks)}, {_alone(pair.backup_good, pair.blocks)}",
        cost=_shown(pair, prices),
        method=_COUNT.sub("", pair.method),
    )


def _alone(good: int, blocks: int) -> str:
    missed = blocks - good
    return "none" if not missed else words.count(missed)


def _shown(pair: Pair, prices: Mapping[str, Estimate | None]) -> Shown:
    value = _cost(pair, prices, "value")
    if value is None:
        return Shown(words.NOT_KNOWN, known=False)
    shown = words.usd_total(value, _cost(pair, prices, "low"), _cost(pair, prices, "high"))
    return Shown(shown.value, "exact" if shown.bounds == shown.value else shown.bounds)


def _cost(pair: Pair, prices: Mapping[str, Estimate | None], end: str) -> float | None:
    """What 50,000 usable images cost where the backup serves what the primary did not."""
    first, second = (getattr(prices.get(name), end, None) for name in (pair.primary, pair.backup))
    if first is None or second is None or not pair.either_good:
        return None
    share = pair.primary_good / pair.either_good
    return float(_VOLUME * (share * first + (1 - share) * second))
