"""The columns of `samples` as arrays, in chunks: for readers of millions of rows.

What rows share is named by the number of their kind (`kinds.py`); so that memory stays small, columns that only image
and load requests need are left to `wide`, and identifiers are not turned into text where nobody asks for it.
"""

import contextlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from monitor.store.kinds import KIND, SHARED
from monitor.store.snapshot import reading
from monitor.store.transactions import stored

CHUNK = 2 * 122_880  # rows read at a time: two groups of DuckDB's, of which a column fits into a core's cache
BUFFERS = "64MB"  # of DuckDB, which would keep all of the file that it has read: each block is needed once
NEVER = np.iinfo(np.int64).min
Arrays = Mapping[str, npt.NDArray[Any]]

_NARROW = (
    "rowid, kind, epoch_us(planned_at) AS t, coalesce(epoch_us(sent_at), -9223372036854775808) AS sent_at,"
    " coalesce(lateness_ms, 'nan'::DOUBLE) AS lateness_ms, coalesce(total_ms, 'nan'::DOUBLE) AS total_ms"
)
WIDE_NUMBERS = (
    "seq", "dns_ms", "connect_ms", "tls_ms", "upload_ms", "wait_ms", "download_ms", "cost_usd", "retry_after_s",
    "limit_requests",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Census:
    """How many rows there are of each kind, when the first and the last were planned (microseconds), and its words."""

    words: Sequence[tuple[Any, ...]]  # of each kind, in the order of `SHARED`
    rows: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    priced: npt.NDArray[np.bool_]  # whether any of them cost anything
    end: int  # after the last row: a store only grows, and who reads up to here finds these rows again


@contextlib.contextmanager
def reading_arrays(snapshot: Path, *, threads: int | None = None) -> Iterator["Narrow | None"]:
    """All rows; None: a version of Upheld wrote the snapshot that did not number kinds.

    `threads` that read; by default as many as there are cores.
    """
    with reading(snapshot) as con:
        columns = {row[0] for row in con.execute("SELECT column_name FROM (DESCRIBE samples)").fetchall()}
        numbered = KIND in columns and not con.execute("SELECT 1 FROM samples WHERE kind IS NULL LIMIT 1").fetchall()
        if threads is not None:
            con.execute(f"SET threads = {threads:d}")
        yield Narrow(con) if numbered else None


class Narrow:
    """Arrays of one snapshot; rows in the order in which they were stored."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        """Use `reading_arrays`."""
        con.execute(f"SET memory_limit = '{BUFFERS}'")
        self._con = con

    def census(self, between: tuple[datetime, datetime] | None = None) -> Census:
        """Of all rows, or of those planned in [start, end)."""
        words = self._con.execute(f"SELECT {', '.join(SHARED)} FROM kinds ORDER BY kind").fetchall()  # noqa: S608 - names of ours
        where, given = "planned_at >= ? AND planned_at < ?" if between else "true", map(stored, between or ())
        sql = (
            "SELECT kind, count(*) AS n, min(epoch_us(planned_at)) AS first, max(epoch_us(planned_at)) AS last,"  # noqa: S608
            " coalesce(bool_or(cost_usd <> 0), false) AS priced"
            f" FROM samples WHERE {where} GROUP BY kind"
        )
        found = self._arrays(sql, list(given))
        kind = found.pop("kind")
        columns = {name: np.zeros(len(words), dtype=values.dtype) for name, values in found.items()}
        for name, values in found.items():
            columns[name][kind] = values
        (end,) = self._con.execute("SELECT coalesce(max(rowid), -1) + 1 FROM samples").fetchall()[0]
        return Census(words, columns["n"], columns["first"], columns["last"], columns["priced"], end)

    def rows(self, which: Sequence[bool], end: int) -> Iterator[Arrays]:
        """Kind, times and durations of the first `end` rows, by chunks; the next is read meanwhile.

        `which` says of each kind whether its rows are asked for: half of all kinds is more than a list of them.
        """
        sql = f"SELECT {_NARROW} FROM samples WHERE rowid >= ? AND rowid < ? AND (?::BOOLEAN[])[kind + 1]"  # noqa: S608 - names of ours
        with ThreadPoolExecutor(1) as reader:
            ahead: deque[Future[Arrays]] = deque()
            for start in range(0, end, CHUNK):
                ahead.append(reader.submit(self._in_order, sql, [start, min(start + CHUNK, end), which]))
                if len(ahead) > 1:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def wide(self, end: int, kinds: Sequence[int], loaded: Sequence[int], named: Sequence[int]) -> Arrays:
        """The other columns of the first `end` rows, of these kinds.

        Args:
            end: as in the census.
            kinds: rows of these alone.
            loaded: rows of these with the text of their run.
            named: rows of these with the version of the model that answered.
        """
        numbers = ", ".join(f"coalesce({name}, 'nan'::DOUBLE)::DOUBLE AS {name}" for name in WIDE_NUMBERS)
        half = "coalesce((block_id::UHUGEINT {})::UBIGINT, 0) AS {}"
        blocks = f"{half.format('>> 64', 'block_high')}, {half.format('& 18446744073709551615', 'block_low')}"
        sql = (
            f"SELECT s.rowid, s.kind, {numbers}, block_id IS NULL AS no_block, {blocks},"  # noqa: S608 - names of ours
            " CASE WHEN loaded THEN run_id::VARCHAR END AS run, CASE WHEN named THEN model_version END AS model_version"
            " FROM samples s JOIN (SELECT unnest(?) AS kind, unnest(?) AS loaded, unnest(?) AS named) k USING (kind)"
            f" WHERE s.rowid < {end:d}"
        )
        asked = [list(kinds), *([kind in set(of) for kind in kinds] for of in (loaded, named))]
        return self._in_order(sql, asked)

    def _in_order(self, sql: str, parameters: Sequence[object]) -> Arrays:
        """As they were stored: what is asked of some kinds is a join to DuckDB, which keeps no order."""
        found = self._arrays(sql, parameters)
        rowid = found.pop("rowid")
        if (rowid[1:] > rowid[:-1]).all():
            return found
        order = np.argsort(rowid, kind="stable")
        return {name: values[order] for name, values in found.items()}

    def _arrays(self, sql: str, parameters: Sequence[object]) -> dict[str, npt.NDArray[Any]]:
        found = self._con.execute(sql, list(parameters)).fetchnumpy()
        return {name: _plain(values) for name, values in found.items() if isinstance(values, np.ndarray)}


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Without DuckDB's mask: text has None, and no number that is asked for here is null."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    plain = np.ma.getdata(values)
    if values.dtype == object:
        plain[np.ma.getmaskarray(values)] = None
    return plain
