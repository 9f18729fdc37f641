"""`upheld import`: histories that others measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from monitor.cli.common import WRONG_USAGE, example, fail, json_option, note, print_json, say, with_config
from monitor.cli.options import moment
from probes.clock import RealClock

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.imports import Imported


CLOCKS_DIFFER_BY = timedelta(days=1)  # and a zone that was forgotten is no more than that
READERS_S = 2.0  # whoever only takes a snapshot is done by then


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the rows are now: new ones in the store, or all of them in the spool of its owner."""

    new: int | None
    spool: Path | None


@click.command(
    epilog=example(
        "upheld import samples measured.csv --provider wisgate",
        "upheld import upptime ../status",
        "upheld import llmperf results/ --provider lepton --at 2023-12-27T01:00:00Z",
    )
)
@with_config
@click.argument("form", metavar="FORMAT")
@click.argument("path", type=click.Path(path_type=Path, exists=True), metavar="PATH")
@click.option("--provider", metavar="NAME", help="The provider of rows that name none (upptime: one of the sites).")
@click.option("--at", metavar="T", help="The time of results that carry none: 2026-11-22T10:00:00Z.")
@json_option
def command(config: "Config", form: str, path: Path, provider: str | None, at: str | None, *, as_json: bool) -> None:
    """Add the history in PATH to the samples. FORMAT: samples (CSV, Parquet, JSON lines), upptime or llmperf.

    Every line that cannot be read is named, and then nothing is stored. Importing again changes nothing.
    """
    from monitor.imports import Options, load, names  # noqa: PLC0415 - duckdb is not needed for --help

    if form not in names():
        fail(f"no format {form!r}; known: {', '.join(names())}", WRONG_USAGE)
    now = RealClock().now()
    found = load(form)(path, Options(provider, moment("--at", at, now)))
    _refuse_the_future(path, found, now)
    kept = _keep(config.service.data_dir, found)
    if as_json:
        print_json(_told(form, path, found, kept))
        return
    for line in found.notes:
        note(escape(line))
    say(escape(_line(found, kept)))


def _refuse_the_future(path: Path, found: "Imported", now: datetime) -> None:
    """What was measured tomorrow was not measured: a year, a zone or a clock is wrong, and every page would show it."""
    late = [sample.planned_at for sample in found.samples if sample.planned_at > now + CLOCKS_DIFFER_BY]
    if late:
        rows = "1 row lies" if len(late) == 1 else f"{len(late):,} rows lie"
        fail(f"{path}: {rows} in the future, the last at {max(late):%Y-%m-%dT%H:%M:%SZ}; nothing is stored")


def _keep(data_dir: Path, found: "Imported") -> Kept:
    """Into the store, or into the spool where a service owns it."""
    from monitor.store import Store, StoreLocked, spool  # noqa: PLC0415 - see command

    try:
        store = Store.open(data_dir / "upheld.duckdb", wait_s=READERS_S)
    except StoreLocked:
        return Kept(None, spool(data_dir, found.samples, found.published))
    with store:
        new = store.append(found.samples)
        store.put_all_published(found.published)
    return Kept(new, None)


def _providers(found: "Imported") -> Sequence[str]:
    return sorted({sample.provider for sample in found.samples})


def _line(found: "Imported", kept: Kept) -> str:
    rows, providers = len(found.samples), _providers(found)
    first, last = (f"{moment:%Y-%m-%d}" for moment in _span(found))
    what = f"{rows:,} rows of {len(providers)} providers, {first} to {last}"
    if len(providers) == 1:
        what = f"{rows:,} rows of {providers[0]}, {first} to {last}"
    if kept.spool is not None:
        return f"{what}: left in {kept.spool} for the service that owns the store; it stores them within seconds"
    known = rows - (kept.new or 0)
    return f"{what}: {kept.new:,} new, {known:,} already there"


def _span(found: "Imported") -> tuple[datetime, datetime]:
    times = [sample.planned_at for sample in found.samples]
    return min(times), max(times)


def _told(form: str, path: Path, found: "Imported", kept: Kept) -> dict[str, object]:
    first, last = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in _span(found))
    return {
        "format": form,
        "path": str(path),
        "rows": len(found.samples),
        "new": kept.new,
        "spool": None if kept.spool is None else str(kept.spool),
        "providers": _providers(found),
        "first": first,
        "last": last,
        "published": len(found.published),
        "notes": list(found.notes),
    }
