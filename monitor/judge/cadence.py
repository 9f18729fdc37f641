"""How often something was measured, by the data itself: for each row, how long its state may be taken to hold.

The cadence is that of the rows around: the larger of the medians of the 5 spacings before and the 5 after the gap
that follows, so that both sides of a change of schedule keep their own, and a gap never vouches for itself.
"""

import numpy as np
import numpy.typing as npt

from monitor.judge.columns import Codes, Ints, Rows

SIDE = 5  # spacings looked at on either side
FEW = 3  # fewer spacings than this say little about a side, if the other side has more
UNKNOWN = 0  # no cadence: a single probe holds for no time


def local(times: Ints) -> Ints:
    """Microseconds for each of the distinct, sorted `times`; 0 where the cadence cannot be known."""
    gaps = np.diff(times)
    cadence = np.zeros(len(times), dtype=np.int64)
    if len(gaps) > 2 * SIDE:
        cadence[SIDE : len(gaps) - SIDE] = _inner(gaps)  # both sides are whole
        edges = [*range(SIDE), *range(len(gaps) - SIDE, len(times))]
    else:
        edges = [*range(len(times))]
    for i in edges:
        cadence[i] = _at_edge(gaps[max(i - SIDE, 0) : i], gaps[i + 1 : i + 1 + SIDE])
    return cadence


def _inner(gaps: Ints) -> Ints:
    """Cadence where there are 5 spacings on both sides."""
    medians = _median_of_five(*(gaps[i : len(gaps) - SIDE + 1 + i] for i in range(SIDE)))
    larger: Ints = np.maximum(medians[: -SIDE - 1], medians[SIDE + 1 :])
    return larger


def _median_of_five(a: Ints, b: Ints, c: Ints, d: Ints, e: Ints) -> Ints:
    """Elementwise; by comparisons of whole columns, five times as fast as sorting a million short rows."""
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    median: Ints = np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e))
    return median


def _at_edge(before: Ints, after: Ints) -> int:
    """The same with fewer: a side with less than 3 counts only where both have."""
    around = np.concatenate([before, after])
    if not len(around):
        return UNKNOWN
    return max(_lower_median(side) for side in [side for side in (before, after) if len(side) >= FEW] or [around])


def _lower_median(values: Ints) -> int:
    return int(np.sort(values)[(len(values) - 1) // 2])


def of_rows(rows: Rows) -> Ints:
    """For each row, among the rows of the same probe, size and location; among all where that has one only."""
    cadence = np.zeros(len(rows), dtype=np.int64)
    keys = _streams(rows)
    for key in np.flatnonzero(np.bincount(keys)):
        stream = keys == key
        cadence[stream] = _spread(rows.t[stream])
    lonely: npt.NDArray[np.bool_] = cadence == UNKNOWN
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
    spread: Ints = local(times[new])[np.cumsum(new) - 1]
    return spread
