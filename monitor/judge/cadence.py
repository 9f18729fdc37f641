"""How often something was measured, by the data itself: for each row, how long its state may be taken to hold.

The cadence is that of the rows around: the larger of the medians of the 5 spacings before and the 5 after the gap
that follows, so that both sides of a change of schedule keep their own, and a gap never vouches for itself.

A gap is ordinary, and held whole, up to a tenth more (a probe that is late was not missed), or as far as the gaps
around it scatter, but never more than half a cadence more: a schedule that spreads its probes at random has no two
gaps alike, and none of them was missed. Every longer gap is held for one cadence.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.judge.columns import Codes, Ints, Rows

SIDE = 5  # spacings looked at on either side
FEW = 3  # fewer spacings than this say little about a side, if the other side has more
LATE = 1.1
SCATTER = 3.0  # median absolute deviations
MOST = 1.5
UNKNOWN = 0  # no cadence: a single probe holds for no time


@dataclass(frozen=True, slots=True)
class Holds:
    """Microseconds for each row: the cadence there, and the longest gap that is an ordinary one."""

    cadence: Ints
    ordinary: Ints

    def of(self, gaps: Ints) -> Ints:
        """How much of the gap after each row its state holds: all of an ordinary gap, else one cadence."""
        return np.where(gaps <= self.ordinary, gaps, np.minimum(gaps, self.cadence))


def local(times: Ints) -> Holds:
    """For each of the distinct, sorted `times`; cadence 0 where it cannot be known."""
    gaps = np.diff(times)
    cadence, scatter = np.zeros(len(times), dtype=np.int64), np.zeros(len(times), dtype=np.int64)
    if len(gaps) > 2 * SIDE:
        inner = slice(SIDE, len(gaps) - SIDE)  # both sides are whole
        cadence[inner], scatter[inner] = _inner(gaps)
        edges = [*range(SIDE), *range(len(gaps) - SIDE, len(times))]
    else:
        edges = [*range(len(times))]
    for i in edges:
        before, after = gaps[max(i - SIDE, 0) : i], gaps[i + 1 : i + 1 + SIDE]
        cadence[i], scatter[i] = _at_edge(before, after)
    widest = np.clip(cadence + SCATTER * scatter, cadence * LATE, cadence * MOST)
    return Holds(cadence, widest.astype(np.int64))


def _inner(gaps: Ints) -> tuple[Ints, Ints]:
    """Cadence and scatter where there are 5 spacings on both sides."""
    windows = np.lib.stride_tricks.sliding_window_view(gaps, 2 * SIDE + 1)
    before, after = windows[:, :SIDE], windows[:, SIDE + 1 :]
    medians = (np.sort(side, axis=1)[:, SIDE // 2] for side in (before, after))
    around = np.concatenate([before, after], axis=1)
    middle = np.sort(around, axis=1)[:, SIDE - 1 : SIDE]
    return np.maximum(*medians), np.sort(np.abs(around - middle), axis=1)[:, SIDE - 1]


def _at_edge(before: Ints, after: Ints) -> tuple[int, int]:
    """The same with fewer: a side with less than 3 counts only where both have."""
    around = np.concatenate([before, after])
    if not len(around):
        return UNKNOWN, 0
    sides = [side for side in (before, after) if len(side) >= FEW] or [around]
    scatter = _lower_median(np.abs(around - _lower_median(around))) if len(around) >= FEW else 0
    return max(_lower_median(side) for side in sides), scatter


def _lower_median(values: Ints) -> int:
    return int(np.sort(values)[(len(values) - 1) // 2])


def of_rows(rows: Rows) -> Holds:
    """For each row, among the rows of the same probe, size and location; among all where that has one only."""
    cadence, ordinary = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    keys = _streams(rows)
    for key in np.flatnonzero(np.bincount(keys)):
        stream = keys == key
        found = _spread(rows.t[stream])
        cadence[stream], ordinary[stream] = found.cadence, found.ordinary
    lonely: npt.NDArray[np.bool_] = cadence == UNKNOWN
    if lonely.any():
        found = _spread(rows.t)
        cadence[lonely], ordinary[lonely] = found.cadence[lonely], found.ordinary[lonely]
    return Holds(cadence, ordinary)


def _streams(rows: Rows) -> Codes:
    """One number for each combination of probe, size and location."""
    sizes, places = len(rows.size.names) + 1, len(rows.location.names) + 1
    return ((rows.probe.codes + 1) * sizes + rows.size.codes + 1) * places + rows.location.codes + 1


def _spread(times: Ints) -> Holds:
    """`local` for sorted times that may repeat."""
    new = np.append(True, np.diff(times) != 0)
    place = np.cumsum(new) - 1
    found = local(times[new])
    return Holds(found.cadence[place], found.ordinary[place])
