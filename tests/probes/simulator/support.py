"""A simulator inside the test's own event loop, with time that passes only when somebody waits for it."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import aiohttp
from PIL import Image

from probes.simulator.scenario import Scenario
from probes.simulator.server import serving
from probes.simulator.timeline import Ticking

Json: TypeAlias = Any  # whatever a test sends or reads
START = datetime(2026, 11, 16, 12, 0, 30, tzinfo=UTC)


class JumpClock:
    """Whoever sleeps is there at once: latencies are exact, and take no time."""

    def __init__(self, start: datetime = START) -> None:
        self.at_s = 1000.0
        self._start = start - timedelta(seconds=self.at_s)

    def monotonic(self) -> float:
        return self.at_s

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.at_s)

    def real_s(self, seconds: float) -> float:
        return seconds / 1e9  # so that a long sleep is one step

    async def sleep_until(self, monotonic_s: float) -> None:
        await asyncio.sleep(0)
        self.at_s = max(self.at_s, monotonic_s)


class StoppedClock(JumpClock):
    """Time stands still until the test moves it: whoever sleeps, sleeps."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)
        self._moved = asyncio.Event()

    def advance(self, seconds: float) -> None:
        self.at_s += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, monotonic_s: float) -> None:
        while self.at_s < monotonic_s:
            await self._moved.wait()


@dataclass(frozen=True)
class Got:
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)

    @property
    def error(self) -> Json:
        return self.json["error"]


@dataclass(frozen=True)
class Bench:
    """A served scenario and a client for it."""

    session: aiohttp.ClientSession
    base_url: str

    async def ask(
        self,
        path: str,
        body: Json = None,
        *,
        key: str | None = "k1",
        fault: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        """GET, or POST with a JSON body (or the bytes given)."""
        keyed = {"x-goog-api-key": key, "authorization": f"Bearer {key}"} if key else {}
        headers = {**keyed, **({"x-sim-fault": fault} if fault else {}), **(headers or {})}
        data = body if isinstance(body, bytes | io.BytesIO | None) else json.dumps(body).encode()
        method = "GET" if body is None else "POST"
        async with self.session.request(method, self.base_url + path, data=data, headers=headers) as answer:
            return Got(answer.status, answer.headers, await answer.read())

    async def ledger(self, provider: str = "p") -> dict[str, Any]:
        got = await self.ask("/_sim/ledger")
        found: dict[str, Any] = got.json["providers"][provider]
        return found

    async def reports(self, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The ledger as soon as it says so."""
        async with asyncio.timeout(20):
            while not reached(ledger := await self.ledger()):
                pass
        return ledger


@asynccontextmanager
async def bench(scenario: Scenario, clock: Ticking | None = None) -> AsyncIterator[Bench]:
    async with serving(scenario, clock or JumpClock()) as at, aiohttp.ClientSession() as session:
        session._retry_connection = False  # else a reset GET is sent twice
        yield Bench(session, at.base_url)


def provider(wire: str = "gemini", **changes: Json) -> dict[str, Any]:
    """One provider named p with key k1 and exact latencies: control 0.1 s, images 10 s."""
    return {
        "format": wire,
        "models": ["m1"] if wire == "gemini" else ["gpt-image-2", "gpt-image-1", "dall-e-3", "own-model"],
        "projects": {"main": ["k1"]},
        "latency": {
            "sizes": {size: {"median_s": 10.0} for size in ("512", "1K", "2K", "4K")},
            "control": {"median_s": 0.1},
            "download_share": 0.2,
        },
        **changes,
    }


def scenario(*, seed: int = 1, span_s: float | None = None, **changes: Json) -> Scenario:
    return Scenario.model_validate({"seed": seed, "span_s": span_s, "providers": {"p": provider(**changes)}})


GENERATE = "/p/v1beta/models/m1:generateContent"
IMAGES = "/p/v1/images/generations"


def asking(size: str | None = "1K", ratio: str | None = "16:9", **config: Json) -> dict[str, Any]:
    """A generateContent body as the SDK sends it."""
    image = {name: value for name, value in (("aspectRatio", ratio), ("imageSize", size)) if value is not None}
    generation = {"responseModalities": ["IMAGE"], "imageConfig": image, **config}
    return {"contents": [{"role": "user", "parts": [{"text": "a fox in the snow"}]}], "generationConfig": generation}


def inline_images(got: Got) -> list[tuple[bool, Image.Image]]:
    """(is a thought, picture) for each image part, decoded."""
    parts = got.json["candidates"][0]["content"]["parts"]
    return [(part.get("thought", False), decoded(part["inlineData"]["data"])) for part in parts if "inlineData" in part]


def decoded(data: str) -> Image.Image:
    """Base64 to a fully decoded picture."""
    image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    image.load()
    return image
