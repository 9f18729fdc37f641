"""The ledgers: slots and deliveries are claimed once, money stays counted, published words are replaced."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from monitor.store import Published, RunRow, Store
from monitor.store.transactions import stored

from .making import START

LATER = START + timedelta(seconds=30)
RUN = UUID(int=7)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "upheld.duckdb") as opened:
        yield opened


def reopened(store: Store) -> Store:
    store.close()
    return Store.open(store.path)


def test_a_slot_is_claimed_once_even_by_a_later_process(store: Store) -> None:
    assert store.claim_slot("reach", START, LATER)
    assert not store.claim_slot("reach", START, LATER)
    assert store.claim_slot("baseline", START, LATER)
    with reopened(store) as again:
        assert not again.claim_slot("reach", START, LATER)
        same_instant = START.astimezone(timezone(timedelta(hours=2)))
        assert not again.claim_slot("reach", same_instant, LATER)


def test_slots_that_were_claimed_and_not_finished_are_open(store: Store) -> None:
    for minute in (2, 1, 0):
        store.claim_slot("reach", START + timedelta(minutes=minute), LATER)
    store.finish_slot("reach", START + timedelta(minutes=1), "run", RUN, LATER)
    with reopened(store) as again:
        assert [slot.slot_at for slot in again.open_slots()] == [START, START + timedelta(minutes=2)]
        (done,) = again.slots("state = ?", ["run"])
    assert (done.run_id, done.finished_at, done.claimed_at) == (RUN, LATER, LATER)


def test_a_missed_slot_is_entered_without_a_claim_and_can_no_longer_be_claimed(store: Store) -> None:
    store.finish_slot("reach", START, "missed", None, LATER)
    assert not store.claim_slot("reach", START, LATER)
    assert [(slot.state, slot.run_id) for slot in store.slots()] == [("missed", None)]


def test_the_last_slot_is_the_latest_of_its_probe(store: Store) -> None:
    assert store.last_slot("reach") is None
    store.claim_slot("reach", LATER, LATER)
    store.claim_slot("reach", START, LATER)
    store.claim_slot("burst", LATER + timedelta(days=1), LATER)
    assert store.last_slot("reach") == LATER


def test_a_delivery_is_claimed_once_until_it_is_released(store: Store) -> None:
    assert store.claim_delivery("weekly", "2026-W47", START)
    assert not store.claim_delivery("weekly", "2026-W47", START)
    store.release_delivery("weekly", "2026-W47")  # the mail server was busy: try again
    assert store.claim_delivery("weekly", "2026-W47", LATER)


@pytest.mark.parametrize("error", [None, "550 no such user"])
def test_a_finished_delivery_is_neither_claimed_nor_released_again(store: Store, error: str | None) -> None:
    store.claim_delivery("weekly", "2026-W47", START)
    store.finish_delivery("weekly", "2026-W47", LATER, error)
    store.release_delivery("weekly", "2026-W47")
    assert not store.claim_delivery("weekly", "2026-W47", LATER)
    assert [(row.key, row.finished_at, row.error) for row in store.deliveries()] == [("2026-W47", LATER, error)]


def test_money_counts_as_reserved_until_the_bill_is_known(store: Store) -> None:
    known, unknown, _killed = (store.reserve("wisgate", 0.10, START) for _ in range(3))
    store.reserve("laozhang", 0.05, LATER)
    store.settle(known, 0.02, LATER)
    store.settle(unknown, None, LATER)
    with reopened(store) as again:
        assert again.spent(START) == {"laozhang": 0.05, "wisgate": 0.22}
        assert again.spent(LATER) == {"laozhang": 0.05, "wisgate": 0.22}  # settled then, or never since
        assert again.spent(LATER + timedelta(seconds=1)) == {"laozhang": 0.05, "wisgate": 0.10}
        assert again.spent(LATER + timedelta(days=1, seconds=1)) == {}


def test_money_under_a_name_is_counted_once(store: Store) -> None:
    for _ in range(2):
        assert store.reserve("wisgate", 0.10, START, RUN) == RUN
    assert store.spent(START) == {"wisgate": 0.10}


def test_a_thousand_prices_add_up_exactly(store: Store) -> None:
    row = ("INSERT INTO spending VALUES (uuid(), 'w', 0.058, ?, NULL, NULL)", [stored(START)])
    store._write(*[row] * 1000)
    assert store.spent(START) == {"w": 58.0}


def test_a_run_is_entered_once_and_ends(store: Store) -> None:
    run = RunRow(RUN, "burst", None, START, None, "running", "fra-1", simulated=True)
    store.start_run(run)
    store.start_run(run)
    assert store.runs(START) == [run]
    store.end_run(RUN, "done", LATER)
    assert [(row.state, row.ended_at) for row in store.runs(START)] == [("done", LATER)]
    assert store.runs(LATER) == []


def test_what_a_monitor_published_is_replaced_when_it_says_so_anew(store: Store) -> None:
    store.put_published("open-ai-api", "mean response time", "611 ms", "summary.json")
    store.put_all_published(
        [
            Published("open-ai-api", "uptime", "100.00%", "summary.json"),
            Published("open-ai-api", "mean response time", "92 ms", "summary.json"),
        ]
    )
    with reopened(store) as again:
        assert again.published() == {"open-ai-api": {"uptime": "100.00%", "mean response time": "92 ms"}}


def test_a_time_without_a_zone_is_refused_everywhere(store: Store) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        store.claim_slot("reach", datetime(2026, 11, 22), LATER)  # noqa: DTZ001 - the case
    assert store.slots() == []
