"""How late the kernel wakes us, where it does not say when bytes came: a timer tells, while anything is in flight.

It wakes a process that waits: a hundred times a second, that was a sixth of all processor time at twenty requests a
second (`docs/decisions/0022-own-exchange.md`). So it ticks only where there is no better way to know.
"""

import asyncio
import time
from collections.abc import Callable

from probes import arrivals
from probes.idleness import Idleness

TICK_S = 0.005
UNSEEN_S = 0.0 if arrivals.KNOWN else TICK_S  # the longest that we may be late without knowing it


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
