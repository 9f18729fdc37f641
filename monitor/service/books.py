"""The books of a run by hand: the store itself, or, beside a service that owns it, its spool."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from monitor.budget import STARTS, Amounts, Budget
from monitor.config import Config, location_of
from monitor.notes import Notes, OwnersView, ProbesView
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
    path, notes, own = config.service.data_dir / "upheld.duckdb", Notes(config.service.data_dir), set[UUID]()
    simulated = any(provider.is_simulated for provider in config.providers.values())
    try:
        writer = await asyncio.to_thread(partial(Writer.start, path, wait_s=BRIEF_OWNER_S))
    except StoreLocked:
        budget = Budget(limits_of(config), clock.now, ProbesView(notes, own))
        if not notes.published():
            budget.load(await asyncio.to_thread(_spent_before, path.parent, clock.now()))
        where = f"{path.parent / 'spool'}, for the service that owns the store"
        spooling = SpoolBooks(path.parent, budget, clock, own, location_of(config), simulated=simulated)
        yield Kept(spooling, budget, where)
        return
    budget = Budget(limits_of(config), clock.now, OwnersView(notes))
    try:
        await load_budget(writer, notes, budget, clock.now())
        books = StoreBooks(writer, budget, clock.now, location_of(config), simulated=simulated)
        yield Kept(books, budget, str(path))
    finally:
        await writer.stop()


def _spent_before(data_dir: Path, now: datetime) -> Amounts:
    """What the last snapshot holds, where the owner of the store never said what it spends."""
    try:
        path = snapshot_for_reading(data_dir).path
        return {name: read_spent(path, start(now)) for name, start in STARTS.items()}
    except StoreError:
        return {}  # it has not published one yet
