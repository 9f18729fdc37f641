"""A run's own error: worked out from what was seen, no more and no less."""

from datetime import timedelta

import pytest

from probes.instrument import Histogram, RunError, Watch
from probes.model import Ask
from probes.tails import PAUSES_MS, Tail, longest, unbroken_ms
from tests import virtual


def watched(*, lags: tuple[float, ...], controls: tuple[float, ...], tails: tuple[float, ...] = ()) -> RunError:
    async def main(clock: virtual.VirtualClock) -> RunError:
        import asyncio  # noqa: PLC0415 - an event of the loop that runs now

        watch = Watch(clock, asyncio.Event(), tails_ms=tails)
        for lag_ms in lags:
            watch.lag.add(lag_ms)
        for error_ms in controls:
            watch.controlled(error_ms)
        return watch.told()

    return virtual.run(main)


@pytest.mark.parametrize(
    ("lags", "controls", "tails", "error_ms"),
    [
        pytest.param((0.2, 0.4), (1.0, 1.5), (), 1.5 + 0.4 + 5.0, id="idle: the worst control, the worst lag, a tick"),
        pytest.param((), (1.0,), (), 1.0 + 5.0, id="nothing was in flight long enough for a tick"),
        pytest.param((0.1, 60.0), (1.0,), (), 1.0 + 60.0 + 5.0, id="held up once"),
        pytest.param((0.1,), (1.0,), (0.0, 30.0, 30.0), 30.0 + 0.1 + 5.0, id="an answer that came in one go"),
        pytest.param((0.1,), (), (), None, id="without a control request nothing is said"),
    ],
)
def test_the_error_of_a_run_is_the_sum_of_what_was_seen(
    lags: tuple[float, ...], controls: tuple[float, ...], tails: tuple[float, ...], error_ms: float | None
) -> None:
    told = watched(lags=lags, controls=controls, tails=tails)
    assert told.error_ms == (None if error_ms is None else pytest.approx(error_ms))
    assert told.controls == len(controls)


def test_a_wall_clock_that_is_set_during_a_run_is_seen() -> None:
    async def main(clock: virtual.VirtualClock) -> RunError:
        import asyncio  # noqa: PLC0415 - an event of the loop that runs now

        watch = Watch(clock, asyncio.Event())
        watch.look_at_clock()
        for step_s in (0.0, 0.05, -3600.0, 0.0, 2.0):
            await asyncio.sleep(1.0)
            clock.step(timedelta(seconds=step_s))
            watch.look_at_clock()
        return watch.told()

    told = virtual.run(main)
    assert told.clock_steps == 2  # 50 ms is what NTP may do
    assert told.clock_step_ms == pytest.approx(-3_600_000.0)


def test_a_control_request_is_as_large_as_what_is_in_flight() -> None:
    async def main(clock: virtual.VirtualClock) -> list[int]:
        import asyncio  # noqa: PLC0415 - an event of the loop that runs now

        watch, seen = Watch(clock, asyncio.Event()), list[int]()
        for ask in (Ask(), Ask("1K"), Ask("4K"), Ask("1K")):
            with watch.flying(ask):
                seen.append(watch.control_bytes)
        return seen

    small, one, four, after = virtual.run(main)
    assert small == 0
    assert 0 < one < four == after


@pytest.mark.parametrize("count", [1, 99, 1000])
def test_a_histogram_is_right_to_two_percent_and_never_above_the_largest(count: int) -> None:
    histogram = Histogram()
    for number in range(1, count + 1):
        histogram.add(float(number))
    true = -(-count * 99 // 100)
    told = histogram.quantile(0.99)
    assert told is not None
    assert true <= told <= min(true * 1.021, count)
    assert Histogram().quantile(0.5) is None


def tail_of(*times_ms: float) -> tuple[float, ...]:
    tail = Tail()
    for at_ms in times_ms:
        tail.came(at_ms)
    return tail.lengths_ms()


@pytest.mark.parametrize(
    ("times_ms", "lag_ms", "unbroken"),
    [
        pytest.param((), 1.0, 0.0, id="no body"),
        pytest.param((1000.0,), 1.0, 0.0, id="one piece"),
        pytest.param((1000.0, 1002.0, 1004.0), 1.0, 4.0, id="all in one go"),
        pytest.param((1000.0, 1100.0, 1102.0), 1.0, 2.0, id="after a pause we had caught up"),
        pytest.param((1000.0, 1100.0, 1102.0), 120.0, 102.0, id="a pause that a late loop may have made up"),
        pytest.param((0.0, 1000.0, 2000.0), 5000.0, 0.0, id="a loop later than any pause known: as the longest says"),
    ],
)
def test_the_end_of_an_answer_counts_from_the_last_pause_that_means_something(
    times_ms: tuple[float, ...], lag_ms: float, unbroken: float
) -> None:
    assert unbroken_ms(tail_of(*times_ms), lag_ms) == pytest.approx(unbroken)


def test_of_several_answers_the_longest_end_counts() -> None:
    one, other = tail_of(0.0, 3.0), tail_of(0.0, 1.0, 100.0, 109.0)
    assert longest(one, (), other)[0] == 3.0
    assert longest(one, other)[PAUSES_MS.index(10.0)] == 9.0
    assert longest((), ()) == ()
