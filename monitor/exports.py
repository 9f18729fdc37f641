"""Samples out of a snapshot into a file for other programs: Parquet, CSV, JSON lines or a spreadsheet.

All columns of the table, in its order, by planned time; times are UTC and say so. The file appears whole or not at
all. `upheld import samples` reads each but the spreadsheet back to the same rows.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb

from monitor.cells import SQL_PATTERN
from monitor.rows import KINDS, TEXT_COLUMNS, TIME_COLUMNS
from monitor.store import StoreError
from monitor.store.snapshot import conditions, reading
from probes.model import COLUMNS

MAX_SHEET_ROWS = 1_048_575  # of a spreadsheet, below its header
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


def export(snapshot: Path, to: Path, choice: Choice) -> int:
    """Write the chosen rows to `to`, in the form that its suffix names. How many there are.

    Raises:
        ExportError: the suffix is unknown, or the rows do not fit. StoreError: it could not be read or written.
    """
    write = writer_for(to)
    where, parameters = conditions(choice.since, choice.until, choice.providers)
    tail = f"FROM samples WHERE {where} ORDER BY planned_at, sample_id"
    with reading(snapshot) as con, _appearing(to) as part:
        (count,) = con.execute(f"SELECT count(*) FROM samples WHERE {where}", parameters).fetchall()[0]  # noqa: S608 - conditions are ours
        write(con, tail, parameters, part, count)
    return int(count)


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

_Write = Callable[[duckdb.DuckDBPyConnection, str, list[Any], Path, int], None]


def _copy(con: duckdb.DuckDBPyConnection, columns: Sequence[str], tail: str, parameters: list[Any], to: str) -> None:
    con.execute(f"COPY (SELECT {', '.join(columns)} {tail}) TO {to}", parameters)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _guarded(name: str) -> str:
    """Text that a spreadsheet would run as a formula, made harmless (`monitor.cells`)."""
    pattern = SQL_PATTERN.replace("'", "''")
    return f"CASE WHEN regexp_matches({name}, '{pattern}') THEN chr(39) || {name} ELSE {name} END AS {name}"


def _csv(con: duckdb.DuckDBPyConnection, tail: str, parameters: list[Any], to: Path, _count: int) -> None:
    columns = [
        _ISO.format(name) if name in TIME_COLUMNS else _guarded(name) if name in TEXT_COLUMNS else name
        for name in COLUMNS
    ]
    _copy(con, columns, tail, parameters, f"{_quoted(to)} (FORMAT csv, HEADER)")


def _jsonl(con: duckdb.DuckDBPyConnection, tail: str, parameters: list[Any], to: Path, _count: int) -> None:
    columns = [_ISO.format(name) if name in TIME_COLUMNS else name for name in COLUMNS]
    _copy(con, columns, tail, parameters, f"{_quoted(to)} (FORMAT json)")


def _parquet(con: duckdb.DuckDBPyConnection, tail: str, parameters: list[Any], to: Path, _count: int) -> None:
    columns = [f"{name}::TIMESTAMPTZ AS {name}" if name in TIME_COLUMNS else name for name in COLUMNS]
    _copy(con, columns, tail, parameters, f"{_quoted(to)} (FORMAT parquet, COMPRESSION zstd)")


def _xlsx(con: duckdb.DuckDBPyConnection, tail: str, parameters: list[Any], to: Path, count: int) -> None:
    """A sheet with typed cells and a frozen header; times are dates that show as ISO 8601 with Z."""
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 - ships no types; only for this form

    if count > MAX_SHEET_ROWS:
        reason = f"a spreadsheet holds {MAX_SHEET_ROWS:,} rows, and these are {count:,}"
        raise ExportError(f"{reason}; export .parquet or .csv, or choose with --since, --until, --provider")
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(to), options) as book:
        sheet = book.add_worksheet("samples")
        bold = book.add_format({"bold": True})
        iso = book.add_format({"num_format": 'yyyy-mm-dd"T"hh:mm:ss.000"Z"'})
        for place, name in enumerate(COLUMNS):
            sheet.write_string(0, place, name, bold)
            sheet.set_column(place, place, 25 if name in TIME_COLUMNS else max(10, len(name) + 2))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, count, len(COLUMNS) - 1)
        con.execute(f"SELECT {', '.join(COLUMNS)} {tail}", parameters)
        row = 0
        while rows := con.fetchmany(5000):
            for values in rows:
                row += 1
                _sheet_row(sheet, row, values, iso)


def _sheet_row(sheet: Any, row: int, values: Sequence[Any], iso: object) -> None:  # noqa: ANN401 - xlsxwriter's
    """One row; text is always written as text, so that nothing in it is run."""
    for place, (name, value) in enumerate(zip(COLUMNS, values, strict=True)):
        if value is None:
            continue
        if KINDS[name] is datetime:
            sheet.write_datetime(row, place, value, iso)
        elif KINDS[name] is bool:
            sheet.write_boolean(row, place, value)
        elif KINDS[name] in {str, UUID}:
            sheet.write_string(row, place, str(value))
        else:
            sheet.write_number(row, place, value)


_WRITERS: dict[str, _Write] = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl, ".xlsx": _xlsx}
