"""Tiers, not ranks: who cannot be told from the best, who is beaten with certainty, and when nothing may be ranked.

A provider stands in a lower tier when somebody above beats it by more than the margin of 5 %. Within a tier the order
is that of the alphabet. Below the minima (statistics 4) a provider is left out, with the reason.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np

from monitor.judge.columns import SECOND, micros
from monitor.judge.compare import holm
from monitor.judge.compare.blocks import DAY, QUARTERS, Blocks
from monitor.judge.compare.pairs import FEWEST_BLOCKS, Contest
from monitor.judge.intervals import ALPHA
from monitor.judge.result import ProviderJudgement
from monitor.judge.verdicts import Estimate, Tiers

FEWEST_DAYS = 7
COVERAGE = 0.95
DEGRADED = 0.05  # of the images delivered; more of them not as asked, and quality is not comparable
MARGIN = 1.05
ALMOST = 3600 * SECOND  # a schedule begins within its first interval, not with the window

Beats = Callable[[str, str], bool]


def of(
    blocks: Sequence[Blocks],
    contests: Sequence[Contest],
    providers: Mapping[str, ProviderJudgement],
    since: datetime,
    until: datetime,
) -> tuple[Tiers, ...]:
    """Tiers of the time to an image by size, of uptime, and of the cost of a usable image by size."""
    faster = _faster(contests)
    whole_days = (micros(until) - micros(since) + ALMOST) // DAY
    return (
        *(_of_time(one, faster, whole_days) for one in blocks),
        *_of_uptime(providers, since, until),
        *_of_cost(providers, since, until),
    )


def layered(names: Sequence[str], beats: Beats) -> tuple[tuple[str, ...], ...]:
    """Whom nobody beats; then whom nobody of the rest beats; and so on."""
    left, layers = sorted(names), []
    while left:
        best = [name for name in left if not any(beats(other, name) for other in left)]
        layers.append(tuple(best or left))  # a circle of beatings is no order
        left = [name for name in left if name not in layers[-1]]
    return tuple(layers)


def _tiers(metric: str, size: str | None, why_not: Mapping[str, str | None], beats: Beats) -> Tiers:
    """Tiers of those for whom there is no reason against it, two at least."""
    able = [name for name, why in why_not.items() if why is None]
    against = "; ".join(f"{name}: {why}" for name, why in why_not.items() if why is not None)
    if len(able) < 2:
        return Tiers(metric, size, (), against or "fewer than two providers to compare")
    return Tiers(metric, size, layered(able, beats), f"not ranked: {against}" if against else None)


# --- time to an image -----------------------------------------------------------------------------------------


def _faster(contests: Sequence[Contest]) -> set[tuple[str, str, str]]:
    """(size, winner, loser): faster by more than the margin, Holm-adjusted over all pairs and sizes."""
    tested = [of for of in contests if of.centre is not None and of.beyond_margin is not None]
    p_values = holm.adjusted([of.beyond_margin or 0.0 for of in tested])
    beaten = ((of, of.centre.sign) for of, p in zip(tested, p_values, strict=True) if of.centre and p < ALPHA)
    return {(of.size, of.a, of.b) if sign < 0 else (of.size, of.b, of.a) for of, sign in beaten}


def _of_time(blocks: Blocks, faster: set[tuple[str, str, str]], whole_days: int) -> Tiers:
    why_not = {name: next(_lacking(blocks, name, whole_days), None) for name in blocks.providers}
    return _tiers("time_to_image", blocks.size, why_not, lambda a, b: (blocks.size, a, b) in faster)


def _lacking(blocks: Blocks, name: str, whole_days: int) -> Iterator[str]:
    """What is missing for a place among the others."""
    at = blocks.column(name)
    counted, planned = ~np.isnan(blocks.ms[:, at]), int(blocks.planned[:, at].sum())
    days = int(np.count_nonzero(np.unique(blocks.day[counted]) < whole_days))
    if days < FEWEST_DAYS:
        yield f"{days} full days, {FEWEST_DAYS} are needed"
    if counted.sum() < FEWEST_BLOCKS:
        yield f"{counted.sum()} blocks, {FEWEST_BLOCKS} are needed"
    if len(np.unique(blocks.t[counted] % DAY // (DAY // QUARTERS))) < QUARTERS:
        yield "not measured in every quarter of the day"
    if counted.sum() < COVERAGE * planned:
        yield f"only {counted.sum()} of {planned} blocks say anything of it"
    worse, images = int(blocks.degraded[:, at].sum()), int(np.isfinite(blocks.ms[:, at]).sum())
    if worse > DEGRADED * images:
        yield f"{worse} of {images} images were not as asked, so quality is not comparable"


# --- uptime and money, which nothing pairs --------------------------------------------------------------------


def _watched_days(said: ProviderJudgement, since: datetime, until: datetime) -> float:
    begin = since if said.first_seen is None else max(said.first_seen, since)
    return (micros(until) - micros(begin)) / DAY if said.samples else 0.0


def _too_short(said: ProviderJudgement, since: datetime, until: datetime) -> str | None:
    days = _watched_days(said, since, until)
    return None if days >= FEWEST_DAYS - ALMOST / DAY else f"watched for {days:.1f} days, {FEWEST_DAYS} are needed"


def _of_uptime(providers: Mapping[str, ProviderJudgement], since: datetime, until: datetime) -> Iterator[Tiers]:
    """By intervals that do not touch, with unknown time on either side."""
    ends: dict[str, tuple[float, float]] = {}
    why_not: dict[str, str | None] = {}
    for name, said in providers.items():
        time = said.availability.time
        known = [end for end in (time.value, time.low, time.high, time.worst, time.best) if end is not None]
        ends[name] = (min(known, default=0.0), max(known, default=1.0))
        why_not[name] = _too_short(said, since, until)
        if why_not[name] is None and (time.coverage or 0.0) < COVERAGE:
            why_not[name] = f"only {100 * (time.coverage or 0.0):.0f} % of its time is known"
    if len(providers) > 1:
        yield _tiers("uptime", None, why_not, lambda a, b: ends[a][0] > ends[b][1])


def _of_cost(providers: Mapping[str, ProviderJudgement], since: datetime, until: datetime) -> Iterator[Tiers]:
    """By intervals more than the margin apart; a bill that nobody knows widens them upwards."""
    for size in sorted({size for said in providers.values() for size in said.cost.by_size}):
        each = {name: said.cost.by_size[size] for name, said in providers.items() if size in said.cost.by_size}
        why_not = {name: _too_short(providers[name], since, until) for name in each}
        for name, estimate in each.items():
            if estimate.n < FEWEST_BLOCKS:
                why_not[name] = f"{estimate.n} usable images, {FEWEST_BLOCKS} are needed"
        if len(each) > 1:
            yield _tiers("usd_per_usable", size, why_not, _cheaper(each))


def _cheaper(each: Mapping[str, Estimate]) -> Beats:
    def beats(a: str, b: str) -> bool:
        high, low = each[a].high, each[b].low
        return high is not None and low is not None and high * MARGIN < low

    return beats
