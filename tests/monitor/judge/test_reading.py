"""Reading the store in arrays gives what reading it as a table gives."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.judge import reading
from monitor.judge.columns import SHARED, Rows, by_provider
from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.frames import rows_of
from monitor.judge.judgement import judge, judge_rows
from monitor.judge.result import to_json
from monitor.store import Store, narrow, read_samples
from monitor.store.narrow import reading_arrays
from monitor.weekly import judge_week, judge_week_rows
from monitor.weeks import Week
from probes.ids import uuid7_of
from probes.model import Attribution, Mode, Outcome, ProbeKind, Sample

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=2)
NUMBER = count()
milliseconds = st.one_of(st.none(), st.floats(0, 1e5))

WIDE = (
    "seq", "dns_ms", "connect_ms", "tls_ms", "upload_ms", "wait_ms", "download_ms", "cost_usd", "retry_after_s",
    "limit_requests",
)  # fmt: skip


@st.composite
def samples(draw: st.DrawFn) -> list[Sample]:
    """A day and a half of two providers: any probe, any answer, in any order of time."""
    made = []
    durations: dict[str, Any]
    for _ in range(draw(st.integers(1, 40))):
        durations = {name: draw(milliseconds) for name in ("lateness_ms", "total_ms", *WIDE[1:7])}
        planned_at = START + timedelta(seconds=draw(st.integers(0, 130_000)), microseconds=next(NUMBER) % 1_000_000)
        probe = draw(st.sampled_from([ProbeKind.REACH, ProbeKind.REACH, ProbeKind.BASELINE, ProbeKind.BURST]))
        sent = draw(st.booleans()) or draw(st.booleans())
        made.append(
            Sample(
                sample_id=uuid7_of(planned_at, "s", str(next(NUMBER))),
                run_id=uuid7_of(START, "run", str(draw(st.integers(0, 2)))),
                seq=draw(st.integers(0, 9)),
                block_id=draw(st.sampled_from([None, *(uuid7_of(START, "block", str(n)) for n in range(3))])),
                location=draw(st.sampled_from(["fra-1", "simulated"])),
                provider=draw(st.sampled_from(["a", "b"])),
                model=draw(st.sampled_from(["m", "n-preview"])),
                model_version=draw(st.sampled_from([None, "m-001"])),
                probe=probe,
                mode=draw(st.sampled_from([Mode.SCHEDULED, Mode.SCHEDULED, Mode.IMPORTED, Mode.SUSTAIN, Mode.CONFIRM])),
                size=None if probe is ProbeKind.REACH else draw(st.sampled_from(["1K", "2K"])),
                planned_at=planned_at,
                sent_at=planned_at + timedelta(milliseconds=draw(st.integers(0, 900))) if sent else None,
                outcome=draw(st.sampled_from([*Outcome, *[Outcome.OK] * 10])) if sent else Outcome.NOT_SENT,
                detail=draw(st.sampled_from([None, "late", "breaker", "ttfb"])),
                attribution=draw(st.sampled_from(Attribution)),
                rule=draw(st.sampled_from(["test", "import.upptime.status"])),
                status=draw(st.sampled_from([None, 200, 429, 503])),
                control_ok=draw(st.sampled_from([None, True, False])),
                billed=draw(st.sampled_from([None, True, False])),
                conn_reused=draw(st.sampled_from([None, True, False])),
                images=0,
                cost_usd=draw(st.sampled_from([None, 0.0, 0.04])),
                limit_requests=draw(st.sampled_from([None, 60.0])),
                **durations,
            )
        )
    return made


def rows_in_arrays(path: Path, *windows: tuple[datetime, datetime]) -> dict[str, Rows]:
    with reading_arrays(path) as source:
        assert source is not None
        wanted = reading.plan(source, source.census(), *(windows or [(START, END)]))
        return dict(reading.rows_of(source, wanted, wanted.rows))


def store_of(tmp_path: Path, rows: list[Sample]) -> Path:
    path = tmp_path / f"{next(NUMBER)}.duckdb"
    with Store.open(path) as store:
        store.append(rows)
    return path


def told(rows: Rows) -> dict[str, Any]:
    """Every column in words and numbers, which do not depend on how kinds are numbered."""
    columns: dict[str, Any] = {name: getattr(rows, name) for name in ("t", "sent_at", "lateness_ms", "total_ms")}
    columns |= {name: getattr(rows, name) for name in ("status", "control_ok", "billed", "conn_reused", *WIDE)}
    words = {name: getattr(rows, name) for name in (*SHARED, "run", "model_version")}
    columns |= {name: [column.at(i) for i in range(len(rows))] for name, column in words.items()}
    return columns | {"block": np.unique(rows.block, return_inverse=True)[1]}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples())
def test_rows_are_those_of_the_table_whatever_they_are(tmp_path: Path, made: list[Sample]) -> None:
    path = store_of(tmp_path, made)
    table = by_provider(rows_of(read_samples(path)))
    found = rows_in_arrays(path)
    assert list(found) == list(table)
    for name, rows in found.items():
        expected = told(table[name])
        for column, values in told(rows).items():
            shown = slice(None) if column not in {*WIDE, "model_version", "block"} else rows.place >= 0
            if isinstance(values, list):
                assert np.array(values, object)[shown].tolist() == np.array(expected[column], object)[shown].tolist()
            else:
                np.testing.assert_array_equal(values[shown], expected[column][shown], err_msg=column)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples(), st.integers(0, 40), st.integers(41, 48))
def test_every_number_is_that_of_a_full_pass_over_the_table(
    tmp_path: Path, made: list[Sample], first: int, last: int
) -> None:
    since, until = START + timedelta(hours=first), START + timedelta(hours=last)
    path = store_of(tmp_path, made)
    facts = Facts({"a": ProviderFacts(usd_per_image={"1K": 0.04}), "nobody": ProviderFacts()})
    by_table = judge(read_samples(path), facts, since=since, until=until, as_of=until)
    by_arrays = judge_rows(rows_in_arrays(path, (since, until)), facts, since=since, until=until, as_of=until)
    assert to_json(by_arrays) == to_json(by_table)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples(), st.integers(0, 36))
def test_a_week_from_arrays_is_the_week_from_the_table(tmp_path: Path, made: list[Sample], hours: int) -> None:
    week, as_of = Week(2026, 45), datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=hours)
    path, facts = store_of(tmp_path, made), Facts({"a": ProviderFacts(usd_per_image={"1K": 0.04})})
    start, end = week.bounds(UTC)
    rows = rows_in_arrays(path, week.previous().bounds(UTC), (start, min(end, as_of)))
    by_table = judge_week(read_samples(path, until=end), facts, week, as_of=as_of)
    by_arrays = judge_week_rows(rows, facts, week, as_of=as_of)
    assert to_json(by_arrays.week) == to_json(by_table.week)
    assert (by_arrays.before is None) is (by_table.before is None)
    assert by_arrays.before is None or by_table.before is None or to_json(by_arrays.before) == to_json(by_table.before)
    assert by_arrays.days == by_table.days


def test_chunks_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        Sample(
            sample_id=uuid7_of(START, "s", str(n)), run_id=uuid7_of(START, "r"), seq=n, location="fra-1",
            provider="ab"[n % 2], model="m", probe=ProbeKind.BASELINE if n % 3 else ProbeKind.REACH,
            mode=Mode.SCHEDULED, planned_at=START + timedelta(minutes=n * 7 % 5000), outcome=Outcome.OK,
            attribution=Attribution.PROVIDER, rule="test", images=0, total_ms=float(n),
        )
        for n in range(5000)
    ]  # fmt: skip
    path = store_of(tmp_path, made)
    whole = {name: told(rows) for name, rows in rows_in_arrays(path).items()}
    monkeypatch.setattr(narrow, "CHUNK", 2048)
    for name, rows in rows_in_arrays(path).items():
        for column, values in told(rows).items():
            np.testing.assert_array_equal(values, whole[name][column])


def test_a_snapshot_without_numbers_is_left_to_the_table(tmp_path: Path) -> None:
    path = store_of(tmp_path, [])
    with duckdb.connect(str(path)) as con:
        con.execute("ALTER TABLE samples DROP COLUMN kind")
    with reading_arrays(path) as source:
        assert source is None
