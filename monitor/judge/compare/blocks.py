"""Rows -> interleaved blocks: who was asked the same at the same time, how long it took, who failed.

A block is one slot, prompt and size; every provider is asked once in it, in random order (Abedi & Brecht, ICPE 2017).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.judge.columns import Codes, Flags, Floats, Ints, Rows
from monitor.judge.latency import ALL, took_ms
from monitor.judge.states import telling

DAY = 86_400_000_000  # microseconds
QUARTERS = 4  # of a day


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of one size, by block and provider. `ms` is NaN where a row does not count, infinite where it failed."""

    size: str
    providers: tuple[str, ...]
    t: Ints  # microseconds, when each block began
    day: Ints  # periods of 24 h since the window began
    ms: Floats  # (block, provider): planned start to last byte
    planned: Flags  # (block, provider): whether the provider was in the block at all
    degraded: Flags  # (block, provider): the image was not what was asked

    def column(self, provider: str) -> int:
        """Its place on the second axis."""
        return self.providers.index(provider)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one provider and size, what it was asked in blocks; one entry for each row."""

    provider: str
    size: str
    t: Ints
    block: Codes  # place in `blocks`
    blocks: npt.NDArray[np.bytes_]  # names, sorted
    ms: Floats  # NaN where a row does not count, infinite where it failed
    degraded: Flags


def asked(provider: str, rows: Rows) -> tuple[Asked, ...]:
    """The scheduled image requests of a provider that are in a block, by size."""
    images = rows.take(rows.probe.isin("baseline") & rows.scheduled)
    images = images.take(images.block >= 0)
    return tuple(_asked(provider, size or ALL, images.take(which)) for size, which in images.size.split())


def _asked(provider: str, size: str, rows: Rows) -> Asked:
    failed = telling(rows) & ~rows.good & rows.sent
    ms = np.where(failed, np.inf, took_ms(rows))
    return Asked(provider, size, rows.t, rows.block, rows.wide.blocks, ms, rows.outcome.isin("ok_degraded"))


def of(all_of_them: Sequence[Asked], since: int) -> Iterator[Blocks]:
    """The blocks of each size with two providers and more, in the order of their names.

    Args:
        all_of_them: what each provider was asked.
        since: where the window begins, microseconds; days are counted from there.
    """
    for size in sorted({one.size for one in all_of_them}):
        each = sorted((one for one in all_of_them if one.size == size), key=lambda one: one.provider)
        if len(each) > 1:
            yield _blocks(size, each, since)


def _blocks(size: str, each: Sequence[Asked], since: int) -> Blocks:
    block, found = _numbered(each)
    column = np.repeat(np.arange(len(each)), [len(one.t) for one in each])
    cell = block * len(each) + column
    t = np.full(found, np.iinfo(np.int64).max)
    np.minimum.at(t, block, np.concatenate([one.t for one in each]))
    order = np.argsort(t, kind="stable")

    def grid(values: Sequence[npt.NDArray[Any]]) -> Floats:
        """One cell each; of several rows in one, the worst."""
        cells = np.full(found * len(each), -1.0)
        np.maximum.at(cells, cell, np.concatenate(values).astype(np.float64))
        return cells.reshape(found, len(each))[order]

    ms = grid([np.nan_to_num(one.ms, nan=-1.0, posinf=np.inf) for one in each])
    return Blocks(
        size=size,
        providers=tuple(one.provider for one in each),
        t=t[order],
        day=(t[order] - since) // DAY,
        ms=np.where(ms < 0, np.nan, ms),
        planned=grid([np.ones(len(one.t)) for one in each]) > 0,
        degraded=grid([one.degraded for one in each]) > 0,
    )


def _numbered(each: Sequence[Asked]) -> tuple[Ints, int]:
    """A number for the block of each row, in the order of their names, and how many there are.

    Providers that were read together share one table of names: only tables are compared, not the names of rows.
    """
    tables = list({id(one.blocks): one.blocks for one in each}.values())
    names, place = np.unique(np.concatenate(tables), return_inverse=True)
    begin = dict(zip(map(id, tables), np.cumsum([0, *map(len, tables)]).tolist(), strict=False))
    named = np.concatenate([place[begin[id(one.blocks)] + one.block] for one in each])
    used = np.bincount(named, minlength=len(names)) > 0
    return (np.cumsum(used) - 1)[named], int(used.sum())
