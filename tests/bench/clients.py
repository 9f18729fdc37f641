"""The clients under test, one in a process: `python -m tests.bench.clients NAME URL COUNT SIZE PER_S`.

Each asks COUNT times, at once or (PER_S above 0) at a pace, and stamps as its users would: from just before the request
until the first and the last byte. It prints what it measured, and of itself CPU seconds, peak memory, how late it sent.
"""

# ruff: noqa: PLC0415 - each client imports what it measures with, and nothing else
import asyncio
import base64
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

PATH = "/v1beta/models/bench:generateContent"
ASK = b'{"contents": []}'
_FIELD = b'"data": "'
_START_IN = timedelta(milliseconds=300)
_READ = {"ok", "ok_degraded", "image_invalid"}  # all get the same image: from the second on, a repeat


@dataclass(slots=True)
class Timed:
    """One request as this client saw it, ms. `number`: as the server counted it."""

    number: int
    first_ms: float | None
    total_ms: float


@dataclass(slots=True)
class Measured:
    """What a client says of a trial. `helpers_*`: of the processes beside it (ours reads and checks answers in one)."""

    timed: list[Timed]
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    helpers_cpu_s: float = 0.0
    helpers_mb: float = 0.0
    lateness_ms: list[float] = field(default_factory=list)
    error_ms: float | None = None  # what the client itself says that its error is
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What to ask, how often, and how many a second; 0: all at once."""

    url: str
    count: int
    size: str
    per_s: float

    def offsets_s(self) -> list[float]:
        return [number / self.per_s if self.per_s else 0.0 for number in range(self.count)]


Client = Callable[[Load], Coroutine[None, None, Measured]]


async def ours(load: Load) -> Measured:
    """The product's own path: plan, runner, adapter, wire, and the process that reads the answers."""
    from probes.clock import RealClock
    from probes.conversation import open_tools
    from probes.gates import FreeGate
    from probes.ids import uuid7
    from probes.model import Ask, Mode, Plan, ProbeKind, Sample, Shot, Target
    from probes.runner import run

    clock, rows = RealClock(), list[Sample]()
    target = Target("bench", "gemini", load.url, "bench", timeout_s=120.0, usd_per_image={load.size: 0.0})
    shot = Shot(0.0, "bench", ProbeKind.BURST, Mode.RAMP, Ask(load.size, "1:1", "bench"))
    shots = tuple(replace(shot, offset_s=offset_s) for offset_s in load.offsets_s())
    async with open_tools(clock) as tools:
        begun = cpu_s()
        done = await run(
            Plan(shots, max_in_flight=2 * load.count),
            run_id=uuid7(clock.now()),
            location="bench",
            targets={"bench": target},
            tools=tools,
            record=rows.append,
            gate=FreeGate(),
            starts_at=clock.now() + _START_IN,
        )
        spent = cpu_s() - begun
        helpers_mb = sum(map(peak_mb, _children()))  # the reader and the control server
    helped = resource.getrusage(resource.RUSAGE_CHILDREN)
    timed = [Timed(int(row.request_id or -1), _first_ms(row), row.total_ms or 0.0) for row in rows]
    wrong = sorted({f"{row.outcome} {row.detail} {row.error}" for row in rows if row.outcome not in _READ})
    return Measured(
        timed,
        spent,
        peak_mb(),
        helped.ru_utime + helped.ru_stime,
        helpers_mb,
        [row.lateness_ms or 0.0 for row in rows],
        done.error.error_ms if done.error else None,
        "; ".join(wrong) or None,
    )


def _children() -> list[int]:
    """The processes that this one has started."""
    me = os.getpid()
    return [int(pid) for pid in Path(f"/proc/{me}/task/{me}/children").read_text().split()]


def _first_ms(row: object) -> float:
    parts = ("dns_ms", "connect_ms", "tls_ms", "upload_ms", "wait_ms")
    return sum(getattr(row, name) or 0.0 for name in parts)


async def plain_httpx(load: Load) -> Measured:
    """As most people write it: post, parse, decode."""
    import httpx

    async def seen(response: httpx.Response) -> None:
        response.request.extensions["first_s"] = time.monotonic()

    async def one(client: httpx.AsyncClient) -> Timed:
        began_s = time.monotonic()
        response = await client.post(load.url + PATH, content=ASK)
        ended_s = time.monotonic()
        first_s = response.request.extensions["first_s"]
        part = response.json()["candidates"][0]["content"]["parts"][0]
        base64.b64decode(part["inlineData"]["data"])
        return _timed(response.headers["x-request-id"], began_s, first_s, ended_s)

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=None, limits=limits, event_hooks={"response": [seen]}) as client:
        return await _together(lambda: one(client), load)


async def streamed_aiohttp(load: Load) -> Measured:
    """The fastest way known: streamed, kept to its end, searched for the image; its beginning is decoded."""
    return await _aiohttp(load, keep=True)


async def discarding_aiohttp(load: Load) -> Measured:
    """The floor: as streamed, but every byte is thrown away, so that nobody could say whether it was an image."""
    return await _aiohttp(load, keep=False)


async def _aiohttp(load: Load, *, keep: bool) -> Measured:
    import aiohttp

    async def one(session: aiohttp.ClientSession) -> Timed:
        began_s, chunks = time.monotonic(), list[bytes]()
        async with session.post(load.url + PATH, data=ASK) as response:
            first_s = time.monotonic()
            async for chunk in response.content.iter_any():
                if keep:
                    chunks.append(chunk)
            ended_s = time.monotonic()
        if keep:
            await asyncio.to_thread(_scan, chunks)
        return _timed(response.headers["x-request-id"], began_s, first_s, ended_s)

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as session:
        return await _together(lambda: one(session), load)


def _scan(chunks: list[bytes]) -> bytes:
    body = b"".join(chunks)
    start = body.index(_FIELD) + len(_FIELD)
    body.index(b'"', start)
    return base64.b64decode(body[start : start + 65_536])


def _timed(number: str, began_s: float, first_s: float, ended_s: float) -> Timed:
    return Timed(int(number), (first_s - began_s) * 1000, (ended_s - began_s) * 1000)


async def _together(ask: Callable[[], Awaitable[Timed]], load: Load) -> Measured:
    """Each at its time; a client that is asked late says so."""
    begun, origin_s, late_ms = cpu_s(), time.monotonic(), list[float]()

    async def at(offset_s: float) -> Timed:
        await asyncio.sleep(origin_s + offset_s - time.monotonic())
        late_ms.append(max(time.monotonic() - origin_s - offset_s, 0.0) * 1000)
        return await ask()

    timed = await asyncio.gather(*map(at, load.offsets_s()))
    return Measured(list(timed), cpu_s() - begun, peak_mb(), lateness_ms=late_ms)


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process has held, MB (its own: `ru_maxrss` may be that of whoever started it)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


CLIENTS: dict[str, Client] = {
    "ours": ours,
    "httpx": plain_httpx,
    "aiohttp": streamed_aiohttp,
    "aiohttp-discarding": discarding_aiohttp,
}

if __name__ == "__main__":
    from dataclasses import asdict

    name, address, number, size, per_s = sys.argv[1:6]
    asked = Load(address, int(number), size, float(per_s))
    sys.stdout.write(json.dumps(asdict(asyncio.run(CLIENTS[name](asked)))))
