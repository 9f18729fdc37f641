"""Rows out of a file of our own columns: CSV, JSON lines or Parquet, each with its line and what is wrong with it."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from monitor.cells import unguard
from monitor.imports import ImportRefused, LineFault, WrongFile, refuse
from monitor.rows import TEXT_COLUMNS, nearest
from monitor.store.database import OFFLINE
from probes.model import COLUMNS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file as it stands there; `fault` says why it is none."""

    number: int
    cells: Mapping[str, object]
    fault: LineFault | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, the columns that it has, and what is wrong with its head."""

    columns: frozenset[str]
    lines: Iterator[Line]
    faults: tuple[LineFault, ...] = ()
    unit: str = "line"


def read_table(path: Path) -> Table:
    """Open a table by its suffix.

    Raises:
        ImportRefused: the suffix is unknown, or the file cannot be read at all.
    """
    readers = {".csv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl, ".parquet": _parquet}
    if (reader := readers.get(path.suffix.lower())) is None:
        what = "a folder, not a file" if path.is_dir() else f"unknown suffix {path.suffix or '(none)'}"
        raise WrongFile([LineFault(str(path), None, None, f"{what}; known: {', '.join(readers)}")])
    return reader(path)


# --- CSV ------------------------------------------------------------------------------------------------------


def _csv(path: Path) -> Table:
    records = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(records)]
    except StopIteration:
        raise refuse(path, "empty; the first line names the columns") from None
    except csv.Error as error:
        raise ImportRefused([LineFault(str(path), 1, None, str(error))]) from error
    faults = tuple(LineFault(str(path), 1, name or None, reason) for name, reason in _header_faults(header))
    return Table(frozenset(header), _records(path, records, header), faults)


def _header_faults(header: list[str]) -> Iterator[tuple[str, str]]:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        yield "", "columns are not separated by commas"
        return
    for place, name in enumerate(header):
        if name not in COLUMNS:
            yield name, f"unknown column{nearest(name, COLUMNS)}" if name else "a column without a name"
        elif name in header[:place]:
            yield name, "named twice"


def _records(path: Path, records: Iterator[list[str]], header: list[str]) -> Iterator[Line]:
    """The lines after the header. A record may span lines; it is named by its first."""
    counted = _Counted(records)
    for number, cells in counted:
        if isinstance(cells, csv.Error):
            yield Line(number, {}, LineFault(str(path), number, None, str(cells)))
        elif cells and len(cells) != len(header):
            reason = f"{len(cells)} cells, but {len(header)} columns"
            yield Line(number, {}, LineFault(str(path), number, None, reason))
        elif cells:
            known = {name: cell for name, cell in zip(header, cells, strict=True) if name in COLUMNS and cell}
            yield Line(number, {name: unguard(cell) if name in TEXT_COLUMNS else cell for name, cell in known.items()})


class _Counted:
    """Records of a `csv.reader` with the line on which each begins; an error is a record, and reading goes on."""

    def __init__(self, records: Iterator[list[str]]) -> None:
        self._records = records

    def __iter__(self) -> Iterator[tuple[int, list[str] | csv.Error]]:
        while True:
            number = self._records.line_num + 1  # type: ignore[attr-defined]  # of csv.reader
            try:
                yield number, next(self._records)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, error


def _text(path: Path) -> str:
    """The file as text; a byte-order mark is dropped."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ImportRefused([LineFault(str(path), line, None, "no UTF-8 text")]) from error


# --- JSON lines -----------------------------------------------------------------------------------------------


def _jsonl(path: Path) -> Table:
    lines = _text(path).split("\n")
    columns: set[str] = set()
    for line in lines:
        columns.update(_keys(line))
    return Table(frozenset(columns), _objects(path, lines))


def _keys(line: str) -> Iterator[str]:
    try:
        row = json.loads(line)
    except ValueError:
        return
    if isinstance(row, dict):
        yield from row


def _objects(path: Path, lines: list[str]) -> Iterator[Line]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            yield Line(number, {}, LineFault(str(path), number, None, f"no JSON: {error}"))
            continue
        if isinstance(row, dict):
            yield Line(number, {name: cell for name, cell in row.items() if cell is not None})
        else:
            yield Line(number, {}, LineFault(str(path), number, None, "no JSON object"))


# --- Parquet --------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> Table:
    con = duckdb.connect(":memory:", config=OFFLINE)
    con.execute("SET TimeZone = 'UTC'")
    try:
        described = con.execute("SELECT * FROM (DESCRIBE FROM read_parquet(?))", [str(path)]).fetchall()
    except duckdb.Error as error:
        con.close()
        raise refuse(path, f"no Parquet file: {str(error).partition(chr(10))[0]}") from error
    kinds = {name: kind for name, kind, *_ in described}
    faults = [
        LineFault(str(path), None, name, f"unknown column{nearest(name, COLUMNS)}")
        for name in kinds
        if name not in COLUMNS
    ]
    faults += [
        LineFault(str(path), None, name, "times without a zone; TIMESTAMP WITH TIME ZONE is needed")
        for name, kind in kinds.items()
        if kind.startswith("TIMESTAMP") and kind != "TIMESTAMP WITH TIME ZONE"
    ]
    return Table(frozenset(kinds), _parquet_rows(con, path, kinds), tuple(faults), "row")


def _parquet_rows(con: duckdb.DuckDBPyConnection, path: Path, kinds: Mapping[str, str]) -> Iterator[Line]:
    known = [name for name in kinds if name in COLUMNS]
    chosen = ", ".join(_parquet_cell(name, kinds[name]) for name in known) or "1"
    with con:
        con.execute(f"SELECT {chosen} FROM read_parquet(?)", [str(path)])  # noqa: S608 - names of ours
        number = 0
        while rows := con.fetchmany(10_000):
            for row in rows:
                number += 1
                cells = {
                    name: _EPOCH + timedelta(microseconds=cell) if "TIME ZONE" in kinds[name] else cell
                    for name, cell in zip(known, row, strict=False)
                    if cell is not None
                }
                yield Line(number, cells)


def _parquet_cell(name: str, kind: str) -> str:
    if "TIME ZONE" in kind:
        return f"epoch_us({name})"  # fetching such a time needs a package that nothing else here needs
    return f"{name}::DOUBLE" if kind.startswith("DECIMAL") else name
