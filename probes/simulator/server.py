"""One HTTP server for all providers of a scenario, each below its own prefix, and the ledger beside them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from probes.simulator import formats
from probes.simulator.desk import Desk, Dialect, Span
from probes.simulator.scenario import Scenario
from probes.simulator.timeline import Ticking, Timeline

LEDGER_PATH = "/_sim/ledger"
_LARGEST_REQUEST = 20 * 1024 * 1024  # as at Google
_SHUTDOWN_S = 0.5


class CannotListenError(OSError):
    """The address cannot be had; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A running server."""

    host: str
    port: int

    @property
    def base_url(self) -> str:
        """Providers are below this, each under its name."""
        return f"http://{self.host}:{self.port}"


def application(scenario: Scenario, clock: Ticking) -> web.Application:
    """The scenario as a web application; its time begins now."""
    timeline = Timeline(clock, scenario.starts_at)
    app = web.Application(client_max_size=_LARGEST_REQUEST)
    desks = [_add_provider(app, scenario, name, timeline) for name in scenario.providers]

    async def ledger(_: web.Request) -> web.Response:
        return web.json_response(_ledger(scenario, timeline, desks), dumps=_pretty)

    async def index(_: web.Request) -> web.Response:
        return web.json_response({"simulated": True, "providers": [f"/{d.name}" for d in desks], "ledger": LEDGER_PATH})

    app.router.add_get(LEDGER_PATH, ledger)
    app.router.add_get("/", index)
    return app


def _add_provider(app: web.Application, scenario: Scenario, name: str, timeline: Timeline) -> Desk:
    spec = scenario.providers[name]
    module = formats.load(spec.format)
    desk = Desk(name, spec, Dialect(module.AUTH, module.SPEAKS), timeline, scenario.seed)
    desk.outages = tuple(Span(o.kind, *o.span_s(scenario.span_s)) for o in spec.outages)
    below = web.Application(client_max_size=_LARGEST_REQUEST)
    below.add_routes(module.build(desk).routes())
    below.on_response_prepare.append(_say_that_it_is_simulated)
    app.add_subapp(f"/{name}/", below)
    return desk


async def _say_that_it_is_simulated(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["x-upheld-simulator"] = "1"


def _ledger(scenario: Scenario, timeline: Timeline, desks: list[Desk]) -> dict[str, Any]:
    return {
        "simulated": True,
        "seed": scenario.seed,
        "began_at": timeline.began_at.isoformat(),
        "starts_at": timeline.starts_at.isoformat(),
        "now": timeline.utc(timeline.read()).isoformat(),
        "providers": {desk.name: _of_desk(desk, timeline) for desk in desks},
    }


def _of_desk(desk: Desk, timeline: Timeline) -> dict[str, Any]:
    limits = desk.spec.limits
    return {
        "format": desk.spec.format,
        **desk.ledger.as_json(),
        "limits": limits.model_dump(),
        "outages": [_of_span(span, timeline) for span in desk.outages],
    }


def _of_span(span: Span, timeline: Timeline) -> dict[str, Any]:
    """The outage in clock time; `end` is the first instant at which all is well again."""
    begin, end = (timeline.utc(timeline.from_scenario_s(at)) for at in (span.begin_s, span.end_s))
    return {"kind": span.kind, "begin": begin.isoformat(), "end": end.isoformat(), "down_s": span.end_s - span.begin_s}


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2)


@asynccontextmanager
async def serving(
    scenario: Scenario, clock: Ticking, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Listening]:
    """Serve while the block runs. Port 0 takes a free one.

    Raises:
        CannotListenError: the port is taken, or the address is not ours.
    """
    runner = web.AppRunner(
        application(scenario, clock), access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_S
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotListenError(f"cannot listen on {host} port {port}: {reason}") from None
        yield Listening(host, runner.addresses[0][1])
    finally:
        await runner.cleanup()
