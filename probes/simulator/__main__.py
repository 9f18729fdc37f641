"""`python -m probes.simulator`: serve a scenario, say where on standard output, end when told to."""

import asyncio
import json
import os
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from probes.clock import RealClock, SharedClock
from probes.simulator.loading import SHIPPED, ScenarioError, load
from probes.simulator.scenario import Scenario
from probes.simulator.server import CannotListenError, serving
from probes.simulator.timeline import Ticking

WRONG_USAGE, COULD_NOT = 2, 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen."""

    host: str
    port: int


async def serve(scenario: Scenario, clock: Ticking, place: Place, *, until_stdin_closes: bool) -> None:
    """Serve until SIGTERM, SIGINT, or the end of standard input; the ready line says where."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(scenario, clock, host=place.host, port=place.port) as at:
        ready = {"ready": True, "port": at.port, "base_url": at.base_url, **at.doors.as_json()}
        print(json.dumps(ready), flush=True)  # noqa: T201 - the promise to whoever started us
        if until_stdin_closes:
            threading.Thread(target=_wait_for_end_of_input, args=(loop, stop), daemon=True).start()
        await stop.wait()


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """In a thread, by plain reads: any kind of standard input can end, not only those that a loop can watch."""
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    """An ISO 8601 instant with its zone."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an ISO 8601 time, e.g. 2026-11-16T00:00:00Z") from None
    if at.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no time zone; add Z for UTC")
    return at.astimezone(UTC)


@click.command()
@click.option("--scenario", "path", type=click.Path(path_type=Path), default=SHIPPED / "default.toml", metavar="FILE")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option(
    "--clock", "clock_file", type=click.Path(path_type=Path, exists=True), metavar="FILE", help="Shared time."
)
@click.option("--starts-at", callback=instant, metavar="TIME", help="Outages count from here; default: now.")
@click.option("--span", "span_s", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="For span_s.")
@click.option("--until-stdin-closes", is_flag=True, help="End when whoever started this process is gone.")
def main(
    path: Path,
    host: str,
    port: int,
    clock_file: Path | None,
    starts_at: datetime | None,
    span_s: float | None,
    *,
    until_stdin_closes: bool,
) -> None:
    """Serve the simulated providers of a scenario."""
    try:
        scenario = load(path).starting(starts_at, span_s)
        clock = RealClock() if clock_file is None else SharedClock(clock_file)
        asyncio.run(serve(scenario, clock, Place(host, port), until_stdin_closes=until_stdin_closes))
    except ScenarioError as error:
        _end(str(error), WRONG_USAGE)
    except (CannotListenError, OSError) as error:
        _end(str(error), COULD_NOT)


def _end(sentence: str, code: int) -> None:
    click.echo(sentence, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
