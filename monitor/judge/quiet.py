"""Observations that tell nothing new: a control plane that went on answering. A timeline does without them.

Most rows are of that kind, and what is asked of a timeline takes as long as it has observations. Which are left out
changes no number: those that are kept hold for as long as those that are left out did.
"""

import numpy as np

from monitor.judge.columns import Flags, Ints, Rows
from monitor.judge.states import State, States


def remarkable(watch: Rows, states: States, holds: Ints) -> Flags:
    """Which rows a timeline needs: all but those between two of their own kind that vouch for the time between them.

    A row is left out if it and its neighbours are answers of the control plane, each alone at its time, each of them
    held until the next, and if images did not fail at the time: then the control plane's answers are no proof.

    Args:
        watch: rows of one provider, sorted by time.
        states: what each row shows.
        holds: for how long each may hold, microseconds.
    """
    kept: Flags = np.ones(len(watch), dtype=bool)
    if len(watch) < 3:
        return kept
    gap = np.diff(watch.t)
    alone = np.append(True, gap > 0) & np.append(gap > 0, True)
    plain = (states == State.UP) & alone & watch.of_kind("reach", lambda rows: rows.probe.isin("reach"))
    plain &= ~_images_failing(watch, states)
    followed = plain[:-1] & plain[1:] & (gap <= holds[:-1])
    kept[1:-1] = ~(followed[:-1] & followed[1:])
    return kept


def held(t: Ints, holds: Ints, kept: Flags) -> Ints:
    """For how long each row that is kept holds, in the place of those that follow it and are not."""
    which = np.flatnonzero(kept)
    until_next = np.append(np.diff(t[which]), 0)
    stands_for = np.append(np.diff(which) > 1, False)
    return np.where(stands_for, until_next, holds[which])


def _images_failing(watch: Rows, states: States) -> Flags:
    """Rows between a failed image and the next one that says anything."""
    images = np.flatnonzero(watch.of_kind("baseline", lambda rows: rows.probe.isin("baseline")))
    images = images[states[images] != State.UNKNOWN]
    failed = images[states[images] >= State.DEGRADED]
    following = np.searchsorted(watch.t[images], watch.t[failed], side="right")
    level = np.zeros(len(watch) + 1, dtype=np.int64)
    np.add.at(level, failed, 1)
    np.add.at(level, np.append(images, len(watch))[following], -1)
    within: Flags = np.cumsum(level)[:-1] > 0
    return within
