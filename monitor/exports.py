"""Samples out of a snapshot into a file for other programs: Parquet, CSV, JSON lines or a spreadsheet.

All columns of the table, in its order, by planned time; times are UTC and say so. The file appears whole or not at
all. `upheld import samples` reads each but the spreadsheet back to the same rows.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb

from monitor.cells import SQL_PATTERN
from monitor.rows import KINDS, TEXT_COLUMNS, TIME_COLUMNS
from monitor.sheets import Column, Kind, Sheet
from monitor.store import StoreError
from monitor.store.snapshot import conditions, reading
from probes.model import COLUMNS

MAX_SHEET_ROWS = 1_048_575  # of a sheet, below its header
_ISO = "strftime({0}, '%Y-%m-%dT%H:%M:%S.%fZ') AS {0}"


class ExportError(Exception):
    """Wrong usage: what was asked for cannot be written; says what can."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows: planned in [since, until), of these providers; None: all."""

    since: datetime | None = None
    until: datetime | None = None
    providers: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows were written, and how many were left out because a sheet cannot hold them: all or none."""

    rows: int
    left_out: int = 0


def export(snapshot: Path, to: Path, choice: Choice, *, ahead: Sequence[Sheet] = ()) -> Exported:
    """Write the chosen rows to `to`, in the form that its suffix names.

    `ahead`: sheets that stand before the samples, in a form that has sheets. Where there are more samples than a sheet
    holds, these are written alone, and the first says what is missing.

    Raises:
        ExportError: the suffix is unknown, or the rows do not fit and there is nothing else to write.
        StoreError: it could not be read or written.
    """
    write = writer_for(to)
    where, parameters = conditions(choice.since, choice.until, choice.providers)
    tail = f"FROM samples WHERE {where} ORDER BY planned_at, sample_id"
    with reading(snapshot) as con, _appearing(to) as part:
        (count,) = con.execute(f"SELECT count(*) FROM samples WHERE {where}", parameters).fetchall()[0]  # noqa: S608 - conditions are ours
        left_out = count if _is_too_many(to, count) else 0
        write(_Rows(con, tail, parameters, count, ahead), part)
    return Exported(int(count - left_out), int(left_out))


def providers_in(snapshot: Path) -> set[str]:
    """Who has rows."""
    with reading(snapshot) as con:
        return {str(name) for (name,) in con.execute("SELECT DISTINCT provider FROM samples").fetchall()}


def _is_too_many(to: Path, count: int) -> bool:
    return to.suffix.lower() == ".xlsx" and count > MAX_SHEET_ROWS


@contextmanager
def _appearing(to: Path) -> Iterator[Path]:
    """A file beside `to` to write to; on leaving it takes the place of `to`, or goes without a trace."""
    part = to.with_name(f".{to.name}.{uuid4().hex}.part")
    try:
        part.touch()  # a place that cannot be written fails here, in the same words for every form
        yield part
        _publish(part, to)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"{to}: not written: {_reason(error)}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def writer_for(to: Path) -> "_Write":
    """What writes files of this suffix.

    Raises:
        ExportError: nothing does.
    """
    if not str(to).isprintable():  # DuckDB writes to names in UTF-8 alone, and a line break helps nobody
        raise ExportError(f"{str(to)!r}: a name that cannot be printed; choose another")
    if (write := _WRITERS.get(to.suffix.lower())) is None:
        raise ExportError(f"{to}: unknown suffix {to.suffix or '(none)'}; known: {', '.join(sorted(_WRITERS))}")
    return write


def _publish(part: Path, to: Path) -> None:
    """What is written reaches the disk before it takes its place."""
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    part.replace(to)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error).partition("\n")[0].partition("Error: ")[2] or str(error)


# --- forms ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rows:
    """The chosen rows, not read yet: the end of the SQL that reads them, and how many they are."""

    con: duckdb.DuckDBPyConnection
    tail: str
    parameters: list[Any]
    count: int
    ahead: Sequence[Sheet]

    def copy(self, columns: Sequence[str], to: str) -> None:
        """By DuckDB itself."""
        self.con.execute(f"COPY (SELECT {', '.join(columns)} {self.tail}) TO {to}", self.parameters)

    def fetched(self) -> Iterator[tuple[Any, ...]]:
        """Row by row."""
        self.con.execute(f"SELECT {', '.join(COLUMNS)} {self.tail}", self.parameters)
        while rows := self.con.fetchmany(5000):
            yield from rows


_Write = Callable[[_Rows, Path], None]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _guarded(name: str) -> str:
    """Text that a spreadsheet would run as a formula, made harmless (`monitor.cells`)."""
    pattern = SQL_PATTERN.replace("'", "''")
    return f"CASE WHEN regexp_matches({name}, '{pattern}') THEN chr(39) || {name} ELSE {name} END AS {name}"


def _csv(rows: _Rows, to: Path) -> None:
    columns = [
        _ISO.format(name) if name in TIME_COLUMNS else _guarded(name) if name in TEXT_COLUMNS else name
        for name in COLUMNS
    ]
    rows.copy(columns, f"{_quoted(to)} (FORMAT csv, HEADER)")


def _jsonl(rows: _Rows, to: Path) -> None:
    columns = [_ISO.format(name) if name in TIME_COLUMNS else name for name in COLUMNS]
    rows.copy(columns, f"{_quoted(to)} (FORMAT json)")


def _parquet(rows: _Rows, to: Path) -> None:
    columns = [f"{name}::TIMESTAMPTZ AS {name}" if name in TIME_COLUMNS else name for name in COLUMNS]
    rows.copy(columns, f"{_quoted(to)} (FORMAT parquet, COMPRESSION zstd)")


def _xlsx(rows: _Rows, to: Path) -> None:
    """The samples in a workbook, below the sheets that were asked for before them."""
    from monitor.workbook import writing  # noqa: PLC0415 - only for this form

    fits = rows.count <= MAX_SHEET_ROWS
    if not (fits or rows.ahead):
        raise ExportError(
            f"{_too_many(rows.count)}; export .parquet or .csv, or choose with --since, --until, --provider"
        )
    with writing(to) as book:
        for number, sheet in enumerate(rows.ahead):
            book.add(sheet if fits or number else _with_note(sheet, rows.count))
        if fits:
            book.stream("samples", [_column(name) for name in COLUMNS], rows.fetched(), rows.count)


def _too_many(count: int) -> str:
    return f"a spreadsheet holds {MAX_SHEET_ROWS:,} rows, and these are {count:,}"


def _with_note(first: Sheet, count: int) -> Sheet:
    """The first sheet says what is missing, at its top: a workbook without samples must not look like one of none."""
    where = "export .parquet or .csv for them, or choose with --since, --until, --provider"
    note = ("samples are not in this workbook", f"{_too_many(count)}; {where}")
    row = (*note, *[None] * (len(first.columns) - len(note)))
    return replace(first, rows=(row, *first.rows))


def _column(name: str) -> Column:
    kinds: dict[type, Kind] = {datetime: "time", bool: "flag", str: "text", UUID: "text"}
    width = 25 if name in TIME_COLUMNS else max(10, len(name) + 2)
    return Column(name, kinds.get(KINDS[name], "number"), width)


_WRITERS: dict[str, _Write] = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl, ".xlsx": _xlsx}
