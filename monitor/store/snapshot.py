"""What readers get: a copy of the database, never the live file.

A reader that held the live file would keep the service from starting again, and the owner keeps readers out anyway.
So a snapshot is taken when nobody owns the file, and the owner's last published one is read when somebody does.
"""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import duckdb

from monitor.rows import KINDS, NOT_NULL
from monitor.store.database import OFFLINE
from monitor.store.errors import StoreDamaged, StoreError, StoreLocked
from monitor.store.ledgers import PUBLISHED_SQL, SPENT_SQL, by_provider, in_usd
from monitor.store.spooling import drain
from monitor.store.store import Store
from monitor.store.transactions import stored
from probes.model import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

_LOG = logging.getLogger(__name__)
LIVE, PUBLISHED = "upheld.duckdb", "snapshot.duckdb"
_BACKUP = f"it is a copy of {LIVE}: put a backup in its place if that is damaged, too"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy to read. `fresh`: taken just now; else the owner's, as it was at `as_of` (aware UTC)."""

    path: Path
    as_of: datetime
    fresh: bool


def snapshot_for_reading(data_dir: Path, *, wait_s: float = 0.5) -> Snapshot:
    """A copy of the store to read: taken now if nobody owns it, else the one the owner published last.

    Args:
        data_dir: the folder of `upheld.duckdb`.
        wait_s: how long to wait for an owner that is soon gone: another reader that takes its snapshot.

    Raises:
        StoreError: there is no store, or its owner has not published a snapshot yet.
    """
    live, copy = data_dir / LIVE, data_dir / PUBLISHED
    if not live.exists():
        raise StoreError(f"{live}: no samples yet; `upheld probe`, `upheld run` or `upheld import` makes them")
    try:
        with Store.open(live, wait_s=wait_s) as store:
            for failure in drain(store):  # what was left while somebody else owned the store
                _LOG.warning("%s", failure)
            store.snapshot(copy)
    except StoreLocked as error:
        return _published(copy, error)
    except StoreDamaged:
        raise
    except StoreError as error:  # e.g. a folder that this user may only read, or a full disk
        if not copy.exists():
            raise StoreError(f"{error}; readers work from a copy beside the store ({copy.name})") from error
        return _published(copy, error)
    return Snapshot(copy, _written(copy), fresh=True)


def _published(copy: Path, error: StoreError) -> Snapshot:
    if not copy.exists():
        raise StoreError(f"{error}; it has not published a snapshot ({copy.name}) yet: try again later") from error
    return Snapshot(copy, _written(copy), fresh=False)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


@contextlib.contextmanager
def reading(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A short-lived connection with the snapshot's tables; `samples` and the others by their plain names.

    The snapshot is attached to an instance of its own: DuckDB shares instances by path within a process, and a
    reader that still held the last snapshot would make the next one read the old file.
    """
    if not snapshot.is_file():
        raise StoreError(f"{snapshot}: no such snapshot")
    con = duckdb.connect(":memory:", config=OFFLINE)
    try:
        con.execute(f"ATTACH '{str(snapshot).replace(chr(39), chr(39) * 2)}' AS snapshot (READ_ONLY)")
        con.execute("USE snapshot")
        con.execute("SET TimeZone = 'UTC'")
        yield con
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException) or "Corrupt database file" in str(error):
            raise StoreDamaged(f"{snapshot}: {str(error).partition(chr(10))[0]}; {_BACKUP}") from error
        raise
    finally:
        con.close()


def read_samples(
    snapshot_path: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    providers: Sequence[str] | None = None,
    columns: Sequence[str] = COLUMNS,
) -> "pd.DataFrame":
    """Rows of `samples` planned in [since, until), by planned time.

    Returns:
        The contract's columns in its order (or `columns`): times as aware UTC datetimes, UUIDs as text, numbers
        that may be null as float64 (NaN), booleans as nullable `boolean`, text as `str` (null: NaN).
    """
    where, parameters = conditions(since, until, providers)
    chosen = ", ".join(_selected(name) for name in columns)
    sql = f"SELECT {chosen} FROM samples WHERE {where} ORDER BY planned_at, sample_id"  # noqa: S608 - names of ours
    with reading(snapshot_path) as con:
        frame = con.execute(sql, parameters).df()
    times = {name: frame[name].dt.tz_localize("UTC") for name in columns if KINDS[name] is datetime}
    return frame.astype({name: dtype for name in columns if (dtype := _dtype(name))}).assign(**times)


def conditions(
    since: datetime | None, until: datetime | None, providers: Sequence[str] | None
) -> tuple[str, list[Any]]:
    """SQL that chooses rows planned in [since, until) of these providers, and its parameters."""
    chosen: list[tuple[str, Any]] = []
    if since is not None:
        chosen.append(("planned_at >= ?", stored(since)))
    if until is not None:
        chosen.append(("planned_at < ?", stored(until)))
    if providers is not None:
        chosen.append(("provider = ANY(?)", list(providers)))
    return " AND ".join(sql for sql, _ in chosen) or "true", [value for _, value in chosen]


def _selected(name: str) -> str:
    return f"{name}::VARCHAR AS {name}" if KINDS[name] is UUID else name


def _dtype(name: str) -> str | None:
    """The column's type for pandas, where DuckDB's choice would depend on whether there is a null."""
    if KINDS[name] in {int, float}:
        return "int64" if name in NOT_NULL else "float64"
    return {datetime: None, bool: "boolean"}.get(KINDS[name], "str")


def read_published(snapshot_path: Path) -> dict[str, dict[str, str]]:
    """As `Store.published`, from a snapshot."""
    with reading(snapshot_path) as con:
        return by_provider(con.execute(PUBLISHED_SQL).fetchall())


def read_spent(snapshot_path: Path, since: datetime) -> dict[str, float]:
    """As `Store.spent`, from a snapshot."""
    with reading(snapshot_path) as con:
        return in_usd(con.execute(SPENT_SQL, [stored(since)] * 2).fetchall())
