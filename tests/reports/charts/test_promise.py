"""A value against its promise: broken is left, kept is right, in any unit and direction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts.promise import MIDDLE, WIDTH, Promise, drawing, nothing, unbounded

SHARE = st.floats(0.0001, 0.9999)


def plain(value: float) -> str:
    return f"{value:g}"


@pytest.mark.parametrize(
    ("most", "value", "left"),
    [(True, 12.0, True), (True, 8.0, False), (False, 12.0, False), (False, 8.0, True)],
    ids=["slower than promised", "quicker", "more than promised", "less"],
)
def test_what_breaks_a_promise_is_drawn_to_its_left(most: bool, value: float, left: bool) -> None:
    drawn = drawing(Promise(10.0, most, 0.0, 100.0), value, None, None, text=plain, said="")
    assert drawn.dot is not None
    assert (drawn.dot < MIDDLE) is left


def test_a_value_just_as_promised_is_in_the_middle() -> None:
    assert drawing(Promise(10.0, most=True, floor=0, ceiling=20), 10.0, 9, 11, text=plain, said="").dot == MIDDLE


def test_the_ends_are_round_and_no_further_than_values_can_be() -> None:
    drawn = drawing(Promise(0.999, most=False, floor=0, ceiling=1), 0.9997, 0.9979, 0.9999, text=plain, said="")
    assert (drawn.worst, drawn.promised, drawn.best) == ("0.9975", "0.999", "1")


def test_a_bound_that_is_missing_is_hatched_to_the_end_and_has_no_cap() -> None:
    drawn = drawing(Promise(10.0, most=True, floor=0, ceiling=100), 12.0, 11.0, None, text=plain, said="")
    assert drawn.hatched.startswith("M0 10h")
    assert drawn.line.count("v10") == 1


def test_a_promise_that_nobody_can_exceed_has_no_end_on_its_right() -> None:
    drawn = drawing(Promise(0.0, most=True, floor=0.0, ceiling=1.0), 0.02, 0.01, 0.04, text=plain, said="")
    assert (drawn.promised, drawn.best) == ("0", "")


def test_without_a_measurement_there_is_neither_dot_nor_line() -> None:
    drawn = nothing("at most 30 s", "said")
    assert (drawn.dot, drawn.line, drawn.promised) == (None, "", "at most 30 s")


def test_what_has_no_end_is_kept_as_far_as_it_was_tried() -> None:
    drawn = unbounded(240.0, text=plain, said="")
    assert (drawn.dot, drawn.promised, drawn.best) == (MIDDLE, "240", "")


@given(st.booleans(), SHARE, SHARE, st.none() | SHARE, st.none() | SHARE)
def test_everything_stays_within_the_drawing(
    most: bool, promised: float, value: float, low: float | None, high: float | None
) -> None:
    promise = Promise(promised, most, 0.0, 1.0)
    low = None if low is None else min(low, value)
    high = None if high is None else max(high, value)
    drawn = drawing(promise, value, low, high, text=plain, said="")
    assert drawn.dot is not None
    assert 0 <= drawn.dot <= WIDTH
    assert float(drawn.worst) * (1 if most else -1) >= promised * (1 if most else -1) - 1e-5
    if abs(value - promised) > 1e-9:
        assert (drawn.dot <= MIDDLE) if promise.goodness(value) < 0 else (drawn.dot >= MIDDLE)
