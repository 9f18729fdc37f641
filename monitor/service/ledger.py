"""Every slot is accounted for: begun once, or entered as skipped, missed or lost, with its rows.

The store's table of slots decides, not the scheduler: a slot is begun only by who claimed it, durably, before
anything was sent. So nothing is paid for twice, whatever is killed, restarted, stepped or late.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from monitor.service import gaps
from monitor.service.due import LEAD, due, grace_of, lead_of
from monitor.service.job import Job, Part
from monitor.service.lost import Stored, lost_rows
from monitor.service.means import Means
from monitor.service.resuming import Rest, interrupted
from monitor.service.runs import Finished, Runs
from monitor.store import Store
from probes.model import NotSent, Sample
from probes.plans.endurance import Steady

log = logging.getLogger(__name__)
NOBODY = "nobody was there to send it"
FOR_EVER = datetime.max.replace(tzinfo=UTC)
FLUSH_EVERY = 5_000  # rows
Rows = Callable[[Job, str, Sequence[datetime], NotSent, str], Iterable[Sample]]
WATCH = "watch"  # the kind of delivery that marks from when on a probe of a provider is due


class Ledger:
    """Decides what is begun, and enters what is not."""

    def __init__(self, means: Means, runs: Runs) -> None:
        """Call `watch` before anything else."""
        self._means = means
        self._runs = runs
        self._since: dict[tuple[str, str], datetime] = {}  # (probe, provider): when it was first to be probed
        self._last: dict[str, datetime] = {}

    async def watch(self, jobs: Sequence[Job]) -> None:
        """Note durably from when on slots count: a provider that was configured today missed nothing yesterday."""
        pairs = [(job.probe.value, provider) for job in jobs for provider in job.targets]
        now = self._means.now()
        self._since = await self._means.keeper.call(lambda store: _first_watched(store, pairs, now))

    async def recall(self, jobs: Sequence[Job]) -> None:
        """From when on slots count for a service that ran here before. Who calls once promises none of its own."""
        marks = await self._means.keeper.call(_watched)
        pairs = [(job.probe.value, provider) for job in jobs for provider in job.targets]
        self._since = {pair: marks["/".join(pair)] for pair in pairs if "/".join(pair) in marks}

    async def recover(self, jobs: Sequence[Job], stored: Mapping[UUID, Stored], *, take_up: bool = True) -> None:
        """Enter the slots that a killed service had begun: their missing requests become rows, none is sent again.

        Those of a run that outlasts a restart go on (`take_up`), or stay open for the next service.
        """
        by_probe: dict[str, Job] = {job.probe: job for job in jobs}
        open_slots = await self._means.keeper.call(lambda store: store.open_slots())
        until = await self._known_until(jobs)
        for row in open_slots:
            if (job := by_probe.get(row.probe)) is not None and job.resumable:
                if take_up:
                    await self._take_up(job, row.slot_at)
                continue
            rows = list(self._lost(by_probe.get(row.probe), row.slot_at, stored, until))
            self._put(rows)
            await self._runs.finish(Finished(row.probe, row.slot_at, "lost", row.run_id, self._means.now()))
            log.warning(
                "%s %s: begun by a service that was killed; %d of its requests have no answer",
                row.probe, row.slot_at.isoformat(), len(rows),
            )  # fmt: skip
        if open_slots:
            since, now = min(row.claimed_at for row in open_slots), self._means.now()
            await self._means.keeper.call(lambda store: _end_killed_runs(store, since, now))

    async def _take_up(self, job: Job, slot: datetime) -> None:
        """Rows for what fell into the gap, then the rest of the plan; none is sent twice."""
        rests = {}
        for part in job.parts(slot):
            if (rest := await self._rest(job, part, slot)) is not None:
                rests[part.name] = rest
        if rests:
            log.info("%s %s: taken up where its plan stands now: %s", job.probe, slot.isoformat(), ", ".join(rests))
            self._runs.begin(job, slot, rests)
            return
        log.warning("%s %s: cut short by a restart, and nothing is left of it", job.probe, slot.isoformat())
        await self._runs.finish(Finished(job.probe, slot, "lost", None, self._means.now()))

    async def _rest(self, job: Job, part: Part, slot: datetime) -> Rest | None:
        """What is left to send of a part; None: nothing."""
        shots, means = part.plan.shots, self._means
        if not isinstance(shots, Steady):
            return None
        gap = await means.keeper.call(lambda store: interrupted(store, job, part, means.location, slot, shots))
        if gap is None:
            return None
        for number, row in enumerate(gap.rows(means.now()), start=1):
            self._put((row,))
            if number % FLUSH_EVERY == 0:  # a gap may have a hundred thousand rows
                await means.keeper.call(lambda _: None)
        return gap.rest(means.now())

    def _lost(
        self, job: Job | None, slot: datetime, stored: Mapping[UUID, Stored], until: datetime
    ) -> Iterable[Sample]:
        """Of a probe that is not configured any more nobody knows what it would have sent."""
        means = self._means
        return lost_rows(job, means.location, slot, means.maintenance, stored, until) if job else ()

    async def _known_until(self, jobs: Sequence[Job]) -> datetime:
        """Now; but a slot of the future tells that the clock was stepped back, so nothing surely lies ahead."""
        now = self._means.now()
        slots = await self._means.keeper.call(lambda store: [store.last_slot(job.probe) for job in jobs])
        return FOR_EVER if any(slot is not None and slot > now + LEAD for slot in slots) else now

    async def tick(self, job: Job) -> bool:
        """Look what is due of this job; begin it, or enter why not. Whether a slot was begun."""
        return await self._look(job, self._watched_from(job), grace_of(job.interval))

    async def latest(self, job: Job) -> bool:
        """As `tick`, but the latest slot is begun however late, also when no service has run before.

        Slots that passed are missed only where a service had promised them: else whoever calls has a schedule of their
        own, and between two calls nothing was planned.
        """
        return await self._look(job, self._means.now() - job.interval, job.interval)

    async def _look(self, job: Job, since: datetime, grace: timedelta) -> bool:
        last = await self._last_of(job, since)
        found = due(job.schedule, last, self._means.now(), lead=lead_of(job.interval), grace=grace)
        await self._enter_missed(job, found.days, gaps.day_rows)
        await self._enter_missed(job, found.missed, gaps.rows)
        if found.start is None:
            return False
        if (busy := self._runs.under_way(job)) is not None:
            text = f"the run of {busy:%Y-%m-%d %H:%M:%S} UTC was still going"
            self._put(gaps.rows(job, self._means.location, [found.start], NotSent.LATE, text))
            await self._enter_slots(job, [found.start], "skipped", text)
            return False
        return await self._begin(job, found.start)

    async def _begin(self, job: Job, slot: datetime) -> bool:
        now = self._means.now()
        mine = await self._means.keeper.call(lambda store: store.claim_slot(job.probe, slot, now))
        self._last[job.probe] = slot
        if mine:
            self._runs.begin(job, slot)
        return mine

    async def _last_of(self, job: Job, since: datetime) -> datetime:
        if job.probe not in self._last:
            known = await self._means.keeper.call(lambda store: store.last_slot(job.probe))
            self._last[job.probe] = since if known is None else known
        return self._last[job.probe]

    async def _enter_missed(self, job: Job, slots: Sequence[datetime], rows: Rows) -> None:
        """Those that were promised, with their rows; of the others nothing is known, and nothing is looked at again."""
        if not slots:
            return
        since = self._watched_from(job)
        if promised := [slot for slot in slots if slot >= since]:
            self._put_watched(rows(job, self._means.location, promised, NotSent.MISSED, NOBODY))
            await self._enter_slots(job, promised, "missed", NOBODY)
        self._last[job.probe] = slots[-1]

    def _watched_from(self, job: Job) -> datetime:
        """Since when the first of its providers is watched by a service."""
        return min(self._since.get((job.probe, name), FOR_EVER) for name in job.targets)

    async def _enter_slots(self, job: Job, slots: Sequence[datetime], state: str, why: str) -> None:
        """After their rows: a kill in between repeats it, and changes nothing."""
        now = self._means.now()
        await self._runs.finish(*(Finished(job.probe, slot, state, None, now) for slot in gaps.entered(slots)))
        self._last[job.probe] = slots[-1]
        first, last = (f"{slot:%Y-%m-%dT%H:%M:%SZ}" for slot in (slots[0], slots[-1]))
        which = f"slot {first}" if len(slots) == 1 else f"{len(slots)} slots from {first} to {last}"
        log.warning("%s: %s %s: %s", job.probe, which, state, why)

    def _put_watched(self, rows: Iterable[Sample]) -> None:
        self._put(row for row in rows if self._since.get((row.probe, row.provider), FOR_EVER) <= row.planned_at)

    def _put(self, rows: Iterable[Sample]) -> None:
        for row in rows:
            self._means.keeper.put(row)


def _first_watched(store: Store, pairs: Sequence[tuple[str, str]], now: datetime) -> dict[tuple[str, str], datetime]:
    """When each was first watched; now, for those that are new. Kept among the deliveries: claimed once, for good."""
    for probe, provider in pairs:
        store.claim_delivery(WATCH, f"{probe}/{provider}", now)
    first = _watched(store)
    return {(probe, provider): first[f"{probe}/{provider}"] for probe, provider in pairs}


def _watched(store: Store) -> dict[str, datetime]:
    return {row.key: row.claimed_at for row in store.deliveries() if row.kind == WATCH}


def _end_killed_runs(store: Store, since: datetime, now: datetime) -> None:
    for run in store.runs(since):
        if run.ended_at is None:
            store.end_run(run.run_id, "failed", now)
