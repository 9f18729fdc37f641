"""A run in virtual time against a wire that answers as told: a day of requests takes a moment."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from probes.control import Control
from probes.conversation import Tools
from probes.exchange import Wire
from probes.gates import FreeGate, Gate
from probes.model import Exchange, Phases, Plan, Request, Sample, Secret, Target
from probes.progress import Progress, RunSummary
from probes.reading import Reader
from probes.repeats import Repeats
from probes.runner import run
from tests import virtual
from tests.probes import bodies as b

RUN = UUID("01a201bc-84e7-71f9-a3ee-addd8d06cf79")
START = datetime(2026, 11, 22, tzinfo=UTC)
PRICE = 0.05

IMAGE = Exchange(200, {}, b.gemini(b.inline(b.IMAGE)), Phases(total_ms=1000.0))
REACHED = Exchange(200, {}, b'{"name": "models/m"}', Phases(total_ms=50.0))
OVERLOADED = Exchange(503, {}, b.rpc(503, "The model is overloaded.", "UNAVAILABLE"), Phases(total_ms=100.0))


@dataclass
class Sent:
    """One request that reached the wire."""

    at_s: float
    request: Request
    timeout_s: float
    number: int
    cold: bool = False

    @property
    def provider(self) -> str:
        return self.request.url.split("/")[2]


Behaviour = Callable[[Sent], Awaitable[Exchange]]


def after(seconds: float, exchange: Exchange) -> Behaviour:
    """Answer so, that much later."""

    async def behave(_sent: Sent) -> Exchange:
        await asyncio.sleep(seconds)
        return exchange

    return behave


async def usual(sent: Sent) -> Exchange:
    await asyncio.sleep(1.0)
    return REACHED if sent.request.method == "GET" else IMAGE


@dataclass
class ToldWire:
    """Stands where `Wire` stands."""

    clock: virtual.VirtualClock
    behave: Behaviour
    sent: list[Sent] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    async def send(
        self, request: Request, timeout_s: float, *, allowed: frozenset[str] | None = None, cold: bool = False
    ) -> Exchange:
        del allowed  # no connection is made here
        sent = Sent(self.clock.monotonic(), request, timeout_s, len(self.sent), cold)
        self.sent.append(sent)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self.behave(sent)
        finally:
            self.in_flight -= 1

    def forget(self, exchange: Exchange) -> None:
        """Its bodies are in memory."""


def target(name: str = "a", *, price: float | None = PRICE, rpm: float | None = None, key: str = b.KEY) -> Target:
    prices = {} if price is None else {"1K": price}
    return Target(name, "gemini", f"http://{name}", "m", key=Secret(key), usd_per_image=prices, advertised_rpm=rpm)


@dataclass
class Played:
    """What came of a run."""

    rows: list[Sample]
    sent: list[Sent]
    most_in_flight: int
    summary: RunSummary | None  # None: the run was cancelled
    progress: list[Progress]
    lasted_s: float

    @property
    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.in_order]

    @property
    def in_order(self) -> list[Sample]:
        return sorted(self.rows, key=lambda row: row.seq)


def play(
    plan: Plan,
    behave: Behaviour = usual,
    *,
    gate: Gate | None = None,
    targets: Mapping[str, Target] | None = None,
    stop_at_s: float | None = None,
    cancel_at_s: float | None = None,
    begun_before_s: float = 0.0,
    control_urls: tuple[str, ...] = (),
) -> Played:
    """Run a plan in virtual time; `begun_before_s`: how long ago its slot was."""

    async def main(clock: virtual.VirtualClock) -> Played:
        wire = ToldWire(clock, behave)
        rows, progress, stop = list[Sample](), list[Progress](), asyncio.Event()
        control = Control(cast(Wire, wire), clock, control_urls)
        tools = Tools(cast(Wire, wire), Reader(), control, clock, repeats=Repeats(kept=0))  # one image stands for all
        known = targets or {shot.provider: target(shot.provider) for shot in plan.shots}
        began_s = clock.monotonic()
        running = asyncio.create_task(
            run(
                plan,
                run_id=RUN,
                location="here",
                targets=known,
                tools=tools,
                record=rows.append,
                gate=gate or FreeGate(),
                starts_at=START - timedelta(seconds=begun_before_s),
                stop=stop,
                progress=progress.append,
            )
        )
        loop = asyncio.get_running_loop()
        if stop_at_s is not None:
            loop.call_later(stop_at_s, stop.set)
        if cancel_at_s is not None:
            loop.call_later(cancel_at_s, running.cancel)
        summary = None
        with suppress(asyncio.CancelledError):
            summary = await running
        return Played(rows, wire.sent, wire.most_in_flight, summary, progress, clock.monotonic() - began_s)

    return virtual.run(main, START)


def said(value: object, status: int = 200, **headers: str) -> Exchange:
    """An exchange with this JSON as its body."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Exchange(status, named, json.dumps(value).encode(), Phases(total_ms=100.0))
