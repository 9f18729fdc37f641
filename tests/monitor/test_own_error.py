"""How wrong our own times were: kept with each run, summed up over a window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from monitor.judge.result import OwnError
from monitor.own_error import read_own_error
from monitor.store import RunRow, Store
from probes.instrument import RunError

START = datetime(2026, 11, 22, tzinfo=UTC)
FOUND = RunError(8.0, 2.0, 1.0, 3, 0.4, 1.0, 0.9, 0, 0.0)


def stored(folder: Path, errors: list[RunError | None]) -> Path:
    """A run each minute, and a snapshot of the store."""
    with Store.open(folder / "upheld.duckdb") as store:
        for number, error in enumerate(errors):
            at = START + timedelta(minutes=number)
            store.start_run(RunRow(UUID(int=number), "reach", at, at, None, "running", "here", simulated=False))
            store.end_run(UUID(int=number), "done", at, error)
        assert [run.error for run in store.runs(START)] == errors
        store.snapshot(folder / "copy.duckdb")
    return folder / "copy.duckdb"


@pytest.mark.parametrize(
    ("errors", "summed"),
    [
        pytest.param([], OwnError(0, None, None, None, None, None, 0, 0.0), id="no run"),
        pytest.param([None, None], OwnError(0, None, None, None, None, None, 0, 0.0), id="none that measured itself"),
        pytest.param([FOUND, None], OwnError(1, 8.0, 8.0, 8.0, 0.4, 2.0, 0, 0.0), id="one of two"),
        pytest.param(
            [FOUND, replace(FOUND, error_ms=90.0, clock_steps=1, clock_step_ms=-3000.0), FOUND],
            OwnError(3, 8.0, 90.0, 90.0, 0.4, 2.0, 1, -3000.0),
            id="the worst and the usual one, and a clock set back",
        ),
    ],
)
def test_the_errors_of_a_windows_runs_are_summed_up(
    tmp_path: Path, errors: list[RunError | None], summed: OwnError
) -> None:
    assert read_own_error(stored(tmp_path, errors), START, START + timedelta(hours=1)) == summed


def test_a_run_outside_of_the_window_does_not_count(tmp_path: Path) -> None:
    copy = stored(tmp_path, [FOUND, FOUND, FOUND])
    assert read_own_error(copy, START + timedelta(minutes=1), START + timedelta(minutes=2)).runs == 1
