"""One run by hand, through the same runner, store and budget as the scheduled ones."""

import asyncio
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol
from uuid import UUID

from monitor.adhoc import Errand
from monitor.budget import NANO, Budget, Gate, nano
from monitor.notes import Notes
from monitor.service.means import Keeper
from monitor.service.money import DurableGate, needs, unpriced
from monitor.store import RunRow, StoreError, spool
from probes.clock import Clock
from probes.conversation import Tools
from probes.ids import uuid7
from probes.model import Plan, Sample, Target
from probes.progress import Progress, RunSummary
from probes.run_error import RunError
from probes.runner import run

SPOOL_EVERY_S = 2.0


class Books(Protocol):
    """Where the rows and the money of a run go: the store, or its owner's spool."""

    def put(self, sample: Sample) -> None:
        """Keep a row."""
        ...

    async def open(self, plan: Plan, targets: Mapping[str, Target], run_id: UUID) -> Gate:
        """Before anything is sent: a gate whose money is noted durably."""
        ...

    def left(self, provider: str) -> float:
        """USD that this run may still ask for at this provider; infinite where no cap applies."""
        ...

    async def close(self, state: str, error: RunError | None = None) -> None:
        """After the last row: everything is durable on return."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an errand."""

    summary: RunSummary
    rows: tuple[Sample, ...]


async def do(
    errand: Errand,
    *,
    location: str,
    targets: Mapping[str, Target],
    tools: Tools,
    books: Books,
    stop: asyncio.Event,
    give_up: asyncio.Event,
    progress: Callable[[Progress], None],
) -> Done:
    """Run it. `stop`: send nothing more, wait for what is in flight; `give_up`: abandon that as well."""
    rows: list[Sample] = []

    def record(sample: Sample) -> None:
        rows.append(sample)
        books.put(sample)

    run_id, errors = uuid7(tools.clock.now()), list[RunError]()
    gate = await books.open(errand.plan, targets, run_id)
    firing = asyncio.create_task(
        run(
            errand.plan,
            run_id=run_id,
            location=location,
            targets=targets,
            tools=tools,
            record=record,
            gate=gate,
            stop=stop,
            progress=progress,
            measured=errors.append,
        )
    )
    giving_up = asyncio.create_task(give_up.wait())
    await asyncio.wait({firing, giving_up}, return_when=asyncio.FIRST_COMPLETED)
    giving_up.cancel()
    firing.cancel()  # nothing happens where it has ended
    await asyncio.wait({firing})
    summary = _summary(run_id, errand.plan, rows, errors) if firing.cancelled() else firing.result()
    await books.close("stopped" if stop.is_set() or summary.stopped else "done", summary.error)
    return Done(summary, tuple(rows))


def _summary(run_id: UUID, plan: Plan, rows: list[Sample], errors: list[RunError]) -> RunSummary:
    """Of a run that was given up: from the rows that it left."""
    outcomes: dict[str, int] = {}
    for row in rows:
        outcomes[row.outcome] = outcomes.get(row.outcome, 0) + 1
    sent = sum(row.sent_at is not None for row in rows)
    return RunSummary(
        run_id,
        max(len(plan.shots), len(rows)),
        sent,
        outcomes,
        sum(row.cost_usd or 0.0 for row in rows),
        "given up",
        next(iter(errors), None),
    )


def entry_of(plan: Plan, run_id: UUID, at: datetime, location: str, *, simulated: bool) -> RunRow:
    """A run by hand that begins."""
    probe = plan.shots[0].probe if plan.shots else "none"
    return RunRow(run_id, probe, None, at, None, "running", location, simulated)


class StoreBooks:
    """For who owns the store."""

    def __init__(
        self, keeper: Keeper, budget: Budget, now: Callable[[], datetime], location: str, *, simulated: bool
    ) -> None:
        """`budget` is loaded with what was spent before."""
        self._keeper = keeper
        self._budget = budget
        self._now = now
        self._location = location
        self._simulated = simulated
        self._gate: DurableGate | None = None
        self._run_id: UUID | None = None

    def put(self, sample: Sample) -> None:
        """Keep a row."""
        self._keeper.put(sample)

    def left(self, provider: str) -> float:
        """What the caps of the day, month, minute and run leave."""
        return (self._gate or self._budget.run()).left(provider)

    async def open(self, plan: Plan, targets: Mapping[str, Target], run_id: UUID) -> Gate:
        """Enter the run, and take its first money."""
        entry = entry_of(plan, run_id, self._now(), self._location, simulated=self._simulated)
        await self._keeper.call(lambda store: store.start_run(entry))
        self._gate, self._run_id = DurableGate(self._budget, self._keeper, plan, targets, self._now), run_id
        await self._gate.open()
        return self._gate

    async def close(self, state: str, error: RunError | None = None) -> None:
        """Give back what was not used, and end the run."""
        if self._gate is None or self._run_id is None:
            return
        run_id, now = self._run_id, self._now()
        await self._gate.close()
        await self._keeper.call(lambda store: store.end_run(run_id, state, now, error))


