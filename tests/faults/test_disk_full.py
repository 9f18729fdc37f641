"""A full disk, in both of DuckDB's ways to meet it: nothing is lost, nothing is doubled, and it goes on after.

A limit on the size of files stands in for the full disk, so that the tests need no privileges; where mounting is
allowed, the same is done on a small file system that really is full.
"""

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store import Store, StoreError, Writer, read_samples
from tests.monitor.store.making import START, sample


@contextlib.contextmanager
def full_at(size: int) -> Iterator[None]:
    """No file of this process can grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def checkpoint_at(store: Store, size: str) -> None:
    store._database.con.execute(f"SET checkpoint_threshold = '{size}'")


def fill(store: Store, batch: int) -> tuple[int, bool]:
    """Append batches until one fails, or DuckDB breaks. How many rows were stored, and whether one failed."""
    instance = store._database.con
    for start in range(0, 100_000, batch):
        try:
            store.append([sample(number, error="x" * 200) for number in range(start, start + batch)])
        except StoreError:
            return start, True
        if store._database._con is not instance:
            return start + batch, False
    raise AssertionError("it never became full")


def test_a_batch_that_finds_no_room_is_not_stored_and_is_stored_when_there_is_room(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "upheld.duckdb")
    with full_at(400_000):
        rows, failed = fill(store, 100)
        assert failed
        with pytest.raises(StoreError, match=r"not written: .*File too large"):
            store.append([sample(number) for number in range(rows, rows + 100)])
        with pytest.raises(StoreError, match="not written"):
            [store.reserve("wisgate" * 1000, 0.1, START) for _ in range(100)]
        assert store.count() == rows
        assert store.append([sample(number) for number in range(rows)]) == 0
    assert store.append([sample(number) for number in range(rows + 100)]) == 100
    assert store.verify("fra-1") is None
    store.close()


def test_a_commit_that_is_durable_though_the_checkpoint_after_it_failed_counts_as_done(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "upheld.duckdb")
    checkpoint_at(store, "100KB")
    with full_at(900_000):
        rows, failed = fill(store, 10)
        assert not failed
        assert store.count() == rows  # the broken instance was opened anew
        assert store.verify("fra-1") is None
    assert store.append([sample(number) for number in range(rows + 10)]) == 10
    store.close()
    with Store.open(tmp_path / "upheld.duckdb") as again:
        assert (again.count(), again.verify("fra-1")) == (rows + 10, None)


def test_a_claim_that_is_durable_though_the_checkpoint_after_it_failed_was_made_by_us(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "upheld.duckdb")
    store.snapshot(tmp_path / "snapshot.duckdb")  # it checkpoints: the log is empty
    checkpoint_at(store, "1KB")
    instance, week = store._database.con, 0
    with full_at(store.path.stat().st_size):
        while store._database._con is instance:
            week += 1
            assert store.claim_delivery("weekly", f"week {week}", START)
        assert not store.claim_delivery("weekly", f"week {week}", START)
    assert [row.key for row in store.deliveries()] == sorted(f"week {number + 1}" for number in range(week))
    store.close()


def test_a_snapshot_that_finds_no_room_fails_alone(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "upheld.duckdb")
    store.append([sample(1)])
    store.snapshot(tmp_path / "snapshot.duckdb")
    store.append([sample(2)])  # else there is nothing to copy
    with full_at(store.path.stat().st_size // 2), pytest.raises(StoreError, match="no snapshot at"):
        store.snapshot(tmp_path / "snapshot.duckdb")
    assert store.append([sample(3)]) == 1
    assert len(read_samples(tmp_path / "snapshot.duckdb")) == 1
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot.duckdb", "upheld.duckdb"]


def test_the_chain_goes_on_from_what_another_owner_stored_while_the_disk_was_full(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "upheld.duckdb")
    store.append([sample(number) for number in range(100)])
    with full_at(store.path.stat().st_size // 2), pytest.raises(StoreError, match="no snapshot at"):
        store.snapshot(tmp_path / "snapshot.duckdb")  # DuckDB is broken by it, and gives up the file
    with Store.open(tmp_path / "upheld.duckdb") as other:
        other.append([sample(100)])
    assert store.append([sample(101)]) == 1
    assert (store.count(), store.verify("fra-1")) == (102, None)
    store.close()


async def test_the_writer_keeps_its_rows_while_the_disk_is_full(tmp_path: Path) -> None:
    writer = Writer.start(tmp_path / "upheld.duckdb", flush_s=60)
    with full_at(200_000):
        for number in range(3000):
            writer.put(sample(number))
        with pytest.raises(StoreError, match="File too large"):
            await writer.flush()
        assert writer.backlog > 0
    await writer.flush()
    assert await writer.call(lambda store: (store.count(), store.verify("fra-1"))) == (3000, None)
    await writer.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB; skipped where mounting is not permitted."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(tmp_path)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system is not permitted here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True, capture_output=True)


def test_a_file_system_that_is_really_full_loses_nothing(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_500_000)
    store = Store.open(small_disk / "upheld.duckdb")
    rows, failed = fill(store, 50)
    assert failed
    assert store.count() == rows
    ballast.unlink()
    assert store.append([sample(number) for number in range(rows + 50)]) == 50
    store.close()
    with Store.open(small_disk / "upheld.duckdb") as again:
        assert (again.count(), again.verify("fra-1")) == (rows + 50, None)
