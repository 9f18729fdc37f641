"""The hash chain over the stored rows of each location: linking new rows, and finding the first broken one.

hash = sha256(prev_hash, a line feed, canonical text of the row), hexadecimal; `prev_hash` is the hash of the row of the
same location that was stored before, 64 zeros for the first. What that covers and what not: docs/samples.md.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import duckdb

from monitor.rows import canonical
from probes.model import COLUMNS

GENESIS = "0" * 64
_LOCATION, _SAMPLE_ID = COLUMNS.index("location"), COLUMNS.index("sample_id")
_PREV, _HASH = COLUMNS.index("prev_hash"), COLUMNS.index("hash")
_PAGE = 20_000  # rows in memory at a time


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """The first row where the chain does not hold, and why."""

    sample_id: UUID
    place: int  # 0 is the first row of the location
    reason: str


def digest(prev_hash: str, values: Iterable[Any]) -> str:
    """The hash of a row after the row with `prev_hash`."""
    return hashlib.sha256(f"{prev_hash}\n{canonical(values)}".encode()).hexdigest()


def link(rows: Iterable[tuple[Any, ...]], heads: dict[str, str]) -> list[tuple[Any, ...]]:
    """The rows with their hashes set, in order; `heads` (location -> last hash) moves on."""
    linked = []
    for values in rows:
        prev_hash = heads.get(values[_LOCATION], GENESIS)
        heads[values[_LOCATION]] = digest(prev_hash, values)
        linked.append((*values[:_PREV], prev_hash, heads[values[_LOCATION]]))
    return linked


def heads(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The last hash of each location, from the rows themselves. Rows are never deleted, so rowid is their order."""
    last = [row[0] for row in con.execute("SELECT max(rowid) FROM samples GROUP BY location").fetchall()]
    found = con.execute("SELECT location, hash FROM samples WHERE rowid = ANY(?)", [last]).fetchall()
    return dict(found)


def verify_chain(con: duckdb.DuckDBPyConnection, location: str, table: str = "samples") -> BrokenRow | None:
    """The first stored row of `location` that was changed, moved, or follows a removed one; None: the chain holds.

    Rows removed from the end leave a chain that holds: compare the last hash with one that was published.
    """
    prev_hash = GENESIS
    for place, values in enumerate(_rows(con, location, table)):
        if values[_PREV] != prev_hash:
            return BrokenRow(values[_SAMPLE_ID], place, "does not follow the row before it: one is missing or moved")
        prev_hash = values[_HASH]
        if digest(values[_PREV], values) != prev_hash:
            return BrokenRow(values[_SAMPLE_ID], place, "was changed after it was stored")
    return None


def _rows(con: duckdb.DuckDBPyConnection, location: str, table: str) -> Iterator[tuple[Any, ...]]:
    """All rows of a location in the order they were stored, a page at a time."""
    (end,) = con.execute(f"SELECT coalesce(max(rowid), -1) FROM {table}").fetchall()[0]  # noqa: S608 - a name of ours
    for start in range(0, end + 1, _PAGE):
        yield from con.execute(
            f"SELECT {', '.join(COLUMNS)} FROM {table}"  # noqa: S608 - names of ours
            " WHERE rowid >= ? AND rowid < ? AND location = ? ORDER BY rowid",
            [start, start + _PAGE, location],
        ).fetchall()
