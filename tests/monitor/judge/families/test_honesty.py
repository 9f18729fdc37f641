"""Retry-After put to the test, recovery bounded, soft throttling found, and the staircase kept short."""

import random

import pytest

from monitor.judge.result import RateLimit, Span
from probes.plans.saturation import plan
from tests.hidden import Places, Unlimited, World, fixed_window, token_bucket
from tests.monitor.judge.frames import DAY, Row, at, judged, row


def told(says_wait: float | None) -> RateLimit:
    world = World(token_bucket(30, 10), says_wait=says_wait, seed=5)
    world.play(plan("p", seed=5))
    return judged(world.rows, DAY).rate_limit


def load(sent_s: float, outcome: str, took_s: float, retry_after_s: float | None = None, **given: object) -> Row:
    return row(
        sent_s, outcome, size="1K", probe="burst", mode="sustain", seq=int(sent_s * 1000), sent_at=at(sent_s),
        total_ms=took_s * 1e3, retry_after_s=retry_after_s, **given,
    )  # fmt: skip


def test_an_honest_wait_is_kept_each_time_and_bounded() -> None:
    said = told(1.0)
    assert said.retry_after_honest is True
    assert said.retry_after is not None
    assert said.retry_after.good == said.retry_after.of >= 3
    assert said.retry_after.low is not None
    assert said.retry_after.low == pytest.approx(0.025 ** (1 / said.retry_after.of))


def test_a_wait_that_is_too_short_is_found_out() -> None:
    said = told(0.1)
    assert said.retry_after_honest is False
    assert said.retry_after is not None
    assert said.retry_after.good < said.retry_after.of / 2
    assert any(text.startswith("Retry-After was true in ") for text in said.says)


def test_nothing_told_is_nothing_to_test() -> None:
    said = told(None)
    assert (said.retry_after_honest, said.retry_after) == (None, None)


@pytest.mark.parametrize(
    ("rows", "honest"),
    [
        ([load(0, "ok", 5), load(1, "rate_limited", 0.1, 2), load(3.2, "ok", 5)], True),
        ([load(0, "ok", 5), load(1, "rate_limited", 0.1, 2), load(3.2, "rate_limited", 0.1), load(4, "ok", 5)], False),
        ([load(0, "ok", 5), load(1, "rate_limited", 0.1, 2), load(2, "ok", 5)], None),
        ([load(0, "ok", 5), load(1, "rate_limited", 0.1, 2)], None),
        # what was sent a moment later overtook it, and took what it came for
        (
            [load(0, "ok", 5), load(1, "rate_limited", 0.1, 2), load(3.2, "rate_limited", 0.1), load(3.21, "ok", 5)],
            None,
        ),
        # refused while an earlier one was still on its way: it may have been told before that one was counted
        ([load(0.95, "ok", 5), load(1, "rate_limited", 0.1, 2), load(3.2, "rate_limited", 0.1)], None),
    ],
    ids=["kept", "broken", "let in earlier", "never tried", "overtaken", "overlapping"],
)
def test_a_trial_is_the_first_request_after_the_told_wait(rows: list[Row], honest: bool | None) -> None:
    assert judged(rows, DAY).rate_limit.retry_after_honest is honest


def test_recovery_lies_between_the_last_refusal_and_the_first_accept() -> None:
    world = World(fixed_window(20, 30.0, 9.0))
    world.play(plan("p"))
    recovered = judged(world.rows, DAY).rate_limit.recovery_s
    refused_first_s = min(
        one["sent_at"].timestamp() - at(0).timestamp() for one in world.rows if one["outcome"] == "rate_limited"
    )
    assert recovered is not None
    assert recovered.high is not None
    assert recovered.low <= 21.0 - refused_first_s <= recovered.high + 0.06
    assert recovered.high - recovered.low < 1.0


def test_answers_that_slow_down_along_a_burst_are_a_limit_that_says_nothing() -> None:
    rng = random.Random(1)
    rows = [load(i * 0.05, "ok", 4 + i * 0.2 + rng.uniform(0, 1)) for i in range(100)]
    said = judged(rows, DAY).rate_limit
    assert said.throttling is not None
    assert said.throttling.slope_ms.low is not None
    assert said.throttling.slope_ms.high is not None
    assert said.throttling.slope_ms.low <= 200 <= said.throttling.slope_ms.high
    assert said.throttling.slower_ms == pytest.approx(99 * said.throttling.slope_ms.value)
    assert said.throttling.served_rpm is not None
    assert said.throttling.served_rpm < 300 < (said.throttling.offered_rpm or 0.0)
    assert any("it throttles without saying so" in text for text in said.says)


@pytest.mark.parametrize("slower_s", [0.0, 0.0005], ids=["steady", "next to nothing"])
def test_answers_that_do_not_slow_down_are_no_finding(slower_s: float) -> None:
    rng = random.Random(2)
    rows = [load(i * 0.05, "ok", 4 + i * slower_s + rng.uniform(0, 0.02)) for i in range(100)]
    assert judged(rows, DAY).rate_limit.throttling is None


def test_where_something_was_refused_nothing_is_soft() -> None:
    world = World(Places(10), image_s=lambda rng: rng.uniform(3, 9))
    world.play(plan("p"))
    assert judged(world.rows, DAY).rate_limit.throttling is None


def test_the_staircase_has_its_ends_and_at_most_two_hundred_steps() -> None:
    world = World(token_bucket(60, 10))
    world.play(plan("p"))
    said = judged(world.rows, DAY).rate_limit
    assert 2 < len(said.staircase) <= 200
    assert said.staircase[0][0] == 0.0
    assert said.staircase[-1][1:] == (said.accepted, said.rejected)
    assert list(said.staircase) == sorted(said.staircase)


def test_what_was_only_tried_is_said_with_how_far() -> None:
    world = World(Unlimited(), image_s=lambda _: 10.0)
    world.play(plan("p", max_images=40, rpm=600))
    said = judged(world.rows, DAY).rate_limit
    assert said.not_refuted is not None
    assert (round(said.not_refuted.rpm or 0), said.not_refuted.in_flight) == (600, 40)
    assert said.not_refuted.minutes == pytest.approx(3.9 / 60)
    assert said.burst == Span(said.burst.low if said.burst else -1.0, None)


def test_its_own_headers_are_held_against_what_was_found() -> None:
    world = World(token_bucket(60, 10))
    world.play(plan("p"))
    said = judged([one | {"limit_requests": 300.0} for one in world.rows], DAY).rate_limit
    assert said.stated_requests == 300
    assert "Its headers name a limit of 300 requests; per minute, it lets through less: 59 to 61." in said.says
