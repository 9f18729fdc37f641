"""`upheld check`: is the configuration right, are the keys there, and what will run?"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from monitor import catalogue as catalogues
from monitor.cli import published
from monitor.cli.common import (
    COULD_NOT,
    WRONG_USAGE,
    config_option,
    example,
    fail,
    json_option,
    note,
    print_json,
    say,
    show_table,
)
from monitor.cli.overview import answer_row, as_data, many, notes, provider_row, schedule, schedule_row
from monitor.config import Config, ConfigError, ConfigFault, json_schema, load
from monitor.config import example as annotated
from monitor.strict import nearest
from probes.clock import RealClock

if TYPE_CHECKING:
    from monitor.online import Reached  # it brings the HTTP client, which --online alone needs


@click.command(
    epilog=example(
        "upheld check --example > upheld.toml      # a file to begin with",
        "upheld check                              # all faults at once, and what will run",
        "upheld check --online                     # one free call to each provider",
        "upheld check --catalogue google-vertex    # what is published of it, each fact with source and date",
        "upheld check --schema > upheld.schema.json   # for your editor",
    )
)
@config_option
@click.option("--example", "as_example", is_flag=True, help="Print an annotated configuration and exit.")
@click.option("--schema", "as_schema", is_flag=True, help="Print the JSON Schema of the configuration and exit.")
@click.option("--online", is_flag=True, help="Make one cheap authenticated call to each provider.")
@click.option("--catalogue", metavar="NAME", help="Print what a shipped catalogue holds and exit.")
@json_option
def command(
    config_path: Path, *, as_example: bool, as_schema: bool, online: bool, catalogue: str | None, as_json: bool
) -> None:
    """Validate the configuration, say which keys are there, and show what will run.

    All faults are told at once, each with file, key and reason. Keys are never printed. Exit code 2: the
    configuration or a key is wrong; 3 (with --online): a provider could not be reached.
    """
    if as_example:
        click.echo(annotated(), nl=False)
    elif as_schema:
        print_json(json_schema())
    elif catalogue is not None:
        _show_catalogue(catalogue, RealClock().now().date(), as_json=as_json)
    else:
        _check(config_path, online=online, as_json=as_json)


def _check(path: Path, *, online: bool, as_json: bool) -> None:
    try:
        config = load(path, os.environ)
    except ConfigError as error:
        _end(error.faults, {"ok": False, "file": str(path)} if as_json else None)
        return
    keys = missing_keys(config, os.environ)
    faults = [*(fault for fault in keys.values() if fault), *_untrusted(config), *_unreachable(config)]
    reached = _online(config) if online and not faults else []
    now = RealClock().now()
    if as_json:
        answered = {answer.provider: answer for answer in reached}
        _end(faults, as_data(config, keys, answered, now), reached)
        return
    _show(config, keys, reached, now)
    _end(faults, None, reached)


def _end(faults: Sequence[ConfigFault], data: dict[str, Any] | None, reached: "Sequence[Reached]" = ()) -> None:
    """Print the JSON if it is asked for, tell what is wrong on standard error, and end with the right code."""
    wrong = [str(fault) for fault in faults] or [f"{r.provider}: {r.says}" for r in reached if not r.ok]
    if data is not None:
        told = [{"file": fault.file, "key": fault.key, "reason": fault.reason} for fault in faults]
        print_json(data | {"ok": not wrong, "faults": told})
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        raise click.exceptions.Exit(WRONG_USAGE if faults else COULD_NOT)


def _show_catalogue(name: str, today: date, *, as_json: bool) -> None:
    if name not in catalogues.names():
        fail(f"there is no catalogue {name!r}; {nearest(name, catalogues.names())}", WRONG_USAGE)
    known = catalogues.load(name)
    if as_json:
        print_json(published.as_data(name, known, today))
        return
    if not known.measurable:
        say(f"{escape(known.title)} is not measurable: {escape(known.why_not_measurable or '')}.\n")
    rows = [[escape(cell) for cell in published.row(entry)] for entry in published.entries(known, today)]
    show_table(escape(known.title), ["what", "standing", "read on", "source", "says"], rows)


def missing_keys(config: Config, environ: Mapping[str, str]) -> dict[str, ConfigFault | None]:
    """For each provider the fault of its key; None: the key is there."""
    found: dict[str, ConfigFault | None] = {}
    for name in config.providers:
        try:
            config.targets(environ, only=[name])
            found[name] = None
        except ConfigError as error:
            found[name] = error.faults[0]
    return found


def _untrusted(config: Config) -> tuple[ConfigFault, ...]:
    """Private certificate authorities that cannot be read."""
    try:
        config.trust()
    except ConfigError as error:
        return error.faults
    return ()


def _unreachable(config: Config) -> tuple[ConfigFault, ...]:
    """Addresses that no alert can go to; never the address."""
    if not config.alerts:
        return ()
    from monitor.alerts.addresses import faults  # noqa: PLC0415 - half a second, for those who want alerts

    return faults(config, os.environ)


def _online(config: Config) -> "list[Reached]":
    from monitor.online import reach_all  # noqa: PLC0415 - it brings the HTTP client

    note(f"calling {', '.join(config.providers)} ...")
    trust, targets = config.trust(), config.targets(os.environ)
    return asyncio.run(reach_all(targets, RealClock(), ca_file=trust.ca_file, ca_files=trust.ca_files))


def _show(config: Config, keys: Mapping[str, ConfigFault | None], reached: "list[Reached]", now: datetime) -> None:
    caps = f"at most ${config.budget.usd_per_day:.2f} a day and ${config.budget.usd_per_month:.2f} a month"
    say(f"[green]✓[/green] {escape(config.file)} is valid: {many(len(config.providers), 'provider')}, {caps}.\n")
    if config.providers:
        columns = ["provider", "adapter", "model", "key", "advertised", "USD per image"]
        show_table("Providers", columns, [provider_row(p, keys[name]) for name, p in config.providers.items()])
        click.echo()
    if planned := schedule(config, now):
        show_table("What will run", ["what", "when", "next (UTC)", "does"], [schedule_row(item) for item in planned])
        click.echo()
    if reached:
        rows = [answer_row(answer) for answer in reached]
        show_table("Called just now", ["provider", "answer", "status", "ms"], rows, right=["status", "ms"])
        click.echo()
    for sentence in notes(config, now):
        note(f"[yellow]note[/yellow] {escape(sentence)}")
