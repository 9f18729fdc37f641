"""No limit ever admits more than it allows, and each admits as soon as it says that it will. All in virtual time."""

from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.simulator.gates import Gate, Violation, Which, gate
from probes.simulator.limits import PACIFIC, Day, FixedWindow, Left, Rate, TokenBucket
from probes.simulator.tables import LimitRules

# gaps between arrivals: bursts, trickles and idle spells
GAPS = st.lists(
    st.one_of(st.just(0.0), st.floats(0, 0.5), st.floats(0, 5), st.sampled_from([0.2, 1.0, 20.0, 60.0, 61.0])),
    min_size=1,
    max_size=150,
)
NOON = datetime(2026, 11, 16, 20, tzinfo=UTC)


def admitted(rate: Rate, gaps: list[float]) -> list[float]:
    """The times of those arrivals that were admitted."""
    times = []
    for at_s in accumulate(gaps):
        if rate.wait_s(at_s) == 0:
            rate.take(at_s)
            times.append(at_s)
    return times


@given(GAPS, st.floats(1, 600), st.integers(1, 30))
def test_a_token_bucket_admits_over_any_stretch_at_most_its_burst_and_its_refill(
    gaps: list[float], rpm: float, burst: int
) -> None:
    times = admitted(TokenBucket(rpm, burst), gaps)
    for first in range(len(times)):
        for last in range(first, len(times)):
            assert last - first + 1 <= burst + rpm / 60 * (times[last] - times[first]) + 1e-6


@given(GAPS, st.floats(1, 100), st.floats(0, 60))
def test_a_fixed_window_admits_at_most_its_number_in_each_minute_of_the_clock(
    gaps: list[float], rpm: float, offset_s: float
) -> None:
    times = admitted(FixedWindow(rpm, offset_s), gaps)
    by_minute = Counter((at_s + offset_s) // 60 for at_s in times)
    assert all(count <= rpm for count in by_minute.values())


@given(GAPS, st.floats(1, 100))
def test_a_fixed_window_admits_over_any_minute_at_most_two_windows_worth(gaps: list[float], rpm: float) -> None:
    times = admitted(FixedWindow(rpm), gaps)
    for first, at_s in enumerate(times):
        assert bisect_left(times, at_s + 60) - first <= 2 * rpm


@given(
    GAPS,
    st.one_of(st.builds(TokenBucket, st.floats(1, 600), st.integers(1, 30)), st.builds(FixedWindow, st.floats(1, 100))),
)
def test_who_waits_as_long_as_told_is_admitted_and_not_sooner(gaps: list[float], rate: Rate) -> None:
    end_s = sum(gaps)
    admitted(rate, gaps)
    wait_s = rate.wait_s(end_s)
    assert rate.wait_s(end_s + wait_s + 1e-6) == 0
    assert wait_s < 1e-6 or rate.wait_s(end_s + wait_s - 1e-6) > 0


@given(GAPS, st.floats(60, 600), st.integers(1, 30))
def test_a_bucket_says_truly_how_many_are_left(gaps: list[float], rpm: float, burst: int) -> None:
    bucket, end_s = TokenBucket(rpm, burst), sum(gaps)
    admitted(bucket, gaps)
    left = bucket.left(end_s).requests
    assert abs(len(admitted(bucket, [end_s, *[0.0] * (burst + 5)])) - left) <= (0 if left == burst else 1)


def test_a_bucket_of_ten_at_300_rpm_gives_ten_at_once_and_then_five_a_second() -> None:
    times = admitted(TokenBucket(300, 10), [0.0] * 30 + [0.05] * 200)
    assert times.count(0.0) == 10
    assert sum(0 < at_s < 9.9 for at_s in times) == 49


def test_a_full_bucket_tells_so() -> None:
    assert TokenBucket(60, 5).left(3.0) == Left(5, 0.0)


def test_a_window_that_turns_in_ten_seconds_tells_so() -> None:
    window = FixedWindow(2, offset_s=50)
    admitted(window, [0.0, 0.0])
    assert window.left(0.0) == Left(0, 10.0)
    assert window.wait_s(0.0) == 10.0


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (datetime(2026, 11, 16, tzinfo=PACIFIC), 24),
        (datetime(2026, 3, 8, tzinfo=PACIFIC), 23),  # clocks go forward
        (datetime(2026, 11, 1, tzinfo=PACIFIC), 25),  # and back
    ],
    ids=["plain", "spring", "autumn"],
)
def test_a_day_lasts_from_midnight_to_midnight_in_los_angeles(day: datetime, hours: int) -> None:
    midnight = day.astimezone(UTC)
    quota = Day(1)
    quota.take(midnight)
    assert quota.wait_s(midnight) == hours * 3600
    assert quota.wait_s(midnight + timedelta(hours=hours, seconds=-1)) == 1
    assert quota.wait_s(midnight + timedelta(hours=hours)) == 0


@given(st.lists(st.integers(0, 36 * 3600), max_size=80), st.integers(1, 10))
def test_a_day_never_admits_more_than_its_number(offsets_s: list[int], rpd: int) -> None:
    quota, taken = Day(rpd), Counter[object]()
    for at in (NOON + timedelta(seconds=s) for s in sorted(offsets_s)):
        if quota.wait_s(at) == 0:
            quota.take(at)
            taken[at.astimezone(PACIFIC).date()] += 1
    assert all(count <= rpd for count in taken.values())


def test_a_refusal_names_every_limit_and_counts_against_none() -> None:
    limits = gate(LimitRules(rpm=60, burst=1, rpd=1, concurrency=1), 0.0)
    assert limits.admit(0.0, NOON) == ()
    refused = limits.admit(0.0, NOON)
    assert [v.which for v in refused] == [Which.RPD, Which.RPM, Which.CONCURRENCY]
    assert refused[1] == Violation(Which.RPM, 60, 1.0)
    assert limits.admit(0.0, NOON) == refused


def test_a_place_in_flight_is_free_again_when_a_request_has_ended() -> None:
    limits = Gate(concurrency=2)
    assert [limits.admit(0.0, NOON), limits.admit(0.0, NOON)] == [(), ()]
    assert limits.admit(0.0, NOON) == (Violation(Which.CONCURRENCY, 2, None),)
    limits.leave()
    assert limits.admit(0.0, NOON) == ()


def test_a_refusal_states_the_advertised_rate_whatever_is_enforced() -> None:
    limits = gate(LimitRules(rpm=300, burst=1, advertised_rpm=1000), 0.0)
    limits.admit(0.0, NOON)
    (violation,) = limits.admit(0.0, NOON)
    assert violation.allowed == 1000
    assert violation.wait_s == pytest.approx(0.2)
