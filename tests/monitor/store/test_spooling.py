"""What other processes leave for the owner of the store, beside rows: their runs, taken twice if need be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from monitor.store import RunRow, Store, spool
from monitor.store.spooling import DamagedSpool, drain, read, waiting
from probes.run_error import RunError

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
FOUND = RunError(8.5, 2.0, 1.0, 3, 0.4, 1.0, None, 1, -300.0)
BEGUN = RunRow(UUID(int=7), "burst", None, START, None, "running", "fra-1", simulated=False)
ENDED = RunRow(
    UUID(int=7), "burst", START, START, START + timedelta(seconds=9), "stopped", "fra-1", simulated=True, error=FOUND
)


@pytest.mark.parametrize("run", [BEGUN, ENDED], ids=["begun", "ended, with its own error"])
def test_a_run_comes_out_of_the_spool_as_it_went_in(tmp_path: Path, run: RunRow) -> None:
    spool(tmp_path, [], runs=[run])
    (path,) = waiting(tmp_path)
    assert read(path).runs == (run,)


def test_the_owner_enters_a_run_that_another_process_made_and_its_own_error(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        for runs in ([BEGUN], [ENDED], [ENDED]):  # the last: killed between storing and removing the file
            spool(tmp_path, [], runs=runs)
            assert drain(store) == []
        (kept,) = store.runs(START)
    assert (kept.started_at, kept.ended_at, kept.state, kept.error) == (START, ENDED.ended_at, "stopped", FOUND)
    assert waiting(tmp_path) == []


def test_half_a_run_is_set_aside_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "x.jsonl"
    path.parent.mkdir()
    path.write_text('{"run": {"run_id": "00000000-0000-0000-0000-000000000007"}}\n', encoding="utf-8")
    with pytest.raises(DamagedSpool, match=r"x\.jsonl, line 1"):
        read(path)
