"""How wrong our own times were: kept with each run, summed up over a window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from monitor.judge.result import OwnError
from monitor.own_error import read_own_error
from monitor.store import RunRow, Store
from probes.run_error import RunError

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
        pytest.param(
            [None, None], OwnError(0, None, None, None, None, None, 0, 0.0, 2), id="none that measured itself"
        ),
        pytest.param([FOUND, None], OwnError(1, 8.0, 8.0, 8.0, 0.4, 2.0, 0, 0.0, 1), id="one of two"),
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


def test_a_run_that_began_before_the_window_and_goes_on_in_it_counts(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.start_run(RunRow(UUID(int=1), "endurance", START, START, None, "running", "here", simulated=False))
        store.end_run(UUID(int=1), "done", START + timedelta(hours=72), FOUND)
        store.snapshot(tmp_path / "copy.duckdb")
    inside, after = START + timedelta(hours=30), START + timedelta(hours=80)
    assert read_own_error(tmp_path / "copy.duckdb", inside, after).runs == 1
    assert read_own_error(tmp_path / "copy.duckdb", after, after + timedelta(hours=1)).runs == 0


def test_a_run_in_two_parts_is_as_wrong_as_the_worse_of_them(tmp_path: Path) -> None:
    worse = replace(FOUND, error_ms=90.0, lag_max_ms=None, clock_steps=2, clock_step_ms=-300.0)
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.start_run(RunRow(UUID(int=1), "endurance", START, START, None, "running", "here", simulated=False))
        store.end_run(UUID(int=1), "stopped", START + timedelta(hours=1), worse)
        for _ in range(2):  # a spool file that is taken twice says it twice
            store.end_run(UUID(int=1), "done", START + timedelta(hours=3), replace(FOUND, clock_steps=1))
        (run,) = store.runs(START)
    assert run.error is not None
    assert (run.error.error_ms, run.error.controls, run.error.lag_max_ms) == (90.0, 6, 1.0)
    assert (run.error.clock_steps, run.error.clock_step_ms) == (3, -300.0)
