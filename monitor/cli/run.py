"""`upheld run`: the service in the foreground."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.common import WRONG_USAGE, example, fail, with_config
from monitor.cli.options import DURATION

if TYPE_CHECKING:
    from monitor.config import Config
    from probes.model import Target

log = logging.getLogger(__name__)
BRIEF_OWNER_S = 5.0  # somebody who only takes a snapshot is gone by then


@click.command(
    epilog=example(
        "upheld run              # until Ctrl-C or SIGTERM",
        "upheld run --for 10m    # for ten minutes, then a last page",
        "upheld run --once       # the latest slot of each light probe, for schedulers of your own",
    )
)
@with_config
@click.option("--for", "for_", type=DURATION, metavar="TIME", help="End by itself after this time, e.g. 10m.")
@click.option("--once", is_flag=True, help="Run the latest slot of reach and baseline once (no load run), render, end.")
@click.option("--no-site", is_flag=True, help="Leave the site to `upheld report`.")
def command(config: "Config", *, for_: timedelta | None, once: bool, no_site: bool) -> None:
    """Run the service: probe on schedule, judge, render the site, send the weekly mail.

    Every slot of the schedule ends as rows: sent, or not sent and why. SIGTERM and Ctrl-C let what is in flight
    finish for ten seconds; a second one ends at once. Logs go to standard error, one line each.
    """
    if once and for_ is not None:
        fail("--once ends by itself; leave out --for", WRONG_USAGE)
    targets = config.targets(os.environ)
    check_alerts(config, os.environ)
    _log_to_stderr()
    for_s = for_.total_seconds() if for_ else None
    asyncio.run(_serve(config, Path(config.file).absolute(), targets, for_s=for_s, once=once, site=not no_site))


def check_alerts(config: "Config", environ: Mapping[str, str]) -> None:
    """Alerts that go nowhere are found now, not when they are needed."""
    if config.alerts:
        from monitor.alerts.addresses import faults  # noqa: PLC0415 - half a second, for those who want alerts
        from monitor.config import ConfigError  # noqa: PLC0415 - as above

        if found := faults(config, environ):
            raise ConfigError(found)


async def _serve(
    config: "Config", config_path: Path, targets: Mapping[str, "Target"], *, for_s: float | None, once: bool, site: bool
) -> None:
    from monitor.cli import apart  # noqa: PLC0415 - not needed for --help
    from monitor.service.service import Service, Telling  # noqa: PLC0415 - as above
    from monitor.store import Store, Writer  # noqa: PLC0415 - as above
    from probes.clock import RealClock  # noqa: PLC0415 - as above
    from probes.conversation import open_tools  # noqa: PLC0415 - as above

    trust, stop = config.trust(), _stop_on_signals()
    rendered = partial(apart.render, config_path) if site else _not_rendered
    telling = Telling(rendered, partial(apart.mail, config_path), apart.alert)
    writer = Writer.start(config.service.data_dir / "upheld.duckdb", wait_s=BRIEF_OWNER_S)
    try:
        before = await writer.call(Store.count)
        opened = open_tools(
            RealClock(), control_urls=config.control_urls(), ca_file=trust.ca_file, ca_files=trust.ca_files
        )
        async with opened as tools:
            service = Service(config, targets, writer, tools, telling)
            await (service.once(stop) if once else service.run(stop, for_s=for_s))
        new = await writer.call(Store.count) - before
        log.info("%s stored since it began", "1 row was" if new == 1 else f"{new:,} rows were")
    finally:
        await writer.stop()


async def _not_rendered() -> bool:
    return False


def _stop_on_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second ends the process at once."""
    stop = asyncio.Event()

    def ask(number: signal.Signals) -> None:
        if stop.is_set():
            log.warning("ended at once by a second signal")
            os._exit(128 + number)
        log.info("%s", number.name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ask, number)
    return stop


def _log_to_stderr() -> None:
    """One line each, UTC, to standard error. The scheduler's own lines are left out: the ledger says more."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    level = logging.DEBUG if os.environ.get("UPHELD_DEBUG") == "1" else logging.INFO
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    for name in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
