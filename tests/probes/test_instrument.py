"""A run's own error: worked out from what was seen, no more and no less."""

from datetime import timedelta

import pytest

from probes.instrument import Histogram, Watch
from probes.model import Ask
from probes.run_error import RunError
from probes.ticking import UNSEEN_S
from tests import virtual

TICK_MS = UNSEEN_S * 1000


def watched(*, lags: tuple[tuple[float, float], ...], controls: tuple[float, ...], held_up_ms: float = 0.0) -> RunError:
    async def main(clock: virtual.VirtualClock) -> RunError:
        watch = Watch(clock, lambda: None, held_up_ms=held_up_ms)
        for lag_ms, woken_late_ms in lags:
            watch.ticked(lag_ms, woken_late_ms)
        for error_ms in controls:
            watch.controlled(error_ms)
        return watch.told()

    return virtual.run(main)


@pytest.mark.parametrize(
    ("lags", "controls", "held_up_ms", "error_ms"),
    [
        pytest.param(
            ((0.2, 0.2), (0.5, 0.4)), (1.0, 1.5), 0.3, 1.5 + 0.4 + TICK_MS, id="idle: the worst of both, and a tick"
        ),
        pytest.param((), (1.0,), 0.0, 1.0 + TICK_MS, id="nothing was in flight long enough for a tick"),
        pytest.param(((60.0, 60.0),), (1.0,), 0.5, 1.0 + 60.0 + TICK_MS, id="woken late once"),
        pytest.param(((60.0, 0.0),), (1.0,), 59.0, 59.0 + TICK_MS, id="busy once: who waited knows for how long"),
        pytest.param(((0.1, 0.1),), (1.0,), 30.0, 30.0 + 0.1 + TICK_MS, id="a request that waited for others"),
        pytest.param(((0.1, 0.1),), (), 0.3, None, id="without a control request nothing is said"),
    ],
)
def test_the_error_of_a_run_is_the_sum_of_what_was_seen(
    lags: tuple[tuple[float, float], ...], controls: tuple[float, ...], held_up_ms: float, error_ms: float | None
) -> None:
    told = watched(lags=lags, controls=controls, held_up_ms=held_up_ms)
    assert told.error_ms == (None if error_ms is None else pytest.approx(error_ms))
    assert told.controls == len(controls)


def test_a_wall_clock_that_is_set_during_a_run_is_seen() -> None:
    async def main(clock: virtual.VirtualClock) -> RunError:
        import asyncio  # noqa: PLC0415 - an event of the loop that runs now

        watch = Watch(clock, lambda: None)
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
        watch, seen = Watch(clock, lambda: None), list[int]()
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
