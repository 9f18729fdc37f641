"""Histories that others measured, as samples. The folder is the registry: a format is one file here.

A format `monitor/imports/<name>.py` offers `read(path, options) -> Imported`; it stores nothing. Whatever cannot be
read is named line by line, all of it at once, by `ImportRefused`, and then nothing is stored. Doing it twice
changes nothing: ids follow from what a row says.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.store import Published
from probes.model import Sample

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the path."""

    provider: str | None = None  # the provider of rows that name none
    at: datetime | None = None  # the time of results that carry none


@dataclass(frozen=True, slots=True)
class Imported:
    """What a history says: rows, what its monitor itself published, and what a reader must know of it."""

    samples: tuple[Sample, ...]
    published: tuple[Published, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong, and where. `line` counts from 1; None: the file as a whole. `unit`: what is counted."""

    file: str
    line: int | None
    column: str | None
    reason: str
    unit: str = "line"

    def __str__(self) -> str:
        """`checks.csv, line 3, response_ms: '12x' is no whole number`."""
        place = self.file if self.line is None else f"{self.file}, {self.unit} {self.line}"
        return f"{place}, {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"


class ImportRefused(Exception):  # noqa: N818 - reads as what it is
    """Something cannot be read; `faults` names every place, and nothing was stored."""

    def __init__(self, faults: Iterable[LineFault]) -> None:
        """All faults at once, in the order of the lines."""
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults]
        if len(lines) > 1:
            lines.append(f"{len(lines)} faults; nothing was stored")
        super().__init__("\n".join(lines))


def refuse(path: Path, reason: str) -> ImportRefused:
    """The refusal of a file as a whole."""
    return ImportRefused([LineFault(str(path), None, None, reason)])


class WrongFile(ImportRefused):
    """Not a file of this format at all: wrong usage, where `ImportRefused` is about what a file says."""

    exit_code = 2


Read = Callable[[Path, Options], Imported]


def names() -> tuple[str, ...]:
    """The formats that are known."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")))


def load(name: str) -> Read:
    """How a format is read.

    Raises:
        KeyError: there is no such format.
    """
    if name not in names():
        raise KeyError(name)
    read: Read = importlib.import_module(f"{__name__}.{name}").read
    return read
