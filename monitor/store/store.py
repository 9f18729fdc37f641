"""The owner of the database file: appends samples durably, keeps the ledgers, publishes snapshots.

Used from one thread. How a write is durable, or has not happened: `transactions`.
"""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import duckdb

from monitor.rows import to_values
from monitor.store import chain, kinds
from monitor.store.database import Database, opening_failed
from monitor.store.errors import StoreDamaged, StoreError
from monitor.store.ledgers import Ledgers
from monitor.store.news import Newsroom
from monitor.store.watching import Watching
from probes.model import COLUMNS, Sample

_ID = COLUMNS.index("sample_id")


class Store(Ledgers, Watching, Newsroom):
    """The open database. `Store.open(path)`, then `close()` or a `with` block."""

    def __init__(self, database: Database) -> None:
        """Take an open database; use `Store.open`."""
        super().__init__(database)
        self._heads: dict[str, str] | None = chain.heads(database.con)  # location -> last hash; None: ask the rows
        self._kinds: kinds.Numbers | None = None  # None: ask the table

    @classmethod
    def open(cls, path: Path, *, wait_s: float = 0.0) -> Self:
        """Open (or make) the file and bring its schema up to date.

        Args:
            path: the database; folders are made.
            wait_s: keep trying this long while another process holds it (a reader that takes a snapshot).

        Raises:
            StoreLocked: another process has it. StoreDamaged: this is no database of ours. StoreError: no access.
        """
        database = Database(path, wait_s)
        try:
            _check_columns(database)
            return cls(database)
        except duckdb.Error as error:
            database.close()
            raise opening_failed(path, error) from error
        except StoreDamaged:
            database.close()
            raise

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the file; everything is durable already."""
        self._database.close()

    # --- samples ---

    def append(self, samples: Sequence[Sample]) -> int:
        """Store those that are not yet there, all of them or none; durable on return. How many were new.

        Raises:
            RowError: a sample has a value that no column takes; nothing was stored. StoreError: not stored.
        """
        rows: dict[UUID, tuple[Any, ...]] = {}
        for values in map(to_values, samples):
            rows.setdefault(values[_ID], values)
        known = self._known(list(rows))
        return self._insert([values for sample_id, values in rows.items() if sample_id not in known])

    def _insert(self, rows: list[tuple[Any, ...]]) -> int:
        """Link and write rows that are new; one flush of the appender is one transaction."""
        if not rows:
            return 0
        with self._durably() as con:
            heads = chain.heads(con) if self._heads is None else dict(self._heads)
            numbers = kinds.known(con) if self._kinds is None else self._kinds
            rows, self._heads, self._kinds = chain.link(rows, heads), None, None  # whatever interrupts the next lines
            kinds.enter(con, numbers, rows)
            appender = con.appender("samples", columns=[*COLUMNS, kinds.KIND])  # by name: a migration adds at the end
            try:
                appender.append_rows([(*row, numbers[kinds.of(row)]) for row in rows])
                appender.flush()
            finally:
                del appender  # else a broken instance stays open with it, and cannot be opened anew
            self._heads, self._kinds = heads, numbers
        return len(rows)

    def _known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Which of these are stored. No index: UUIDv7 sorts by time, so the range skips what is older."""
        if not ids:
            return set()
        sql = "SELECT sample_id FROM samples WHERE sample_id BETWEEN ? AND ? AND sample_id = ANY(?)"
        return {row[0] for row in self._read(sql, [min(ids), max(ids), list(ids)])}

    def count(self) -> int:
        """Rows of `samples`."""
        return int(self._read("SELECT count(*) FROM samples")[0][0])

    def verify(self, location: str) -> chain.BrokenRow | None:
        """As `verify_chain`, on this store; and whether the number of each row's kind is that of its words."""
        con = self._database.con
        return chain.verify_chain(con, location) or kinds.misnumbered(con, location)

    # --- snapshots ---

    def snapshot(self, to: Path) -> None:
        """A copy of all that is stored, for readers; `to` is replaced whole or not at all."""
        try:
            self._database.copy(to)
        except (duckdb.Error, OSError) as error:
            raise self._failure(error, f"no snapshot at {to}") from error

    # --- failures ---

    def _failure(self, error: Exception, what: str) -> StoreError:
        """What is remembered of the file is not believed any more: the chain and the kinds are read again."""
        self._heads = self._kinds = None
        return super()._failure(error, what)


def _check_columns(database: Database) -> None:
    """A table that lacks a column, or has one more, was made by other code than this."""
    found = {row[0] for row in database.con.execute("SELECT column_name FROM (DESCRIBE samples)").fetchall()}
    if differs := sorted(found ^ {*COLUMNS, kinds.KIND}):
        raise StoreDamaged(f"{database.path}: another version's table: samples differs in {', '.join(differs)}")
