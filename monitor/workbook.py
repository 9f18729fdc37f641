"""Writes a workbook: typed cells, frozen headers, filters, and text that stays text whatever it begins with."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import xlsxwriter  # type: ignore[import-untyped]  # ships no types
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]  # as above

from monitor.sheets import Column, Kind, Sheet, Value

ISO = 'yyyy-mm-dd"T"hh:mm:ss.000"Z"'
_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "number": "General",
    "percent": "0.00####%",  # a second of a year still does not read 100
    "usd": "0.0000##",
    "time": ISO,
    "day": "yyyy-mm-dd",
}
_MOST_CHARS = 32_767  # that a cell can hold
_FIRST_DAY = datetime(1900, 3, 1)  # noqa: DTZ001 - of a cell; spreadsheets know no day before, and count one too many


@dataclass(frozen=True, slots=True)
class Book:
    """An open workbook, and one format for each kind of cell."""

    book: Any  # xlsxwriter's
    formats: dict[Kind, Any]
    head: Any

    def add(self, sheet: Sheet) -> None:
        """A sheet with all of its rows."""
        self.stream(sheet.name, sheet.columns, sheet.rows, len(sheet.rows), still=1)

    def stream(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Value | UUID]],
        count: int,
        *,
        still: int = 0,
    ) -> None:
        """A sheet whose `count` rows come one by one and are not kept in memory; `still` columns do not scroll."""
        sheet = self.book.add_worksheet(name)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.head, self.head)
            sheet.set_column(place, place, column.width)
        sheet.freeze_panes(1, still)
        sheet.autofilter(0, 0, count, len(columns) - 1)
        for number, values in enumerate(rows, 1):
            for place, (column, value) in enumerate(zip(columns, values, strict=True)):
                if value is not None:
                    self._write(sheet, number, place, column.kind, value)

    def _write(self, sheet: Any, row: int, place: int, kind: Kind, value: Value | UUID) -> None:  # noqa: ANN401 - xlsxwriter's
        """Text is always written as text, so that nothing in it is run."""
        shape = self.formats.get(kind)
        if isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        elif isinstance(value, datetime):
            naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
            self._write_time(sheet, row, place, naive, f"{naive.isoformat(timespec='milliseconds')}Z", shape)
        elif isinstance(value, date):
            midnight = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day
            self._write_time(sheet, row, place, midnight, value.isoformat(), shape)
        elif isinstance(value, int | float):
            sheet.write_number(row, place, value, shape)
        else:
            text = str(value)
            sheet.write_string(row, place, text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1]}…")

    @staticmethod
    def _write_time(sheet: Any, row: int, place: int, naive: datetime, text: str, shape: Any) -> None:  # noqa: ANN401 - xlsxwriter's
        """As a date; as text where spreadsheets have none."""
        if naive < _FIRST_DAY:
            sheet.write_string(row, place, text)
        else:
            sheet.write_datetime(row, place, naive, shape)


@contextmanager
def writing(to: Path) -> Iterator[Book]:
    """A workbook that is complete when this ends; sheets are written one after the other.

    Rows wait in files beside it, which are gone afterwards: the folder for temporary files may have less room.

    Raises:
        OSError: it could not be written.
    """
    with TemporaryDirectory(dir=to.parent, prefix=".upheld-") as folder:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        try:
            with xlsxwriter.Workbook(str(to), options) as book:
                formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
                yield Book(book, formats, book.add_format({"bold": True, "text_wrap": True, "valign": "top"}))
        except FileCreateError as error:  # no subclass of OSError, but made of one
            raise OSError(getattr(error.args[0], "errno", None), str(error).partition("] ")[2] or str(error)) from error
