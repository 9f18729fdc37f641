"""Hidden limiters of all families, at five parameter sets each: named, and bounded by bounds that hold the truth.

The run is that of `upheld probe --kind burst --saturate`, in virtual time with random delays on the way; judged are the
rows that the store would have.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from monitor.judge.facts import ProviderFacts
from monitor.judge.result import RateLimit, Span
from probes.plans.saturation import plan
from tests.hidden import Limiter, Places, World, fixed_window, sliding_log, token_bucket
from tests.monitor.judge.frames import DAY, judged

RATE, SIZE = 0.05, 2  # what is promised: relative width of the rate, and width of the bucket


@dataclass(frozen=True)
class Truth:
    """A hidden limiter. `images`: what the run may cost; a window is paid for twice, since both its ends are seen."""

    kind: str
    make: Callable[[], Limiter]
    at_once: float
    rpm: float | None
    window_s: float | None
    images: int

    def __str__(self) -> str:
        rate = "" if self.rpm is None else f" {self.rpm:g} rpm"
        return f"{self.kind}{rate}, {self.at_once:g}" + (f" in {self.window_s:g} s" if self.window_s else "")


def bucket(rpm: float, size: float) -> Truth:
    # above 5 a second, a way of 30 ms counts: more accepts are needed for the same width
    return Truth("token_bucket", lambda: token_bucket(rpm, size), size, rpm, None, round(size + 28 + rpm / 20))


def window(limit: int, window_s: float, into_s: float) -> Truth:
    rpm = limit * 60 / window_s
    made = max(2 * limit + into_s / window_s * limit, limit + 24) + 6
    return Truth("fixed_window", lambda: fixed_window(limit, window_s, into_s), limit, rpm, window_s, round(made))


def log(limit: int, window_s: float) -> Truth:
    rpm = limit * 60 / window_s
    return Truth("sliding_log", lambda: sliding_log(limit, window_s), limit, rpm, window_s, limit + 30)


def places(most: int) -> Truth:
    return Truth("concurrency", lambda: Places(most), most, None, None, most + 28)


TRUTHS = [
    *(bucket(rpm, size) for rpm, size in ((12, 5), (60, 10), (60, 60), (150, 25), (300, 10))),
    *(window(*one) for one in ((10, 20, 3), (20, 60, 7), (60, 60, 50), (12, 10, 4), (40, 60, 20))),
    *(log(*one) for one in ((10, 20), (20, 60), (60, 60), (30, 10), (100, 60))),
    *(places(most) for most in (1, 3, 10, 20, 40)),
]


def found(world: World) -> RateLimit:
    return judged(world.rows, 2 * DAY, facts=ProviderFacts(advertised_rpm=100.0)).rate_limit


def holds(span: Span | None, value: float) -> bool:
    return span is not None and span.low - 1e-9 <= value <= (float("inf") if span.high is None else span.high + 1e-9)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_a_hidden_limiter_is_named_and_bounded_as_promised_for_what_it_may_cost(truth: Truth) -> None:
    world = World(truth.make(), seed=11, says_wait=1.0)
    assert world.play(plan("p", max_images=220, seed=11)).why is None
    said = found(world)
    assert said.kind == truth.kind
    assert holds(said.burst, truth.at_once)
    assert said.burst is not None
    assert said.burst.high is not None
    assert said.burst.high - said.burst.low <= SIZE
    assert world.paid <= truth.images
    if truth.rpm is not None:
        assert holds(said.sustained_rpm, truth.rpm)
        assert said.sustained_rpm is not None
        assert said.sustained_rpm.high is not None
        assert said.sustained_rpm.high / said.sustained_rpm.low - 1 <= RATE
    if truth.window_s is not None:
        assert holds(said.window_s, truth.window_s)
    assert (said.concurrency is not None) == (truth.kind == "concurrency")


TRIED = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller case of the same takes minutes to find
ways = st.sampled_from([(0.001, 0.003), (0.001, 0.05), (0.03, 0.06), (0.01, 0.2)])


@settings(max_examples=10, phases=TRIED)
@given(
    truth=st.one_of(
        st.builds(bucket, st.floats(60, 400), st.floats(1, 40)),
        st.builds(window, st.integers(1, 30), st.floats(3, 8), st.floats(0, 8)),
        st.builds(log, st.integers(2, 30), st.floats(3, 8)),
        st.builds(places, st.integers(1, 30)),
    ),
    way_s=ways,
    spread=st.sampled_from([0.05, 0.3]),
    says_wait=st.sampled_from([None, 1.0, 0.1]),
    seed=st.integers(0, 999),
)
def test_bounds_hold_for_any_limiter_and_any_delay_and_no_kind_is_wrong(
    truth: Truth, way_s: tuple[float, float], spread: float, says_wait: float | None, seed: int
) -> None:
    world = World(
        truth.make(),
        seed=seed,
        way_s=lambda rng: rng.uniform(*way_s),
        image_s=lambda rng: rng.lognormvariate(1.0, spread),
        says_wait=says_wait,
    )
    world.play(plan("p", max_images=100, seed=seed))
    said = found(world)
    if not said.rejected:
        return
    assert said.kind in {truth.kind, None}
    assert holds(said.burst, truth.at_once)
    if truth.rpm is not None:
        assert said.sustained_rpm is None or holds(said.sustained_rpm, truth.rpm)
    if said.kind is not None and truth.window_s is not None:
        assert holds(said.window_s, truth.window_s)
    if says_wait == 1.0 and truth.rpm is not None:
        assert said.retry_after_honest in {True, None}


def test_a_bucket_of_one_and_a_log_of_one_are_the_same_thing_and_are_called_a_bucket() -> None:
    world = World(sliding_log(1, 1.0))
    world.play(plan("p"))
    said = found(world)
    assert said.kind == "token_bucket"
    assert holds(said.sustained_rpm, 60.0)


def test_what_is_let_through_once_a_day_is_not_misread_as_a_rate() -> None:
    world = World(fixed_window(30, 86_400.0, 5_000.0))
    assert world.play(plan("p")).why == "nothing was let through for 150 s"
    said = found(world)
    assert said.kind is None
    assert said.sustained_rpm is not None
    assert said.sustained_rpm.low == 0.0
    assert holds(said.burst, 30)
    assert said.recovery_s is not None
    assert (said.recovery_s.low > 140, said.recovery_s.high) == (True, None)


def test_a_limit_beyond_the_images_is_only_bounded_from_below() -> None:
    world = World(token_bucket(1000, 100))
    world.play(plan("p", max_images=50))
    said = found(world)
    assert (said.kind, said.rejected, said.sustained_rpm) == (None, 0, None)
    assert said.burst == Span(said.burst.low if said.burst else 0.0, None)
    assert said.not_refuted is not None
    assert said.not_refuted.rpm == pytest.approx(1200, rel=0.05)
    assert said.not_refuted.in_flight >= 40
    assert said.says[0].startswith("No limit was met up to 1")


def test_a_rate_beside_places_is_said_to_be_both() -> None:
    world = World(Places(15, token_bucket(60, 20)), seed=3)
    world.play(plan("p", max_images=150))
    said = found(world)
    assert said.kind != "concurrency"
    assert holds(said.concurrency, 15)
    assert any(text.startswith("Beside its rate, it limits requests in work to 15") for text in said.says)


def test_several_runs_have_a_median_and_a_lowest() -> None:
    rows = []
    for number, rpm in enumerate((60, 90, 60)):
        world = World(token_bucket(rpm, 8), seed=number)
        world.play(plan("p"))
        rows += [one | {"run_id": f"run-{number}", "sample_id": f"{number}-{one['seq']}"} for one in world.rows]
    said = judged(rows, 2 * DAY).rate_limit
    assert said.median_rpm == pytest.approx(60, rel=0.03)
    assert said.lowest_rpm == pytest.approx(60, rel=0.03)
    assert holds(said.sustained_rpm, 60)
    assert holds(said.sustained_rpm, 90)
    assert "they disagree" in said.method


def test_the_time_that_a_connection_takes_to_stand_is_no_time_on_the_way() -> None:
    world = World(token_bucket(60, 10))
    world.play(plan("p"))
    cold = [
        one | {"sent_at": one["sent_at"] - timedelta(seconds=9), "tls_ms": 9e3, "total_ms": one["total_ms"] + 9e3}
        for one in world.rows
    ]
    plain, late = (judged(rows, 2 * DAY, -60.0).rate_limit for rows in (world.rows, cold))
    assert late.sustained_rpm is not None
    assert plain.sustained_rpm is not None
    assert late.sustained_rpm.low == pytest.approx(plain.sustained_rpm.low)
    assert late.sustained_rpm.high == pytest.approx(plain.sustained_rpm.high)
