"""The pool test of `docs/decisions/0001`: a thousand cancelled requests, then ten calls to a healthy server."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import aiohttp
import httpx

from probes.clock import RealClock
from probes.exchange import Wire
from probes.model import Request
from tests.probes.servers import Call, response, serving

_CANCELLED, _CALLS = 1_000, 10
Get = Callable[[str], Awaitable[str]]


async def _script(call: Call) -> None:
    if call.request.startswith(b"GET /slow"):
        await call.served.for_ever()
    await call.send(response())


async def _answers(get: Get, url: str) -> dict[str, int]:
    """What the calls came to, after the cancelled ones."""
    for _ in range(_CANCELLED // 100):
        await asyncio.gather(*(_cancelled(get, f"{url}/slow") for _ in range(100)))
    return dict(Counter([await _called(get, f"{url}/ok") for _ in range(_CALLS)]))


async def _cancelled(get: Get, url: str) -> None:
    try:
        async with asyncio.timeout(0.02):
            await get(url)
    except Exception:  # noqa: BLE001 - that it fails is the point
        pass


async def _called(get: Get, url: str) -> str:
    try:
        return await get(url)
    except Exception as exc:  # noqa: BLE001 - its name is the finding
        return type(exc).__name__


async def pools() -> dict[str, dict[str, int]]:
    """By client: what the ten calls came to."""
    async with serving(_script) as served:
        limits = httpx.Limits(max_connections=5)
        async with httpx.AsyncClient(timeout=2.0, limits=limits) as client:

            async def by_httpx(url: str) -> str:
                return str((await client.get(url)).status_code)

            found = {"httpx, its own pool": await _answers(by_httpx, served.url)}
        connector = aiohttp.TCPConnector(limit=5)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=2.0)) as session:

            async def by_aiohttp(url: str) -> str:
                async with session.get(url) as answer:
                    return str(answer.status)

            found["aiohttp"] = await _answers(by_aiohttp, served.url)
        async with Wire(RealClock()) as wire:

            async def by_wire(url: str) -> str:
                exchange = await wire.send(Request("GET", url), 2.0)
                return str(exchange.status or exchange.fault)

            found["ours"] = await _answers(by_wire, served.url)
    return found
