"""What our circuit breaker held back after failures: never up, never down, and never a narrower answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge.result import ProviderJudgement
from tests.monitor.judge.frames import HOUR, Row, every, judged, row

MINUTE = 60.0
IMAGE = {"size": "1K", "probe": "baseline"}
FAILS = (2 * HOUR, 6 * HOUR)
TRIALS = tuple(2 * HOUR + minutes * MINUTE for minutes in (0, 15, 30, 45, 60, 75, 120, 180))


def images(until: float, *, held: bool = True, trials: tuple[float, ...] = TRIALS) -> list[Row]:
    """An image every 15 minutes; while they fail, only trials are sent."""
    found = []
    for number in range(int(until / 900)):
        at = number * 900.0
        if not FAILS[0] <= at < FAILS[1]:
            found.append(row(at + 7, **IMAGE))
        elif at in trials or not held:
            found.append(row(at + 7, "overloaded", **IMAGE))
        else:
            found.append(row(at + 7, "not_sent", detail="breaker", **IMAGE))
    return found


def seen(rows: list[Row]) -> ProviderJudgement:
    return judged(rows, 9 * HOUR)


def test_between_two_trials_a_control_plane_that_answers_does_not_make_it_up() -> None:
    time = seen(images(9 * HOUR) + every(60, 0, 9 * HOUR)).availability.time
    assert time.up_s == pytest.approx(5 * HOUR, abs=30 * MINUTE)
    assert time.down_s > 1.5 * HOUR
    assert time.down_s + time.unknown_s == pytest.approx(4 * HOUR, abs=30 * MINUTE)
    assert time.worst is not None
    assert time.worst <= 5 / 9 + 0.05


def test_it_is_one_outage_though_most_of_it_was_not_looked_at() -> None:
    (outage,) = seen(images(9 * HOUR) + every(60, 0, 9 * HOUR)).incidents
    assert outage.down_s.high is not None
    assert outage.down_s.low <= 4 * HOUR <= outage.down_s.high


def test_the_reason_is_told() -> None:
    few = images(9 * HOUR, trials=TRIALS[:3])
    told = {spell.why for spell in seen(few + every(60, 0, 9 * HOUR)).unknown}
    assert any("we paused after failures" in str(why) for why in told)


def test_the_share_of_usable_images_keeps_its_value_and_gets_a_lower_bound_that_counts_what_was_held_back() -> None:
    thinned, all_sent = (seen(images(9 * HOUR, held=held)).availability.user for held in (True, False))
    assert (thinned.good, thinned.of) == (20, 20 + len(TRIALS))
    assert all_sent.value is not None
    assert thinned.low is not None
    assert thinned.low <= (all_sent.low or 0.0) + 1e-12 < all_sent.value
    assert "8 requests that our circuit breaker held back" in thinned.method


def test_a_return_of_the_control_plane_after_a_whole_outage_is_up_until_images_say_otherwise() -> None:
    reach = every(60, 0, FAILS[0]) + every(60, *FAILS, "overloaded") + every(60, FAILS[1], 9 * HOUR)
    time = seen(images(9 * HOUR) + reach).availability.time
    assert time.down_s == pytest.approx(
        4 * HOUR, abs=10 * MINUTE
    )  # a row that says nothing ends what was known until the next
    assert time.up_s == pytest.approx(5 * HOUR, abs=2 * MINUTE)


def test_what_was_held_back_for_our_key_says_nothing_of_a_provider_that_was_up() -> None:
    refused = [row(at * 900.0 + 7, "auth", **IMAGE) for at in range(8, 11)]
    held = [row(at * 900.0 + 7, "not_sent", detail="breaker", **IMAGE) for at in range(11, 24)]
    rows = [row(at * 900.0 + 7, **IMAGE) for at in (*range(8), *range(24, 36))]
    judgement = seen(rows + refused + held + every(60, 0, 9 * HOUR))
    assert judgement.availability.time.down_s == 0.0
    assert judgement.availability.time.up_s > 8.7 * HOUR
    assert judgement.availability.user.of == 20
    assert "held back" not in judgement.availability.user.method


@settings(max_examples=12)
@given(held=st.sets(st.integers(8, 23)))
def test_holding_requests_back_never_makes_it_better(held: set[int]) -> None:
    """Of any outage of images, any part of whose requests were held back."""
    trials = tuple(number * 900.0 for number in range(8, 24) if number not in held)
    reach = every(60, 0, 9 * HOUR)
    thinned, whole = (
        seen(images(9 * HOUR, trials=of) + reach).availability for of in (trials, tuple(n * 900.0 for n in range(36)))
    )
    assert thinned.time.up_s <= whole.time.up_s + 15 * MINUTE * (1 + (8 in held) * 16)
    assert thinned.time.down_s <= whole.time.down_s
    if 8 not in held:  # the first failure was seen
        assert thinned.time.worst is not None
        assert whole.time.value is not None
        assert thinned.time.worst <= whole.time.value + 0.03


@pytest.mark.parametrize("mode", ["confirm", "incident", "drill"])
def test_what_was_sent_because_of_a_failure_enters_neither_availability_nor_errors_nor_latency(mode: str) -> None:
    scheduled = images(9 * HOUR, held=False) + every(60, 0, 9 * HOUR)
    extra = [
        row(FAILS[0] + number * 15.0, "overloaded", mode=mode, probe="recovery", size=size)
        for number in range(900)
        for size in (None, "1K")
    ]
    extra = [{**one, "probe": "recovery"} for one in extra]
    with_them, without = seen(scheduled + extra), seen(scheduled)
    assert with_them.availability == without.availability
    assert with_them.errors == without.errors
    assert with_them.latency_ms == without.latency_ms
    assert with_them.phases_ms == without.phases_ms
    assert with_them.bands == without.bands
    assert with_them.sla == without.sla
    assert with_them.incidents == without.incidents or mode != "drill"
