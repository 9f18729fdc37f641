"""Endurance: a steady rate, evenly spaced, for as long as was said and not one request longer."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.model import Mode, ProbeKind
from probes.plans.endurance import plan


@pytest.mark.parametrize(
    ("rpm", "duration_s", "count", "gap_s"),
    [
        (30, 72 * 3600, 129_600, 2.0),  # half of 60 RPM for 72 h, as the document asks
        (60, 60, 60, 1.0),
        (7, 60, 7, 60 / 7),
        (0.5, 600, 5, 120.0),
        (60, 0.5, 1, 1.0),
        (60, 0, 0, 1.0),
    ],
)
def test_counts_and_gaps(rpm: float, duration_s: float, count: int, gap_s: float) -> None:
    made = plan("a", rpm=rpm, duration_s=duration_s)
    assert len(made.shots) == count
    offsets = [shot.offset_s for shot in made.shots[:1000]]
    assert all(later - earlier == pytest.approx(gap_s) for earlier, later in pairwise(offsets))
    assert offsets[:1] == [0.0] * min(count, 1)


@settings(max_examples=40)
@given(rpm=st.integers(1, 600), minutes=st.integers(0, 10))
def test_a_rate_for_some_minutes_is_as_many_requests(rpm: int, minutes: int) -> None:
    made = plan("a", rpm=rpm, duration_s=minutes * 60)
    assert len(made.shots) == rpm * minutes


@settings(max_examples=40)
@given(rpm=st.floats(0.1, 500), duration_s=st.floats(0, 600))
def test_no_request_is_planned_after_the_end(rpm: float, duration_s: float) -> None:
    made = plan("a", rpm=rpm, duration_s=duration_s)
    assert all(shot.offset_s < duration_s for shot in made.shots)
    assert abs(len(made.shots) - math.ceil(Fraction(duration_s) * Fraction(rpm) / 60)) <= 1


def test_what_is_in_flight_and_what_it_may_cost_is_bounded() -> None:
    made = plan("a", rpm=30, duration_s=600, max_usd=5.0)
    assert (made.max_usd, made.max_in_flight, made.stop_after_errors) == (5.0, 180, 50)
    assert {(shot.probe, shot.mode) for shot in made.shots} == {(ProbeKind.ENDURANCE, Mode.SUSTAIN)}
    assert made.duration_s == pytest.approx(598.0)


@pytest.mark.parametrize("rpm", [0, -1, math.nan])
def test_no_rate_is_no_plan(rpm: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        plan("a", rpm=rpm, duration_s=60)
