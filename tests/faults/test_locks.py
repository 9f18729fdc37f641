"""One owner of the file: other processes are kept out, told by whom, and never break the lock by looking."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from monitor.store import Store, StoreLocked, read_samples, snapshot_for_reading
from tests.monitor.store.making import sample

OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'read'); print('opened')"
HOLD = """
import duckdb, sys
con = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


def can_open(path: Path, how: str) -> bool:
    """Whether another process gets the file."""
    command = [sys.executable, "-c", OPEN, str(path), how]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout == "opened\n"


def test_other_processes_are_kept_out_even_after_snapshots_were_copied(tmp_path: Path) -> None:
    """Opening and closing the live file in the owner's process would give up DuckDB's lock, so nothing does."""
    path = tmp_path / "upheld.duckdb"
    with Store.open(path) as store:
        store.append([sample(1)])
        store.snapshot(tmp_path / "snapshot.duckdb")
        read_samples(tmp_path / "snapshot.duckdb")
        snapshot_for_reading(tmp_path, wait_s=0)
        with pytest.raises(StoreLocked, match="already open in this process"):
            Store.open(path)
        assert not can_open(path, "read")
        assert not can_open(path, "write")
        assert can_open(tmp_path / "snapshot.duckdb", "read")
    assert can_open(path, "write")


def test_a_file_that_another_process_holds_names_it_and_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "upheld.duckdb"
    Store.open(path).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked, match=rf"upheld\.duckdb: in use by another process \(PID {holder.pid}\)"):
            Store.open(path)
        opened: list[Store] = []
        waiter = threading.Thread(target=lambda: opened.append(Store.open(path, wait_s=30)))
        waiter.start()
    finally:
        holder.communicate("\n", timeout=30)
    waiter.join()
    assert opened[0].append([sample(1)]) == 1
    opened[0].close()
