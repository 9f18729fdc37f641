"""The books of a run by hand: the store itself, or, beside a service that owns it, its spool."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.budget import Budget, day_start, month_start
from monitor.config import Config, location_of
from monitor.notes import Notes, Spent
from monitor.service.errand import Books, SpoolBooks, StoreBooks
from monitor.service.money import load_budget
from monitor.service.settings import limits_of
from monitor.store import StoreError, StoreLocked, Writer, read_spent, snapshot_for_reading
from probes.clock import Clock

BRIEF_OWNER_S = 1.0  # somebody who only takes a snapshot is gone by then


@dataclass(frozen=True, slots=True)
class Kept:
    """Open books, the budget that they hold to, and where the rows go."""

    books: Books
    budget: Budget
    stored_in: str


@asynccontextmanager
async def books_of(config: Config, clock: Clock) -> AsyncIterator[Kept]:
    """The store, if it is free; else the spool of the service that has it.

    Raises:
        StoreError: neither can be written, or rows could not be stored at the end.
    """
    path, budget = config.service.data_dir / "upheld.duckdb", Budget(limits_of(config), clock.now)
    try:
        writer = await asyncio.to_thread(partial(Writer.start, path, wait_s=BRIEF_OWNER_S))
    except StoreLocked:
        spent = await asyncio.to_thread(_spent_by_service, config.service.data_dir, clock)
        budget.load(spent.day, spent.month)
        where = f"{path.parent / 'spool'}, for the service that owns the store"
        yield Kept(SpoolBooks(path.parent, budget, clock), budget, where)
        return
    try:
        await load_budget(writer, Notes(path.parent), budget, clock.now())
        simulated = any(provider.is_simulated for provider in config.providers.values())
        books = StoreBooks(writer, budget, clock.now, location_of(config), simulated=simulated)
        yield Kept(books, budget, str(path))
    finally:
        await writer.stop()


def _spent_by_service(data_dir: Path, clock: Clock) -> Spent:
    """What the service said last, or what its last snapshot holds: whichever is more."""
    now = clock.now()
    said = Notes(data_dir).spent(now)
    try:
        path = snapshot_for_reading(data_dir).path
        day, month = read_spent(path, day_start(now)), read_spent(path, month_start(now))
    except StoreError:
        return said  # it has not published one yet
    return Spent(_larger(said.day, day), _larger(said.month, month))


def _larger(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: max(one.get(name, 0.0), other.get(name, 0.0)) for name in {*one, *other}}
