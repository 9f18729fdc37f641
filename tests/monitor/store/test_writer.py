"""The writer's thread: rows in without waiting, durable rows out, and no failure without a word."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from monitor.store import Published, Store, StoreDamaged, StoreError, StoreLocked, Writer, spool

from .making import START, sample


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    """A writer that flushes only when it is asked to, so that tests say when."""
    started = Writer.start(tmp_path / "upheld.duckdb", flush_s=60)
    yield started
    await started.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Let the thread work until something is so; it tells nobody when it has."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)


async def count(writer: Writer) -> int:
    return await writer.call(lambda store: store.count())


class Hammer:
    """A second connection to the writer's database, to break the table under it and to mend it."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def breaks(self) -> None:
        self._con.execute("ALTER TABLE samples RENAME TO away")

    def mends(self) -> None:
        self._con.execute("ALTER TABLE away RENAME TO samples")
        self._con.close()


async def hammer_for(writer: Writer) -> Hammer:
    return Hammer(await writer.call(lambda store: store._database.con.cursor()))


async def test_what_was_put_is_durable_after_a_flush(writer: Writer) -> None:
    for number in range(30):
        writer.put(sample(number))
    await writer.flush()
    assert writer.backlog == 0
    assert await count(writer) == 30
    assert await writer.call(lambda store: store.verify("fra-1")) is None


async def test_rows_are_stored_without_a_flush_when_enough_of_them_wait(tmp_path: Path) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb", flush_s=60, max_rows=10)
    stored = threading.Event()
    for number in range(10):
        writer.put(sample(number))
    await writer.call(lambda store: stored.set() if store.count() == 10 else None)
    assert stored.is_set()
    await writer.stop()


async def test_rows_are_stored_in_time_without_anyone_asking(tmp_path: Path) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb", flush_s=0.01)
    writer.put(sample())
    await until(lambda: not writer.backlog)
    await writer.stop()


async def test_putting_does_not_wait_while_the_thread_is_busy(writer: Writer) -> None:
    go = threading.Event()
    busy = asyncio.ensure_future(writer.call(lambda _: go.wait(20)))
    for number in range(1000):
        writer.put(sample(number))
    assert not busy.done()
    go.set()
    assert await busy
    assert await count(writer) == 1000


async def test_calls_run_in_order_and_see_every_row_put_before_them(writer: Writer) -> None:
    seen = []
    for number in range(3):
        writer.put(sample(number))
        seen.append(asyncio.wrap_future(writer._ask(lambda store: store.count())))
    assert await asyncio.gather(*seen) == [1, 2, 3]


async def test_what_a_call_raises_is_raised_where_it_was_asked(writer: Writer) -> None:
    def fail(_: Store) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await writer.call(fail)
    assert await count(writer) == 0


async def test_a_flush_that_fails_keeps_its_rows_and_says_so_until_it_succeeds(writer: Writer) -> None:
    hammer = await hammer_for(writer)
    hammer.breaks()
    writer.put(sample(1))
    for _ in range(2):
        with pytest.raises(StoreError, match="samples"):
            await writer.flush()
    writer.put(sample(2))
    with pytest.raises(StoreError, match="samples"):
        await writer.call(lambda store: store.claim_slot("reach", START, START))
    hammer.mends()
    assert await count(writer) == 2
    assert await writer.call(lambda store: store.slots()) == []  # nothing was claimed while rows could not be kept


async def test_a_flush_that_fails_on_its_own_is_logged_and_tried_again_ever_more_slowly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb", flush_s=0.001)
    hammer = await hammer_for(writer)
    hammer.breaks()
    writer.put(sample(1))
    await until(lambda: writer._failures >= 3)
    assert writer._retry_at > 0
    hammer.mends()
    await until(lambda: not writer.backlog)
    assert await count(writer) == 1
    await writer.stop()
    messages = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert messages[0].startswith("1 rows wait in memory: ")
    assert len(messages) < 10


async def test_rows_that_cannot_be_stored_at_the_end_wait_in_the_spool_for_the_next_owner(tmp_path: Path) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb", flush_s=60)
    hammer = await hammer_for(writer)
    hammer.breaks()
    for number in range(3):
        writer.put(sample(number))
    with pytest.raises(StoreError, match=r"3 rows are in .*spool and will be stored at the next start"):
        await writer.stop()
    with duckdb.connect(str(tmp_path / "upheld.duckdb")) as con:
        Hammer(con).mends()
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.count() == 0
    assert await drained(tmp_path) == [0, 1, 2]


async def test_a_row_that_no_column_takes_is_set_aside_and_said_once_and_the_others_are_stored(
    writer: Writer, tmp_path: Path
) -> None:
    writer.put(sample(1))
    writer.put(replace(sample(2), outcome="fine"))
    writer.put(sample(3))
    with pytest.raises(StoreError, match="set aside: outcome: 'fine' is not known"):
        await writer.flush()
    assert await count(writer) == 2
    (aside,) = (tmp_path / "spool" / "damaged").glob("*.jsonl")
    assert str(sample(2).sample_id) in aside.read_text()
    assert "'fine'" in aside.with_suffix(".reason.txt").read_text()


