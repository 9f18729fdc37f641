"""Times in which our circuit breaker held image requests back after they had failed: nobody knows of them.

While images fail and the control plane answers, the failures of images say that it is down. If the breaker then thins
the image requests, the control plane's answers must not turn the time between two trials into time up.
"""

import numpy as np

from monitor.judge.columns import Flags, Ints, Rows
from monitor.judge.states import State, States

NOBODY = -1


def by_breaker(watch: Rows, t: Ints, image: States, reach: States) -> Ints:
    """For each instant the one of the held-back request that makes it unknown, or `NOBODY`.

    Args:
        watch: the rows.
        t: distinct times of rows, the instants.
        image: what image requests show at each instant.
        reach: the same of control-plane calls.
    """
    none = np.full(len(t), NOBODY, dtype=np.int64)
    paused = np.searchsorted(t, np.unique(watch.t[_is_paused(watch)]))
    known = np.flatnonzero(image != State.UNKNOWN)
    if not len(paused) or not len(known):
        return none
    index = np.arange(len(t))
    latest = np.searchsorted(known, index, side="right") - 1
    last_image = np.where(latest >= 0, known[np.maximum(latest, 0)], NOBODY)
    next_image = np.append(known, len(t))[latest + 1]
    last_reach_down = np.maximum.accumulate(np.where(reach == State.DOWN, index, NOBODY))
    before = np.append(NOBODY, paused)[np.searchsorted(paused, index, side="right")]
    after = np.append(paused, len(t))[np.searchsorted(paused, index, side="right")]
    fails = (last_image >= 0) & (image[np.maximum(last_image, 0)] == State.DOWN)
    held_before = before > np.maximum(last_image, last_reach_down)
    held_after = after < next_image
    only_reached = (reach == State.UP) & (image == State.UNKNOWN)
    source = np.where(held_before, before, after)
    return np.where(only_reached & fails & (held_before | held_after), source, none)


def _is_paused(rows: Rows) -> Flags:
    """Image requests that the breaker held back."""
    return rows.probe.isin("baseline") & rows.outcome.isin("not_sent") & rows.detail.isin("breaker")


def any_between(watch: Rows, start: int, end: int) -> bool:
    """Whether an image request was held back in [start, end)."""
    return bool(_is_paused(watch.between(start, end)).any())


def after_failures(images: Rows) -> int:
    """How many image requests were held back while the last one that was sent had failed."""
    paused = _is_paused(images)
    if not paused.any():
        return 0
    told = images.counted
    latest = np.maximum.accumulate(np.where(told, np.arange(len(images)), NOBODY))
    failed = (latest >= 0) & ~images.good[np.maximum(latest, 0)]
    return int((paused & failed).sum())
