"""One HTTP server for all providers of a scenario, each below its own prefix, and the ledger beside them."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from probes.simulator import formats
from probes.simulator.desk import Desk, Dialect
from probes.simulator.doors import Doors, opened
from probes.simulator.faults import AT_A_DOOR, ONLY_BATCHES, ONLY_STREAMS, ONLY_TASKS, Fault
from probes.simulator.scenario import Scenario
from probes.simulator.spells import Span, Weather, outages
from probes.simulator.status import Page
from probes.simulator.timeline import Ticking, Timeline

LEDGER_PATH = "/_sim/ledger"
FAULTS_PATH = "/_sim/faults"
DOORS_PATH = "/_sim/doors"
_LARGEST_REQUEST = 20 * 1024 * 1024  # as at Google
_SHUTDOWN_S = 0.5


_DESKS = web.AppKey("desks", Sequence[Desk])
_DOORS = web.AppKey("doors", Doors)


class CannotListenError(OSError):
    """The address cannot be had; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A running server."""

    host: str
    port: int
    doors: Doors

    @property
    def base_url(self) -> str:
        """Providers are below this, each under its name."""
        return f"http://{self.host}:{self.port}"

    def url_of(self, provider: str) -> str:
        """Where a provider is: at its own door, or below the common address."""
        door = self.doors.by_name.get(provider)
        return f"{self.base_url}/{provider}" if door is None else door.base_url


def application(scenario: Scenario, clock: Ticking) -> web.Application:
    """The scenario as a web application; its time begins now."""
    timeline = Timeline(clock, scenario.starts_at)
    app = web.Application(client_max_size=_LARGEST_REQUEST)
    desks = [_add_provider(app, scenario, name, timeline) for name in scenario.providers]

    async def ledger(_: web.Request) -> web.Response:
        return web.json_response(_ledger(scenario, timeline, desks, app[_DOORS]), dumps=_pretty)

    async def index(_: web.Request) -> web.Response:
        paths = {"providers": [f"/{d.name}" for d in desks], "ledger": LEDGER_PATH, "faults": FAULTS_PATH}
        paths |= {"doors": DOORS_PATH}
        return web.json_response({"simulated": True, **paths})

    async def faults(_: web.Request) -> web.Response:
        return web.json_response(registry(), dumps=_pretty)

    async def doors(_: web.Request) -> web.Response:
        return web.json_response(app[_DOORS].as_json(), dumps=_pretty)

    async def turn(request: web.Request) -> web.Response:
        door = app[_DOORS].by_name.get(request.match_info["name"])
        name = request.match_info["fault"]
        fault = next((one for one in AT_A_DOOR if one == name), None)
        if door is None or (fault is None and name != "none"):
            raise web.HTTPNotFound(text=f"no such door or fault; {DOORS_PATH} and {FAULTS_PATH} list them\n")
        await door.want(fault)
        return web.Response(status=204)

    app[_DESKS], app[_DOORS] = desks, Doors()
    app.router.add_get(DOORS_PATH, doors)
    app.router.add_post(f"{DOORS_PATH}/{{name}}/{{fault}}", turn)
    app.router.add_get(LEDGER_PATH, ledger)
    app.router.add_get(FAULTS_PATH, faults)
    app.router.add_get("/", index)
    return app


def _add_provider(app: web.Application, scenario: Scenario, name: str, timeline: Timeline) -> Desk:
    spec = scenario.providers[name]
    module = formats.load(spec.format)
    desk = Desk(name, spec, Dialect(module.AUTH, module.SPEAKS), timeline, scenario.seed)
    desk.outages = outages(scenario, name)
    desk.weather = Weather(spec, scenario.span_s, f"{scenario.seed}/{name}")
    below = web.Application(client_max_size=_LARGEST_REQUEST)
    below.add_routes(Page(desk, scenario.seed).routes())
    below.add_routes(module.build(desk).routes())
    below.on_response_prepare.append(_say_that_it_is_simulated)
    app.add_subapp(f"/{name}/", below)
    return desk


async def _say_that_it_is_simulated(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["x-upheld-simulator"] = "1"


def _ledger(scenario: Scenario, timeline: Timeline, desks: list[Desk], doors: Doors) -> dict[str, Any]:
    return {
        "simulated": True,
        "seed": scenario.seed,
        "began_at": timeline.began_at.isoformat(),
        "starts_at": timeline.starts_at.isoformat(),
        "now": timeline.utc(timeline.read()).isoformat(),
        "providers": {desk.name: _of_desk(desk, timeline) | _of_door(doors, desk.name) for desk in desks},
    }


def _of_desk(desk: Desk, timeline: Timeline) -> dict[str, Any]:
    limits = desk.spec.limits
    spells = desk.weather.until(timeline.into_scenario_s(timeline.read()))
    return {
        "format": desk.spec.format,
        **desk.ledger.as_json(),
        "limits": limits.model_dump(),
        "outages": [_of_outage(span, timeline) for span in desk.outages],
        "degraded": [
            {**_times(spell.begin_s, spell.end_s, timeline), "slower": spell.slower, "faults": dict(spell.faults)}
            for spell in spells
        ],
    }


def _of_door(doors: Doors, name: str) -> dict[str, Any]:
    door = doors.by_name.get(name)
    return {} if door is None else {"connections": dict(door.met)}


def _of_outage(span: Span, timeline: Timeline) -> dict[str, Any]:
    times = _times(span.begin_s, span.end_s, timeline)
    return {"kind": span.kind, **times, "down_s": span.end_s - span.begin_s, "share": span.share, "of": span.of}


def _times(begin_s: float, end_s: float, timeline: Timeline) -> dict[str, str]:
    """In clock time; `end` is the first instant at which all is well again."""
    begin, end = (timeline.utc(timeline.from_scenario_s(at)) for at in (begin_s, end_s))
    return {"begin": begin.isoformat(), "end": end.isoformat()}


def registry() -> list[dict[str, Any]]:
    """Every fault: what it is, and which formats have it. `only`: it is met by this kind of request alone."""
    spoken = {name: formats.load(name).SPEAKS for name in formats.names()}
    return [
        {
            "name": fault,
            "stage": fault.stage,
            "about": fault.about,
            "delivers": fault.delivers,
            "only": _only(fault),
            "formats": [name for name, speaks in spoken.items() if fault in speaks],
        }
        for fault in Fault
    ]


def _only(fault: Fault) -> str | None:
    if fault in AT_A_DOOR:
        return "doors"
    if fault in ONLY_STREAMS:
        return "streams"
    if fault in ONLY_BATCHES:
        return "batches"
    return "tasks" if fault in ONLY_TASKS else None


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
        assert runner.server is not None  # noqa: S101 - it was set up above
        doors = runner.app[_DOORS]
        async with opened(doors, runner.app[_DESKS], runner.server, scenario.seed, host):
            yield Listening(host, runner.addresses[0][1], doors)
    finally:
        await runner.cleanup()
