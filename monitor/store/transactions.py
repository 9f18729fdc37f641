"""Reads and durable writes of the one open database: what every table's methods are made of.

A write has either happened and is on disk when its method returns, or it has not happened and raises `StoreError`.
The one exception of DuckDB's that means "it is durable, but I am broken now" (a checkpoint after the commit met a
full disk) is told apart: the instance is opened anew and the write counts as done.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from monitor.store.database import Database
from monitor.store.errors import StoreError

Statement = tuple[str, Sequence[object]]  # SQL and its parameters


def stored(moment: datetime) -> datetime:
    """An aware time as the tables hold it: UTC without zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone")
    return moment.astimezone(UTC).replace(tzinfo=None)


def naive(cells: Sequence[Any]) -> list[Any]:
    """A row as the tables hold it."""
    return [stored(cell) if isinstance(cell, datetime) else cell for cell in cells]


def aware(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of the tables with times that know their zone."""
    return tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row)


class Transactions:
    """The open database; used from one thread."""

    def __init__(self, database: Database) -> None:
        """Take an open database."""
        self._database = database

    @property
    def path(self) -> Path:
        """The database file."""
        return self._database.path

    def _read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
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
        """What to raise; a broken instance is closed, to be opened anew at the next use."""
        if isinstance(error, duckdb.FatalException | duckdb.ConnectionException):
            self._database.let_go()
        elif isinstance(error, duckdb.Error):
            self._roll_back()
        return StoreError(f"{self.path}: {what}: {_reason(error)}")

    def _roll_back(self) -> None:
        with suppress(duckdb.Error):  # no transaction is open
            self._database.con.execute("ROLLBACK")


def _reason(error: Exception) -> str:
    """The first line without DuckDB's class: `No space left on device` is what people look for."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    line = str(error).partition("\n")[0]
    return line.partition("Error: ")[2] or line
