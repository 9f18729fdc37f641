"""Endurance: a steady rate, evenly spaced, for as long as was said and not one request longer."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.model import Mode, ProbeKind
from probes.plans.endurance import Steady, affordable, plan


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


def test_what_can_be_paid_whole_is_whole() -> None:
    (whole,) = affordable(30, 3600, 0.01, 18.0)
    assert (whole.images, whole.usd, whole.rpm, whole.duration_s) == (1800, 18.0, 30, 3600)
    assert whole.proves.startswith("that 30 rpm are sustained for 1 h, and whether latency or errors drift")


def test_forty_dollars_of_the_documents_run_are_a_lower_rate_for_all_of_it_or_the_rate_for_minutes() -> None:
    """30 a minute for 72 h at $0.058 are $7,516.80."""
    thinned, shortened = affordable(30, 72 * 3600, 0.058, 40.0)
    assert thinned.images == shortened.images == 689
    assert thinned.usd == pytest.approx(39.962)
    assert (thinned.duration_s, shortened.rpm) == (72 * 3600, 30)
    assert thinned.proves == (
        "whether latency or errors drift over 72 h (9.57 images an hour); that 0.159 rpm are sustained, not 30"
    )
    assert shortened.proves == "that 30 rpm are sustained for 23 min; no drift beyond, nothing of the rest of 72 h"


def test_too_few_for_a_trend_say_so() -> None:
    assert "fewer than the 40 that a trend needs" in affordable(30, 72 * 3600, 0.058, 2.0)[0].proves


@given(rpm=st.floats(0.1, 500), hours=st.floats(0.1, 100), price=st.floats(0.001, 1), usd=st.floats(0.001, 100))
def test_no_variant_costs_more_than_it_may(rpm: float, hours: float, price: float, usd: float) -> None:
    for variant in affordable(rpm, hours * 3600, price, usd):
        assert variant.usd <= usd + 1e-9
        if variant.images:
            made = plan("a", rpm=variant.rpm, duration_s=variant.duration_s)
            assert abs(len(made.shots) - variant.images) <= 1


@given(rpm=st.floats(0.1, 500), number=st.integers(0, 2000))
def test_places_and_times_agree_however_they_round(rpm: float, number: int) -> None:
    """What is due at a shot's own time includes it, and just before does not."""
    shots = plan("a", rpm=rpm, duration_s=(number + 5) * 60.0 / rpm).shots
    assert isinstance(shots, Steady)
    assert shots.due(shots[number].offset_s) == number + 1
    assert shots.due(shots[number].offset_s - 1e-3 * 60.0 / rpm) == number
    assert shots.due(-1.0) == 0
    assert list(shots[number : number + 2]) == [shots[number], shots[number + 1]]
