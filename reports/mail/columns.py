"""Aligned columns and wrapped lines for the text part, at most 78 columns wide; pure."""

import unicodedata
from collections.abc import Iterator, Sequence

from reports.mail.page import Row

WIDTH = 78
GAP = "  "
MOST_NAME = 16  # a longer first cell gets a line of its own
ADDRESSES = ("http://", "https://", "mailto:")


def width(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, indent: str = "") -> str:
    """Lines of at most 78 columns, all but the first behind `indent`; only an address may be longer."""
    lines, line = [], ""
    for word in text.split():
        for piece in _pieces(word, WIDTH - 2 * len(indent)):
            if line.strip() and width(line) + 1 + width(piece) > WIDTH - len(indent):
                lines.append(line)
                line = indent + piece
            else:
                line = f"{line} {piece}" if line.strip() else line + piece
    return "\n".join([*lines, line])


def _pieces(word: str, most: int) -> Iterator[str]:
    """The word itself; parts of it where it fits on no line."""
    if width(word) <= most or word.startswith(ADDRESSES):
        yield word
        return
    piece = ""
    for c in word:
        if width(piece + c) > most:
            yield piece
            piece = ""
        piece += c
    yield piece


def days_table(rows: Sequence[Row]) -> str:
    """Provider, state and seven days."""
    head = ("Provider", "State", *(cell.day for cell in rows[0].cells))
    return table([head, *((row.name, _loud(row.state), *(cell.short for cell in row.cells)) for row in rows)])


def _loud(state: str) -> str:
    return state if state == "serving" else state.upper()


def figures_table(rows: Sequence[Row]) -> str:
    """Provider, uptime, P95 and price, each with its interval below."""
    lines: list[tuple[str, ...]] = [("Provider", "Uptime, %", "P95, s", "Usable image, $")]
    for row in rows:
        lines.append((row.name, row.uptime.value, row.p95.value, row.usable.value))
        lines.append(("", row.uptime.bounds or "", row.p95.bounds or "", row.usable.bounds or ""))
        lines.append(("", row.counted, row.p95_of, ""))
    return table(lines)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as columns, left-aligned; a first cell too wide for its column stands on a line of its own."""
    first = min(max(width(row[0]) for row in rows), MOST_NAME)
    widths = [first, *(max(width(row[i]) for row in rows) for i in range(1, len(rows[0])))]
    return "\n".join(line for row in rows for line in _row(row, widths) if line)


def _row(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    if width(row[0]) > widths[0]:
        return [wrap(row[0]), *_row(["", *row[1:]], widths)]
    cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)]
    return [GAP.join(cells).rstrip()]
