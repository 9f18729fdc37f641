"""When the event loop last had nothing to do: what it reads later than that may have waited for us, and no longer.

A loop asks the kernel what has arrived and waits only if that is nothing. At the end of such a wait everything that had
arrived before has been read, so that a stamp taken after it is late by no more than the time since. That is exact where
looking at the clock now and then is a guess, and costs a microsecond or two.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_SLOW_S = 0.001


class Idleness:
    """The loop's last wait, seconds of `time.perf_counter`: nothing had arrived at `since_s`; it ended at `until_s`.

    `slow` is told of every turn longer than a millisecond, seconds: so late came the loop to what was due meanwhile.
    """

    __slots__ = ("since_s", "slow", "until_s")

    def __init__(self) -> None:
        """Busy since ever."""
        self.since_s = self.until_s = float("-inf")
        self.slow: Callable[[float], None] | None = None


@contextmanager
def watching() -> Iterator[Idleness]:
    """Watch the running loop until the block is left."""
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to see it wait
    found, look, clock = Idleness(), selector.select, time.perf_counter
    looked_s = clock()

    def select(timeout: float | None = None) -> Any:  # noqa: ANN401 - as typeshed has it, by platform
        nonlocal looked_s
        since_s = clock()
        if since_s - looked_s > _SLOW_S and found.slow is not None:
            found.slow(since_s - looked_s)
        events = look(0)
        if events or timeout == 0:
            looked_s = clock()
            return events
        events = look(timeout)
        looked_s = clock()
        found.since_s, found.until_s = since_s, looked_s
        return events

    selector.select = select
    try:
        yield found
    finally:
        if selector.select is select:  # else another watch has begun meanwhile, and looks through this one
            selector.select = look
