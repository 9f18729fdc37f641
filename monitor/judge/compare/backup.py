"""Primary and backup: what two providers would have served together on the blocks that both were asked in."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from monitor.judge.columns import Flags
from monitor.judge.compare.blocks import Blocks
from monitor.judge.compare.pairs import FEWEST_BLOCKS
from monitor.judge.intervals import realised_window
from monitor.judge.verdicts import Pair

_METHOD = (
    "share of shared blocks of all sizes in which either delivered; 95 % of what happened in this window, "
    "from the runs in which both failed ({runs})"
)
_TOO_FEW = f"fewer than {FEWEST_BLOCKS} shared blocks"


def of(blocks: Sequence[Blocks]) -> tuple[Pair, ...]:
    """Every two providers that share a block; primary is the one that delivered more, by name where both did."""
    names = sorted({name for one in blocks for name in one.providers})
    found = (_pair(blocks, a, b) for a, b in combinations(names, 2))
    return tuple(pair for pair in found if pair is not None)


def _pair(blocks: Sequence[Blocks], a: str, b: str) -> Pair | None:
    shared = [one for one in blocks if a in one.providers and b in one.providers]
    if not shared:
        return None
    t = np.concatenate([one.t for one in shared])
    x, y = (np.concatenate([one.ms[:, one.column(name)] for one in shared]) for name in (a, b))
    order = np.argsort(t, kind="stable")
    order = order[~np.isnan(x[order]) & ~np.isnan(y[order])]
    if not len(order):
        return None
    good_a, good_b = np.isfinite(x[order]), np.isfinite(y[order])
    if good_b.sum() > good_a.sum():
        a, b, good_a, good_b = b, a, good_b, good_a
    return _together(a, b, good_a, good_b)


def _together(primary: str, backup: str, good_a: Flags, good_b: Flags) -> Pair:
    n, either = len(good_a), good_a | good_b
    failed = int(n - either.sum())
    runs = int(np.count_nonzero(np.diff(np.append(True, either).astype(np.int8)) == -1))
    bounds = realised_window(failed, runs, n) if n >= FEWEST_BLOCKS else None
    return Pair(
        primary=primary,
        backup=backup,
        blocks=n,
        primary_good=int(good_a.sum()),
        backup_good=int(good_b.sum()),
        either_good=int(either.sum()),
        value=float(either.mean()) if bounds else None,
        low=1.0 - bounds[1] if bounds else None,
        high=1.0 - bounds[0] if bounds else None,
        method=_METHOD.format(runs=runs) if bounds else _TOO_FEW,
    )
