"""Durations: what people write, what is refused, and that both directions agree."""

import math
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.duration import MOST, DurationError, parse, spelled, write


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("10m", 600), ("1h", 3600), ("72h", 259_200), ("1d", 86_400), ("1h30m", 5400), ("1d1s", 86_401)],
)
def test_a_duration_is_read_as_written(text: str, seconds: int) -> None:
    assert parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no duration; write for example 15s, 10m"),
        ("10", "'10' is no duration"),
        ("10 m", "'10 m' is no duration"),
        ("-5m", "'-5m' is no duration"),
        ("1.5h", "'1.5h' is no duration"),
        ("30m1h", "'30m1h' is no duration"),
        ("10M", "'10M' is no duration"),
        ("١٠m", "is no duration"),
        ("0s", "'0s' is no time at all"),
        ("99999d", "'99999d' is longer than ten years"),
        ("9" * 5000 + "s", "is longer than ten years"),
    ],
)
def test_what_is_no_duration_is_refused_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(DurationError, match=says.replace("(", r"\(").replace(".", r"\.")):
        parse(text)


@given(st.integers(min_value=1, max_value=int(MOST.total_seconds())))
def test_what_is_written_is_read_back(seconds: int) -> None:
    assert parse(write(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_is_refused(text: str) -> None:
    try:
        assert parse(text) > timedelta(0)
    except DurationError as error:
        assert repr(text) in str(error) or "ten years" in str(error)  # noqa: PT017 - both ends are fine here


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (1.53, "1.5 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (900, "15 min"),
        (3599.7, "1 h"),
        (5400, "1 h 30 min"),
        (120_599.5, "33 h 30 min"),
        (172_799, "2 days"),
        (86_400, "24 h"),
        (273_600, "3 days 4 h"),
        (86_400_000, "1,000 days"),
    ],
)
def test_people_read_two_units_at_most(seconds: float, text: str) -> None:
    assert spelled(seconds) == text


@given(st.floats(min_value=0, max_value=1e8))
def test_bounds_in_words_hold_what_they_bound(seconds: float) -> None:
    assert _seconds(spelled(seconds, math.floor)) <= seconds + 1e-6
    assert _seconds(spelled(seconds, math.ceil)) >= seconds - 1e-6


def _seconds(text: str) -> float:
    size = {"s": 1, "min": 60, "h": 3600, "day": 86_400, "days": 86_400}
    return sum(float(n.replace(",", "")) * size[unit] for n, unit in re.findall(r"([\d.,]+) ([a-z]+)", text))
