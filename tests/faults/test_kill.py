"""SIGKILL in the middle of writing: what was said to be durable is there, once, in an unbroken chain."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.store import Store, StoreLocked, snapshot_for_reading

from .appending import BATCH

ROOT = Path(__file__).parents[2]
ROUNDS = 6


def victim(path: Path, first: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "tests.faults.appending", str(path), str(first)]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed_after(path: Path, first: int, batches: int) -> list[int]:
    """The batches that a process said were durable before it was killed in the middle of the next."""
    process = victim(path, first)
    assert process.stdout is not None
    said = []
    try:
        assert process.stdout.readline() == "ready\n"
        said = [int(process.stdout.readline()) for _ in range(batches)]
        for _ in range(random.randrange(200_000)):  # any moment will do
            os.getpid()
    finally:
        process.kill()
    rest, _ = process.communicate(timeout=20)
    return said + [int(line) for line in rest.splitlines()]


def test_no_durable_row_is_lost_or_doubled_and_the_chain_holds_after_kills_at_any_moment(tmp_path: Path) -> None:
    path, said = tmp_path / "upheld.duckdb", set[int]()
    for batches in random.sample(range(12), ROUNDS):
        said |= set(killed_after(path, max(said, default=0), batches))  # the last one again: it may be there already
        with Store.open(path, wait_s=10) as store:
            rows = store._read("SELECT seq, count(*) FROM samples GROUP BY seq ORDER BY seq")
            slots = {slot.slot_at for slot in store.slots()}
            assert [store.verify(location) for location in ("loc-0", "loc-1")] == [None, None]
        assert {copies for _, copies in rows} <= {1}
        assert {seq // BATCH for seq, _ in rows} >= said
        assert len(rows) % BATCH == 0  # a batch is there whole or not at all
        assert len(slots) >= len(said)
    assert said


def test_the_lock_of_a_killed_owner_is_free_at_once(tmp_path: Path) -> None:
    process = victim(tmp_path / "upheld.duckdb", 0)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(StoreLocked, match=f"PID {process.pid}"):
        Store.open(tmp_path / "upheld.duckdb")
    process.kill()
    process.communicate(timeout=20)
    Store.open(tmp_path / "upheld.duckdb").close()


def test_readers_are_served_the_rows_of_a_killed_owner(tmp_path: Path) -> None:
    said = killed_after(tmp_path / "upheld.duckdb", 0, 3)
    snapshot = snapshot_for_reading(tmp_path)
    assert snapshot.fresh
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.count() >= BATCH * len(said)
