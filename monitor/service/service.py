"""The service as a whole: what was left open is closed, the clock is started, and at the end all is put down safely."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from monitor.alerts.addresses import channels
from monitor.alerts.desk import Desk
from monitor.alerts.lookout import lookout
from monitor.alerts.message import Message
from monitor.budget import Budget
from monitor.config import Config, location_of
from monitor.notes import Notes, OwnersView
from monitor.pressing import Presses
from monitor.service.due import lead_of
from monitor.service.jobs import at_once, jobs_of, overlong
from monitor.service.ledger import Ledger
from monitor.service.means import Keeper, Means, Observed
from monitor.service.money import load_budget
from monitor.service.office import Post, Site, Told
from monitor.service.rescue import Rescue
from monitor.service.runs import Runs
from monitor.service.settings import limits_of
from monitor.service.ticker import Beat, Ticker
from monitor.service.watch import Watch
from monitor.slots import Every, phase_of
from monitor.store import SlotRow, StoreError, read_samples
from probes.clock import Clock
from probes.conversation import Tools
from probes.model import Target

log = logging.getLogger(__name__)

GRACE_S = 10.0  # what is in flight at the end may finish this long
MINUTE = timedelta(minutes=1)
SNAPSHOT = "snapshot.duckdb"


@dataclass(frozen=True, slots=True)
class Telling:
    """What shows and tells, from outside of this package.

    `render`: make the site from the snapshot; False: it could not. `mail`: send the mail of an ISO week. `alert`:
    send a message; False: nobody took it.
    """

    render: Callable[[], Awaitable[bool]]
    mail: Callable[[str], Awaitable[Told]]
    alert: Callable[[Message], Awaitable[bool]] | None = None


class Service:
    """Runs the schedule of a configuration until it is told to stop."""

    def __init__(
        self, config: Config, targets: Mapping[str, Target], keeper: Keeper, tools: Tools, telling: Telling
    ) -> None:
        """Nothing happens before `run`."""
        self._config = config
        self._tools = tools
        self._keeper = keeper
        location = location_of(config)
        facts = config.facts()
        self._watch = Watch(keeper, tools.clock.now, location, _may_be_paid(config, targets))
        self._means = Means(
            tools=tools,
            keeper=Observed(keeper, self._watch.see),
            breaker=self._watch.check,
            budget=Budget(limits_of(config), tools.clock.now, OwnersView(Notes(config.service.data_dir))),
            location=location,
            simulated=any(provider.is_simulated for provider in config.providers.values()),
            maintenance={name: provider.maintenance for name, provider in facts.providers.items()},
            notes=Notes(config.service.data_dir),
            presses=Presses(config.service.data_dir),
        )
        self._jobs = jobs_of(config, targets)
        self._runs = Runs(self._means)
        self._ledger = Ledger(self._means, self._runs)
        recovery = config.probes.recovery
        self._rescue = Rescue(self._means, self._watch, recovery, targets) if recovery else None
        self._snapshot = config.service.data_dir / SNAPSHOT
        self._site = Site(keeper, self._snapshot, telling.render)
        self._post = _post(config, keeper, tools.clock, telling, self._site)
        self._desk = _desk(config, keeper, self._means.budget, tools.clock, telling)

    async def run(self, stop: asyncio.Event, *, for_s: float | None = None, grace_s: float = GRACE_S) -> None:
        """Until `stop` is set, with a last snapshot; or for some seconds, with a last page as well."""
        await self._prepare()
        if self._rescue is not None:
            await self._rescue.begin()
        ticker = self._ticker()
        ticker.start()
        await self._until(stop, for_s)
        await self._end(ticker, grace_s)
        if not stop.is_set():
            await self._site.publish()

    async def once(self, stop: asyncio.Event, *, grace_s: float = GRACE_S) -> None:
        """The latest slots of the light probes, unless they were run before; then the site.

        Load runs are left to a service, or to a hand: the latest slot of a weekly burst may be six days old, and a
        hundred paid images are nothing that should come late.
        """
        await self._prepare(once=True)
        for job in self._jobs:
            if job.exclusive:
                log.info("%s: not begun by --once; by hand: upheld probe NAME --kind %s", job.probe, job.probe)
            elif not await self._ledger.latest(at_once(job)):
                log.info("%s: its latest slot was run before", job.probe)
        ended, stopped = asyncio.create_task(self._runs.ended()), asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        await self._end(None, grace_s if stop.is_set() else 0.0)
        await self._site.publish()
        if self._desk is not None:
            await self._desk.tick()

    async def _prepare(self, *, once: bool = False) -> None:
        """Close what a killed service left open, count what was spent, publish a first snapshot."""
        await self._site.snapshot()
        days = {job.probe.value for job in self._jobs if job.resumable}  # their rows would be days of rows
        left_open = [
            slot for slot in await self._keeper.call(lambda store: store.open_slots()) if slot.probe not in days
        ]
        stored = await asyncio.to_thread(_stored, self._snapshot, left_open) if left_open else {}
        await self._watch.restore()
        await (self._ledger.recall(self._jobs) if once else self._ledger.watch(self._jobs))
        await load_budget(self._keeper, self._means.notes, self._means.budget, self._tools.clock.now())
        await self._ledger.recover(self._jobs, stored, take_up=not once)
        if self._post is not None:
            await self._post.begin()
        if self._desk is not None:
            await self._desk.begin()
        for line in self._announced(once=once):
            log.info("%s", line)
        for line in overlong(self._jobs):
            log.warning("%s", line)

    def _announced(self, *, once: bool) -> Iterator[str]:
        now, spent = self._tools.clock.now(), self._means.budget.spent()
        yield f"location {self._means.location}; spent ${spent[0]:.2f} today, ${spent[1]:.2f} this month (UTC)"
        for job in () if once else self._jobs:
            slot = job.schedule.next_after(now)
            yield f"{job.probe}: {', '.join(job.targets)}; next at {slot:%Y-%m-%d %H:%M:%S} UTC"
        if not self._jobs:
            yield "no probe has anything to do: add [probes.reach] or [probes.baseline] to the configuration"

    def _ticker(self) -> Ticker:
        ticker = Ticker(self._tools.clock)
        for job in self._jobs:
            look = partial(self._ledger.tick, job)
            ticker.add(Beat(job.probe, job.schedule, job.interval, look, lead_of(job.interval)))
        location, every = self._means.location, self._config.report.every
        pages = Every(every, phase_of(location, "report", every))
        ticker.add(Beat("report", pages, every, self._site.publish, may_be_cut=True))
        if self._post is not None:
            ticker.add(Beat("mail", Every(MINUTE, phase_of(location, "mail", MINUTE)), MINUTE, self._post.tick))
        if self._desk is not None:
            ticker.add(Beat("alerts", Every(MINUTE, phase_of(location, "alerts", MINUTE)), MINUTE, self._desk.tick))
        return ticker

    async def _until(self, stop: asyncio.Event, for_s: float | None) -> None:
        clock = self._tools.clock
        waits: set[asyncio.Task[object]] = {asyncio.create_task(stop.wait())}
        if for_s is not None:
            waits.add(asyncio.create_task(clock.sleep_until(clock.monotonic() + for_s)))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _end(self, ticker: Ticker | None, grace_s: float) -> None:
        """Nothing more is sent from here on; what is in flight, a page and a mail have `grace_s` seconds together."""
        clock = self._tools.clock
        until_s = clock.monotonic() + grace_s
        log.info("ending: nothing more is sent, what is in flight may take %g s", grace_s)
        self._runs.stop()
        if self._rescue is not None:
            self._rescue.stop()
        if ticker is not None:
            await ticker.stop(grace_s)
        await self._runs.end(max(0.0, until_s - clock.monotonic()))
        if self._rescue is not None:
            await self._rescue.end(max(0.0, until_s - clock.monotonic()))
        try:
            await self._watch.flush()
        except StoreError as error:
            log.error("what changed last is not noted: %s", error)  # noqa: TRY400 - one line is enough
        await self._site.snapshot()
        log.info("ended")


def _may_be_paid(config: Config, targets: Mapping[str, Target]) -> frozenset[str]:
    """Of whom an incident may ask for images."""
    recovery = config.probes.recovery
    return frozenset(name for name, target in targets.items() if recovery and recovery.size in target.usd_per_image)


def _post(config: Config, keeper: Keeper, clock: Clock, telling: Telling, site: Site) -> Post | None:
    """The weekly mail, where one is configured; it is made from a snapshot that is taken then."""
    if config.mail is None:
        return None

    async def send(week: str) -> Told:
        await site.snapshot()
        return await telling.mail(week)

    return Post(keeper, config.mail.when, ZoneInfo(config.service.timezone), clock.now, send)


def _desk(config: Config, keeper: Keeper, budget: Budget, clock: Clock, telling: Telling) -> Desk | None:
    """Alerts, where somebody wants them."""
    if not config.alerts or telling.alert is None:
        return None
    return Desk(keeper, channels(config), lookout(config, budget).look, clock.now, telling.alert)


def _stored(snapshot: Path, slots: Sequence[SlotRow]) -> dict[UUID, dict[int, datetime]]:
    """Run -> place -> planned time, of all rows since the oldest of these slots."""
    since = min(slot.slot_at for slot in slots) - MINUTE
    frame = read_samples(snapshot, since=since, columns=("run_id", "seq", "planned_at"))
    found: dict[UUID, dict[int, datetime]] = {}
    for run_id, seq, planned_at in zip(frame["run_id"], frame["seq"], frame["planned_at"], strict=True):
        found.setdefault(UUID(run_id), {})[int(seq)] = planned_at.to_pydatetime()
    return found
