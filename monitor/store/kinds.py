"""Kinds: rows that are alike in all their words share a number, which the store writes beside each row.

Reading ten columns of words of thirty million rows takes a minute, reading one number of each a tenth of a second.
The number is the store's own: the hash chain does not cover it and no export has it; `misnumbered` holds it to the
words, which the chain does cover.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from monitor.store.chain import BrokenRow
from probes.model import COLUMNS

KIND = "kind"  # column of `samples`, after those of the contract
SHARED = (
    "location", "provider", "model", "probe", "mode", "size", "status", "outcome", "detail", "attribution", "rule",
    "billed", "conn_reused", "control_ok",
)  # fmt: skip  # columns of table `kinds`
_PLACES = tuple(COLUMNS.index(name) for name in SHARED)
_ALIKE = " AND ".join(f"s.{name} IS NOT DISTINCT FROM k.{name}" for name in SHARED)

Numbers = dict[tuple[Any, ...], int]


def known(con: duckdb.DuckDBPyConnection) -> Numbers:
    """Every kind that has a number."""
    rows = con.execute(f"SELECT {', '.join(SHARED)}, kind FROM kinds").fetchall()  # noqa: S608 - names of ours
    return {row[:-1]: row[-1] for row in rows}


def of(values: Sequence[Any]) -> tuple[Any, ...]:
    """What a row, its values in the contract's order, shares with others."""
    return tuple(values[place] for place in _PLACES)


def enter(con: duckdb.DuckDBPyConnection, numbers: Numbers, rows: Iterable[Sequence[Any]]) -> None:
    """Give a number to each kind that has none; before the rows, since a kind without rows does no harm."""
    new = [kind for kind in dict.fromkeys(of(row) for row in rows) if kind not in numbers]
    if not new:
        return
    first = max(numbers.values(), default=-1) + 1
    marks = ", ".join("?" * (len(SHARED) + 1))
    con.execute("BEGIN")
    for number, kind in enumerate(new, first):
        con.execute(f"INSERT INTO kinds VALUES ({marks})", [number, *kind])  # noqa: S608 - question marks
    con.execute("COMMIT")
    numbers |= {kind: number for number, kind in enumerate(new, first)}


def misnumbered(con: duckdb.DuckDBPyConnection, location: str) -> BrokenRow | None:
    """The first row of `location` whose number stands for other words than its own."""
    rows = con.execute(
        "SELECT sample_id, place FROM (SELECT *, row_number() OVER (ORDER BY rowid) - 1 AS place FROM samples"  # noqa: S608 - names of ours
        f" WHERE location = ?) s LEFT JOIN kinds k ON s.kind = k.kind WHERE NOT ({_ALIKE}) ORDER BY place LIMIT 1",
        [location],
    ).fetchall()
    return BrokenRow(rows[0][0], rows[0][1], "has the number of another kind of row") if rows else None
