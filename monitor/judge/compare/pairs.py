"""Two providers on the same blocks: how many times as long one takes, and who of them would have served."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from monitor.judge.columns import Floats, Ints
from monitor.judge.compare import holm
from monitor.judge.compare.blocks import Blocks
from monitor.judge.compare.signed_ranks import FAR, Centre, centre, p_of
from monitor.judge.intervals import ALPHA
from monitor.judge.two_samples import cliffs_delta
from monitor.judge.verdicts import Comparison, Estimate

FEWEST_BLOCKS = 30
WHOLE_DAYS = 14  # from here on a day is one observation
CLUSTER_DAYS = 7  # from here on days are seen to differ
WORKERS = 2  # threads
MARGIN = math.log(1.05)  # a smaller difference separates no tiers


@dataclass(frozen=True, slots=True)
class Contest:
    """What the shared blocks of two providers say. `centre` of log(time of a / time of b); None: too few blocks."""

    a: str
    b: str
    size: str
    blocks: int  # in which both count
    days: int
    a_only: int  # blocks in which a delivered and b failed
    b_only: int
    neither: int
    cliffs_delta: float | None
    centre: Centre | None
    beyond_margin: float | None  # p that the ratio lies beyond [1/1.05, 1.05]
    way: str  # how days were taken


def contests(blocks: Sequence[Blocks]) -> list[Contest]:
    """Every pair of providers in every size, in the order of their names."""
    pairs = [(sides, a, b) for sides in map(_sides, blocks) for a, b in combinations(range(len(sides.of.providers)), 2)]
    with ThreadPoolExecutor(WORKERS) as pool:  # most of it is sorting, for which numpy lets go of the interpreter
        return list(pool.map(lambda pair: _contest(*pair), pairs))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Blocks, with the times of each provider in a row of their own."""

    of: Blocks
    ms: Floats  # (provider, block)
    ranked: Ints  # (provider, block): the blocks, the fastest first


def _sides(of: Blocks) -> _Sides:
    ms = np.ascontiguousarray(of.ms.T)
    return _Sides(of, ms, np.argsort(ms, axis=1))


def _contest(sides: _Sides, a: int, b: int) -> Contest:
    of = sides.of
    both = ~np.isnan(sides.ms[a]) & ~np.isnan(sides.ms[b])
    x, y, day = sides.ms[a][both], sides.ms[b][both], of.day[both]
    ordered_x, ordered_y = (sides.ms[one][order[both[order]]] for one in (a, b) for order in [sides.ranked[one]])
    failed_x, failed_y = np.isinf(x), np.isinf(y)
    told = ~(failed_x & failed_y)  # where both failed, neither was faster
    found, beyond, way = _judge(_log_ratio(x[told], y[told]), day[told])
    return Contest(
        a=of.providers[a],
        b=of.providers[b],
        size=of.size,
        blocks=len(x),
        days=_days(day),
        a_only=int((~failed_x & failed_y).sum()),
        b_only=int((failed_x & ~failed_y).sum()),
        neither=int((failed_x & failed_y).sum()),
        cliffs_delta=cliffs_delta(ordered_x, ordered_y) if len(x) else None,
        centre=found,
        beyond_margin=beyond,
        way=way,
    )


def _log_ratio(x: Floats, y: Floats) -> Floats:
    """log(x / y); infinite where one of them is, and 0 where a time of 0 was stored."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: Floats = np.log(x) - np.log(y)
    return np.where(np.isnan(ratios), 0.0, ratios)


def _judge(ratios: Floats, day: Ints) -> tuple[Centre | None, float | None, str]:
    """Centre, p beyond the margin, and how days were taken."""
    if len(ratios) < FEWEST_BLOCKS:
        return None, None, ""
    days = _days(day)
    if days >= WHOLE_DAYS:
        ratios, clusters, way = _by_day(ratios, day), None, f"a day as one observation, {days} days"
    elif days >= CLUSTER_DAYS:
        clusters, way = day, f"days as clusters, {days} days"
    else:
        clusters, way = None, f"blocks as independent: {days} days do not show how days differ"
    found = centre(ratios, clusters)
    if found.value is not None and abs(found.value) <= MARGIN:
        return found, 1.0, way
    moved = np.clip(ratios - found.sign * MARGIN, -FAR, FAR)
    return found, p_of(moved, found.effect, found.days, clustered=clusters is not None), way


def _by_day(ratios: Floats, day: Ints) -> Floats:
    """One value a day, of blocks in order of time: the mean of its log ratios; their median where one side failed."""
    starts = np.flatnonzero(np.append(True, np.diff(day) != 0))
    sizes = np.diff(np.append(starts, len(day)))
    clipped = np.clip(ratios, -FAR, FAR)
    means = np.add.reduceat(clipped, starts) / sizes
    apart = np.repeat(4 * FAR * np.arange(len(starts)), sizes)  # so that one sort, which is fast, keeps days together
    ordered = np.sort(clipped + apart) - apart
    medians = (ordered[starts + (sizes - 1) // 2] + ordered[starts + sizes // 2]) / 2
    failed = np.logical_or.reduceat(np.isinf(ratios), starts)
    return np.where(failed, medians, means)


def _days(day: Ints) -> int:
    """How many days there are, of blocks in order of time."""
    return int(np.count_nonzero(np.diff(day))) + 1 if len(day) else 0


# --- in words -------------------------------------------------------------------------------------------------


def compared(found: Sequence[Contest]) -> tuple[Comparison, ...]:
    """Each pair with its verdict, Holm-adjusted over all of them."""
    p_values = iter(holm.adjusted([of.centre.p_value for of in found if of.centre is not None]))
    return tuple(_compared(of, None if of.centre is None else next(p_values)) for of in found)


def _compared(of: Contest, p_value: float | None) -> Comparison:
    verdict = "not_judged" if p_value is None else "different" if p_value < ALPHA else "no_difference"
    return Comparison(
        a=of.a,
        b=of.b,
        size=of.size,
        ratio=_ratio(of),
        verdict=verdict,
        blocks=of.blocks,
        days=of.days,
        p_value=p_value,
        cliffs_delta=of.cliffs_delta,
        reason="; ".join(_reasons(of, verdict)),
        a_only=of.a_only,
        b_only=of.b_only,
        neither=of.neither,
    )


def _ratio(of: Contest) -> Estimate | None:
    if of.centre is None or of.centre.value is None:
        return None
    low, high = (None if end is None else math.exp(end) for end in (of.centre.low, of.centre.high))
    method = f"Hodges-Lehmann on log ratios of time to image within blocks, {of.way}; a failure is infinitely slow"
    return Estimate(math.exp(of.centre.value), low, high, of.blocks, method, design_effect=of.centre.effect)


def _reasons(of: Contest, verdict: str) -> Iterator[str]:
    if of.centre is None:
        told = of.blocks - of.neither
        yield f"{told} blocks in which at least one of the two delivered; {FEWEST_BLOCKS} are needed"
    elif verdict == "different":
        yield f"told apart on {of.blocks} blocks of {of.days} days, with all comparisons shown taken into account"
    else:
        yield f"no difference was seen on {of.blocks} blocks of {of.days} days"
        if of.centre.p_value < ALPHA:
            yield "alone it would be told apart, but not among all comparisons shown"
    if of.centre is not None and of.days < CLUSTER_DAYS:
        yield f"of {of.days} days only: another week may differ"
    if of.a_only or of.b_only or of.neither:
        yield f"{of.a} alone failed in {of.b_only}, {of.b} alone in {of.a_only}, both in {of.neither}"
