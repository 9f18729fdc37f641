"""The cadence of the data: local, robust, and never vouched for by the gap it judges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge.cadence import local, of_rows
from tests.monitor.judge.frames import columns, every, row


def seconds(*values: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("times", "cadence"),
    [
        ([], []),
        ([5], [0]),
        ([0, 60], [0, 60]),  # a gap does not vouch for itself; after it there is one spacing
        ([0, 60, 120], [60, 60, 60]),
        ([0, 60, 120, 180, 240, 40_000, 40_060, 40_120], [60] * 8),
        ([0, 72_000, 72_060], [60, 72_000, 60]),  # of an even number, the lower median
    ],
    ids=["none", "one", "two", "three", "hole", "long first"],
)
def test_cadence_of_short_series(times: list[int], cadence: list[int]) -> None:
    assert local(seconds(*times)).tolist() == cadence


def test_each_side_of_a_change_of_schedule_keeps_its_own_cadence() -> None:
    times = seconds(*range(0, 43_200, 60), *range(43_200, 86_400, 300))
    cadence = local(times)
    assert (np.diff(times) <= cadence[:-1]).all()
    assert set(cadence[:700]) == {60}
    assert set(cadence[-140:]) == {300}


@given(gaps=st.lists(st.integers(1, 100), min_size=0, max_size=40))
def test_the_fast_way_and_the_plain_way_agree(gaps: list[int]) -> None:
    def lower_median(values: list[int]) -> int:
        return sorted(values)[(len(values) - 1) // 2]

    def plainly(i: int) -> int:
        before, after = gaps[max(i - 5, 0) : i], gaps[i + 1 : i + 6]
        around = before + after
        if not around:
            return 0
        sides = [side for side in (before, after) if len(side) >= 3] or [around]
        return max(lower_median(side) for side in sides)

    times = np.cumsum([0, *gaps])
    assert local(times).tolist() == [plainly(i) for i in range(len(times))]


def test_sizes_measured_together_have_the_cadence_of_their_own_series() -> None:
    sizes = [row(t + i * 20, size=size) for t in range(0, 9000, 900) for i, size in enumerate(["1K", "2K", "4K"])]
    assert set(of_rows(columns(sizes)) // 10**6) == {900}


def test_two_places_that_measure_do_not_double_the_cadence() -> None:
    rows = every(60, 0, 3600, location="a") + every(60, 30, 3600, location="b")
    assert set(of_rows(columns(rows)) // 10**6) == {60}


def test_the_first_image_probe_borrows_the_cadence_of_what_is_measured_around_it() -> None:
    rows = columns([*every(60, 0, 3600), row(1830, size="1K")])
    assert set(of_rows(rows) // 10**6) == {60}
