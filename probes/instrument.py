"""How wrong our own times are: each run measures it of itself, beside what it measures of others.

Three things make a stored time differ from the truth. The event loop comes late to what has happened (`lag`): a timer
tells by how much. A request passes through the same code, kernel and processor as a control request to a server on
loopback whose delay is known (`control`): measured less true is our error, connection included. And the wall clock may
be set while a run lasts; durations do not notice, instants do.
"""

import asyncio
import math
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from probes import arrivals, loopback
from probes.clock import Clock, RealClock
from probes.exchange import Wire
from probes.idleness import Idleness
from probes.model import Ask, Exchange, Request
from probes.run_error import RunError
from probes.spool import Spool
from probes.ticking import UNSEEN_S, Ticker

CONTROL_EVERY_S = 1.0
CONTROL_BYTES_PER_S = 1_000_000  # at most: measuring ourselves must not be what we measure
_CONTROL_DEADLINE_S = 5.0
ANSWER_BYTES = {"0.5K": 1_000_000, "1K": 2_500_000, "2K": 7_000_000, "4K": 20_000_000}  # usual, in base64
STEP_MS = 100.0  # between two looks; a clock that is only slewed moves 0.5 ms a second
_FINEST_MS, _RATIO = 0.01, 1.02


class Histogram:
    """Counts in steps of 2 %: a run of days weighs no more than one of a minute."""

    def __init__(self) -> None:
        """Empty."""
        self._counts: Counter[int] = Counter()
        self.max_ms: float | None = None

    def add(self, value_ms: float) -> None:
        """Count a value; one below 0.01 ms is 0.01 ms."""
        self.max_ms = value_ms if self.max_ms is None else max(self.max_ms, value_ms)
        self._counts[math.ceil(math.log(max(value_ms, _FINEST_MS) / _FINEST_MS, _RATIO))] += 1

    def quantile(self, share: float) -> float | None:
        """The upper edge of the step that holds it, and no more than the largest value."""
        left = math.ceil(share * self._counts.total())
        for step in sorted(self._counts):
            left -= self._counts[step]
            if left <= 0 and self.max_ms is not None:
                return min(_FINEST_MS * _RATIO**step, max(self.max_ms, _FINEST_MS))
        return None


@dataclass(slots=True, eq=False)
class Watch:
    """What one run sees of our error."""

    clock: Clock
    departs: Callable[[], None]  # called when a request takes off
    control_bytes: int = 0  # as large as what is in flight: a large answer takes more turns of the event loop
    in_flight: int = 0
    lag: Histogram = field(default_factory=Histogram)
    woken_late_ms: float = 0.0  # by the kernel, at worst, when the event loop had nothing to do
    lateness: Histogram = field(default_factory=Histogram)
    controls: int = 0
    control_max_ms: float | None = None
    clock_steps: int = 0
    clock_step_ms: float = 0.0
    held_up_ms: float = 0.0  # the longest of the requests so far, in real time
    _offset_s: float | None = None  # of the wall clock from the monotonic one

    @contextmanager
    def flying(self, ask: Ask) -> Iterator[None]:
        """A request is under way: what happens to the event loop meanwhile happens to it."""
        self.control_bytes = max(self.control_bytes, ANSWER_BYTES.get(ask.size or "", 0))
        self.in_flight += 1
        self.departs()
        try:
            yield
        finally:
            self.in_flight -= 1

    def look_at_clock(self) -> None:
        """Compare the wall clock with the monotonic one: it was set if their distance has changed."""
        before_s, now, after_s = self.clock.monotonic(), self.clock.now(), self.clock.monotonic()
        if (after_s - before_s) * 1000.0 > STEP_MS / 10:
            return  # we were held up between the two: the next look will tell
        offset_s = now.timestamp() - (before_s + after_s) / 2
        if self._offset_s is not None:
            step_ms = (offset_s - self._offset_s) * 1000.0
            if abs(step_ms) > STEP_MS:
                self.clock_steps += 1
                self.clock_step_ms = max(self.clock_step_ms, step_ms, key=abs)
        self._offset_s = offset_s

    def controlled(self, error_ms: float) -> None:
        """A control request has come back, measured as so much longer than it was."""
        self.controls += 1
        self.control_max_ms = max(self.control_max_ms or 0.0, error_ms)

    def ticked(self, late_ms: float, woken_late_ms: float) -> None:
        """We were so late for something; and so late, where it was the kernel that woke us late."""
        self.lag.add(late_ms)
        self.woken_late_ms = max(self.woken_late_ms, woken_late_ms)

    def noticed(self, held_up_ms: float, noticed_late_ms: float, woken_late_ms: float) -> None:
        """Something is over, of which the kernel may have told when it came; all in real time."""
        self.held_up_ms = max(self.held_up_ms, held_up_ms)
        if arrivals.KNOWN:
            scale = self.clock.real_s(1.0)
            self.ticked(noticed_late_ms / scale, woken_late_ms / scale)

    def told(self) -> RunError:
        """The run is over."""
        self.look_at_clock()
        scale = self.clock.real_s(1.0)
        late_ms = self.woken_late_ms + UNSEEN_S * 1000.0 / scale
        held_up_ms = self.held_up_ms / scale
        whole = None if self.control_max_ms is None else max(self.control_max_ms, held_up_ms) + late_ms
        return RunError(
            error_ms=whole,
            control_max_ms=self.control_max_ms,
            held_up_max_ms=held_up_ms,
            controls=self.controls,
            lag_p99_ms=self.lag.quantile(0.99),
            lag_max_ms=self.lag.max_ms,
            lateness_p99_ms=self.lateness.quantile(0.99),
            clock_steps=self.clock_steps,
            clock_step_ms=self.clock_step_ms,
        )


