"""How far a long run may send: said durably before anything beyond is sent (`monitor.service.resuming` says why)."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.service.means import Keeper
from monitor.service.resuming import AHEAD, RENEW_S
from monitor.store import ProgressRow, StoreError
from probes.clock import Clock
from probes.gates import Refusal
from probes.model import NotSent

log = logging.getLogger(__name__)


class Lease:
    """Of one run; `open` it before the run, `close` it after."""

    def __init__(self, keeper: Keeper, clock: Clock, run: ProgressRow) -> None:
        """`run`: as known so far; offsets count from its `begun_at`, nothing after its `sends_until` has been sent."""
        self._keeper = keeper
        self._clock = clock
        self._origin_s = clock.monotonic() - (clock.now() - run.begun_at).total_seconds()
        self._before = run.sends_until  # never less than this: a clock may have been set back
        self._row = run
        self._renewing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Say how far it may send at first, and go on saying so.

        Raises:
            StoreError: nothing may be sent.
        """
        row = self._ahead()
        await self._keeper.call(lambda store: store.enter_progress(row))
        self._row = row
        self._renewing = asyncio.create_task(self._renew_on())

    async def close(self) -> None:
        """The run has ended, perhaps early: say how far it came.

        Raises:
            StoreError: it stays at what was said last, which is a little further.
        """
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})
        run_id, came = self._row.run_id, max(self._before, min(self._row.sends_until, self._plan_time()))
        await self._keeper.call(lambda store: store.move_progress(run_id, came))

    def check(self, provider: str, usd: float) -> Refusal | None:
        """Whether what is due now may be sent."""
        del provider, usd
        if self._plan_time() <= self._row.sends_until:
            return None
        return Refusal(NotSent.MISSED, "the store could not note in time how far this run sends")

    def _plan_time(self) -> datetime:
        """Where the plan stands; the wall clock may be set while it goes on."""
        return self._row.begun_at + timedelta(seconds=self._clock.monotonic() - self._origin_s)

    def _ahead(self) -> ProgressRow:
        return replace(self._row, sends_until=max(self._plan_time(), self._before) + AHEAD)

    async def _renew_on(self) -> None:
        while True:
            await self._clock.sleep_until(self._clock.monotonic() + RENEW_S)
            row = self._ahead()
            with suppress(StoreError):  # tried again; meanwhile nothing beyond is sent, and rows say so
                await self._keeper.call(lambda store, row=row: store.move_progress(row.run_id, row.sends_until))  # type: ignore[misc]
                self._row = row
