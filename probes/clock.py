"""Time as an argument: the real clock, and one that two processes share and that runs faster.

All durations in this package are taken from `Clock.monotonic`, all instants from `Clock.now`; nothing else
reads the time. `SharedClock` lets the demo compress a week into seconds against a simulator in another process:
its state (three numbers) lies in a memory-mapped file that both read, so both always agree on what time it is.
"""

import asyncio
import mmap
import struct
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What the prober and the simulator need to know of time."""

    def monotonic(self) -> float:
        """Seconds that never step back; only differences mean anything."""
        ...

    def now(self) -> datetime:
        """Aware UTC wall-clock time."""
        ...

    def real_s(self, seconds: float) -> float:
        """How long `seconds` of this clock last for the operating system (for library timeouts)."""
        ...

    async def sleep_until(self, monotonic_s: float) -> None:
        """Return at the given reading of `monotonic`, or at once if it has passed."""
        ...

    async def hold_from(self, monotonic_s: float) -> AbstractContextManager[None]:
        """Wait as `sleep_until` does and return a hold, to be entered and left: until it is left, no time is skipped.

        It holds from the very moment of return, so that nobody skips between waking and sending.
        """
        ...


class RealClock:
    """The clock of the machine: monotonic for durations, UTC for instants."""

    def monotonic(self) -> float:
        """Seconds of `time.perf_counter`."""
        return time.perf_counter()

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.now(UTC)

    def real_s(self, seconds: float) -> float:
        """The same: this clock is real."""
        return seconds

    async def sleep_until(self, monotonic_s: float) -> None:
        """Sleep on the event loop; at once if it has passed."""
        while (delay_s := monotonic_s - self.monotonic()) > 0:  # noqa: ASYNC110 - a timer may end a hair early
            await asyncio.sleep(delay_s)

    async def hold_from(self, monotonic_s: float) -> AbstractContextManager[None]:
        """Nothing to hold: real time is never skipped."""
        await self.sleep_until(monotonic_s)
        return nullcontext()


class SharedClock:
    """Compressed time that several processes read from one small file.

    State: (real anchor, virtual anchor, rate), little-endian doubles behind a sequence number that is odd while
    the owner writes. virtual = virtual anchor + rate * (real - real anchor), in seconds since 1970. The owner
    may change the rate, and skips ahead to the next planned start when nothing is in flight.
    """

    _STATE = struct.Struct("<Qddd")

    def __init__(self, path: Path, *, skip_idle: bool = False) -> None:
        """Attach to the clock in `path`. `skip_idle`: this process owns it and may skip idle time."""
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), self._STATE.size)
        self._skip_idle = skip_idle
        self._in_flight = 0
        self._waiting: list[float] = []
        self._wake: asyncio.Event | None = None

    @classmethod
    def create(cls, path: Path, start: datetime, rate: float, *, skip_idle: bool = False) -> "SharedClock":
        """Make the file and return its owner's clock; it reads `start` now and runs `rate` times real time."""
        path.write_bytes(cls._STATE.pack(0, time.monotonic(), (start - EPOCH).total_seconds(), rate))
        return cls(path, skip_idle=skip_idle)

    def _read(self) -> tuple[float, float]:
        """Virtual now, and the rate; never from half a change."""
        while True:
            before, real, virtual, rate = self._STATE.unpack_from(self._memory)
            now = time.monotonic()
            (after,) = struct.unpack_from("<Q", self._memory)  # if this is unchanged, it was so at `now`, too
            if before == after and before % 2 == 0:
                return virtual + rate * (now - real), rate

    def _change(self, *, rate: float | None = None, at_least: float = float("-inf")) -> None:
        """Anchor anew, here and now. Readers wait meanwhile, so that no two of them see time step back."""
        (sequence, real, virtual, old_rate) = self._STATE.unpack_from(self._memory)
        struct.pack_into("<Q", self._memory, 0, sequence + 1)
        now = time.monotonic()
        here = max(virtual + old_rate * (now - real), at_least)
        struct.pack_into("<ddd", self._memory, 8, now, here, old_rate if rate is None else rate)
        struct.pack_into("<Q", self._memory, 0, sequence + 2)

    @property
    def rate(self) -> float:
        """How many seconds of this clock pass in a real one."""
        return self._read()[1]

    def set_rate(self, rate: float) -> None:
        """Run faster or slower from here on, without a jump."""
        if not 0 < rate < float("inf"):
            raise ValueError("the rate of a clock must be above 0")
        self._change(rate=rate)

    def skip_to(self, virtual_s: float) -> None:
        """Jump ahead (never back)."""
        self._change(at_least=virtual_s)

    def monotonic(self) -> float:
        """Virtual seconds since 1970; steps ahead only when the owner skips idle time."""
        return self._read()[0]

    def now(self) -> datetime:
        """Virtual UTC."""
        return EPOCH + timedelta(seconds=self.monotonic())

    def real_s(self, seconds: float) -> float:
        """Virtual seconds in real ones."""
        return seconds / self.rate

    async def hold_from(self, monotonic_s: float) -> AbstractContextManager[None]:
        """Wait until then; from this moment until the hold is left, this process does not skip."""
        await self.sleep_until(monotonic_s)
        self._in_flight += 1
        return self._held()

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._in_flight -= 1
            self._notify()

    def _notify(self) -> None:
        if self._wake is not None:
            self._wake.set()

    async def sleep_until(self, monotonic_s: float) -> None:
        """Return at the given virtual time; skip there if nothing is in flight and nobody waits for less."""
        if not self._skip_idle:
            while (left_s := monotonic_s - self.monotonic()) > 0:  # noqa: ASYNC110 - the rate may change meanwhile
                await asyncio.sleep(self.real_s(left_s))
            return
        self._waiting.append(monotonic_s)
        self._notify()
        try:
            await self._sleep_or_skip(monotonic_s)
        finally:
            self._waiting.remove(monotonic_s)
            self._notify()

    async def _sleep_or_skip(self, monotonic_s: float) -> None:
        if self._wake is None:
            self._wake = asyncio.Event()
        while (left_s := monotonic_s - self.monotonic()) > 0:
            await asyncio.sleep(0)  # whoever woke with us may be about to send
            if self._in_flight == 0 and min(self._waiting) == monotonic_s:
                self.skip_to(monotonic_s)
                return
            self._wake.clear()
            with suppress(TimeoutError):  # then look again: the rate may have changed meanwhile
                async with asyncio.timeout(self.real_s(left_s)):
                    await self._wake.wait()
