"""Reads how wrong our own times were, over all runs of a window: each run has measured it of itself."""

from datetime import datetime
from pathlib import Path

from monitor.judge.result import OwnError
from monitor.store.snapshot import reading
from monitor.store.transactions import stored

_SQL = (
    "SELECT count(error_ms), quantile_disc(error_ms, 0.5), quantile_disc(error_ms, 0.99), max(error_ms),"
    " max(lag_p99_ms), max(control_max_ms), coalesce(sum(clock_steps), 0),"
    " coalesce(arg_max(clock_step_ms, abs(clock_step_ms)), 0), count(*) - count(error_ms)"
    " FROM runs WHERE started_at < ? AND coalesce(ended_at, started_at) >= ?"
)


def read_own_error(snapshot: Path, since: datetime, until: datetime) -> OwnError:
    """Of the runs that were under way in [since, until), whenever they began."""
    with reading(snapshot) as con:
        (row,) = con.execute(_SQL, [stored(until), stored(since)]).fetchall()
    runs, p50_ms, p99_ms, max_ms, lag_ms, control_ms, steps, step_ms, unmeasured = row
    return OwnError(runs, p50_ms, p99_ms, max_ms, lag_ms, control_ms, int(steps), float(step_ms), unmeasured)
