"""Slots under way: each is run in a task of its own, ends in the ledger, and leaves a row for every request."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from monitor.budget import Budget
from monitor.judge.facts import Maintenance
from monitor.notes import Notes
from monitor.service.gaps import Curtailed
from monitor.service.job import Division, Job, Part, Unsent, divide, run_id_of
from monitor.service.money import DurableGate, enter_notes
from monitor.store import RunRow, Store, StoreError
from probes.conversation import Tools
from probes.model import NotSent, Plan, Sample
from probes.runner import RunSummary, run

log = logging.getLogger(__name__)
T = TypeVar("T")
LATE_FROM = timedelta(seconds=5)  # begun later than this after its slot, a slot is `late`


class Keeper(Protocol):
    """Keeps rows and ledgers (`monitor.store.Writer`)."""

    def put(self, sample: Sample) -> None:
        """Keep a row."""
        ...

    def call(self, fn: Callable[[Store], T]) -> Awaitable[T]:
        """The result of `fn(store)`, after all rows put before are durable."""
        ...


class Finished(NamedTuple):
    """What became of a slot, as `Store.finish_slot` takes it."""

    probe: str
    slot: datetime
    state: str  # run | late | skipped | missed | lost
    run_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Means:
    """What runs are made with."""

    tools: Tools
    keeper: Keeper
    budget: Budget
    location: str
    simulated: bool
    maintenance: Mapping[str, Sequence[Maintenance]]
    notes: Notes

    def now(self) -> datetime:
        """The wall clock."""
        return self.tools.clock.now()


class Runs:
    """Begins slots, knows which are under way, ends them."""

    def __init__(self, means: Means) -> None:
        """Nothing under way."""
        self._means = means
        self._stop = asyncio.Event()
        self._slots: dict[str, tuple[datetime, asyncio.Task[None]]] = {}
        self._firing: set[asyncio.Task[RunSummary]] = set()
        self._pressed: set[str] = set()
        self._owed: list[Finished] = []

    def under_way(self, probe: str) -> datetime | None:
        """The slot of this probe that has not ended yet."""
        slot, task = self._slots.get(probe, (None, None))
        return slot if task is not None and not task.done() else None

    def begin(self, job: Job, slot: datetime) -> None:
        """Run a claimed slot, from its time on."""
        task = asyncio.create_task(self._slot(job, slot), name=f"{job.probe} {slot:%H:%M:%S}")
        self._slots[job.probe] = (slot, task)

    async def ended(self) -> None:
        """Returns when nothing is under way."""
        tasks = [task for _, task in self._slots.values()]
        if tasks:
            await asyncio.wait(tasks)

    def stop(self) -> None:
        """Send nothing more: what was planned and not sent becomes rows."""
        self._stop.set()

    async def end(self, grace_s: float) -> None:
        """Send nothing more; let what is in flight finish for `grace_s` seconds, then abandon it, as rows."""
        self.stop()
        try:
            async with asyncio.timeout(grace_s):
                await self.ended()
        except TimeoutError:
            log.warning("abandoning what is still in flight after %g s", grace_s)
            for firing in self._firing:
                firing.cancel()
            await self.ended()

    async def _slot(self, job: Job, slot: datetime) -> None:
        late = self._means.now() - slot > LATE_FROM
        parts = job.parts(slot)
        try:
            if job.at_once:
                await asyncio.gather(*(self._part(job, part, slot, on_time=not late) for part in parts))
            else:
                for number, part in enumerate(parts):
                    await self._part(job, part, slot, on_time=not late and number == 0)
        except Exception:  # a defect of ours: the slot stays open, and is accounted for at the next start
            log.exception("%s %s", job.probe, slot.isoformat())
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

    async def _wait_for(self, slot: datetime) -> None:
        """Until the slot's time, or the order to stop."""
        clock = self._means.tools.clock
        ahead_s = (slot - clock.now()).total_seconds()
        if ahead_s <= 0:
            return
        waits = {
            asyncio.create_task(clock.sleep_until(clock.monotonic() + ahead_s)),
            asyncio.create_task(self._stop.wait()),
        }
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _part(self, job: Job, part: Part, slot: datetime, *, on_time: bool) -> None:
        """A run. `on_time`: planned from the slot on; else from when it begins, since that delay is ours."""
        means = self._means
        providers = {shot.provider for shot in part.plan.shots}
        division = divide(part.plan, slot, means.maintenance)
        unsent = Unsent.of(job, means.location, part, slot)
        self._keep(unsent.rows(iter(division.maintained), NotSent.MAINTENANCE, "announced maintenance"))
        if job.exclusive and providers & self._pressed:
            busy = "another load probe of it was running"
            self._keep(unsent.rows(enumerate(division.plan.shots), NotSent.LATE, busy))
            return
        self._pressed |= providers if job.exclusive else set()
        try:
            await self._fire(job, division, slot, unsent, on_time=on_time)
        finally:
            self._pressed -= providers if job.exclusive else set()

    async def _fire(self, job: Job, division: Division, slot: datetime, unsent: Unsent, *, on_time: bool) -> None:
        """Money first, then the run at its time, then what was not used of the money back."""
        means = self._means
        gate = DurableGate(means.budget, means.keeper, division.plan, job.targets, means.now)
        entry = RunRow(unsent.run_id, job.probe, slot, means.now(), None, "running", means.location, means.simulated)
        try:
            await means.keeper.call(lambda store: store.start_run(entry))
            if gate.paid:
                await enter_notes(means.keeper, means.notes, means.budget, means.now())
            await gate.open()
        except StoreError as error:
            log.error("%s %s: nothing is sent: %s", job.probe, slot.isoformat(), error)  # noqa: TRY400 - as above
            self._keep(unsent.rows(enumerate(division.plan.shots), NotSent.MISSED, f"not sent: {error}"))
            return
        await self._wait_for(slot)
        state = await self._run(job, division.plan, unsent.run_id, gate, slot if on_time else None)
        ended = means.now()
        try:
            await gate.close()
            await means.keeper.call(lambda store: store.end_run(unsent.run_id, state, ended))
        except StoreError as error:  # what was taken in advance stays counted as spent
            log.error("%s %s: %s", job.probe, slot.isoformat(), error)  # noqa: TRY400 - as above

    def _keep(self, rows: Iterable[Sample]) -> None:
        for row in rows:
            self._means.keeper.put(row)

    async def _run(self, job: Job, plan: Plan, run_id: UUID, gate: DurableGate, starts_at: datetime | None) -> str:
        means, record = self._means, Curtailed(self._means.keeper.put)
        log.debug("%s: %d requests begin", job.probe, len(plan.shots))
        firing = asyncio.create_task(
            run(
                plan,
                run_id=run_id,
                location=means.location,
                targets=job.targets,
                tools=means.tools,
                record=record,
                gate=gate,
                starts_at=starts_at,
                stop=self._stop,
            )
        )
        self._firing.add(firing)
        firing.add_done_callback(self._firing.discard)
        await asyncio.wait([firing])
        record.release()
        if firing.cancelled():
            return "stopped"
        summary = firing.result()
        _tell(job, summary)
        return "stopped" if self._stop.is_set() or summary.stopped else "done"


def _tell(job: Job, summary: RunSummary) -> None:
    """One line for a run: quiet where all is as always."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(summary.outcomes.items()))
    level = logging.DEBUG if job.probe == "reach" and set(summary.outcomes) <= {"ok"} else logging.INFO
    log.log(
        level,
        "%s: %s; $%.4f%s",
        job.probe,
        counts,
        summary.spent_usd,
        f"; {summary.stopped}" if summary.stopped else "",
    )


def _enter(store: Store, slots: Sequence[Finished]) -> None:
    for slot in slots:
        store.finish_slot(*slot)
