"""A service in virtual time: real schedule, ledger, runner and store; only the wire answers from a script."""

import asyncio
import base64
import json
import struct
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch
from uuid import UUID

from monitor.config import Config, load
from monitor.service.job import Job
from monitor.service.jobs import jobs_of
from monitor.service.office import Told
from monitor.service.service import Service, Telling
from monitor.slots import schedule_of, slots_between
from monitor.store import SlotRow, Store, StoreError
from probes.control import Control
from probes.conversation import Tools
from probes.model import Exchange, Phases, Request, Sample
from probes.reading import Reader
from tests.monitor.service.memory import Memory
from tests.virtual import VirtualClock

T = TypeVar("T")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def pixels(side: int) -> bytes:
    """One bit each."""
    return chunk(b"IDAT", zlib.compress((b"\0" + bytes((0xF0, 0x0F)) * (side // 16)) * side, 9))


def image(number: int, side: int) -> dict[str, object]:
    """An answer with a sound image, another one for each number."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)) + chunk(b"tEXt", b"n\0%d" % number)
    png = b"\x89PNG\r\n\x1a\n" + head + pixels(side) + chunk(b"IEND", b"")
    data = {"mimeType": "image/png", "data": base64.b64encode(png).decode()}
    return {"candidates": [{"content": {"parts": [{"inlineData": data}]}, "finishReason": "STOP"}]}


WORDS = {401: "UNAUTHENTICATED", 402: "FAILED_PRECONDITION", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
LOCATION = "simulated"


def provider(name: str, *, price: float = 0.058, timeout_s: int = 20, rpm: int = 60, budget: str = "") -> str:
    return f"""
[providers.{name}]
adapter = "gemini"
base_url = "http://127.0.0.1:1/{name}"
model = "gemini-3-pro-image-preview"
environment = "simulated"
timeout_s = {timeout_s}
limits = {{ rpm = {rpm} }}
prices = {{ "1K" = {price} }}
{budget}
"""


def config_of(folder: Path, text: str) -> Config:
    path = folder / "upheld.toml"
    path.write_text(text)
    return load(path, {})


class Inline:
    """`monitor.store.Writer` without its thread: what it does takes no time, and happens at once."""

    def __init__(self, store: Memory | Store) -> None:
        self.store = store
        self.broken: Exception | None = None
        self.breaks_after: int | None = None  # calls from now
        self.delay_s = 0.0
        self._waiting: list[Sample] = []

    def put(self, sample: Sample) -> None:
        self._waiting.append(sample)

    async def call(self, fn: Callable[[Store], T]) -> T:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.broken is not None:
            raise self.broken
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                raise StoreError("disk full")
        self.flush()
        return fn(self.store)  # type: ignore[arg-type]  # the memory does what the service calls

    def flush(self) -> None:
        self.store.append(self._waiting)
        self._waiting = []

    def forget(self) -> None:
        """What SIGKILL does to rows in memory."""
        self._waiting = []


@dataclass
class Sent:
    """A request that reached the wire, and when."""

    provider: str
    reach: bool
    at: datetime


Behaviour = Callable[[Sent], float]  # how long this one takes, seconds
Says = Callable[[Sent], int]  # the status with which this one is answered


@dataclass
class Wire:
    """Answers every request after as long as `behaviour` says, with the status of `says`; keeps what was sent."""

    clock: VirtualClock
    behaviour: Behaviour = lambda _: 0.2
    says: Says = lambda _: 200
    side: int = 1024  # of the images, pixels
    sent: list[Sent] = field(default_factory=list)

    async def send(self, request: Request, timeout_s: float, *, cold: bool = False) -> Exchange:
        del cold
        sent = Sent(request.url.split("/")[3], request.method == "GET", self.clock.now())
        self.sent.append(sent)
        number, takes_s = len(self.sent), self.behaviour(sent)
        phases = Phases(total_ms=1000.0 * min(takes_s, timeout_s))
        await asyncio.sleep(min(takes_s, timeout_s))
        if takes_s > timeout_s:
            return Exchange(None, error="no complete answer", fault=None, phases=phases)
        status = self.says(sent)
        body: dict[str, object] = {"name": "models/m"} if sent.reach else image(number, self.side)
        if status != 200:
            body = {"error": {"code": status, "status": WORDS[status], "message": f"simulated {status}"}}
        return Exchange(status, body=json.dumps(body).encode(), phases=phases)

    def forget(self, exchange: Exchange) -> None:
        """Its bodies are in memory."""


def no_page() -> Awaitable[bool]:
    async def made() -> bool:
        return True

    return made()


async def no_mail(week: str) -> Told:
    del week
    return Told.SENT


@dataclass
class World:
    """One database and one clock; services come and go."""

    folder: Path
    clock: VirtualClock
    text: str
    behaviour: Behaviour = lambda _: 0.2
    telling: Telling = field(default_factory=lambda: Telling(no_page, no_mail))
    wire: Wire = field(init=False)
    keeper: Inline = field(init=False)

    def __post_init__(self) -> None:
        self.config = config_of(self.folder, self.text)
        self.memory = Memory()
        self.keeper = Inline(self.memory)
        self.wire = Wire(self.clock, self.behaviour)

    def job(self, probe: str) -> Job:
        jobs: dict[str, Job] = {job.probe: job for job in jobs_of(self.config, self.config.targets({}))}
        return jobs[probe]

    def _remains(self, _: Path, slots: Sequence[SlotRow]) -> dict[UUID, dict[int, datetime]]:
        """As `monitor.service.service._stored`, from memory."""
        since = min(slot.slot_at for slot in slots) - timedelta(minutes=1)
        found: dict[UUID, dict[int, datetime]] = {}
        for row in self.rows():
            if row.planned_at >= since:
                found.setdefault(row.run_id, {})[row.seq] = row.planned_at
        return found

    def service(self) -> Service:
        tools = Tools(self.wire, Reader(), Control(self.wire, self.clock, ()), self.clock)  # type: ignore[arg-type]  # the scripted wire
        return Service(self.config, self.config.targets({}), self.keeper, tools, self.telling)

    async def serve(self, for_: timedelta, grace_s: float = 10.0) -> None:
        """A service that is started, runs, and is stopped in order."""
        with patch("monitor.service.service._stored", self._remains):
            await self.service().run(asyncio.Event(), for_s=for_.total_seconds(), grace_s=grace_s)

    async def serve_and_kill(self, after: timedelta, *, stored: bool = False) -> None:
        """A service that is killed: its tasks vanish, rows that were not stored yet as well."""
        before = asyncio.all_tasks()
        asyncio.create_task(self.serve(timedelta(days=365)))  # noqa: RUF006 - killed below
        await asyncio.sleep(after.total_seconds())
        if stored:
            self.keeper.flush()
        while dying := asyncio.all_tasks() - before:
            for task in dying:
                task.cancel()
            await asyncio.wait(dying)
        for _ in range(3):  # a timer that has just rung sets the next one
            await asyncio.sleep(0)
            self.clock.loop.forget_timers()
        self.keeper.forget()

    async def pass_(self, time: timedelta) -> None:
        await asyncio.sleep(time.total_seconds())

    # --- what is in the store ---

    def slots(self, probe: str | None = None) -> list[SlotRow]:
        self.keeper.flush()
        return [slot for slot in self.keeper.store.slots() if probe in (None, slot.probe)]

    def states(self, probe: str) -> Counter[str | None]:
        return Counter(slot.state for slot in self.slots(probe))

    def rows(self) -> list[Sample]:
        self.keeper.flush()
        return sorted(self.memory.samples.values(), key=lambda row: (row.planned_at, row.provider, row.seq))

    def count(self, *columns: str) -> dict[tuple[object, ...], int]:
        return dict(Counter(tuple(getattr(row, name) for name in columns) for row in self.rows()))

    def due(self, probe: str, since: datetime, until: datetime) -> list[datetime]:
        timing = getattr(self.config.probes, probe)
        schedule = schedule_of(LOCATION, probe, every=timing.every, cron=timing.cron)
        return list(slots_between(schedule, since, until))
