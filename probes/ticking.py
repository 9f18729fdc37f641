"""How late the event loop is: a timer tells, while anything is in flight."""

import asyncio
import time
from collections.abc import Callable

from probes import arrivals
from probes.idleness import Idleness

TICK_S = 0.01 if arrivals.KNOWN else 0.005  # where the kernel stamps what arrives, little is left to be late


class Ticker:
    """A bare timer, no task that sleeps: it is a third of the work."""

    def __init__(self, idle: Idleness, ticked: Callable[[float, float], bool]) -> None:
        """`ticked`: told, in seconds, how late a tick was and how late the kernel woke us for it; whether to go on."""
        self._idle = idle
        self._ticked = ticked
        self._going = False

    def go(self) -> None:
        """Tick from now on, until nobody wants to know."""
        if not self._going:
            self._going = True
            self._next()

    def _next(self) -> None:
        due_s = time.perf_counter() + TICK_S
        asyncio.get_running_loop().call_later(TICK_S, self._tick, due_s)

    def _tick(self, due_s: float) -> None:
        late_s = max(time.perf_counter() - due_s, 0.0)
        waited = self._idle.since_s <= due_s < self._idle.until_s  # else we were busy, and each request knows it
        if self._ticked(late_s, self._idle.until_s - due_s if waited else 0.0):
            self._next()
        else:
            self._going = False
