"""Time that can be compressed, shared between processes, skipped when idle, and never steps back."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.clock import EPOCH, Clock, RealClock, SharedClock

START = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


def seconds(at: datetime) -> float:
    return (at - EPOCH).total_seconds()


def test_the_real_clock_reads_utc_and_never_steps_back() -> None:
    clock = RealClock()
    readings = [clock.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert clock.real_s(2.5) == 2.5


def test_a_shared_clock_begins_where_it_was_set_and_runs_at_its_rate(file: Path) -> None:
    clock = SharedClock.create(file, START, 3600.0)
    outer, before, inner = time.monotonic(), clock.monotonic(), time.monotonic()
    while time.monotonic() - inner < 0.005:
        pass
    inner_s, passed_s, outer_s = time.monotonic() - inner, clock.monotonic() - before, time.monotonic() - outer
    assert timedelta(0) <= clock.now() - START < timedelta(hours=1)
    assert inner_s * 3600 - 1e-6 <= passed_s <= outer_s * 3600 + 1e-6
    assert clock.real_s(7200) == 2.0


def test_two_processes_read_the_same_time_from_one_file(file: Path) -> None:
    """The child answers between two readings of ours, so its reading must lie between them."""
    clock = SharedClock.create(file, START, 1000.0)
    code = (
        "import sys; from pathlib import Path; from probes.clock import SharedClock\n"
        "clock = SharedClock(Path(sys.argv[1]))\n"
        "for _ in sys.stdin: print(repr(clock.monotonic()), flush=True)"
    )
    changes: list[Callable[[], None]] = [
        lambda: None,
        lambda: clock.set_rate(5.0),
        lambda: clock.skip_to(clock.monotonic() + 86400),
    ]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for change in changes:
            change()
            before = clock.monotonic()
            child.stdin.write("\n")
            child.stdin.flush()
            theirs = float(child.stdout.readline())
            assert before <= theirs <= clock.monotonic()
        child.stdin.close()


def test_a_change_of_rate_is_no_jump(file: Path) -> None:
    clock = SharedClock.create(file, START, 1.0)
    before = clock.monotonic()
    clock.set_rate(100_000.0)
    clock.set_rate(0.001)
    between = clock.monotonic()
    clock.set_rate(1.0)
    assert 0 <= between - before < 100  # a thousandth of a second at the fastest
    assert 0 <= clock.monotonic() - between < 1


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_clock_that_would_stand_or_run_backwards_is_refused(file: Path, rate: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        SharedClock.create(file, START, 1.0).set_rate(rate)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.floats(1e-3, 1e6)),
        st.tuples(st.just("skip"), st.floats(-1e6, 1e6)),
        st.tuples(st.just("read"), st.just(0.0)),
    ),
    max_size=30,
)


@given(steps=STEPS)
def test_it_never_steps_back_whatever_is_done_to_it(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    path = tmp_path_factory.mktemp("clock") / "clock"
    owner = SharedClock.create(path, START, 60.0)
    reader = SharedClock(path)
    seen = [reader.monotonic()]
    for what, value in steps:
        if what == "rate":
            owner.set_rate(value)
        if what == "skip":
            target = owner.monotonic() + value
            owner.skip_to(target)
            assert owner.monotonic() >= target
        seen += [reader.monotonic(), owner.monotonic(), reader.monotonic()]
    assert all(earlier <= later for earlier, later in pairwise(seen))


def test_a_reader_in_another_process_never_sees_time_step_back(file: Path) -> None:
    """It reads while the rate changes all the time, between very fast and almost standing.

    The monotonic clocks of two processors may differ by nanoseconds, which this rate makes a thousandth of a second
    at most; a reading from half a change would be off by what the change takes, far more.
    """
    owner = SharedClock.create(file, START, 1000.0)
    code = (
        "import sys; from itertools import pairwise; from pathlib import Path; from probes.clock import SharedClock\n"
        "clock = SharedClock(Path(sys.argv[1]))\n"
        "readings = [clock.monotonic() for _ in range(100_000)]\n"
        "print(sum(later < earlier - 0.001 for earlier, later in pairwise(readings)))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True) as child:
        while child.poll() is None:
            owner.set_rate(10_000.0)
            owner.set_rate(0.1)
        assert child.stdout is not None
        assert child.stdout.read() == "0\n"


@pytest.mark.parametrize("skips", [True, False])
async def test_sleeping_ends_at_the_time_and_not_before(file: Path, *, skips: bool) -> None:
    clocks: list[Clock] = [RealClock(), SharedClock.create(file, START, 1000.0, skip_idle=skips)]
    for clock in clocks:
        due = clock.monotonic() + (0.004 if isinstance(clock, RealClock) else 4.0)
        await clock.sleep_until(due)
        assert clock.monotonic() >= due
        await clock.sleep_until(due)  # has passed: returns at once
        await clock.sleep_until(float("-inf"))


async def test_a_sleeper_does_not_wake_early_when_time_slows_down_meanwhile(file: Path) -> None:
    clock = SharedClock.create(file, START, 1000.0, skip_idle=True)
    with await clock.hold_from(0.0):
        due = clock.monotonic() + 10.0  # 10 ms
        sleeper = asyncio.create_task(clock.sleep_until(due))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.set_rate(500.0)
        await sleeper
        assert clock.monotonic() >= due


async def test_idle_time_is_skipped(file: Path) -> None:
    clock = SharedClock.create(file, START, 1.0, skip_idle=True)
    before = time.monotonic()
    await clock.sleep_until(seconds(START) + 7 * 86400)
    assert clock.now() >= START + timedelta(days=7)
    assert time.monotonic() - before < 5


async def test_time_is_not_skipped_while_something_is_in_flight(file: Path) -> None:
    clock = SharedClock.create(file, START, 1.0, skip_idle=True)
    due = seconds(START) + 3600
    sleeper: asyncio.Task[None]
    with await clock.hold_from(0.0), await clock.hold_from(0.0):
        sleeper = asyncio.create_task(clock.sleep_until(due))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not sleeper.done()
        assert clock.monotonic() < due
    await sleeper
    assert clock.monotonic() >= due


async def test_one_of_two_things_in_flight_is_enough_to_hold_time(file: Path) -> None:
    clock = SharedClock.create(file, START, 1.0, skip_idle=True)
    due = seconds(START) + 3600
    with await clock.hold_from(0.0):
        with await clock.hold_from(0.0):
            sleeper = asyncio.create_task(clock.sleep_until(due))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not sleeper.done()
    await sleeper


async def test_the_first_sleeper_wakes_first_and_holds_time_for_its_work(file: Path) -> None:
    """Whoever wakes is about to send: the next must not skip ahead before it has."""
    clock = SharedClock.create(file, START, 1.0, skip_idle=True)
    log: list[tuple[int, float]] = []

    async def work(number: int) -> None:
        due = seconds(START) + number * 600.0
        task = asyncio.create_task(clock.hold_from(due))  # woken through a task, as the runner does
        hold: AbstractContextManager[None] = await task
        with hold:
            log.append((number, clock.monotonic() - due))
            await asyncio.sleep(0.001)
            log.append((number, clock.monotonic() - due))

    await asyncio.gather(*(work(number) for number in (3, 1, 5, 2, 4)))
    assert [number for number, _ in log] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert max(late for _, late in log) < 30


async def test_a_cancelled_sleeper_is_forgotten(file: Path) -> None:
    clock = SharedClock.create(file, START, 1.0, skip_idle=True)
    with await clock.hold_from(0.0):
        early = asyncio.create_task(clock.sleep_until(seconds(START) + 60))
        late = asyncio.create_task(clock.sleep_until(seconds(START) + 7200))
        await asyncio.sleep(0)
        early.cancel()
        await asyncio.gather(early, return_exceptions=True)
    await late
    assert clock.now() >= START + timedelta(hours=2)


async def test_who_does_not_own_the_clock_skips_nothing(file: Path) -> None:
    owner = SharedClock.create(file, START, 1.0)
    sleeper = asyncio.create_task(SharedClock(file).sleep_until(seconds(START) + 3600))
    for _ in range(20):
        await asyncio.sleep(0)
    assert owner.now() < START + timedelta(seconds=60)
    sleeper.cancel()
    await asyncio.gather(sleeper, return_exceptions=True)
