"""How often something was measured, by the data itself: for each row, how long its state may be taken to hold."""

import numpy as np

from monitor.judge.columns import Codes, Ints, Rows

SIDE = 5  # spacings looked at on either side
FEW = 3  # fewer spacings than this say little about a side, if the other side has more
LATE = 1.1  # a probe that is late by up to a tenth of the cadence was not missed
UNKNOWN = 0  # no cadence: a single probe holds for no time


def local(times: Ints) -> Ints:
    """Cadence at each of the distinct, sorted `times`, microseconds; 0 where it cannot be known.

    The larger of the medians of the 5 spacings before and the 5 after the gap that follows: so both sides of a
    change of schedule keep their own, and a gap never vouches for itself. Medians of an even number are the lower.
    """
    gaps = np.diff(times)
    found = np.zeros(len(times), dtype=np.int64)
    if len(gaps) > 2 * SIDE:
        medians = np.sort(np.lib.stride_tricks.sliding_window_view(gaps, SIDE), axis=1)[:, SIDE // 2]
        inner = slice(SIDE, len(gaps) - SIDE)  # both sides are whole
        found[inner] = np.maximum(medians[: len(gaps) - 2 * SIDE], medians[SIDE + 1 :])
        edges = [*range(SIDE), *range(len(gaps) - SIDE, len(times))]
    else:
        edges = [*range(len(times))]
    for i in edges:
        found[i] = _at_edge(gaps[max(i - SIDE, 0) : i], gaps[i + 1 : i + 1 + SIDE])
    return found


def _at_edge(before: Ints, after: Ints) -> int:
    sides = [side for side in (before, after) if len(side) >= FEW]
    if sides:
        return max(_lower_median(side) for side in sides)
    both = np.concatenate([before, after])
    return _lower_median(both) if len(both) else UNKNOWN


def _lower_median(values: Ints) -> int:
    return int(np.sort(values)[(len(values) - 1) // 2])


def of_rows(rows: Rows) -> Ints:
    """Cadence of each row among the rows of the same probe, size and location; of all rows where that has one only."""
    cadence = np.zeros(len(rows), dtype=np.int64)
    keys = _streams(rows)
    for key in np.flatnonzero(np.bincount(keys)):
        stream = keys == key
        cadence[stream] = _spread(rows.t[stream])
    lonely = cadence == UNKNOWN
    if lonely.any():
        cadence[lonely] = _spread(rows.t)[lonely]
    return cadence


def _streams(rows: Rows) -> Codes:
    """One number for each combination of probe, size and location."""
    sizes, places = len(rows.size.names) + 1, len(rows.location.names) + 1
    return ((rows.probe.codes + 1) * sizes + rows.size.codes + 1) * places + rows.location.codes + 1


def _spread(times: Ints) -> Ints:
    """`local` for sorted times that may repeat."""
    new = np.append(True, np.diff(times) != 0)
    place = np.cumsum(new) - 1
    found: Ints = local(times[new])[place]
    return found


def held(gaps: Ints, cadence: Ints) -> Ints:
    """How much of the gap after each row its state holds: all of an ordinary gap, else one cadence."""
    ordinary = gaps <= cadence * LATE
    return np.where(ordinary, gaps, np.minimum(gaps, cadence))
