"""Virtual time for tests: an event loop that jumps to the next timer instead of sleeping.

`run(main, start)` runs `main(clock)` to its end. A week of schedule takes as long as its callbacks do. Sockets and
threads are still real: time stands still while a thread of the loop's executor works, and while anything is ready.
"""

import asyncio
import selectors
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from unittest.mock import patch

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Waits in real time only for what is real; otherwise moves the loop's time."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - as typeshed has it, by platform
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None or self.loop.at_work:
            return super().select(None)
        self.loop.advance(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` passes only when everybody sleeps."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self._virtual_s = 0.0
        self.at_work = 0
        super().__init__(selector)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._virtual_s

    def forget_timers(self) -> None:
        """What a killed process had set: nothing of it rings any more."""
        for timer in self._scheduled:  # type: ignore[attr-defined]  # of asyncio, private
            timer.cancel()

    def advance(self, seconds: float) -> None:
        self._virtual_s += seconds

    def run_in_executor(self, *args: Any) -> Any:  # type: ignore[override]  # noqa: ANN401 - passes all on
        self.at_work += 1
        future = super().run_in_executor(*args)
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: object) -> None:
        self.at_work -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - as asyncio
        """Wait for threads, whose time is real, as long as it takes: a timeout in virtual time is over at once."""
        await super().shutdown_default_executor()


class VirtualClock:
    """`probes.clock.Clock` over a virtual loop; its wall clock can be stepped, as an operator's or NTP's hand does."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        self.loop = loop
        self._start = start
        self._stepped = timedelta()

    def monotonic(self) -> float:
        return self.loop.time()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.loop.time()) + self._stepped

    def step(self, by: timedelta) -> None:
        self._stepped += by

    def block(self, by: timedelta) -> None:
        """Time passes and no callback runs: a busy loop, or a machine that sleeps."""
        self.loop.advance(by.total_seconds())

    def real_s(self, seconds: float) -> float:
        return seconds

    async def sleep_until(self, monotonic_s: float) -> None:
        if (delay_s := monotonic_s - self.monotonic()) > 0:
            await asyncio.sleep(delay_s)

    async def hold_from(self, monotonic_s: float) -> AbstractContextManager[None]:
        await self.sleep_until(monotonic_s)
        return nullcontext()

    def busy(self) -> AbstractContextManager[None]:
        return nullcontext()


@contextmanager
def wall_clock_of_apscheduler(clock: VirtualClock) -> Iterator[None]:
    """APScheduler reads `datetime.now` itself; let it read this clock."""

    class Virtual(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # noqa: ANN401 - as datetime has it
            return clock.now().astimezone(tz)

    with patch("apscheduler.schedulers.base.datetime", Virtual), patch("apscheduler.executors.base.datetime", Virtual):
        yield


def run(main: Callable[[VirtualClock], Awaitable[T]], start: datetime = datetime(2026, 11, 22, tzinfo=UTC)) -> T:
    """Run `main` in virtual time that begins at `start`."""

    async def started() -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        clock = VirtualClock(loop, start)
        with wall_clock_of_apscheduler(clock):
            return await main(clock)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(started())


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