class Instrument:
    """Watches ourselves on behalf of the runs under way. Use `open_instrument`."""

    def __init__(self, clock: Clock, wire: Wire, url: str, idle: Idleness) -> None:
        """`wire`: of the real clock; `url`: of the server on loopback; `idle`: of the running loop."""
        self._clock = clock
        self._wire = wire
        self._url = url
        self._watches: set[Watch] = set()
        self._flying = asyncio.Event()
        self._ticker = Ticker(idle, self._ticked)
        idle.slow = self._slow

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[Watch]:
        """Watch for a run; at least one control request is made before it is over, also if it is cancelled."""
        watch = Watch(self._clock, self._departs)
        watch.look_at_clock()
        self._watches.add(watch)
        first = asyncio.create_task(self._control())
        try:
            try:
                yield watch
            finally:
                await first
        finally:
            first.cancel()
            self._watches.discard(watch)

    def _flying_watches(self) -> list[Watch]:
        return [watch for watch in self._watches if watch.in_flight]

    def _departs(self) -> None:
        self._flying.set()
        if not arrivals.KNOWN:
            self._ticker.go()

    def _slow(self, turn_s: float) -> None:
        self._ticked(turn_s, 0.0)

    def _ticked(self, late_s: float, woken_late_s: float) -> bool:
        """Measure how late the event loop is, while anything is in flight."""
        scale = 1000.0 / self._clock.real_s(1.0)
        flying = self._flying_watches()
        for watch in flying:
            watch.ticked(late_s * scale, woken_late_s * scale)
        return bool(flying)

    async def control_on(self) -> None:
        """Ask the control server again and again, while anything is in flight; look at the clock beside."""
        while True:
            await self._flying.wait()
            size = max((watch.control_bytes for watch in self._watches), default=0)
            await asyncio.sleep(max(CONTROL_EVERY_S, size / CONTROL_BYTES_PER_S))
            if self._flying_watches():
                await self._control()
            else:
                self._flying.clear()
            for watch in self._watches:
                watch.look_at_clock()

    async def _control(self) -> None:
        watches = list(self._watches)  # of this moment: a run is not told of what was before it
        size = max((watch.control_bytes for watch in watches), default=0)
        exchange = await self._wire.send(Request("GET", f"{self._url}{size}"), _CONTROL_DEADLINE_S)
        tail, total_ms = _tail(exchange), exchange.phases.total_ms
        self._wire.forget(exchange)
        if exchange.status == 200 and exchange.fault is None and tail and total_ms is not None:
            for watch in watches:
                watch.noticed(0.0, exchange.noticed_late_ms, exchange.woken_late_ms)
                watch.controlled(abs(total_ms - float(tail)) / self._clock.real_s(1.0))


def _tail(exchange: Exchange) -> bytes:
    """The last bytes of a body, wherever it is."""
    if exchange.kept_in is None:
        return exchange.body[-loopback.TAIL_BYTES :]
    with Path(exchange.kept_in).open("rb") as file:
        file.seek(max(exchange.size - loopback.TAIL_BYTES, 0))
        return file.read(loopback.TAIL_BYTES)


@asynccontextmanager
async def open_instrument(clock: Clock, spool: Spool, idle: Idleness) -> AsyncIterator[Instrument]:
    """Start the control server, and watch until the block is left.

    `spool`: so that its answers go the same way; `idle`: of the running loop.
    """
    with _server() as port:
        async with Wire(RealClock(), spool=spool, idle=idle) as wire:
            instrument = Instrument(clock, wire, f"http://127.0.0.1:{port}/", idle)
            controlling = asyncio.create_task(instrument.control_on())
            try:
                yield instrument
            finally:
                controlling.cancel()
                await asyncio.wait([controlling])


@contextmanager
def _server() -> Iterator[int]:
    """The port of a control server that ends with us, whatever ends us."""
    command = [sys.executable, "-I", "-S", str(Path(loopback.__file__))]
    with subprocess.Popen(  # noqa: S603 - our own file, by our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None, "a pipe was asked for"  # noqa: S101 - for the type checker
            yield int(process.stdout.readline())
        finally:
            process.kill()
            with suppress(BrokenPipeError):
                process.communicate()
