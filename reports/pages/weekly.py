"""The page of one week: what the mail of that week says, in the frame of the site, to be found again later."""

from dataclasses import dataclass
from datetime import UTC

from reports.mail.compose import Inputs
from reports.mail.compose import page as compose
from reports.mail.page import Cell as DayCell
from reports.mail.page import Flip, Page
from reports.mail.page import Row as MailRow
from reports.pages import measures
from reports.pages.column import Head
from reports.pages.shell import Link, Shell, shell
from reports.pages.verdicts import Look, look
from reports.pages.view import Cell, Scene

FOLDER = "weekly"
COLUMNS = (measures.UPTIME, measures.P95, measures.USD)


@dataclass(frozen=True, slots=True)
class Row:
    """One provider: its page, its state at the end of the week, seven days, and measures."""

    name: str
    href: str
    state: str
    counted: str
    days: tuple[DayCell, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Weekly:
    """The whole page. `as_of`: how far it knows, by which `monitor` tells a preview from the last word."""

    shell: Shell
    said: Page
    as_of: str
    columns: tuple[Head, ...]
    rows: tuple[Row, ...]
    flips: tuple[tuple[Flip, Look], ...]
    others: tuple[Link, ...]


def path(key: str) -> str:
    """Where it is, from the root of the site: `weekly/2026-W47.html`."""
    return f"{FOLDER}/{key}.html"


def weekly(inputs: Inputs, scene: Scene) -> Weekly:
    """All providers, as the mail orders them; `scene` is of the same judgement."""
    week = inputs.iso_week
    said = compose(inputs)
    subjects = {subject.name: subject for subject in scene.subjects}
    shown = [(row, subjects[name]) for row, name in zip(said.rows, said.names, strict=True)]
    measured = [measure.column([subject for _, subject in shown]) for measure in COLUMNS]
    title = f"Week {week.number} of {week.year}"
    return Weekly(
        shell=shell(scene, title, f"What was seen in {said.period}", here=path(week.key)),
        said=said,
        as_of=inputs.week.as_of.astimezone(UTC).isoformat(timespec="seconds"),
        columns=tuple(head for head, _ in measured),
        rows=tuple(
            _row(row, f"../{subject.page}", subject.state, tuple(cells[place] for _, cells in measured))
            for place, (row, subject) in enumerate(shown)
        ),
        flips=tuple((flip, look(flip.kind)) for flip in said.flips.rows),
        others=tuple(
            Link(key, f"{key}.html", here=key == week.key) for key in sorted({*scene.weeks, week.key}, reverse=True)
        ),
    )


def _row(row: MailRow, href: str, state: str, cells: tuple[Cell, ...]) -> Row:
    return Row(row.name, href, state, row.counted, row.cells, cells)
