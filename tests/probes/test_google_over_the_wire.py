"""Google's ways to ask, each once over real sockets; once also with the reading process in between."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

from probes.clock import RealClock
from probes.control import Control
from probes.conversation import Conversation, Tools, converse, open_tools
from probes.credentials import TokenCommand
from probes.exchange import Wire
from probes.model import Ask, Secret, Target
from probes.providers import load
from probes.reading import Reader
from tests.probes import bodies as b
from tests.probes.pictures import picture
from tests.probes.servers import answering, serving

TOKEN = "ya29.c.b0Aaekm1-over-the-wire-0123456789"
LARGE = picture(1024, 1024)
ASK = Ask("1K", "1:1", "A red fox")


@dataclass
class Google:
    """The API on loopback: streams, batches, counts, and an image that lies with somebody else."""

    url: str = ""
    images_url: str = ""
    looks: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def speak(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("authorization", request.headers.get("x-goog-api-key", ""))
        self.seen.append((f"{request.method} {request.rel_url}", key))
        method = request.path.rpartition(":")[2]
        if method == "streamGenerateContent":
            return await self._stream(request)
        if method == "batchGenerateContent":
            return web.json_response(_job("PENDING"))
        if "/batches/" in request.path:
            self.looks += 1
            return web.json_response(_job("RUNNING") if self.looks == 1 else _done())
        if method == "countTokens":
            return web.json_response({"totalTokens": 4})
        elsewhere = {"fileData": {"mimeType": "image/png", "fileUri": f"{self.images_url}/x.png"}}
        return web.Response(body=b.gemini(elsewhere), content_type="application/json")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """The image in one big event; one path ends in an error event, one in the middle of the image."""
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        image = b"data: " + b.gemini(b.inline(LARGE), finish=None) + b"\r\n\r\n"
        if "cut" in request.path:
            await response.write(image[: len(image) // 2])
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write(image)
        last = b.rpc(503, "The model is overloaded.", "UNAVAILABLE") if "error" in request.path else b.gemini()
        await response.write(b"data: " + last + b"\r\n\r\n")
        return response


def _job(state: str, **more: object) -> dict[str, Any]:
    metadata = {"state": f"BATCH_STATE_{state}", "createTime": "2026-11-22T06:00:00Z"}
    return {"name": "batches/1", "metadata": metadata | more}


def _done() -> dict[str, Any]:
    responses = {"inlinedResponses": [{"response": json.loads(b.gemini(b.inline(LARGE)))}]}
    return _job("SUCCEEDED", output={"inlinedResponses": responses}, endTime="2026-11-22T06:00:02Z") | {"done": True}


@pytest.fixture
async def google() -> AsyncIterator[Google]:
    told = Google()
    app = web.Application(client_max_size=32 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", told.speak)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with serving(answering(LARGE)) as images:
            told.images_url = images.url
            yield told
    finally:
        await runner.cleanup()


@asynccontextmanager
async def conversation(to: Target, ask: Ask = ASK) -> AsyncIterator[Conversation]:
    clock = RealClock()
    async with Wire(clock) as wire:
        yield await converse(Tools(wire, Reader(), Control(wire, clock, ()), clock), to, ask)


def to(google: Google, adapter: str = "gemini", model: str = "m", **options: object) -> Target:
    said = load(adapter).Options.model_validate(options).model_dump()  # type: ignore[attr-defined]  # of these adapters
    return Target("p", adapter, google.url, model, key=Secret(b.KEY), timeout_s=20, options=said)


def width(said: Conversation) -> int | None:
    return said.answer.picture.width if said.answer and said.answer.picture else None


async def test_a_stream_is_read_to_its_end(google: Google) -> None:
    async with conversation(to(google, stream=True)) as said:
        assert (width(said), said.last.status, said.last.fault) == (1024, 200, None)
    assert google.seen == [("POST /v1beta/models/m:streamGenerateContent?alt=sse", b.KEY)]


async def test_an_error_inside_of_a_stream_is_the_answer(google: Google) -> None:
    async with conversation(to(google, model="error", stream=True)) as said:
        assert said.answer is not None
        assert said.answer.fault is not None
        assert said.answer.fault.status == "UNAVAILABLE"


async def test_a_stream_that_is_cut_off_is_told_by_the_wire(google: Google) -> None:
    async with conversation(to(google, model="cut", stream=True)) as said:
        assert said.last.fault is not None
        assert (said.last.fault.value, said.answer) == ("cut", None)


async def test_a_batch_is_created_looked_at_and_read(google: Google) -> None:
    target = to(google, batch=True)
    hasty = replace(target, options={**target.options, "poll_s": 0.1})  # less than the configuration allows
    async with conversation(hasty) as said:
        assert width(said) == 1024
        assert said.answer is not None
        assert said.answer.server_ms == 2000.0
        assert said.answer.queue_ms is not None
        assert said.answer.run_ms is not None
        assert min(said.answer.queue_ms, said.answer.run_ms) >= 100.0
        assert said.phases.total_ms is not None
        assert said.phases.total_ms >= said.answer.queue_ms + said.answer.run_ms
    assert [what for what, _ in google.seen] == [
        "POST /v1beta/models/m:batchGenerateContent",
        "GET /v1beta/batches/1",
        "GET /v1beta/batches/1",
    ]
    assert {key for _, key in google.seen} == {b.KEY}


async def test_an_image_elsewhere_is_fetched_without_the_key(google: Google) -> None:
    async with serving(answering(LARGE)) as images:
        google.images_url = images.url
        async with conversation(to(google)) as said:
            assert width(said) == 1024
        [request] = images.requests
    assert request.startswith(b"GET /x.png ")
    assert b.KEY.encode() not in request


async def test_vertex_is_asked_with_the_token_of_a_command(google: Google) -> None:
    command = TokenCommand((sys.executable, "-S", "-c", f"print({TOKEN!r})"))
    target = to(google, "vertex", project="p-1", location="us-central1", stream=True)
    target = replace(target, key=Secret(""), credential=command)
    async with open_tools(RealClock()) as tools:
        assert width(await converse(tools, target, ASK)) == 1024
        reached = await converse(tools, target, Ask())
    assert reached.answer is not None
    assert (reached.answer.malformed, reached.answer.fault) == (None, None)
    path = "/v1/projects/p-1/locations/us-central1/publishers/google/models/m"
    assert google.seen == [
        (f"POST {path}:streamGenerateContent?alt=sse", f"Bearer {TOKEN}"),
        (f"POST {path}:countTokens", f"Bearer {TOKEN}"),
    ]