class SpoolBooks:
    """For who runs beside the service that owns the store: rows and a note of the money in its spool."""

    def __init__(
        self, data_dir: Path, budget: Budget, clock: Clock, own: set[UUID], location: str, *, simulated: bool
    ) -> None:
        """`budget` looks at what the service says; the note of this run is put into `own`."""
        self._location = location
        self._simulated = simulated
        self._entry: RunRow | None = None
        self._data_dir = data_dir
        self._notes = Notes(data_dir)
        self._budget = budget
        self._gate = budget.run()
        self._clock = clock
        self._own = own
        self._waiting: list[Sample] = []
        self._note: UUID | None = None
        self._alive: IO[bytes] | None = None
        self._noted = self._taken = self._spent = 0
        self._unpriced: Mapping[str, str] = {}
        self._spooling: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None

    def put(self, sample: Sample) -> None:
        """Keep a row until the next file."""
        self._waiting.append(sample)

    def left(self, provider: str) -> float:
        """What the caps leave, and what was noted."""
        noted = math.inf if self._note is None else max(0, self._noted - self._taken) / NANO
        return min(self._gate.left(provider), noted)

    async def open(self, plan: Plan, targets: Mapping[str, Target], run_id: UUID) -> Gate:
        """Note all that the plan may cost, as far as the caps go; only then look what others have taken."""
        self._unpriced = unpriced(plan, targets)
        self._entry = entry_of(plan, run_id, self._clock.now(), self._location, simulated=self._simulated)
        await asyncio.to_thread(spool, self._data_dir, [], runs=[self._entry])
        for provider, need in needs(plan, targets).items():  # one: an errand asks one provider
            room = self._budget.left(provider, ("day", "month"))
            usd = min(need.total / NANO, room, math.inf if plan.max_usd is None else plan.max_usd)
            self._own.add(run_id)
            self._alive = await asyncio.to_thread(self._notes.leave, run_id, provider, usd, self._clock.now())
            self._note, self._noted = run_id, nano(usd)
        self._spooling = asyncio.create_task(self._spool_on())
        return self

    async def close(self, state: str, error: RunError | None = None) -> None:
        """The last rows, how the run ended, and what was really spent."""
        if self._spooling is not None:
            self._spooling.cancel()
            await asyncio.wait({self._spooling})
        if self._writing is not None:  # a file that is being written has its rows: they must not go into another
            await asyncio.wait({self._writing})
        await self._spool()
        if self._entry is not None:
            ended = replace(self._entry, state=state, ended_at=self._clock.now(), error=error)
            await asyncio.to_thread(spool, self._data_dir, [], runs=[ended])
        if self._note is not None:
            await asyncio.to_thread(self._notes.settle, self._note, self._spent / NANO)
        if self._alive is not None:
            self._alive.close()

    def reserve(self, provider: str, usd: float) -> str | None:
        """As the budget says, and within what was noted."""
        price = nano(usd)
        if price == 0:
            return self._unpriced.get(provider)
        if (why := self._gate.reserve(provider, usd)) is not None:
            return why
        if self._taken + price > self._noted:
            self._gate.settle(provider, usd, 0.0)
            return f"what this run left a note of for the service, ${self._noted / NANO:.4g}, is used up"
        self._taken += price
        return None

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """As the budget says; what was noted grows no more."""
        used_up = self._taken + nano(usd) > self._noted
        return used_up or provider in self._unpriced or self._gate.lasting(provider, usd, until)

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """As the budget does, and counted for the note."""
        bill = nano(reserved_usd if actual_usd is None else actual_usd)
        self._spent += bill
        self._taken += bill - nano(reserved_usd)
        self._gate.settle(provider, reserved_usd, actual_usd)

    async def _spool_on(self) -> None:
        while True:
            await self._clock.sleep_until(self._clock.monotonic() + SPOOL_EVERY_S)
            self._writing = asyncio.create_task(self._spool_quietly())
            await asyncio.shield(self._writing)

    async def _spool_quietly(self) -> None:
        """Also where the run ends meanwhile."""
        with suppress(StoreError):
            await self._spool()

    async def _spool(self) -> None:
        """A file of what waits; where that fails it goes on waiting, and the last attempt says so."""
        rows, self._waiting = self._waiting, []
        try:
            if rows:
                await asyncio.to_thread(spool, self._data_dir, rows)
        except BaseException:
            self._waiting = rows + self._waiting
            raise
