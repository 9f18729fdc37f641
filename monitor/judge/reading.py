"""Arrays of the store -> the `Rows` of each provider, the same as `frames.rows_of` would make of them.

One pass over all rows, in chunks: reading one provider at a time would unpack every block of the file twenty times.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.judge import heap
from monitor.judge.columns import (
    LOAD_MODES,
    LOAD_PROBES,
    OURS,
    SHARED,
    Codes,
    Flags,
    Floats,
    Ints,
    Kinds,
    Rows,
    Truths,
    Wide,
    instant,
)
from monitor.judge.words import Words
from monitor.store import kinds as numbered
from monitor.store.errors import StoreError
from monitor.store.narrow import WIDE_NUMBERS, Arrays, Census, Narrow

MANY = 1_000_000  # rows
_TYPES = {
    "t": np.int64, "sent_at": np.int64, "lateness_ms": np.float64, "total_ms": np.float64, "kind": np.int32,
}  # fmt: skip
REPLACED = "the store was replaced by another while it was read; ask again"
_PROVIDER = numbered.SHARED.index("provider")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be read. The arrays have an entry for each kind of row."""

    census: Census
    wide: Flags  # has columns that few are asked for
    loaded: Flags  # those, with the run
    named: Flags  # those, with the model that answered
    in_blocks: Flags

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each provider has, of those that have any; in the order of their names."""
        each: dict[str, int] = {}
        for word, n in zip(self.census.words, self.census.rows.tolist(), strict=True):
            if n:
                each[word[_PROVIDER]] = each.get(word[_PROVIDER], 0) + n
        return dict(sorted(each.items()))

    def kinds_of(self, providers: Collection[str]) -> Flags:
        """Kinds that rows of these providers have."""
        return np.array([word[_PROVIDER] in providers for word in self.census.words], dtype=bool) & (
            self.census.rows > 0
        )


def plan(source: Narrow, census: Census, *windows: tuple[datetime, datetime]) -> Plan:
    """Phases of control-plane calls are left out where they are not shown.

    That is, if images were asked for in each of the `windows`, [since, until).
    """
    begin, end = extent(census)

    def shown(since: datetime, until: datetime) -> Census:
        whole = begin is not None and end is not None and since <= begin and end < until
        return census if whole else source.census((since, until))

    return _plan(census, [shown(*window) for window in windows])


def rows_of(source: Narrow, wanted: Plan, providers: Collection[str]) -> Iterator[tuple[str, Rows]]:
    """Each of these providers with all of its rows, sorted by time, in the order of their names.

    Raises:
        StoreError: They are not those that were counted.
    """
    which = wanted.kinds_of(providers)
    if wanted.census.rows[which].sum() > MANY:
        heap.keep()
    kinds = _kinds(wanted.census)
    provider, names = kinds.words["provider"]
    columns = _Columns(provider[:-1], np.where(which, wanted.census.rows, 0))
    for chunk in source.rows(which.tolist(), wanted.census.end):
        columns.add(chunk)
    found = columns.finished()
    wide, of_kind = _wide(source, wanted, which)
    for code in sorted(found):
        mine = found.pop(code)
        place = np.full(len(mine["t"]), -1, dtype=np.int32)
        place[wanted.wide[mine["kind"]]] = np.flatnonzero(provider[of_kind] == code)  # both as they were stored
        yield names[code], _sorted(Rows(**mine, place=place, kinds=kinds, wide=wide))


def extent(census: Census) -> tuple[datetime | None, datetime | None]:
    """When the first and the last row were planned; None without any."""
    some = census.rows > 0
    if not some.any():
        return None, None
    return instant(int(census.first[some].min())), instant(int(census.last[some].max()))


def imported(census: Census) -> bool:
    """Whether all rows are somebody else's."""
    mode = numbered.SHARED.index("mode")
    return all(row[mode] == "imported" for row, n in zip(census.words, census.rows.tolist(), strict=True) if n)


def _kinds(census: Census) -> Kinds:
    of = {name: [row[place] for row in census.words] for place, name in enumerate(numbered.SHARED)}
    return Kinds(
        words={name: _coded(of[name]) for name in SHARED},
        status=np.array([*(np.nan if value is None else value for value in of["status"]), np.nan], dtype=np.float64),
        control_ok=_truths(of["control_ok"]),
        billed=_truths(of["billed"]),
        conn_reused=_truths(of["conn_reused"]),
    )


def _coded(words: Sequence[str | None]) -> tuple[Codes, tuple[str, ...]]:
    """Codes of sorted words, and a last one that is null."""
    names = sorted({word for word in words if word is not None})
    code: dict[str | None, int] = {word: i for i, word in enumerate(names)} | {None: -1}
    return np.array([code[word] for word in [*words, None]], dtype=np.int32), tuple(names)


