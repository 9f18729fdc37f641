"""No limit ever admits more than it allows, and each admits as soon as it says that it will. All in virtual time."""

from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.simulator.gates import Gate, Limit, Violation, Weight, Which, gate
from probes.simulator.limits import PACIFIC, Day, FixedWindow, Left, Rate, SlidingLog, TokenBucket
from probes.simulator.tables import LimitRules
from tests.probes.simulator.support import Json

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
    st.one_of(
        st.builds(TokenBucket, st.floats(1, 600), st.integers(1, 30)),
        st.builds(FixedWindow, st.floats(1, 100)),
        st.builds(SlidingLog, st.integers(1, 50), st.sampled_from([1.0, 10.0, 60.0])),
    ),
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


# --- the sliding log, and limits that weigh ---------------------------------------------------------------------


@given(GAPS, st.integers(1, 50), st.sampled_from([1.0, 10.0, 60.0]))
def test_a_sliding_log_admits_over_any_stretch_of_its_window_at_most_its_number(
    gaps: list[float], allowed: int, window_s: float
) -> None:
    times = admitted(SlidingLog(allowed, window_s), gaps)
    for first, at_s in enumerate(times):
        assert bisect_left(times, at_s + window_s - 1e-6) - first <= allowed


@given(GAPS, st.floats(0.5, 20), st.lists(st.floats(0.01, 3), min_size=150, max_size=150))
def test_a_sliding_log_of_money_never_lets_more_be_spent_within_its_window(
    gaps: list[float], allowed: float, prices: list[float]
) -> None:
    log, spent = SlidingLog(allowed, 600.0), list[tuple[float, float]]()
    for at_s, usd in zip(accumulate(gaps), prices, strict=False):
        if usd <= allowed and log.wait_s(at_s, usd) == 0:
            log.take(at_s, usd)
            spent.append((at_s, usd))
    for at_s, _ in spent:
        within = sum(usd for then_s, usd in spent if at_s - 600.0 < then_s <= at_s)
        assert within <= allowed + 1e-6


def test_a_log_tells_what_is_left_and_when_it_is_empty() -> None:
    log = SlidingLog(3, 10.0)
    admitted(log, [0.0, 4.0])
    assert log.left(5.0) == Left(1, 9.0)
    assert log.left(14.0) == Left(3, 0.0)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(40, 600))
def test_a_bucket_of_tokens_admits_at_once_no_more_than_a_minutes_worth(amounts: list[int], tpm: int) -> None:
    bucket, taken = TokenBucket(tpm, tpm), 0
    for amount in amounts:
        if bucket.wait_s(0.0, amount) == 0:
            bucket.take(0.0, amount)
            taken += amount
    assert taken <= tpm


def test_who_asks_for_more_than_there_ever_is_waits_for_all_of_it_and_is_admitted() -> None:
    for rate in (TokenBucket(60, 10), FixedWindow(10), SlidingLog(10)):
        assert rate.wait_s(0.0, 99) == 0
        rate.take(0.0, 1)
        assert rate.wait_s(0.0, 99) > 0


def test_each_limit_weighs_its_own_amount() -> None:
    weight = Weight(tokens=700, images=4, usd=0.5)
    weights = {which: weight.of(which) for which in Which}
    assert weights == {
        Which.RPM: 1,
        Which.TPM: 700,
        Which.IPM: 4,
        Which.SPEND: 0.5,
        Which.RPD: 1,
        Which.CONCURRENCY: 1,
    }


@pytest.mark.parametrize(
    ("rules", "weight", "admits", "violated"),
    [
        ({"tpm": 1000}, Weight(tokens=400), 2, Which.TPM),
        ({"ipm": 10}, Weight(images=4), 2, Which.IPM),
        ({"spend_usd": 10.0}, Weight(usd=0.134), 74, Which.SPEND),  # Tier 1 at Google: 74 images in ten minutes
        ({"kind": "sliding_log", "rpm": 120, "window_s": 10.0}, Weight(), 20, Which.RPM),  # Kie
        ({"kind": "fixed_window", "rpm": 120, "window_s": 10.0}, Weight(), 20, Which.RPM),
    ],
    ids=["tokens", "images", "spend", "log", "window"],
)
def test_a_gate_admits_as_much_as_its_rule_says(rules: Json, weight: Weight, admits: int, violated: Which) -> None:
    limits, count = gate(LimitRules.model_validate(rules), 0.0), 0
    while not (violations := limits.admit(0.0, NOON, weight)):
        count += 1
    assert count == admits
    assert [violation.which for violation in violations] == [violated]
    assert violations[0].wait_s
    assert limits.admit(violations[0].wait_s + 1e-6, NOON, weight) == ()


def test_a_gate_with_several_limits_on_one_thing_knows_its_rate_on_requests() -> None:
    bucket = TokenBucket(60, 1)
    assert Gate([Limit(Which.IPM, 9, SlidingLog(9)), Limit(Which.RPM, 60, bucket)]).rate is bucket
    assert Gate().rate is None


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [("2027-03-14T00:00", 23), ("2027-11-07T00:00", 25)],
    ids=["spring", "autumn"],
)
@given(requests=st.integers(1, 60), rpd=st.integers(1, 20))
def test_a_day_of_23_or_25_hours_admits_its_number_once(midnight: str, hours: int, requests: int, rpd: int) -> None:
    limits, begin = gate(LimitRules(rpd=rpd), 0.0), datetime.fromisoformat(midnight).replace(tzinfo=PACIFIC)
    first = begin.astimezone(UTC)
    times = [first + timedelta(hours=hours) * share / requests for share in range(requests)]
    through = [at for at in times if not limits.admit((at - first).total_seconds(), at)]
    assert len(through) == min(rpd, requests)
    end = first + timedelta(hours=hours)
    assert limits.admit(hours * 3600.0, end) == ()
