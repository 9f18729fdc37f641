"""While something is wrong with a provider: a second opinion, then close looks until it is over, within their budget.

The cheap call that makes no image goes first; an image is asked for once that answers. One request of a kind at a
time: the next one `every` after it was sent, and after a failure not before the back-off that SLAs ask for. Each is
entered in the store before it is sent, so that a kill forgets neither its money nor its row.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from monitor.incidents import BACK_OFF_S, next_at
from monitor.service.firing import Firing, Order
from monitor.service.means import Means
from monitor.service.watch import Followed, Watch
from monitor.sights import IMAGE, REACH
from monitor.store import AttemptRow, StoreError
from probes import outcomes
from probes.ids import uuid7_of
from probes.model import Mode, Outcome, Target
from probes.plans import recovery
from probes.sampling import planned_row

log = logging.getLogger(__name__)
GOOD = frozenset((Outcome.OK, Outcome.OK_DEGRADED))
REFUSED_FOR = timedelta(minutes=5)  # a cap was reached: asked again after this


class Settings(Protocol):
    """`[probes.recovery]`."""

    @property
    def every(self) -> timedelta:
        """How far apart two looks are."""
        ...

    @property
    def max_usd_per_incident(self) -> float:
        """What one incident may cost."""
        ...

    @property
    def size(self) -> str:
        """Of the images."""
        ...

    @property
    def aspect_ratio(self) -> str:
        """Of the images."""
        ...


@dataclass(slots=True)
class _Pace:
    """Of one kind of request during one incident."""

    sent_at: datetime | None = None
    ended_at: datetime | None = None
    failures: int = 0
    asking: asyncio.Task[None] | None = None

    def due(self, every: timedelta, now: datetime) -> datetime | None:
        """When it is to be asked next; None: it is being asked."""
        if self.asking is not None and not self.asking.done():
            return None
        return next_at(every, self.sent_at, self.ended_at, self.failures) or now


class Rescue:
    """Looks after every provider whose incident, or suspicion of one, is open."""

    def __init__(self, means: Means, watch: Watch, settings: Settings, targets: Mapping[str, Target]) -> None:
        """Nothing is asked before `begin`."""
        self._means = means
        self._watch = watch
        self._settings = settings
        self._targets = targets
        self._firing = Firing(means)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._woken: dict[str, asyncio.Event] = {}
        self._numbers = count()

    async def begin(self) -> None:
        """Rows for what a killed service had in flight; then go on with what is open, and from now on with all."""
        for attempt in await self._means.keeper.call(lambda store: store.open_attempts()):
            await self._lost(attempt)
        self._watch.changed = self._wake
        for provider in self._watch.open():
            self._wake(provider)

    def stop(self) -> None:
        """Ask nothing more."""
        self._firing.stop()
        for woken in self._woken.values():
            woken.set()

    async def end(self, grace_s: float) -> None:
        """Ask nothing more; what is in flight may finish for `grace_s` seconds, then it is abandoned, as rows."""
        self.stop()
        if not (tasks := set(self._tasks.values())):
            return
        _, slow = await asyncio.wait(tasks, timeout=self._means.tools.clock.real_s(grace_s))
        if slow:
            self._firing.abandon()
            await asyncio.wait(slow)

    def _wake(self, provider: str) -> None:
        """Its incident has changed."""
        self._woken.setdefault(provider, asyncio.Event()).set()
        task = self._tasks.get(provider)
        if provider in self._targets and (task is None or task.done()) and not self._firing.stopping:
            self._tasks[provider] = asyncio.create_task(self._look_after(provider), name=f"recovery of {provider}")

    async def _look_after(self, provider: str) -> None:
        while not self._firing.stopping and (followed := self._watch.incident(provider)) is not None:
            if followed.state.confirmed:
                await self._follow(provider, followed)
            elif not await self._second_opinion(provider, followed):
                return  # the scheduled probes will tell

    # --- is it so? ---

    async def _second_opinion(self, provider: str, followed: Followed) -> bool:
        """Ask the same once more, and the control hosts beside it. Whether that settled it."""
        first = followed.state.first
        failed_at = max(first.ended_at, self._means.now())  # where nobody knows when it ended, it has by now
        await self._pause(provider, failed_at + timedelta(seconds=BACK_OFF_S), wakes=False)
        if self._watch.incident(provider) != followed or self._firing.stopping:
            return True
        if not await self._may_ask(provider):
            return False
        control = asyncio.create_task(self._means.tools.control.ok())
        await self._ask(provider, followed, first.kind, Mode.CONFIRM)
        log.info("%s: second opinion asked; control probe %s", provider, _TOLD[await control])
        return self._watch.incident(provider) != followed

    # --- until it is over ---

    async def _follow(self, provider: str, followed: Followed) -> None:
        """Look at every kind of request in its own pace, until the incident is over or all is to end."""
        paces = {REACH: _Pace(), IMAGE: _Pace()}
        while not self._firing.stopping and (now_followed := self._watch.incident(provider)) is not None:
            if now_followed.incident_id != followed.incident_id:
                break
            if not await self._may_ask(provider):
                continue
            now = self._means.now()
            due = {kind: pace.due(self._settings.every, now) for kind, pace in paces.items()}
            for kind, at in due.items():
                if at is not None and at <= now and self._wanted(now_followed, kind):
                    paces[kind].asking = asyncio.create_task(self._look(provider, now_followed, kind, paces[kind]))
            await self._pause(provider, self._next(due, now))
        if asking := [pace.asking for pace in paces.values() if pace.asking is not None]:
            await asyncio.wait(asking)

    def _next(self, due: Mapping[str, datetime | None], now: datetime) -> datetime:
        """When to look at the clock again: what ends, or changes, wakes us before."""
        ahead = [at for at in due.values() if at is not None and at > now]
        return min([*ahead, now + self._settings.every])

    @staticmethod
    def _wanted(followed: Followed, kind: str) -> bool:
        """Reach always; images where they failed or nobody knows, unless the control plane is known to fail."""
        if kind == REACH:
            return True
        reach = followed.state.health.get(REACH)
        return IMAGE in followed.state.health and (reach is None or not reach.seen_down or bool(reach.ok))

    async def _look(self, provider: str, followed: Followed, kind: str, pace: _Pace) -> None:
        pace.sent_at = self._means.now()
        good = await self._ask(provider, followed, kind, Mode.INCIDENT)
        pace.ended_at = self._means.now()
        if good is None:
            pace.ended_at += REFUSED_FOR
        pace.failures = 0 if good is not False else pace.failures + 1
        self._woken[provider].set()

    async def _ask(self, provider: str, followed: Followed, kind: str, mode: Mode) -> bool | None:
        """One request. Whether it succeeded; None: it was not sent."""
        try:
            return await self._asked(provider, followed, kind, mode)
        except StoreError as error:
            log.error("%s: recovery: nothing is sent: %s", provider, error)  # noqa: TRY400 - one line is enough
            return None

    async def _asked(self, provider: str, followed: Followed, kind: str, mode: Mode) -> bool | None:
        means, settings = self._means, self._settings
        size = settings.size if kind == IMAGE else None
        target = self._target(provider, kind)
        usd = target.usd_per_image.get(size, 0.0) if size else 0.0
        spent = await means.keeper.call(lambda store: store.incident_usd(followed.incident_id)) if usd else 0.0
        if usd and spent + usd > settings.max_usd_per_incident + 1e-9:
            self._watch.cannot_ask(provider, kind)
            return None
        now = means.now()
        run_id = uuid7_of(now, means.location, provider, mode.value, kind)
        attempt = AttemptRow(run_id, followed.incident_id, provider, mode.value, size, now, usd)
        await means.keeper.call(lambda store: store.begin_attempt(attempt))
        plan = recovery.single(
            provider, size=size, aspect_ratio=settings.aspect_ratio, mode=mode, number=next(self._numbers)
        )
        summary = await self._firing.fire(Order("recovery", plan, run_id, {provider: target}, starts_at=now))
        paid = summary.spent_usd if summary else None
        await means.keeper.call(lambda store: store.end_attempt(run_id, paid, means.now()))
        if summary is None or not summary.sent:
            return None
        return bool(GOOD & set(summary.outcomes))

    def _target(self, provider: str, kind: str) -> Target:
        """A call that makes no image ends before the next one is due."""
        target = self._targets[provider]
        limit_s = max(2.0, 0.75 * self._settings.every.total_seconds())
        return replace(target, timeout_s=min(target.timeout_s, limit_s)) if kind == REACH else target

    async def _may_ask(self, provider: str) -> bool:
        """Not inside announced maintenance: then wait until it is over."""
        window = self._means.maintained(provider)
        if window is None:
            return True
        await self._pause(provider, window.end, wakes=False)
        return False

    async def _pause(self, provider: str, until: datetime, *, wakes: bool = True) -> None:
        """Until then, or until something changes (`wakes`), or the order to stop."""
        clock, woken = self._means.tools.clock, self._woken[provider]
        if wakes or not self._firing.stopping:
            woken.clear()
        left_s = (until - self._means.now()).total_seconds()
        sleeping = asyncio.create_task(clock.sleep_until(clock.monotonic() + left_s))
        while not (sleeping.done() or self._firing.stopping):
            waking = asyncio.create_task(woken.wait())
            await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
            waking.cancel()
            if wakes:
                break
            woken.clear()
        sleeping.cancel()

    # --- after a kill ---

    async def _lost(self, attempt: AttemptRow) -> None:
        """The row of a request that was in flight; if its own row was stored, this changes nothing."""
        means, target = self._means, self._targets.get(attempt.provider)
        plan = recovery.single(
            attempt.provider, size=attempt.size, aspect_ratio=self._settings.aspect_ratio, mode=Mode(attempt.mode)
        )
        row = planned_row(
            plan.shots[0],
            0,
            model=target.model if target else "",
            run_id=attempt.run_id,
            location=means.location,
            started_at=attempt.planned_at,
            verdict=outcomes.abandoned(),
            error="the service was killed while this was in flight; whether it was sent is not known",
        )
        means.keeper.put(row)
        await means.keeper.call(lambda store: store.end_attempt(attempt.run_id, None, means.now()))


_TOLD = {None: "is not configured", True: "passed", False: "failed: our own network"}
