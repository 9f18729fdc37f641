"""A saturation run asks until the limit is known, and knows when to stop."""

from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from probes.model import Done, Mode, Outcome, ProbeKind, Seen, Shot, Wait
from probes.plans.saturation import Saturation, plan, rate_of
from tests.hidden import Limiter, Places, Unlimited, World, fixed_window, sliding_log, token_bucket

TRIED = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller case of the same takes minutes to find


def more(**given: float) -> Saturation:
    made = plan("p", max_images=int(given.get("max_images", 150)), rpm=given.get("rpm", 1200.0)).more
    assert isinstance(made, Saturation)
    return made


def refused(sent_s: float, **given: object) -> Seen:
    return Seen(sent_s, sent_s + 0.05, Outcome.RATE_LIMITED, **given)  # type: ignore[arg-type]  # by name, as they come


def test_it_begins_with_a_steady_burst_and_polls_on_once_it_is_refused() -> None:
    world = World(token_bucket(60, 10))
    world.play(plan("p"))
    ramp = [shot.offset_s for shot in world.shots if shot.mode is Mode.RAMP]
    assert {round(after - before, 3) for before, after in pairwise(ramp)} == {0.05}
    sustained = [shot for shot in world.shots if shot.mode is Mode.SUSTAIN]
    assert {(shot.probe, shot.provider, shot.ask.size) for shot in sustained} == {(ProbeKind.BURST, "p", "1K")}
    late = [shot.offset_s for shot in sustained[len(sustained) // 2 :]]
    assert 1.5 <= (len(late) - 1) / (late[-1] - late[0]) <= 4  # of one that is let through each second


@pytest.mark.parametrize(
    ("seen", "now_s", "why"),
    [
        ([refused(0.0, detail="rpd")], 0.1, "the quota of the day is spent"),
        ([refused(0.0, retry_after_s=3600.0)], 0.1, "told to wait 3600 s, longer than 120 s"),
        ([refused(0.0), Seen(1.0, 1.1, Outcome.BALANCE)], 2.0, "refused: balance"),
        ([refused(0.0), refused(149.0)], 151.0, "nothing was let through for 151 s"),
        ([Seen(0.0, 8.0, Outcome.OK), refused(800.0)], 901.0, "not decided within 900 s"),
        ([refused(i * 0.01) for i in range(5000)], 60.0, "not decided by 5000 requests"),
    ],
    ids=["a day's quota", "told to wait long", "no balance", "silence", "too long", "too many"],
)
def test_it_stops_where_going_on_makes_no_sense(seen: list[Seen], now_s: float, why: str) -> None:
    assert more().next(seen, now_s) == Done(why)


def test_a_wait_that_is_short_enough_does_not_stop_it() -> None:
    assert isinstance(more().next([refused(0.0, retry_after_s=60.0)], 0.1), Shot)


def test_all_images_in_flight_it_waits_for_a_refusal_and_ends_without_one() -> None:
    three = [Seen(0.0), Seen(0.05), Seen(0.1)]
    assert more(max_images=3).next(three, 0.2) == Wait(1.2)
    answered = [Seen(one.sent_s, 9.0, Outcome.OK) for one in three]
    assert more(max_images=3).next(answered, 9.0) == Done()
    assert isinstance(more(max_images=3).next([*three[:2], refused(0.1)], 0.2), Shot)


@pytest.mark.parametrize(
    ("limiter", "images"),
    [(Unlimited(), 60), (token_bucket(1000, 100), 60), (Places(80), 60)],
    ids=["no limit", "a larger bucket", "more places"],
)
def test_a_limit_beyond_its_images_is_never_met_and_costs_no_more(limiter: Limiter, images: int) -> None:
    world = World(limiter)
    assert world.play(plan("p", max_images=images)) == Done()
    assert world.paid == images == len(world.rows)


def test_images_that_run_out_in_the_middle_are_said() -> None:
    world = World(fixed_window(30, 60.0, 10.0))
    assert world.play(plan("p", max_images=40)) == Done("its 40 images were spent")
    assert world.paid == 40


def test_retry_after_is_believed_by_the_toss_of_a_coin() -> None:
    def honoured(says_wait: float | None) -> int:
        world = World(token_bucket(30, 10), says_wait=says_wait)
        world.play(plan("p", seed=4))
        told = [one.ended_s + one.retry_after_s for one in world.seen if one.ended_s and one.retry_after_s]
        return sum(abs(shot.offset_s - at_s) < 1e-9 for shot in world.shots for at_s in told)

    assert 3 <= honoured(1.0) <= 12
    assert honoured(None) == 0


@pytest.mark.parametrize(("advertised", "rpm"), [(None, 1200.0), (100.0, 1200.0), (1000.0, 4000.0)])
def test_a_burst_is_faster_than_what_is_advertised(advertised: float | None, rpm: float) -> None:
    assert rate_of(advertised) == rpm


def test_none_at_all_is_no_run() -> None:
    with pytest.raises(ValueError, match="max_images must be at least 1"):
        plan("p", max_images=0)


@settings(max_examples=8, phases=TRIED)
@given(
    limiter=st.one_of(
        st.builds(token_bucket, st.floats(60, 400), st.floats(1, 30)),
        st.builds(fixed_window, st.integers(2, 30), st.floats(2, 8), st.floats(0, 8)),
        st.builds(sliding_log, st.integers(2, 30), st.floats(2, 8)),
        st.builds(Places, st.integers(1, 30)),
    ),
    images=st.integers(1, 80),
    seed=st.integers(0, 99),
)
def test_it_ends_and_never_pays_for_more_images_than_it_may(limiter: Limiter, images: int, seed: int) -> None:
    world = World(limiter, seed=seed)
    run = plan("p", max_images=images, seed=seed)
    world.play(run)
    assert world.paid <= images
    assert run.more is not None
    assert run.more.next(world.seen, world.last_s) == run.more.next(tuple(world.seen), world.last_s)
