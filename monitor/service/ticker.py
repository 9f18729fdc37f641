"""APScheduler as a thin clock: it says that something may be due, and nothing else.

What is due is decided from the ledger (`monitor.service.due`), because the scheduler drops what it could not run
in time with no more than a log line. Traps of 3.11, each measured: jitter of its interval trigger accumulates (so
the trigger here is ours, with fixed slots), its misfire grace is 1 s by default, `coalesce` drops runs without an
event, it compares wall clocks and falls asleep when the clock is stepped back, and its shutdown cancels what runs.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.slots import Schedule
from probes.clock import Clock

log = logging.getLogger(__name__)

STEP_S = 2.0  # the wall clock against the monotonic one: more than this within WATCH_S is a step
WATCH_S = 10.0

Call = Callable[[], Awaitable[object]]


class _SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires `lead` before each slot of a schedule."""

    def __init__(self, schedule: Schedule, lead: timedelta) -> None:
        super().__init__()
        self._schedule = schedule
        self._lead = lead

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next one after now and after the slot that was fired for last; the past is the ledger's affair."""
        after = now if previous_fire_time is None else max(now, previous_fire_time + self._lead)
        slot = self._schedule.next_after(after.astimezone(UTC))
        return None if slot is None else slot - self._lead


@dataclass(frozen=True, slots=True)
class Beat:
    """What is called at the slots of a schedule, `lead` before each. `interval`: how far the slots are apart."""

    name: str
    schedule: Schedule
    interval: timedelta
    call: Call
    lead: timedelta = timedelta()
    may_be_cut: bool = False  # the end need not wait for it


class Ticker:
    """Calls back when slots come near. A call that raises is logged, and the next one comes all the same."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is called before `start`."""
        self._clock = clock
        self._beats: dict[str, Beat] = {}
        self._called: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._watching: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_listener(self._not_called, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._scheduler.add_listener(self._failed, EVENT_JOB_ERROR)

    def add(self, beat: Beat) -> None:
        """Call from now on, once started."""
        self._beats[beat.name], self._locks[beat.name] = beat, asyncio.Lock()
        self._scheduler.add_job(
            partial(self._call, beat.name),
            _SlotTrigger(beat.schedule, beat.lead),
            id=beat.name,
            name=beat.name,
            coalesce=True,
            misfire_grace_time=max(1, math.ceil(beat.interval.total_seconds())),
            max_instances=1,
        )

    def start(self) -> None:
        """From here on, calls are made on the running event loop; a first one of each at once, for what is due."""
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch())
        for name in self._beats:
            self._call_apart(name)

    async def stop(self, grace_s: float) -> None:
        """No further calls; those that were begun may take `grace_s` seconds, then they are cancelled."""
        self._scheduler.pause()
        if self._watching is not None:
            self._watching.cancel()
        called = set(self._called)
        for task in called:
            if self._beats[task.get_name()].may_be_cut:
                task.cancel()
        if called:
            _, slow = await asyncio.wait(called, timeout=self._clock.real_s(grace_s))
            for task in slow:
                task.cancel()
            await asyncio.wait(called)
        self._scheduler.shutdown(wait=False)  # only now: it cancels what it runs
        await asyncio.sleep(0)  # it shuts down in the next turn of the loop

    async def _call(self, name: str) -> None:
        self._call_apart(name)

    def _call_apart(self, name: str) -> None:
        """In a task of ours, which the scheduler's shutdown does not cancel."""
        task = asyncio.create_task(self._safely(name), name=name)
        self._called.add(task)
        task.add_done_callback(self._called.discard)

    async def _safely(self, name: str) -> None:
        """One call of a name at a time. The one that comes first after a slow one finds out all that was missed."""
        if self._locks[name].locked():
            return
        async with self._locks[name]:
            try:
                await self._beats[name].call()
            except Exception as error:
                log.error("%s: %s: %s", name, type(error).__name__, error)  # noqa: TRY400 - one line, unless debugging
                log.debug("%s", name, exc_info=True)

    async def _watch(self) -> None:
        """Notice that the wall clock was stepped, or the machine slept: then everything is looked at again.

        On a timer of its own, by the monotonic clock: the scheduler's timer sleeps through a step back.
        """
        before_s = self._offset_s()
        while True:
            await self._clock.sleep_until(self._clock.monotonic() + WATCH_S)
            now_s = self._offset_s()
            if abs(now_s - before_s) >= STEP_S:
                log.warning("clock stepped by %+.0f s (or the machine slept); looking at every slot", now_s - before_s)
                self._look_again()
            before_s = now_s

    def _look_again(self) -> None:
        for job in self._scheduler.get_jobs():
            job.reschedule(job.trigger)
        for name in self._beats:
            self._call_apart(name)

    def _offset_s(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _not_called(self, event: JobEvent) -> None:
        """The scheduler dropped a call: the ledger finds out now what that was, not at the next one."""
        log.warning("%s: not called in time, looking now", event.job_id)
        self._call_apart(event.job_id)

    def _failed(self, event: JobEvent) -> None:
        log.error("%s: %s", event.job_id, event.exception)
