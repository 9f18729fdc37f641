"""A run by hand: given up or stopped, its rows and its money are kept; beside a service in the spool."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from monitor.adhoc import Wish, errand
from monitor.budget import Budget, Caps, Limits
from monitor.notes import Notes, OwnersView, ProbesView
from monitor.service.errand import Books, Done, SpoolBooks, StoreBooks, do
from monitor.store.spooling import read
from probes.control import Control
from probes.conversation import Tools
from probes.model import Sample
from probes.reading import Reader
from tests.monitor.service.memory import Memory
from tests.monitor.service.world import Inline, Wire, config_of, provider
from tests.virtual import VirtualClock, run

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def done(
    folder: Path, clock: VirtualClock, books: Books, wish: Wish, *, stop_s: float = 1e6, give_up_s: float = 1e6
) -> tuple[Done, Wire]:
    config = config_of(folder, provider("a", price=0.05, timeout_s=60))
    wire = Wire(clock, lambda _: 20.0)
    tools = Tools(wire, Reader(), Control(wire, clock, ()), clock)  # type: ignore[arg-type]  # the scripted wire
    stop, give_up = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().call_later(stop_s, stop.set)
    asyncio.get_running_loop().call_later(give_up_s, give_up.set)
    targets = config.targets({})
    found = await do(
        errand(wish, config, targets),
        location="here",
        targets=targets,
        tools=tools,
        books=books,
        stop=stop,
        give_up=give_up,
        progress=lambda _: None,
    )
    return found, wire


FIVE = Wish("a", "baseline", count=5, rate=6)  # one each ten seconds


def test_a_run_is_kept_in_the_store_with_its_money(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        memory = Memory()
        books = StoreBooks(Inline(memory), Budget(Limits(), clock.now), clock.now, "here", simulated=True)
        found, _ = await done(tmp_path, clock, books, FIVE)
        assert found.summary.sent == len(memory.samples) == 5
        assert memory.spent(START) == {"a": 0.25}
        (entry,) = memory.runs(START)
        assert (entry.run_id, entry.state, entry.slot_at, entry.simulated) == (found.summary.run_id, "done", None, True)

    run(main, START)


def test_an_order_to_stop_waits_for_what_is_in_flight(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        memory = Memory()
        books = StoreBooks(Inline(memory), Budget(Limits(), clock.now), clock.now, "here", simulated=True)
        found, wire = await done(tmp_path, clock, books, FIVE, stop_s=15)
        assert len(wire.sent) == 2
        assert Counter(row.detail for row in found.rows)["shutdown"] == 3
        assert clock.monotonic() == 30.0
        assert memory.runs(START)[0].state == "stopped"
        assert memory.spent(START) == {"a": 0.10}

    run(main, START)


def test_giving_up_abandons_what_is_in_flight_as_rows_at_list_price(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        memory = Memory()
        books = StoreBooks(Inline(memory), Budget(Limits(), clock.now), clock.now, "here", simulated=True)
        found, _ = await done(tmp_path, clock, books, FIVE, stop_s=15, give_up_s=16)
        assert clock.monotonic() == 16.0
        assert Counter(row.rule for row in found.rows) == {"not_sent.abandoned": 2, "not_sent.shutdown": 3}
        assert len(memory.samples) == 5
        assert memory.spent(START) == {"a": 0.10}
        assert found.summary.planned == 5

    run(main, START)


def test_beside_a_service_rows_go_to_its_spool_while_the_run_goes_on(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        own = set[UUID]()
        view = ProbesView(Notes(tmp_path), own)
        books = SpoolBooks(tmp_path, Budget(Limits(Caps(0.11)), clock.now, view), clock, own, "here", simulated=True)
        going = asyncio.create_task(done(tmp_path, clock, books, FIVE))
        await asyncio.sleep(25)
        assert Counter(row.outcome for row in spooled(tmp_path))["not_sent"] == 1 == len(spooled(tmp_path)) - 1
        memory = Memory()
        assert OwnersView(Notes(tmp_path)).taken(clock.now())["day"] == {"a": 0.11}  # as the owner sees it
        assert Notes(tmp_path).enter(memory, clock.now()) == []  # type: ignore[arg-type]  # it still runs
        await going
        assert Counter(row.outcome for row in spooled(tmp_path))["not_sent"] == 3  # the cap was reached
        Notes(tmp_path).enter(memory, clock.now())  # type: ignore[arg-type]  # as above
        assert memory.spent(START) == {"a": 0.10}

    run(main, START)


def spooled(folder: Path) -> list[Sample]:
    rows = [row for path in (folder / "spool").glob("*.jsonl") for row in read(path).samples]
    assert len({row.sample_id for row in rows}) == len(rows)
    return rows
