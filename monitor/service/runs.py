"""Slots under way: each is run in a task of its own, ends in the ledger, and leaves a row for every request."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from monitor.pressing import PressedError
from monitor.service.firing import Firing, Order, own_error_of
from monitor.service.gaps import MOST_ROWS
from monitor.service.guard import Check
from monitor.service.job import Division, Job, Part, Unsent, divide, run_id_of
from monitor.service.lease import Lease
from monitor.service.means import Means
from monitor.service.resuming import Rest, described, going_on
from monitor.store import ProgressRow, Store, StoreError
from probes.gates import Refusal
from probes.model import NotSent, Plan, Sample, in_order
from probes.plans.endurance import Steady
from probes.progress import RunSummary

log = logging.getLogger(__name__)
LATE_FROM = timedelta(seconds=5)  # begun later than this after its slot, a slot is `late`


class Finished(NamedTuple):
    """What became of a slot, as `Store.finish_slot` takes it."""

    probe: str
    slot: datetime
    state: str  # run | late | skipped | missed | lost
    run_id: UUID | None
    at: datetime


class Runs:
    """Begins slots, knows which are under way, ends them."""

    def __init__(self, means: Means) -> None:
        """Nothing under way."""
        self._means = means
        self._firing = Firing(means)
        self._slots: dict[tuple[str, datetime], asyncio.Task[None]] = {}
        self._owed: list[Finished] = []

    def under_way(self, job: Job) -> datetime | None:
        """The oldest slot of this job that has not ended, if as many go on as may go on beside each other."""
        going = [slot for (probe, slot), task in self._slots.items() if probe == job.probe and not task.done()]
        return min(going) if len(going) > job.overlap else None

    def begin(self, job: Job, slot: datetime, rests: Mapping[str, Rest] | None = None) -> None:
        """Run a claimed slot, from its time on. `rests`: of a slot that a restart cut short, what is left by part."""
        self._slots = {key: task for key, task in self._slots.items() if not task.done()}
        task = asyncio.create_task(self._slot(job, slot, rests), name=f"{job.probe} {slot:%H:%M:%S}")
        self._slots[job.probe, slot] = task

    async def ended(self) -> None:
        """Returns when nothing is under way."""
        if going := [task for task in self._slots.values() if not task.done()]:
            await asyncio.wait(going)

    def stop(self) -> None:
        """Send nothing more: what was planned and not sent becomes rows, or is left to be taken up."""
        self._firing.stop()

    async def end(self, grace_s: float) -> None:
        """Send nothing more; let what is in flight finish for `grace_s` seconds, then abandon it, as rows."""
        self.stop()
        try:
            async with asyncio.timeout(grace_s):
                await self.ended()
        except TimeoutError:
            log.warning("abandoning what is still in flight after %g s", grace_s)
            self._firing.abandon()
            await self.ended()

    async def _slot(self, job: Job, slot: datetime, rests: Mapping[str, Rest] | None) -> None:
        late = self._means.now() - slot > LATE_FROM and rests is None
        parts = [part for part in job.parts(slot) if rests is None or part.name in rests]
        try:
            if job.at_once:
                going = (self._part(job, part, slot, on_time=not late, rest=_of(rests, part)) for part in parts)
                over = all(await asyncio.gather(*going))
            else:
                for number, part in enumerate(parts):
                    await self._part(job, part, slot, on_time=not late and number == 0)
                over = True
        except Exception:  # a defect of ours: the slot stays open, and is accounted for at the next start
            log.exception("%s %s", job.probe, slot.isoformat())
            return
        if not over:
            log.info("%s %s: interrupted; the next start takes it up where its plan stands then", job.probe, slot)
            return
        first = run_id_of(self._means.location, job.probe, parts[0].name, slot)
        await self.finish(Finished(job.probe, slot, "late" if late else "run", first, self._means.now()))

    async def finish(self, *slots: Finished) -> None:
        """Enter what became of slots; what the store does not take now is entered with the next ones."""
        self._owed += slots
        owed = tuple(self._owed)
        try:
            await self._means.keeper.call(lambda store: _enter(store, owed))
        except StoreError as error:
            log.error("%d slots are not entered yet: %s", len(owed), error)  # noqa: TRY400 - one line is enough
        else:
            self._owed = [slot for slot in self._owed if slot not in owed]

    async def _part(self, job: Job, part: Part, slot: datetime, *, on_time: bool, rest: Rest | None = None) -> bool:
        """A run. `on_time`: planned from the slot on; else from when it begins, since that delay is ours.

        Returns:
            Whether it is over: False, if it was interrupted and is to be taken up.
        """
        unsent = Unsent.of(job, self._means.location, part, slot)
        try:
            press = self._press(job, part.plan)
        except (PressedError, StoreError) as busy:
            log.warning("%s %s: not run: %s", job.probe, slot.isoformat(), busy)
            if rest is not None:
                return False
            self._keep(_rows(unsent, part.plan, NotSent.LATE, str(busy)))
            return True
        with press:
            if isinstance(part.plan.shots, Steady) and part.plan.resumable:
                return await self._long(job, part.plan, part.plan.shots, slot, unsent, rest, on_time=on_time)
            await self._short(job, part.plan, slot, unsent, on_time=on_time)
        return True

    def _press(self, job: Job, plan: Plan) -> AbstractContextManager[object]:
        """Hold the accounts that a load probe presses."""
        if not job.exclusive:
            return nullcontext()
        targets = [job.targets[name] for name in sorted(plan.providers)]
        return self._means.presses.take(targets, job.probe, self._means.now())

    async def _short(self, job: Job, plan: Plan, slot: datetime, unsent: Unsent, *, on_time: bool) -> None:
        """A run that ends with the service."""
        division = self._without_maintenance(plan, slot, unsent)
        starts_at = slot if on_time else None
        order = Order(job.probe, division.plan, unsent.run_id, job.targets, slot=slot, starts_at=starts_at)
        try:
            summary = await self._firing.fire(order)
        except StoreError as error:
            self._never_begun(order, unsent, error)
        else:
            if summary is not None:
                _tell(job.probe, summary)

    def _without_maintenance(self, plan: Plan, slot: datetime, unsent: Unsent) -> Division:
        division = divide(plan, slot, self._means.maintenance)
        self._keep(unsent.rows(iter(division.maintained), NotSent.MAINTENANCE, "announced maintenance"))
        return division

    async def _long(
        self, job: Job, plan: Plan, shots: Steady, slot: datetime, unsent: Unsent, rest: Rest | None, *, on_time: bool
    ) -> bool:
        """A run that outlasts restarts. Its places are never numbered anew: each dispatch asks for maintenance."""
        means = self._means
        begun_at = rest.begun_at if rest else (slot if on_time else means.now())
        so_far = ProgressRow(unsent.run_id, begun_at, rest.sent_until if rest else begun_at, described(shots))
        lease = Lease(means.keeper, means.tools.clock, so_far)
        order = Order(
            job.probe,
            plan if rest is None else going_on(plan, rest),
            unsent.run_id,
            job.targets,
            slot=slot,
            starts_at=begun_at,
            lease=lease,
            objections=(_in_maintenance(means),),
        )
        try:
            summary = await self._firing.fire(order)
        except StoreError as error:
            return self._never_begun(order, unsent, error) if rest is None else False
        if summary is None:
            return False
        _tell(job.probe, summary)
        return sum(summary.outcomes.values()) + order.plan.taken_up_from >= len(shots)

    def _never_begun(self, order: Order, unsent: Unsent, error: StoreError) -> bool:
        log.error("%s: nothing is sent: %s", order.probe, error)
        self._keep(_rows(unsent, order.plan, NotSent.MISSED, f"not sent: {error}"))
        return True

    def _keep(self, rows: Iterable[Sample]) -> None:
        for row in rows:
            self._means.keeper.put(row)


def _of(rests: Mapping[str, Rest] | None, part: Part) -> Rest | None:
    return None if rests is None else rests[part.name]


def _rows(unsent: Unsent, plan: Plan, reason: NotSent, error: str) -> Iterator[Sample]:
    """A row for each request that is not sent; of very many, one for each provider."""
    shots = in_order(plan.shots)
    if len(shots) > MOST_ROWS:
        return unsent.one_per_provider(shots, reason, error)
    return unsent.rows(enumerate(shots), reason, error)


def _in_maintenance(means: Means) -> Check:
    """Objects to what falls into announced maintenance of its provider."""

    def object_(provider: str, usd: float) -> Refusal | None:
        del usd
        return Refusal(NotSent.MAINTENANCE, "announced maintenance") if means.maintained(provider) else None

    return object_


def _tell(probe: str, summary: RunSummary) -> None:
    """One line for a run: quiet where all is as always."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(summary.outcomes.items()))
    level = logging.DEBUG if probe == "reach" and set(summary.outcomes) <= {"ok"} else logging.INFO
    stopped = f"; {summary.stopped}" if summary.stopped else ""
    log.log(level, "%s: %s; $%.4f%s%s", probe, counts, summary.spent_usd, stopped, own_error_of(summary.error))


def _enter(store: Store, slots: Sequence[Finished]) -> None:
    for slot in slots:
        store.finish_slot(*slot)