def _truths(values: Sequence[bool | None]) -> Truths:
    return np.array([-1 if value is None else int(value) for value in [*values, None]], dtype=np.int8)


def _plan(census: Census, shown: Sequence[Census]) -> Plan:
    """What is needed of which kinds; `shown` counts the rows of each window."""
    every, kinds = np.arange(len(census.words), dtype=np.int32), _kinds(census)
    column = {name: Words(every, *kinds.words[name]) for name in SHARED}
    probe, mode, provider = column["probe"], column["mode"], column["provider"].codes
    reach, loaded = probe.isin("reach"), probe.isin(*LOAD_PROBES) | mode.isin(*LOAD_MODES)
    images = probe.isin("baseline") & mode.isin(*OURS) & ~column["outcome"].isin("not_sent")
    only_reached = np.zeros(len(census.words), dtype=bool)
    for window in shown:
        only_reached |= ~np.isin(provider, provider[images & (window.rows > 0)])
    wide = ~reach | loaded | census.priced | only_reached
    return Plan(census, wide, loaded, wide & ~reach, probe.isin("baseline"))


class _Columns:
    """Narrow columns of each provider, filled while rows are read, in the order in which they were stored."""

    def __init__(self, provider: Codes, rows: Ints) -> None:
        """`provider` of each kind, and how many rows of it there will be."""
        self._provider = provider.astype(np.int16)  # which sorts by radix
        self._counts = np.bincount(provider, rows, minlength=int(provider.max(initial=-1)) + 1).astype(np.int64)
        self._each: dict[int, dict[str, Any]] = {
            code: {name: np.empty(n, dtype) for name, dtype in _TYPES.items()}
            for code, n in enumerate(self._counts.tolist())
            if n
        }
        self._filled = np.zeros_like(self._counts)

    def add(self, columns: Arrays) -> None:
        """The next rows."""
        provider = self._provider[columns["kind"]]
        order = np.argsort(provider, kind="stable")
        each = np.bincount(provider, minlength=len(self._filled))
        if (self._filled + each > self._counts).any():
            raise StoreError(REPLACED)
        ends = np.cumsum(each)
        for code in np.flatnonzero(each).tolist():
            mine = order[ends[code] - each[code] : ends[code]]
            at = slice(int(self._filled[code]), int(self._filled[code] + each[code]))
            for name, column in self._each[code].items():
                np.take(columns[name], mine, out=column[at], mode="clip")  # which is not used: all exist
        self._filled += each

    def finished(self) -> dict[int, dict[str, Any]]:
        """The columns of each provider, all filled."""
        if (self._filled != self._counts).any():
            raise StoreError(REPLACED)
        return self._each


def _sorted(rows: Rows) -> Rows:
    for values in (rows.lateness_ms, rows.total_ms):
        values[~np.isfinite(values)] = np.nan
    in_order = bool((rows.t[1:] >= rows.t[:-1]).all())
    return rows if in_order else rows.take(np.argsort(rows.t, kind="stable"))


def _wide(source: Narrow, wanted: Plan, which: Flags) -> tuple[Wide, Codes]:
    """The wide columns of these kinds, and the kind of each of their rows."""
    asked = (np.flatnonzero(which & of).tolist() for of in (wanted.wide, wanted.loaded, wanted.named))
    found = source.wide(wanted.census.end, *asked)
    numbers: dict[str, Floats] = {name: _finite(found[name]) for name in WIDE_NUMBERS}
    block, blocks = _blocks(found, wanted.in_blocks[found["kind"]] & ~found["no_block"])
    wide = Wide(
        run=_texts(found["run"]),
        model_version=_texts(found["model_version"]),
        block=block,
        blocks=blocks,
        **numbers,
    )
    return wide, found["kind"]


def _finite(values: Floats) -> Floats:
    return np.append(np.where(np.isfinite(values), values, np.nan), np.nan)


def _texts(values: npt.NDArray[Any]) -> Words:
    """Codes of sorted words, and a last one that is null."""
    words: list[str | None] = values.tolist()
    return Words.of(*_coded(words))


def _blocks(found: Arrays, in_block: Flags) -> tuple[Codes, npt.NDArray[np.bytes_]]:
    """The place of each row's block among the names of blocks, -1 for what is in none; and these, sorted."""
    codes = np.full(len(in_block) + 1, -1, dtype=np.int32)
    where = np.flatnonzero(in_block)
    high, low = (found[name][where] for name in ("block_high", "block_low"))
    order = np.lexsort((low, high))
    new = np.append(True, (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0))[: len(order)]
    codes[where[order]] = np.cumsum(new) - 1
    first = order[new]
    return codes, np.column_stack([high[first], low[first]]).astype(">u8").view("S16").ravel()
