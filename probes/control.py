"""The control probe: is it them, or is it us?

When a request fails below HTTP, two unrelated hosts are asked at once. If any answers, our own network works.
Asked only then, and at most once a second, so it costs nothing while all is well.
"""

import asyncio
from collections.abc import Sequence

from probes.clock import Clock
from probes.exchange import Wire
from probes.model import Request

_DEADLINE_S = 5.0
_HOLDS_S = 1.0


class Control:
    """Asks the control hosts; remembers the answer for a second."""

    def __init__(self, wire: Wire, clock: Clock, urls: Sequence[str]) -> None:
        """`urls`: what to fetch; none means that there is no control, and the answer is None."""
        self._wire = wire
        self._clock = clock
        self._urls = tuple(urls)
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[bool] | None = None

    async def ok(self) -> bool | None:
        """Whether any control host gave any HTTP answer just now; None without control hosts."""
        if not self._urls:
            return None
        if self._asking is None or self._clock.monotonic() - self._asked_at > _HOLDS_S:
            self._asked_at = self._clock.monotonic()
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> bool:
        requests = (Request("GET", url, {"connection": "close"}, carries_key=False) for url in self._urls)
        exchanges = await asyncio.gather(*(self._wire.send(request, _DEADLINE_S) for request in requests))
        for exchange in exchanges:
            self._wire.forget(exchange)
        return any(exchange.status is not None for exchange in exchanges)
