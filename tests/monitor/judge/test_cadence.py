"""The cadence of the data: local, robust, and never vouched for by the gap it judges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge.cadence import Holds, local, of_rows
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
    assert local(seconds(*times)).cadence.tolist() == cadence


def test_each_side_of_a_change_of_schedule_keeps_its_own_cadence() -> None:
    times = seconds(*range(0, 43_200, 60), *range(43_200, 86_400, 300))
    cadence = local(times).cadence
    assert (np.diff(times) <= cadence[:-1]).all()
    assert set(cadence[:700]) == {60}
    assert set(cadence[-140:]) == {300}


@given(gaps=st.lists(st.integers(1, 100), min_size=0, max_size=40))
def test_the_fast_way_and_the_plain_way_agree(gaps: list[int]) -> None:
    def lower_median(values: list[int]) -> int:
        return sorted(values)[(len(values) - 1) // 2]

    def plainly(i: int) -> tuple[int, int]:
        before, after = gaps[max(i - 5, 0) : i], gaps[i + 1 : i + 6]
        around = before + after
        if not around:
            return 0, 0
        sides = [side for side in (before, after) if len(side) >= 3] or [around]
        cadence = max(lower_median(side) for side in sides)
        middle = lower_median(around)
        scatter = lower_median([abs(gap - middle) for gap in around]) if len(around) >= 3 else 0
        return cadence, int(min(max(cadence + 3 * scatter, cadence * 1.1), cadence * 1.5))

    times = np.cumsum([0, *gaps])
    found = local(times)
    assert list(zip(found.cadence, found.ordinary, strict=True)) == [plainly(i) for i in range(len(times))]


@pytest.mark.parametrize(
    ("gap", "holds"),
    [(60, 60), (66, 66), (67, 60), (30, 30), (120, 60), (43_200, 60)],
    ids=["on time", "a tenth late", "later", "early", "one missed", "half a day missed"],
)
def test_an_ordinary_gap_is_held_whole_and_a_hole_for_one_cadence(gap: int, holds: int) -> None:
    assert Holds(seconds(60), seconds(66)).of(seconds(gap)).tolist() == [holds]


def test_a_regular_schedule_leaves_no_room() -> None:
    found = local(seconds(*range(0, 60_000, 60)))
    assert set(found.ordinary) == {66}


def test_a_schedule_spread_over_half_of_each_interval_is_known_nearly_all_of_the_time() -> None:
    rng = np.random.default_rng(7)
    times = np.sort((np.arange(2000) + rng.uniform(0, 0.5, 2000)) * 900e6).astype(np.int64)
    gaps = np.diff(times)
    assert local(times[:-1]).of(gaps).sum() / gaps.sum() > 0.97
    missed = np.delete(times, np.arange(50, 1950, 50))
    gaps, holds = np.diff(missed), local(missed[:-1]).of(np.diff(missed))
    assert holds.max() <= 1.7 * 900e6  # a missed probe is not held over
    assert (gaps - holds).sum() > 0.8 * 38 * 900e6


def test_sizes_measured_together_have_the_cadence_of_their_own_series() -> None:
    sizes = [row(t + i * 20, size=size) for t in range(0, 9000, 900) for i, size in enumerate(["1K", "2K", "4K"])]
    assert set(of_rows(columns(sizes)).cadence // 10**6) == {900}


def test_two_places_that_measure_do_not_double_the_cadence() -> None:
    rows = every(60, 0, 3600, location="a") + every(60, 30, 3600, location="b")
    assert set(of_rows(columns(rows)).cadence // 10**6) == {60}


def test_the_first_image_probe_borrows_the_cadence_of_what_is_measured_around_it() -> None:
    rows = columns([*every(60, 0, 3600), row(1830, size="1K")])
    assert set(of_rows(rows).cadence // 10**6) == {60}
