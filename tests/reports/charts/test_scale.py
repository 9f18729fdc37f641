"""Axes with round ends, on which everything that is drawn lies."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts.scale import Scale, around, below_one, linear, ticks

positive = st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("values", "low", "high", "log"),
    [
        ([14_200, 41_000, 22_000], 10_000, 50_000, False),
        ([8100, 61_000], 5000, 100_000, True),
        ([0.0561, 0.1347], 0.05, 0.15, False),
        ([300], 290, 310, False),
        ([], 0, 1, False),
        ([0, math.inf], 0, 1, False),
    ],
)
def test_a_scale_around_values_has_round_ends(values: list[float], low: float, high: float, log: bool) -> None:
    scale = around(values, 0, 100)
    assert [scale.low, scale.high] == pytest.approx([low, high])
    assert scale.log is log


@pytest.mark.parametrize(
    ("shares", "low"), [([0.9985, 0.9997], 0.998), ([0.8986], 0.8), ([1.0], 0.9999), ([], 0.9999), ([0.2], 0.0)]
)
def test_availabilities_are_drawn_up_to_one(shares: list[float], low: float) -> None:
    scale = below_one(shares, 0, 100)
    assert [scale.low, scale.high] == pytest.approx([low, 1.0])


def test_a_linear_scale_begins_at_zero() -> None:
    assert linear([3.1, 7.4], 0, 100) == Scale(0.0, 8.0, 0, 100)


@given(positive)
def test_every_value_lies_within_its_scale(values: list[float]) -> None:
    scale = around(values, 10, 210)
    for value in values:
        assert scale.low <= value * (1 + 1e-9)
        assert scale.high >= value * (1 - 1e-9)
        assert 10 <= scale.at(value) <= 210


@given(positive)
def test_larger_values_are_never_drawn_before_smaller_ones(values: list[float]) -> None:
    scale = around(values, 0, 200)
    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)


@given(positive)
def test_there_is_a_tick_and_not_a_forest_of_them(values: list[float]) -> None:
    scale = around(values, 0, 200)
    found = ticks(scale)
    assert 1 <= len(found) <= 16
    assert all(scale.low * 0.999999 <= tick <= scale.high * 1.000001 for tick in found)


def test_what_lies_outside_is_drawn_at_the_edge() -> None:
    scale = Scale(5, 60, 0, 100, log=True)
    assert (scale.at(1), scale.at(1000)) == (0, 100)
