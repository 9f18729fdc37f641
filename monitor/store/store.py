"""The owner of the database file: appends samples durably, keeps the ledgers, publishes snapshots.

Used from one thread. A write has either happened and is on disk when its method returns, or it has not happened
and raises. The one exception of DuckDB's that means "it is durable, but I am broken now" (a checkpoint after the
commit met a full disk) is told apart: the instance is opened anew and the write counts as done.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import duckdb

from monitor.rows import to_values
from monitor.store import chain, kinds
from monitor.store.database import Database, opening_failed
from monitor.store.errors import StoreDamaged, StoreError
from monitor.store.ledgers import Ledgers, Statement
from monitor.store.news import Newsroom
from monitor.store.watching import Watching
from probes.model import COLUMNS, Sample

_ID = COLUMNS.index("sample_id")


class Store(Ledgers, Watching, Newsroom):
    """The open database. `Store.open(path)`, then `close()` or a `with` block."""

    def __init__(self, database: Database) -> None:
        """Take an open database; use `Store.open`."""
        self._database = database
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

    @property
    def path(self) -> Path:
        """The database file."""
        return self._database.path

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

    # --- the ledgers' way to the database ---

    def _read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:  # fetchall: an unfinished result would block the connection
            return self._database.con.execute(sql, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise self._failure(error, "not read") from error

    def _write(self, *statements: Statement) -> None:
        with self._durably() as con:
            con.execute("BEGIN")
            for sql, parameters in statements:
                con.execute(sql, list(parameters))
            con.execute("COMMIT")

    @contextmanager
    def _durably(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A write: done and on disk when this is left, or `StoreError` and not done."""
        con = self._database.con
        try:
            yield con
        except duckdb.Error as error:
            failure = self._failure(error, "not written")
            if not ("is durable" in str(error) and isinstance(error, duckdb.FatalException)):
                raise failure from error

    def _failure(self, error: Exception, what: str) -> StoreError:
        """What to raise; a broken instance is closed, to be opened anew at the next use, its chain read again."""
        self._heads = self._kinds = None
        if isinstance(error, duckdb.FatalException | duckdb.ConnectionException):
            self._database.let_go()
        elif isinstance(error, duckdb.Error):
            self._roll_back()
        return StoreError(f"{self.path}: {what}: {_reason(error)}")

    def _roll_back(self) -> None:
        with suppress(duckdb.Error):  # no transaction is open
            self._database.con.execute("ROLLBACK")


def _check_columns(database: Database) -> None:
    """A table that lacks a column, or has one more, was made by other code than this."""
    found = {row[0] for row in database.con.execute("SELECT column_name FROM (DESCRIBE samples)").fetchall()}
    if differs := sorted(found ^ {*COLUMNS, kinds.KIND}):
        raise StoreDamaged(f"{database.path}: another version's table: samples differs in {', '.join(differs)}")


def _reason(error: Exception) -> str:
    """The first line without DuckDB's class: `No space left on device` is what people look for."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    line = str(error).partition("\n")[0]
    return line.partition("Error: ")[2] or line
