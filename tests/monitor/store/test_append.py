"""What is appended is there: whole, once, in order, after a restart, whatever the batches were."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.rows import RowError, from_values
from monitor.store import Store
from probes.model import COLUMNS, Sample

from .making import START, full_sample, sample


def rows(store: Store) -> list[Sample]:
    """All rows in the order they were stored, without the hashes."""
    found = store._read(f"SELECT {', '.join(COLUMNS)} FROM samples ORDER BY rowid")
    return [replace(from_values(values), prev_hash=None, hash=None) for values in found]


def test_the_table_has_the_contracts_columns_in_its_order(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        described = store._read("SELECT column_name, column_type FROM (DESCRIBE samples)")
    assert tuple(name for name, _ in described) == (*COLUMNS, "kind")  # the last is the store's own
    assert {kind for _, kind in described} == {"UUID", "INTEGER", "BIGINT", "VARCHAR", "TIMESTAMP", "DOUBLE", "BOOLEAN"}


def test_a_row_reads_back_as_it_was_put(tmp_path: Path) -> None:
    put = [full_sample(), sample(1)]
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.append(put) == 2
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert rows(store) == put


def test_what_is_stored_is_not_stored_again_in_a_batch_across_batches_or_across_restarts(tmp_path: Path) -> None:
    one, two, three = sample(1), sample(2), sample(3)
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.append([one, two, one]) == 2
        assert store.append([two, three]) == 1
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.append([three, one]) == 0
        assert store.append([]) == 0
        assert rows(store) == [one, two, three]


def test_of_two_rows_of_one_id_the_first_stays(tmp_path: Path) -> None:
    first, second = sample(1), sample(1, provider="laozhang")
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([first, second])
        assert rows(store) == [first]


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"planned_at": datetime(2026, 1, 1)}, "planned_at"),  # noqa: DTZ001 - the missing zone is the case
        ({"seq": 1 << 31}, "seq"),
        ({"image_bytes": 1 << 63}, "image_bytes"),
        ({"outcome": "fine"}, "outcome"),
        ({"status": "200.5"}, "status"),
        ({"provider": None}, "provider"),
        ({"sample_id": "x"}, "sample_id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_batch_with_a_row_that_no_column_takes_is_refused_whole(
    tmp_path: Path, changed: dict[str, object], column: str
) -> None:
    bad = replace(sample(2), **changed)  # type: ignore[arg-type]  # wrong types are the case
    with Store.open(tmp_path / "upheld.duckdb") as store:
        with pytest.raises(RowError) as caught:
            store.append([sample(1), bad])
        assert [fault.column for fault in caught.value.faults] == [column]
        assert store.count() == 0


def test_times_of_any_zone_are_stored_as_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    there = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(planned_at=there)])
        assert store._read("SELECT strftime(planned_at, '%Y-%m-%dT%H:%M:%S') FROM samples") == [
            ("2026-11-22T10:00:00",)
        ]


def test_numbers_that_are_not_finite_and_empty_texts_become_null_and_bad_characters_are_replaced(
    tmp_path: Path,
) -> None:
    odd = sample(total_ms=float("nan"), wait_ms=float("inf"), detail="", error="half \ud83d and NUL \0")
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([odd])
        assert rows(store) == [replace(odd, total_ms=None, wait_ms=None, detail=None, error="half � and NUL �")]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_batches_of_the_same_samples_give_the_same_rows_and_a_chain_that_holds(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    samples = [sample(number, location=f"loc-{number % 2}") for number in range(8)]
    repeated = data.draw(st.permutations(samples + data.draw(st.lists(st.sampled_from(samples), max_size=8))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(repeated) - 1), max_size=4)))
    reopen = data.draw(st.booleans())
    store = Store.open(tmp_path_factory.mktemp("any") / "upheld.duckdb")
    for start, end in zip([0, *cuts], [*cuts, len(repeated)], strict=True):
        store.append(repeated[start:end])
        if reopen:
            store.close()  # the chain goes on from what is in the file
            store = Store.open(store.path)
    with store:
        assert sorted(rows(store), key=lambda row: row.seq) == samples
        assert [store.verify(location) for location in ("loc-0", "loc-1")] == [None, None]


def test_duckdb_does_what_the_store_relies_on(tmp_path: Path) -> None:
    """Not our code: an upgrade of DuckDB that changes one of these must be looked at before it is taken."""
    with duckdb.connect(str(tmp_path / "facts.duckdb")) as con:
        con.execute("CREATE TABLE facts (number INTEGER NOT NULL)")
        appender = con.appender("facts")
        appender.append_rows([(1,), (2,)])
        assert con.execute("SELECT count(*) FROM facts").fetchall() == [(0,)]  # nothing before the flush
        appender.append_row(None)
        with pytest.raises(duckdb.ConstraintException):
            appender.flush()
        assert con.execute("SELECT count(*) FROM facts").fetchall() == [(0,)]  # and all of it or nothing
        del appender
