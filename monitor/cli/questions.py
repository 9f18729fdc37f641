"""Several questions to the rows of a snapshot, which are read once for all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from monitor.cli.lean import uncollected
from monitor.judge import reading, shares
from monitor.judge.columns import Rows, by_provider, instant
from monitor.judge.facts import Facts
from monitor.judge.past import Pasts
from monitor.store import read_samples
from monitor.store.narrow import reading_arrays

Part = TypeVar("Part")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Question(Generic[Part, Answer]):
    """What is found of each provider, from all of its rows, and what that says of all of them.

    `part` may be asked in another process: it can be pickled, as what it finds can.
    """

    windows: tuple[tuple[datetime, datetime], ...]  # [since, until), in which latencies are shown
    part: Callable[[Pasts], Part]
    whole: Callable[[Mapping[str, Part]], Answer]


@dataclass(frozen=True, slots=True)
class Extent:
    """When the first and the last row of all were planned; whether all are somebody else's; how many there are."""

    first: datetime | None
    last: datetime | None
    imported: bool
    rows: int


Asked = Callable[[Extent], Question[Any, Any]]


def answers(path: Path, facts: Facts, *asked: Asked) -> list[Any]:
    """The answer to each question; a question may depend on what time there are rows of.

    Raises:
        StoreError: No snapshot that can be read.
    """
    with uncollected(), shares.others(path) as helpers:
        with reading_arrays(path) as source:
            if source is None:
                return _of_table(path, facts, asked)
            census = source.census()
            extent = Extent(*reading.extent(census), reading.imported(census), int(census.rows.sum()))
            questions = [ask(extent) for ask in asked]
            wanted = reading.plan(source, census, *(window for one in questions for window in one.windows))
        found = shares.each(path, wanted, partial(_parts, [one.part for one in questions], facts), helpers)
    return _wholes(questions, found)


def _of_table(path: Path, facts: Facts, asked: tuple[Asked, ...]) -> list[Any]:
    """The same of a snapshot that has no arrays: a version of Upheld wrote it that did not number kinds."""
    from monitor.judge.frames import NEEDED, rows_of  # noqa: PLC0415 - half a second, that readers of arrays do without

    rows = rows_of(read_samples(path, columns=NEEDED))
    first, last = (instant(int(at)) for at in rows.t[[0, -1]]) if len(rows) else (None, None)
    questions = [ask(Extent(first, last, bool(rows.mode.isin("imported").all()), len(rows))) for ask in asked]
    each = by_provider(rows)
    return _wholes(questions, {name: _parts([one.part for one in questions], facts, name, each[name]) for name in each})


def _parts(parts: list[Callable[[Pasts], Any]], facts: Facts, name: str, rows: Rows) -> list[Any]:
    pasts = Pasts(name, rows, facts.of(name))
    return [part(pasts) for part in parts]


def _wholes(questions: list[Question[Any, Any]], found: Mapping[str, list[Any]]) -> list[Any]:
    return [one.whole({name: parts[place] for name, parts in found.items()}) for place, one in enumerate(questions)]
