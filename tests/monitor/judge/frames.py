"""Tables of samples for tests: rows of keyword arguments, with the rest as a healthy probe would have it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

import pandas as pd

from monitor.judge.columns import Rows, micros
from monitor.judge.facts import Facts, Maintenance, ProviderFacts
from monitor.judge.frames import rows_of
from monitor.judge.judgement import judge
from monitor.judge.result import Judgement, ProviderJudgement
from monitor.judge.timeline import Timeline, timeline
from probes.model import COLUMNS

T0 = datetime(2026, 11, 1, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0

Row = dict[str, Any]
_NOTHING: Row = dict.fromkeys(COLUMNS)

_STATUS = {
    "ok": 200, "ok_degraded": 200, "ok_no_image": 200, "malformed": 200, "truncated": 200, "image_invalid": 200,
    "blocked": 400, "client_error": 400, "auth": 401, "balance": 402, "rate_limited": 429, "server_error": 500,
    "overloaded": 503,
}  # fmt: skip
_WHOSE = {
    "auth": "client", "balance": "client", "client_error": "client", "blocked": "policy", "rate_limited": "client",
    "not_sent": "monitor",
}  # fmt: skip


def at(seconds: float) -> datetime:
    """So many seconds after the start of time in tests."""
    return T0 + timedelta(seconds=seconds)


def row(seconds: float, outcome: str = "ok", **given: Any) -> Row:  # noqa: ANN401 - any column
    """One row of a provider `p`, planned so many seconds after T0; a reach probe that took 100 ms unless told."""
    probe, size = given.get("probe", "reach"), given.get("size")
    sent = outcome != "not_sent"
    usual: Row = {
        "sample_id": md5(f"{seconds}{outcome}{sorted(given.items(), key=str)}".encode()).hexdigest(),
        "run_id": str(UUID(int=1)),
        "seq": 0,
        "location": "fra-1",
        "provider": "p",
        "model": "m",
        "probe": "baseline" if size else probe,
        "mode": "scheduled",
        "planned_at": at(seconds),
        "sent_at": at(seconds) if sent else None,
        "lateness_ms": 0.0 if sent else None,
        "total_ms": 100.0 if sent else None,
        "status": _STATUS.get(outcome),
        "outcome": outcome,
        "attribution": _WHOSE.get(outcome, "provider"),
        "rule": "test",
        "images": 0,
    }
    return _NOTHING | usual | given


def every(gap_s: float, start_s: float, end_s: float, outcome: str = "ok", **given: Any) -> list[Row]:  # noqa: ANN401
    """Rows each `gap_s` seconds from `start_s`, before `end_s`."""
    count = int(-(-(end_s - start_s) // gap_s))
    return [row(start_s + i * gap_s, outcome, **given) for i in range(count)]


def frame(rows: Iterable[Row] | pd.DataFrame) -> pd.DataFrame:
    """The table as the store hands it out."""
    return rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows), columns=list(COLUMNS))


def minutes(count: int, bad: Mapping[int, str] | None = None) -> pd.DataFrame:
    """A reach probe each minute, well but for these; a table at once, since a month of dictionaries takes seconds."""
    outcomes = ["ok"] * count
    for minute, outcome in (bad or {}).items():
        outcomes[minute] = outcome
    planned = pd.Series(pd.date_range(T0, periods=count, freq="min"))
    usual = {name: value for name, value in row(0).items() if value is not None}
    table = pd.DataFrame(usual | {"outcome": outcomes}, index=range(count)).reindex(columns=list(COLUMNS))
    return table.assign(
        sample_id=[f"{minute:x}" for minute in range(count)],
        planned_at=planned,
        sent_at=planned,
        status=[float(_STATUS.get(outcome, "nan")) for outcome in outcomes],
    )


def columns(rows: Iterable[Row]) -> Rows:
    """The same as typed columns."""
    return rows_of(frame(rows))


def line(rows: Iterable[Row], end_s: float, maintenance: Iterable[tuple[float, float]] = ()) -> Timeline:
    """The timeline of these rows, up to `end_s`."""
    windows = [Maintenance(at(start), at(end), "notice") for start, end in maintenance]
    return timeline(columns(rows), windows, since=micros(T0), horizon=micros(at(end_s)))


def judged(
    rows: Iterable[Row] | pd.DataFrame,
    end_s: float,
    start_s: float = 0.0,
    facts: ProviderFacts | None = None,
    planned_rpm: float | None = None,
) -> ProviderJudgement:
    """What is said of provider `p` in [start, end)."""
    return judgement(rows, end_s, start_s, facts, planned_rpm).providers["p"]


def judgement(
    rows: Iterable[Row] | pd.DataFrame,
    end_s: float,
    start_s: float = 0.0,
    facts: ProviderFacts | None = None,
    planned_rpm: float | None = None,
) -> Judgement:
    """All that is said in [start, end), as of the end."""
    told = Facts({"p": facts or ProviderFacts()}, planned_rpm=planned_rpm)
    return judge(frame(rows), told, since=at(start_s), until=at(end_s), as_of=at(end_s))
