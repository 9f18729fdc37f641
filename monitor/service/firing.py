"""One run, whoever asked for it: entered, money first, fired at its time, and what was not used of the money back."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from monitor.service.gaps import Curtailed
from monitor.service.guard import Check, Guarded
from monitor.service.lease import Lease
from monitor.service.means import Means
from monitor.service.money import DurableGate, enter_notes
from monitor.store import RunRow, StoreError
from probes.model import Plan, Target
from probes.progress import RunSummary
from probes.run_error import RunError
from probes.runner import run

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """A run that is asked for. `starts_at` None: planned from when it begins. `lease`: of a run that is taken up."""

    probe: str
    plan: Plan
    run_id: UUID
    targets: Mapping[str, Target]
    slot: datetime | None = None
    starts_at: datetime | None = None
    lease: Lease | None = None
    objections: Sequence[Check] = ()

    def objecting(self) -> Sequence[Check]:
        """Who is asked before money is reserved."""
        return (*self.objections, self.lease.check) if self.lease else self.objections


class Firing:
    """Fires orders; all of them end with one order to stop."""

    def __init__(self, means: Means) -> None:
        """Nothing is under way."""
        self._means = means
        self._stop = asyncio.Event()
        self._firing: set[asyncio.Task[RunSummary]] = set()

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be sent."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Send nothing more: what was planned and not sent becomes rows."""
        self._stop.set()

    def abandon(self) -> None:
        """Give up what is in flight, as rows."""
        for firing in self._firing:
            firing.cancel()

    async def fire(self, order: Order) -> RunSummary | None:
        """Run it at its time. None: it was given up in flight; its rows say so.

        Raises:
            StoreError: nothing was sent, and there are no rows.
        """
        means = self._means
        gate = DurableGate(means.budget, means.keeper, order.plan, order.targets, means.now)
        entry = RunRow(
            order.run_id, order.probe, order.slot, means.now(), None, "running", means.location, means.simulated
        )
        await means.keeper.call(lambda store: store.start_run(entry))
        if gate.paid:
            await enter_notes(means.keeper, means.notes, means.budget, means.now())
        await gate.open()
        if order.lease is not None:
            await self._open(order.lease, gate)
        await self._wait_for(order.slot)
        errors: list[RunError] = []
        summary = await self._run(order, gate, errors)
        await self._close(order, gate, summary, next(iter(errors), None))
        return summary

    async def _open(self, lease: Lease, gate: DurableGate) -> None:
        """Or give the money back."""
        try:
            await lease.open()
        except StoreError:
            with suppress(StoreError):  # it stays counted as spent
                await gate.close()
            raise

    async def _run(self, order: Order, gate: DurableGate, errors: list[RunError]) -> RunSummary | None:
        """`errors` gets what it found of its own error, also where it is given up."""
        means, record = self._means, Curtailed(self._means.keeper.put)
        log.debug("%s: %d requests begin", order.probe, len(order.plan.shots))
        firing = asyncio.create_task(
            run(
                order.plan,
                run_id=order.run_id,
                location=means.location,
                targets=order.targets,
                tools=means.tools,
                record=record,
                gate=Guarded(gate, order.objecting(), means.breaker(order.probe)),
                starts_at=order.starts_at,
                stop=self._stop,
                measured=errors.append,
            )
        )
        self._firing.add(firing)
        firing.add_done_callback(self._firing.discard)
        await asyncio.wait([firing])
        record.release()
        return None if firing.cancelled() else firing.result()

    async def _close(self, order: Order, gate: DurableGate, summary: RunSummary | None, error: RunError | None) -> None:
        means, ended = self._means, self._means.now()
        state = "stopped" if summary is None or summary.stopped or self._stop.is_set() else "done"
        try:
            if order.lease is not None:
                await order.lease.close()
            await gate.close()
            await means.keeper.call(lambda store: store.end_run(order.run_id, state, ended, error))
        except StoreError as failed:  # what was taken in advance stays counted as spent
            log.error("%s: %s", order.probe, failed)  # noqa: TRY400 - one line is enough
        if summary is None:
            log.info("%s: given up in flight%s", order.probe, own_error_of(error))

    async def _wait_for(self, moment: datetime | None) -> None:
        """Until this moment, or the order to stop."""
        clock = self._means.tools.clock
        ahead_s = (moment - clock.now()).total_seconds() if moment else 0.0
        if ahead_s <= 0:
            return
        waits = {
            asyncio.create_task(clock.sleep_until(clock.monotonic() + ahead_s)),
            asyncio.create_task(self._stop.wait()),
        }
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def own_error_of(error: RunError | None) -> str:
    """The end of a line about a run: how wrong its times may be."""
    return "" if error is None or error.error_ms is None else f"; own error at most {error.error_ms:.1f} ms"
