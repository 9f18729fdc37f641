"""How a table is drawn on a terminal of any width: as a table where it fits, else a paragraph for each row.

A number is never cut: a digit that is missing is a wrong number. Only text may be folded, and only where some room is
left for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import render
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

GAP = 3  # between columns
INDENT = 2
READABLE = 24  # columns of a terminal that a text needs to be read
LEAST_READABLE = 16  # of a list of names and what they stand for: two columns alone


@dataclass(frozen=True, slots=True)
class Drawing:
    """A table: Rich markup in the cells; columns in `right` are numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[str]

    def draw(self, console: Console) -> None:
        """On a terminal."""
        if self.fits(console.width):
            console.print(self._table())
            return
        console.print(f"[bold]{self.title}[/bold]", soft_wrap=False, highlight=False)
        heading = None
        for row in self.rows:
            if row[0] != heading:
                console.print(Text.from_markup(row[0], style="bold"), highlight=False)
            heading = row[0]
            for line in self._lines(row, console.width - INDENT):
                console.print(Padding(line, (0, 0, 0, INDENT), expand=False), highlight=False)

    def fits(self, width: int) -> bool:
        """Whether every number has its room, and every text enough to be read."""
        return sum(self._needs()) + GAP * (len(self.columns) - 1) <= width

    def _needs(self) -> Iterator[int]:
        for place, name in enumerate(self.columns):
            widest = max([len(name), *(len(render(row[place])) for row in self.rows)])
            yield widest if self._is_kept(place) else min(widest, self._readable)

    @property
    def _readable(self) -> int:
        return READABLE if len(self.columns) > 2 else LEAST_READABLE

    def _is_kept(self, place: int) -> bool:
        return place == 0 or self.columns[place] in self.right

    def _table(self) -> Any:  # noqa: ANN401 - Rich's
        table = Table(
            title=self.title,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            show_edge=False,
        )
        for place, name in enumerate(self.columns):
            kept = self._is_kept(place)
            justify: Any = "right" if name in self.right else "left"
            table.add_column(name, justify=justify, overflow="fold", no_wrap=kept)
        for row in self.rows:
            table.add_row(*row)
        return table

    def _lines(self, row: Sequence[str], width: int) -> Iterator[Text]:
        """The short cells with their names, as many to a line as fit; then each long text in lines of its own."""
        named = [(name, Text.from_markup(cell)) for name, cell in zip(self.columns[1:], row[1:], strict=True) if cell]
        line = Text()
        for part in [_named(name, cell) for name, cell in named if len(cell) <= READABLE]:
            if line and len(line) + 2 + len(part) >= width:  # one is for the comma at its end
                yield line + Text(",")
                line = Text()
            line = line + Text(", ") + part if line else part
        if line:
            yield line
        yield from (_named(name, cell) for name, cell in named if len(cell) > READABLE)


def _named(name: str, cell: Text) -> Text:
    """`p50 s 10.09`, the name less strong."""
    return Text(f"{name} ", style="dim") + cell


def plain_lines(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> list[str]:
    """The same for a file or a pipe, where width is no matter."""
    cells = [list(columns), *([render(cell).plain for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    aligned = [
        "  ".join(
            cell.rjust(width) if name in right else cell.ljust(width)
            for cell, width, name in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in cells
    ]
    return [title, *aligned]
