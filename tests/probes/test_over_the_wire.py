"""The whole way, with real sockets and the reading process: plan, request, answer, row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from probes.clock import RealClock
from probes.conversation import open_tools
from probes.gates import FreeGate
from probes.ids import uuid7
from probes.model import Ask, Mode, Plan, ProbeKind, Sample, Secret, Shot, Target
from probes.plans import reach
from probes.runner import run
from tests.probes import bodies as b
from tests.probes.pictures import picture
from tests.probes.servers import Call, Served, answering, free_port, response, serving

LARGE = picture(1024, 1024)


@dataclass
class World:
    """A provider, a host of images, and a host for the control probe."""

    provider: Served
    images: Served
    control: Served
    targets: dict[str, Target]
    nobody: str


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    async def speak(call: Call) -> None:
        path = call.request.split(b" ")[1].decode()
        if path.startswith("/v1/images"):
            await call.send(response(b.openai({"url": f"{images.url}/{call.connection}.png?sig=a%2Fb"})))
        elif path.startswith("/v1beta") and call.request.startswith(b"POST"):
            await call.send(response(b.gemini(b.inline(LARGE)), x_request_id="r-1"))
        else:
            await call.send(response(b'{"name": "models/m", "data": []}'))

    nobody = f"http://127.0.0.1:{free_port()}"
    async with serving(answering(LARGE)) as images, serving(speak) as provider, serving(answering()) as control:

        def to(name: str, adapter: str, base_url: str, auth: str) -> Target:
            return Target(
                name, adapter, base_url, "m", auth=auth, key=Secret(b.KEY), timeout_s=20, usd_per_image={"1K": 0.05}
            )

        targets = {
            "native": to("native", "gemini", provider.url, "x-goog-api-key"),
            "by-query": to("by-query", "gemini", provider.url, "query"),
            "openai": to("openai", "openai_images", provider.url, "bearer"),
            "dead": to("dead", "gemini", nobody, "bearer"),
        }
        yield World(provider, images, control, targets, nobody)


async def rows_of(at: World, plan: Plan, control: tuple[str, ...]) -> dict[str, Sample]:
    rows: list[Sample] = []
    async with open_tools(RealClock(), control_urls=control) as tools:
        await run(
            plan, run_id=uuid7(), location="here", targets=at.targets, tools=tools, record=rows.append, gate=FreeGate()
        )
    assert len(rows) == len(plan.shots)
    return {row.provider: row for row in rows}


async def test_from_the_plan_to_the_row() -> None:
    async with world() as at:
        ask = Ask("1K", "1:1", "A red fox")
        shots = (Shot(0.0, name, ProbeKind.BASELINE, Mode.SCHEDULED, ask, 0) for name in at.targets)
        rows = await rows_of(at, Plan(tuple(shots)), (at.control.url, at.nobody))

        for name in ("native", "by-query", "openai"):
            row = rows[name]
            assert (row.outcome, row.error, row.status, row.images) == ("ok", None, 200, 1), row
            assert (row.width, row.height, row.image_bytes, row.cost_usd) == (1024, 1024, len(LARGE), 0.05)
            assert row.wait_ms is not None
            assert row.total_ms is not None
            assert row.total_ms >= row.wait_ms > 0
        dead = rows["dead"]
        assert (dead.outcome, dead.detail, dead.attribution, dead.control_ok) == (
            "connection",
            "refused",
            "provider",  # the control host answers at the same time
            True,
        )
        assert (dead.billed, dead.cost_usd, dead.images) == (False, 0.0, 0)

        assert all(b.KEY.encode() in request for request in at.provider.requests)
        assert len(at.provider.requests) == 3
        assert at.images.requests[0].startswith(b"GET /")
        assert b"?sig=a%2Fb " in at.images.requests[0]
        assert all(b.KEY.encode() not in request for request in at.images.requests + at.control.requests)
        assert b"authorization" not in at.images.requests[0].lower()


async def test_when_nobody_answers_it_is_our_network() -> None:
    async with world() as at:
        rows = await rows_of(at, reach.plan(["dead", "native"]), (at.nobody,))
    assert (rows["dead"].attribution, rows["dead"].control_ok) == ("network", False)
    assert (rows["native"].outcome, rows["native"].control_ok) == ("ok", None)
