"""`upheld export`: the samples for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from monitor.cli.common import WRONG_USAGE, example, fail, json_option, note, print_json, say, with_config
from monitor.cli.options import WHEN, span
from probes.clock import RealClock

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config import Config
    from monitor.sheets import Sheet


@click.command(
    epilog=example(
        "upheld export samples.parquet",
        "upheld export report.xlsx",
        "upheld export november.xlsx --since 2026-11-01 --until 2026-12-01 --provider wisgate",
    )
)
@with_config
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), metavar="PATH")
@click.option("--since", metavar="T", help=f"Rows planned at or after T: {WHEN}.")
@click.option("--until", metavar="T", help="Rows planned before T.")
@click.option("--provider", "providers", multiple=True, metavar="NAME", help="Rows of this provider; may be repeated.")
@json_option
def command(
    config: "Config", path: Path, since: str | None, until: str | None, providers: tuple[str, ...], *, as_json: bool
) -> None:
    """Write the samples to PATH: .parquet, .csv, .jsonl or .xlsx, as its suffix says.

    All columns, by planned time, times in UTC. The file is replaced whole. `upheld import samples` reads the first
    three back; a workbook (.xlsx) begins with summary, comparison, claims and incidents of the same rows, and has
    those alone where there are more samples than a sheet holds (1,048,575).
    """
    from monitor.exports import Choice, export, providers_in, writer_for  # noqa: PLC0415 - duckdb is not needed for --help
    from monitor.store import snapshot_for_reading  # noqa: PLC0415 - as above

    writer_for(path)
    now = RealClock().now()
    start, end = span(since, until, now)
    snapshot = snapshot_for_reading(config.service.data_dir)
    _refuse_strangers(providers, {*config.providers, *providers_in(snapshot.path)} if providers else set())
    ahead = _sheets(config, now, start, end, providers) if path.suffix.lower() == ".xlsx" else ()
    written = export(snapshot.path, path, Choice(start, end, providers or None), ahead=ahead)
    as_of = f"{snapshot.as_of:%Y-%m-%dT%H:%M:%SZ}"
    if as_json:
        told = {"path": str(path), "rows": written.rows, "left_out": written.left_out}
        print_json({**told, "as_of": as_of, "fresh": snapshot.fresh})
        return
    if not snapshot.fresh:
        note(f"the store is in use: rows as of {as_of}, its owner's last snapshot")
    if written.left_out:
        note(
            f"{written.left_out:,} samples are more than a sheet holds: {escape(str(path))} has the other sheets alone"
        )
        return
    say(f"{written.rows:,} rows in {escape(str(path))}")


def _refuse_strangers(asked: tuple[str, ...], known: set[str]) -> None:
    """A name that nobody has is a slip of the pen, and a file without rows would hide it."""
    from monitor.rows import nearest  # noqa: PLC0415 - see command

    for name in asked:
        if name not in known:
            others = f"; known: {', '.join(sorted(known))}" if known else "; none is configured, none has samples"
            fail(f"--provider: no provider '{name}'{nearest(name, known) or others}", WRONG_USAGE)


def _sheets(
    config: "Config", now: "datetime", since: "datetime | None", until: "datetime | None", providers: tuple[str, ...]
) -> "tuple[Sheet, ...]":
    """What the numbers say, to stand before the samples."""
    from dataclasses import replace  # noqa: PLC0415 - beside its only use

    from monitor.cli.judging import judged  # noqa: PLC0415 - pandas and scipy, for this form alone
    from monitor.sheets import sheets  # noqa: PLC0415 - as above

    judgement = judged(config, now, since=since, until=until)
    chosen = {name: said for name, said in judgement.providers.items() if not providers or name in providers}
    return sheets(replace(judgement, providers=chosen))
