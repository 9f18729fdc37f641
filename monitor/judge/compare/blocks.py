"""Rows -> interleaved blocks: who was asked the same at the same time, how long it took, who failed.

A block is one slot, prompt and size; every provider is asked once in it, in random order (Abedi & Brecht, ICPE 2017).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.judge.columns import Flags, Floats, Ints, Rows
from monitor.judge.latency import ALL, took_ms

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


def of(rows: Rows, since: int) -> Iterator[Blocks]:
    """The blocks of each size with two providers and more, in the order of their names.

    Args:
        rows: those of all providers.
        since: where the window begins, microseconds; days are counted from there.
    """
    inside = asked_together(rows)
    for size, which in inside.size.split():
        part = inside.take(which)
        names = tuple(part.provider.counts())
        if len(names) > 1:
            yield _blocks(size or ALL, names, part, since)


def asked_together(rows: Rows) -> Rows:
    """Scheduled image requests that are in a block."""
    images = rows.take(rows.probe.isin("baseline") & rows.scheduled)
    return images.take((images.block >= 0) & (images.provider.codes >= 0))


def _blocks(size: str, names: tuple[str, ...], rows: Rows, since: int) -> Blocks:
    found, block = np.unique(rows.block, return_inverse=True)
    column = np.searchsorted(names, rows.provider.names)[rows.provider.codes]
    cell = block * len(names) + column
    took, failed = took_ms(rows), rows.counted & ~rows.good & rows.sent
    t = np.full(len(found), np.iinfo(np.int64).max)
    np.minimum.at(t, block, rows.t)
    order = np.argsort(t, kind="stable")

    def grid(values: npt.NDArray[np.float64]) -> Floats:
        """One cell each; of several rows in one, the worst."""
        cells = np.full(len(found) * len(names), -1.0)
        np.maximum.at(cells, cell, values)
        return cells.reshape(len(found), len(names))[order]

    ms = grid(np.where(failed, np.inf, np.nan_to_num(took, nan=-1.0)))
    return Blocks(
        size=size,
        providers=names,
        t=t[order],
        day=(t[order] - since) // DAY,
        ms=np.where(ms < 0, np.nan, ms),
        planned=grid(np.ones(len(rows))) > 0,
        degraded=grid(rows.outcome.isin("ok_degraded").astype(np.float64)) > 0,
    )
