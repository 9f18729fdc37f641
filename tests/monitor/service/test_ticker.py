"""APScheduler as a thin clock, in virtual time: called once per slot, never silent, never cancelled in the middle."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitor.service.ticker import Beat, Ticker
from monitor.slots import Every, slots_between
from tests.virtual import VirtualClock, run

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
SCHEDULE = Every(MINUTE, timedelta(seconds=43))


def test_a_day_of_minutes_is_one_call_each_at_its_lead_without_drift() -> None:
    async def main(clock: VirtualClock) -> list[datetime]:
        calls: list[datetime] = []

        async def call() -> None:
            calls.append(clock.now())
            await asyncio.sleep(2.0)  # a slow call moves nothing

        ticker = Ticker(clock)
        ticker.add(Beat("reach", SCHEDULE, MINUTE, call, lead=SECOND))
        ticker.start()
        await asyncio.sleep(DAY.total_seconds())
        await ticker.stop(1.0)
        return calls

    first, *calls = run(main, START)
    assert first == START  # what is due is looked at once at the start
    assert calls == [slot - SECOND for slot in slots_between(SCHEDULE, START, START + DAY)]


@pytest.mark.parametrize("step", [-2 * MINUTE, 20 * MINUTE], ids=["back", "ahead"])
def test_a_step_of_the_clock_is_noticed_within_seconds(step: timedelta, caplog: pytest.LogCaptureFixture) -> None:
    async def main(clock: VirtualClock) -> list[float]:
        calls: list[float] = []
        ticker = Ticker(clock)

        async def call() -> None:
            calls.append(clock.monotonic())

        ticker.add(Beat("daily", Every(DAY), DAY, call))
        ticker.start()
        await asyncio.sleep(100)
        clock.step(step)
        await asyncio.sleep(30)
        await ticker.stop(1.0)
        return calls

    at_start, after_step = run(main, START)
    assert at_start == 0.0
    assert 100.0 <= after_step <= 110.0
    assert any("clock stepped by" in message for message in caplog.messages)


def test_a_call_that_raises_is_one_line_in_the_log_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    async def main(clock: VirtualClock) -> int:
        calls = 0

        async def call() -> None:
            nonlocal calls
            calls += 1
            raise OSError(28, "No space left on device")

        ticker = Ticker(clock)
        ticker.add(Beat("reach", SCHEDULE, MINUTE, call))
        ticker.start()
        await asyncio.sleep(5 * 60)
        await ticker.stop(1.0)
        return calls

    assert run(main, START) == 6
    assert caplog.messages.count("reach: OSError: [Errno 28] No space left on device") == 6


def test_a_call_that_takes_longer_than_its_interval_is_not_called_twice_at_the_same_time() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int]:
        at_work = most = calls = 0

        async def call() -> None:
            nonlocal at_work, most, calls
            calls, at_work = calls + 1, at_work + 1
            most = max(most, at_work)
            await asyncio.sleep(150)
            at_work -= 1

        ticker = Ticker(clock)
        ticker.add(Beat("reach", SCHEDULE, MINUTE, call))
        ticker.start()
        await asyncio.sleep(600)
        await ticker.stop(1000)
        return most, calls

    most, calls = run(main, START)
    assert most == 1
    assert calls == 4  # at the start, and at the first slot after each end


def test_a_blocked_loop_makes_one_call_that_finds_out_what_was_missed() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        calls: list[float] = []
        ticker = Ticker(clock)

        async def call() -> None:
            calls.append(clock.monotonic())

        ticker.add(Beat("reach", SCHEDULE, MINUTE, call))
        ticker.start()
        await asyncio.sleep(100)
        clock.block(timedelta(seconds=300))
        await asyncio.sleep(1)
        await ticker.stop(1.0)
        return calls

    assert run(main, START) == [0.0, 43.0, 400.0]


def test_the_end_waits_for_what_was_begun_and_then_cancels_it() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str], float]:
        ended: list[str] = []

        async def call(name: str, seconds: float) -> None:
            try:
                await asyncio.sleep(seconds)
                ended.append(f"{name} done")
            except asyncio.CancelledError:
                ended.append(f"{name} cancelled")
                raise

        ticker = Ticker(clock)
        ticker.add(Beat("quick", Every(DAY), DAY, lambda: call("quick", 3)))
        ticker.add(Beat("slow", Every(DAY), DAY, lambda: call("slow", 300)))
        ticker.add(Beat("page", Every(DAY), DAY, lambda: call("page", 3), may_be_cut=True))
        ticker.start()
        await asyncio.sleep(1)
        await ticker.stop(10.0)
        return ended, clock.monotonic()

    assert run(main, START) == (["page cancelled", "quick done", "slow cancelled"], 11.0)