async def test_stopping_stores_what_waits_and_stopping_twice_is_stopping_once(tmp_path: Path) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb", flush_s=60)
    writer.put(sample(1))
    await writer.stop()
    await writer.stop()
    writer.stop_sync()
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.count() == 1


async def test_nothing_is_taken_after_the_end(tmp_path: Path) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb")
    await writer.stop()
    with pytest.raises(StoreError, match="has stopped"):
        writer.put(sample(1))
    with pytest.raises(StoreError, match="has stopped"):
        await writer.flush()


def test_a_store_that_does_not_open_is_told_to_whoever_starts_the_writer(tmp_path: Path) -> None:
    (tmp_path / "upheld.duckdb").write_bytes(b"junk" * 9999)
    with pytest.raises(StoreDamaged):
        Writer.start(tmp_path / "upheld.duckdb")
    with Store.open(tmp_path / "other.duckdb"), pytest.raises(StoreLocked):
        Writer.start(tmp_path / "other.duckdb")


def test_code_without_an_event_loop_can_use_it(tmp_path: Path) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb")
    writer.put(sample(1))
    assert writer.call_sync(lambda store: store.count()) == 1
    writer.stop_sync()


async def test_a_waiter_that_gives_up_does_not_disturb_the_others(writer: Writer) -> None:
    go = threading.Event()
    busy = asyncio.ensure_future(writer.call(lambda _: go.wait(20)))
    ran: list[int] = []
    given_up = asyncio.ensure_future(writer.call(lambda _: ran.append(1)))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    go.set()
    assert await busy
    assert await count(writer) == 0
    assert ran == []


async def test_a_defect_in_the_thread_leaves_nobody_waiting_and_no_row_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("threading.excepthook", lambda _: None)  # it is raised there as well
    writer = Writer.start(tmp_path / "upheld.duckdb", flush_s=60)
    go = threading.Event()
    busy = asyncio.ensure_future(writer.call(lambda _: go.wait(20)))
    await asyncio.sleep(0)
    monkeypatch.setattr(writer, "_max_rows", None)  # the next row ends the thread
    writer.put(sample(1))
    waiting = asyncio.ensure_future(writer.flush())
    await asyncio.sleep(0)
    go.set()
    await busy
    with pytest.raises(StoreError, match="the writer failed: TypeError"):
        await waiting
    writer._thread.join()
    with pytest.raises(StoreError, match="has stopped"):
        writer.put(sample(2))
    assert len(list((tmp_path / "spool").glob("*.jsonl"))) == 1
    assert "TypeError" in caplog.text


async def drained(data_dir: Path) -> list[int]:
    """The `seq` of all rows after a writer has taken what is in the spool."""
    writer = Writer.start(data_dir / "upheld.duckdb", flush_s=60)
    await writer.drain()
    seqs = await writer.call(lambda store: store._read("SELECT seq FROM samples ORDER BY seq"))
    await writer.stop()
    return [seq for (seq,) in seqs]


async def test_what_other_processes_left_is_stored_once_and_removed(tmp_path: Path) -> None:
    spool(tmp_path, [sample(1), sample(2)], [Published("open-ai-api", "uptime", "100.00%", "summary.json")])
    assert await drained(tmp_path) == [1, 2]
    spool(tmp_path, [sample(2), sample(3)])  # an import that was started again
    assert await drained(tmp_path) == [1, 2, 3]
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.published() == {"open-ai-api": {"uptime": "100.00%"}}
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"sample_id": "x"}' + b"\n", "line 1: sample_id: 'x' is no UUID"),
        (b"[1]\n", "line 1"),
        (b"{}\n{oops\n", "line 1"),
        (b'{"published": {"provider": "x"}}' + b"\n", "line 1"),
        (b"\xff\xfe\n", "no UTF-8"),
    ],
    ids=["row", "list", "json", "published", "bytes"],
)
async def test_a_damaged_spool_file_is_set_aside_with_its_reason_and_the_others_are_stored(
    tmp_path: Path, content: bytes, says: str
) -> None:
    folder = spool(tmp_path, [sample(1)])
    (folder / "bad.jsonl").write_bytes(content)
    assert await drained(tmp_path) == [1]
    assert (folder / "damaged" / "bad.jsonl").read_bytes() == content
    assert says in (folder / "damaged" / "bad.reason.txt").read_text()


def test_the_spool_leaves_whole_files_of_a_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.spooling.MAX_ROWS", 2)
    folder = spool(tmp_path, [sample(number) for number in range(5)])
    spool(tmp_path, [sample(number) for number in range(5)])  # the same rows are the same files
    assert sorted(len(path.read_text().splitlines()) for path in folder.iterdir()) == [1, 2, 2]


def test_a_spool_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file in the way")
    with pytest.raises(StoreError, match="spool"):
        spool(tmp_path, [sample()])
