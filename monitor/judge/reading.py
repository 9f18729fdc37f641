"""Arrays of the store -> the `Rows` of each provider, the same as `frames.rows_of` would make of them.

One pass over all rows, in chunks: reading one provider at a time would unpack every block of the file twenty times.
"""

from collections.abc import Sequence
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
    Kinds,
    Rows,
    Truths,
    Wide,
    instant,
)
from monitor.judge.words import Words
from monitor.store import kinds as numbered
from monitor.store.narrow import WIDE_NUMBERS, Arrays, Census, Narrow

MANY = 1_000_000  # rows
_TYPES = {"t": np.int64, "sent_at": np.int64, "lateness_ms": np.float64, "total_ms": np.float64, "kind": np.int32}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Of each kind: its provider, and what of the wide columns its rows need."""

    provider: Codes
    wide: Flags
    loaded: Flags
    named: Flags
    in_blocks: Flags


def rows_by_provider(source: Narrow, census: Census, *windows: tuple[datetime, datetime]) -> dict[str, Rows]:
    """All rows of each provider that has any, sorted by time.

    Phases of control-plane calls are left out where they are not shown: if images were asked for in each of the
    `windows`, [since, until).
    """
    if census.rows.sum() > MANY:
        heap.keep()
    kinds = _kinds(census.words)
    begin, end = extent(census)

    def shown(since: datetime, until: datetime) -> Census:
        whole = begin is not None and end is not None and since <= begin and end < until
        return census if whole else source.census((since, until))

    chosen = _chosen(census, kinds, [shown(*window) for window in windows])
    counts = np.bincount(chosen.provider, census.rows, minlength=len(kinds.words["provider"][1])).astype(np.int64)
    columns = _scattered(source, chosen, counts)
    wide = _wide(source, chosen)
    names = kinds.words["provider"][1]
    return {
        name: _sorted(Rows(**columns.pop(code), kinds=kinds, wide=wide))
        for code, name in enumerate(names)
        if counts[code]
    }


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


def _kinds(words: Sequence[tuple[Any, ...]]) -> Kinds:
    of = {name: [row[place] for row in words] for place, name in enumerate(numbered.SHARED)}
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


def _chosen(census: Census, kinds: Kinds, shown: Sequence[Census]) -> _Chosen:
    """What is needed of which kinds; `shown` counts the rows of each window."""
    every = np.arange(len(census.words), dtype=np.int32)
    column = {name: Words(every, *kinds.words[name]) for name in SHARED}
    probe, mode, provider = column["probe"], column["mode"], column["provider"].codes
    reach, loaded = probe.isin("reach"), probe.isin(*LOAD_PROBES) | mode.isin(*LOAD_MODES)
    images = probe.isin("baseline") & mode.isin(*OURS) & ~column["outcome"].isin("not_sent")
    only_reached = np.zeros(len(census.words), dtype=bool)
    for window in shown:
        only_reached |= ~np.isin(provider, provider[images & (window.rows > 0)])
    wide = ~reach | loaded | census.priced | only_reached
    return _Chosen(provider, wide, loaded, wide & ~reach, probe.isin("baseline"))


def _scattered(source: Narrow, chosen: _Chosen, counts: npt.NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    """Narrow columns of each provider, in the order in which rows were stored."""
    columns: dict[int, dict[str, Any]] = {
        code: {name: np.empty(n, dtype) for name, dtype in [*_TYPES.items(), ("place", np.int32)]}
        for code, n in enumerate(counts.tolist())
        if n
    }
    filled, places = np.zeros(len(counts), dtype=np.int64), 0
    for chunk in source.rows():
        wide = np.flatnonzero(chosen.wide[chunk["kind"]])
        place = np.full(len(chunk["kind"]), -1, dtype=np.int32)
        place[wide] = np.arange(places, places + len(wide))
        places += len(wide)
        provider = chosen.provider[chunk["kind"]].astype(np.int16)
        order = np.argsort(provider, kind="stable")  # of 16 bits: a radix sort
        each = np.bincount(provider, minlength=len(counts))
        ends = np.cumsum(each)
        for code in np.flatnonzero(each).tolist():
            mine = order[ends[code] - each[code] : ends[code]]
            at = slice(int(filled[code]), int(filled[code] + each[code]))
            for name in _TYPES:
                np.take(chunk[name], mine, out=columns[code][name][at], mode="clip")  # which is not used: all exist
            np.take(place, mine, out=columns[code]["place"][at], mode="clip")
        filled += each
    return columns


def _sorted(rows: Rows) -> Rows:
    for values in (rows.lateness_ms, rows.total_ms):
        values[~np.isfinite(values)] = np.nan
    in_order = bool((rows.t[1:] >= rows.t[:-1]).all())
    return rows if in_order else rows.take(np.argsort(rows.t, kind="stable"))


def _wide(source: Narrow, chosen: _Chosen) -> Wide:
    kinds, loaded, named = (np.flatnonzero(which).tolist() for which in (chosen.wide, chosen.loaded, chosen.named))
    found = source.wide(kinds, loaded, named)
    numbers: dict[str, Floats] = {name: _finite(found[name]) for name in WIDE_NUMBERS}
    in_block = chosen.in_blocks[found["kind"]] & ~found["no_block"]
    return Wide(
        run=_texts(found["run"]),
        model_version=_texts(found["model_version"]),
        block=_blocks(found, in_block),
        **numbers,
    )


def _finite(values: Floats) -> Floats:
    return np.append(np.where(np.isfinite(values), values, np.nan), np.nan)


def _texts(values: npt.NDArray[Any]) -> Words:
    """Codes of sorted words, and a last one that is null."""
    words: list[str | None] = values.tolist()
    return Words.of(*_coded(words))


def _blocks(found: Arrays, in_block: Flags) -> Codes:
    """One number for each block, in the order of their identifiers; -1 for what is in none."""
    codes = np.full(len(in_block) + 1, -1, dtype=np.int32)
    where = np.flatnonzero(in_block)
    high, low = (found[name][where] for name in ("block_high", "block_low"))
    order = np.lexsort((low, high))
    new = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    codes[where[order]] = np.append(0, np.cumsum(new))[: len(order)]
    return codes
