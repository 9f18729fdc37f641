"""Connections that are kept for the next request to the same place: never shared, never trusted to be open still."""

import asyncio
from collections import deque

from probes.connection import MOST_AT_ONCE, Connection
from probes.dialing import Place

_KEPT_S = 15.0  # many servers close at 20 s or 60 s; a request that meets a closing connection is nobody's fault


class Pool:
    """Those at rest, by place; the one used last is taken first."""

    def __init__(self) -> None:
        """None yet."""
        self._resting: dict[Place, deque[_Resting]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def take(self, place: Place) -> Connection | None:
        """An open connection on which nothing has come since the last answer; None if there is none."""
        resting = self._resting.get(place)
        while resting:
            connection = resting.pop().connection
            if connection.is_silent():
                return connection
        return None

    def keep(self, place: Place, connection: Connection) -> None:
        """It is needed no more, for now."""
        self._resting.setdefault(place, deque()).append(_Resting(connection, _now_s() + _KEPT_S))
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(_KEPT_S, self._close_old)

    def close(self) -> None:
        """Close all."""
        if self._sweep is not None:
            self._sweep.cancel()
        for resting in self._resting.values():
            for one in resting:
                one.connection.close()
        self._resting.clear()

    def _close_old(self) -> None:
        now_s, self._sweep = _now_s(), None
        for place, resting in list(self._resting.items()):
            while resting and (resting[0].connection.closed or resting[0].until_s <= now_s):
                resting.popleft().connection.close()
            if not resting:
                del self._resting[place]
        if self._resting:
            first_s = min(resting[0].until_s for resting in self._resting.values())
            self._sweep = asyncio.get_running_loop().call_at(first_s, self._close_old)


class _Resting:
    """The user of a connection that nobody uses: whatever comes, comes unasked."""

    __slots__ = ("connection", "until_s")
    appetite = MOST_AT_ONCE

    def __init__(self, connection: Connection, until_s: float) -> None:
        self.connection, self.until_s = connection, until_s
        connection.user = self

    def arrived(self, data: memoryview, late_s: float | None) -> None:
        del data, late_s
        self.connection.close()

    def ended(self, why: OSError | None) -> None:
        """It is closed already."""

    def sent(self) -> None:
        """Nothing is sent."""


def _now_s() -> float:
    return asyncio.get_running_loop().time()
