"""`upheld probe`: one run now, with its price said before, its progress shown, its rows kept."""

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from monitor.cli.boundary import INTERRUPTED
from monitor.cli.common import COULD_NOT, example, fail, json_option, note, print_json, show_table, usd, with_config
from monitor.cli.options import DURATION

if TYPE_CHECKING:
    from monitor.adhoc import Errand
    from monitor.config import Config
    from monitor.service.errand import Done
    from probes.model import Target

GRACE_S = 10.0  # what is in flight when Ctrl-C comes may finish this long


@click.command(
    epilog=example(
        "upheld probe wisgate --kind reach",
        "upheld probe wisgate --kind baseline --count 20 --rate 10 --size 2K",
        "upheld probe wisgate --kind burst --concurrency 50 --max-usd 3",
        "upheld probe wisgate --kind burst --saturate --count 120 --max-usd 7",
        "upheld probe wisgate --kind endurance --rate 30 --duration 10m --json",
        "upheld probe wisgate --kind recovery --outage-in 2m --outage-for 30s    # an agreed drill",
    )
)
@with_config
@click.argument("provider")
@click.option("--kind", required=True, metavar="KIND", help="reach, baseline, burst, endurance or recovery.")
@click.option(
    "--count", type=click.IntRange(min=1), metavar="N", help="How many requests; of a saturation run, images."
)
@click.option("--concurrency", type=click.IntRange(min=1), metavar="N", help="How many of them at the same moment.")
@click.option("--rate", type=float, metavar="RPM", help="Requests per minute; how fast a saturation run begins.")
@click.option(
    "--saturate", is_flag=True, default=None, help="A burst that goes on until the limit, its kind and size are known."
)
@click.option("--duration", type=DURATION, metavar="TIME", help="How long endurance or a drill lasts, e.g. 10m.")
@click.option("--outage-in", type=DURATION, metavar="TIME", help="A drill: when the agreed outage begins, from now.")
@click.option("--outage-for", type=DURATION, metavar="TIME", help="How long that outage is agreed to last.")
@click.option("--size", metavar="SIZE", help="0.5K, 1K, 2K or 4K.")
@click.option("--aspect", metavar="RATIO", help="E.g. 16:9.")
@click.option("--max-usd", type=float, metavar="USD", help="A cap for this run, beside those of the configuration.")
@json_option
def command(config: "Config", *, as_json: bool, **wish: Any) -> None:  # noqa: ANN401 - the options, as they are named
    """Probe one provider now; store the samples; print the result.

    Rows of reach and baseline made by hand (mode adhoc) never enter availability or latency; burst and endurance
    tell of rate limits as the scheduled ones do. A recovery probe is a drill that the provider has agreed to: it looks
    every two seconds, says what it saw of the outage (mode drill), and enters nothing else. Ctrl-C sends nothing more
    and keeps what was measured.
    """
    from monitor.adhoc import Wish, errand, known_provider, pressed  # noqa: PLC0415 - not needed for --help
    from probes.clock import RealClock  # noqa: PLC0415 - as above

    asked = Wish(**wish)
    known_provider(asked.provider, config)
    targets = config.targets(os.environ, only=[asked.provider])
    chosen = errand(asked, config, targets)
    with pressed(config, chosen, targets, RealClock().now()):
        ended = asyncio.run(_run(config, chosen, targets, asked.provider))
    from monitor.cli.probed import Result, as_data, failure, kept, lines  # noqa: PLC0415 - statistics: after the run

    target = targets[asked.provider]
    if (why := failure(ended.done.rows, target.base_url)) is not None and not ended.interrupted:
        fail(f"{asked.provider}: {why}; stored in {ended.stored_in}", COULD_NOT)
    result = Result.of(chosen, ended.done, target)
    if as_json:
        print_json(as_data(result, ended.stored_in))
    else:
        show_table(
            f"{asked.provider}, {chosen.kind}", ["", ""], [[escape(cell) for cell in row] for row in lines(result)]
        )
        note(escape(kept(result, ended.stored_in, interrupted=ended.interrupted)))
    if ended.interrupted:
        raise click.exceptions.Exit(INTERRUPTED)


@dataclass(frozen=True, slots=True)
class _Ended:
    done: "Done"
    stored_in: str
    interrupted: bool


async def _run(config: "Config", errand: "Errand", targets: Mapping[str, "Target"], provider: str) -> _Ended:
    from monitor.cli.live import Room, shown  # noqa: PLC0415 - not needed for --help
    from monitor.cli.screen import screen  # noqa: PLC0415 - as above
    from monitor.config import location_of  # noqa: PLC0415 - as above
    from monitor.service.books import books_of  # noqa: PLC0415 - as above
    from monitor.service.errand import do  # noqa: PLC0415 - as above
    from probes.clock import RealClock  # noqa: PLC0415 - as above
    from probes.conversation import open_tools  # noqa: PLC0415 - as above

    clock, orders, plan, console = RealClock(), _Orders.by_signals(), errand.plan, screen(stderr=True)
    trust = config.trust()
    opened = open_tools(clock, control_urls=config.control_urls(), ca_file=trust.ca_file, ca_files=trust.ca_files)
    async with books_of(config, clock) as kept, opened as tools:
        note(escape(price(errand, provider, kept.books.left(provider))))
        for says in errand.proves:
            note(escape(says))
        room = Room(plan.max_usd, lambda: kept.books.left(provider))
        with shown(f"{provider} {errand.kind}", len(plan.shots), plan.duration_s, console, room) as progress:
            done = await do(
                errand,
                location=location_of(config),
                targets=targets,
                tools=tools,
                books=kept.books,
                stop=orders.stop,
                give_up=orders.give_up,
                progress=progress,
            )
    return _Ended(done, kept.stored_in, orders.stop.is_set())


def price(errand: "Errand", provider: str, left_usd: float) -> str:
    """What is about to be sent, and what it costs at most."""
    count, caps = len(errand.plan.payable), ""
    if errand.usd > left_usd:
        caps = f"; the caps leave {usd(left_usd)}, what would exceed them is not sent"
    requests = f"{count} {errand.kind} request{'s' if count != 1 else ''} to {provider}"
    if errand.plan.more is not None:
        requests = f"up to {count} image{'s' if count != 1 else ''} from {provider}, and refusals, which are free"
    return f"{requests}: free of charge" if errand.usd == 0 else f"{requests}: at most {usd(errand.usd)}{caps}"


@dataclass(frozen=True, slots=True)
class _Orders:
    """What signals ask for."""

    stop: asyncio.Event
    give_up: asyncio.Event

    @classmethod
    def by_signals(cls) -> "_Orders":
        """The first SIGINT or SIGTERM stops; after `GRACE_S`, or with the second, what is in flight is abandoned."""
        orders, loop = cls(asyncio.Event(), asyncio.Event()), asyncio.get_running_loop()

        def ask() -> None:
            if orders.stop.is_set():
                orders.give_up.set()
                return
            orders.stop.set()
            note("Stopping: nothing more is sent; once more abandons what is in flight.")
            loop.call_later(GRACE_S, orders.give_up.set)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ask)
        return orders
