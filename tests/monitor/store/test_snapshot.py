"""What readers get: a whole copy, as of a time, with the same column types whatever is in it."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from monitor.store import (
    Store,
    StoreDamaged,
    StoreError,
    read_published,
    read_samples,
    read_spent,
    snapshot_for_reading,
)
from probes.model import COLUMNS

from .making import START, full_sample, sample


def snapshot_of(tmp_path: Path, *samples: object) -> Path:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append(samples)  # type: ignore[arg-type]  # samples
        store.snapshot(tmp_path / "snapshot.duckdb")
    return tmp_path / "snapshot.duckdb"


def test_rows_are_read_with_the_contracts_columns_by_planned_time_in_aware_utc(tmp_path: Path) -> None:
    frame = read_samples(snapshot_of(tmp_path, sample(2), sample(0), sample(1)))
    assert tuple(frame.columns) == COLUMNS
    assert list(frame["seq"]) == [0, 1, 2]
    assert frame["planned_at"].iloc[0].to_pydatetime() == START
    assert frame["planned_at"].iloc[0].to_pydatetime().tzinfo is not None
    assert frame["sample_id"].iloc[0] == str(sample(0).sample_id)


def test_the_types_of_the_columns_do_not_depend_on_what_is_null(tmp_path: Path) -> None:
    kinds = {}
    full = full_sample(sample_id=sample(1).sample_id)
    for name, rows in {"none": (), "full": (full,), "few": (sample(),), "both": (sample(), full)}.items():
        folder = tmp_path / name
        folder.mkdir()
        kinds[name] = read_samples(snapshot_of(folder, *rows)).dtypes.astype(str).to_dict()
    assert kinds["none"] == kinds["full"] == kinds["few"] == kinds["both"]
    assert {kinds["few"][name] for name in ("planned_at", "sent_at")} == {"datetime64[us, UTC]"}
    assert [kinds["few"][name] for name in ("seq", "status", "total_ms", "billed", "outcome", "run_id")] == [
        "int64", "float64", "float64", "boolean", "str", "str",
    ]  # fmt: skip


def test_null_is_never_read_as_a_value(tmp_path: Path) -> None:
    frame = read_samples(snapshot_of(tmp_path, sample(), full_sample(seq=1, sample_id=sample(1).sample_id)))
    set_in_both = {name for name in COLUMNS if not frame[name].isna().any()}
    assert set_in_both == {
        name for name in COLUMNS if getattr(sample(), name) is not None or name in {"prev_hash", "hash"}
    }
    assert not frame.isna().loc[1].drop(["prev_hash", "hash"]).any()


@pytest.mark.parametrize(
    ("chosen", "seqs"),
    [
        ({"since": START + timedelta(minutes=1)}, [1, 2, 3]),
        ({"until": START + timedelta(minutes=2)}, [0, 1]),
        ({"since": START + timedelta(minutes=1), "until": START + timedelta(minutes=1)}, []),
        ({"providers": ["laozhang"]}, [3]),
        ({"providers": []}, []),
        ({"providers": ["'; DROP TABLE samples; --"]}, []),
        ({"since": START + timedelta(minutes=2), "providers": ["wisgate", "laozhang"]}, [2, 3]),
    ],
)
def test_rows_are_chosen_by_planned_time_and_provider(
    tmp_path: Path, chosen: dict[str, object], seqs: list[int]
) -> None:
    rows = [*(sample(number) for number in range(3)), sample(3, provider="laozhang")]
    frame = read_samples(snapshot_of(tmp_path, *rows), columns=["seq"], **chosen)  # type: ignore[arg-type]  # a table
    assert list(frame["seq"]) == seqs
    assert frame.dtypes.astype(str).to_dict() == {"seq": "int64"}


def test_a_snapshot_is_taken_now_when_nobody_owns_the_store(tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(1)])
    snapshot = snapshot_for_reading(tmp_path)
    assert snapshot.fresh
    assert before < snapshot.as_of < datetime.now(UTC) + timedelta(seconds=5)
    assert len(read_samples(snapshot.path)) == 1
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(2)])
    assert len(read_samples(snapshot_for_reading(tmp_path).path)) == 2


def test_what_did_not_change_is_not_copied_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(1)])
    first = snapshot_for_reading(tmp_path).path.stat()
    again = snapshot_for_reading(tmp_path)
    assert again.fresh
    assert again.path.stat().st_ino == first.st_ino
    assert again.path.stat().st_mtime_ns > first.st_mtime_ns
    assert len(read_samples(again.path)) == 1


@pytest.mark.parametrize("change", ["a row", "cut short", "another file in its place"])
def test_what_changed_is_copied(tmp_path: Path, change: str) -> None:
    live, copy = tmp_path / "upheld.duckdb", tmp_path / "snapshot.duckdb"
    with Store.open(live) as store:
        store.append([sample(1)])
    before = snapshot_for_reading(tmp_path).path.read_bytes()
    if change == "a row":
        with Store.open(live) as store:
            store.append([sample(2)])
    elif change == "cut short":
        copy.write_bytes(before[:-1])
    else:
        live.write_bytes(live.read_bytes())
        os.utime(copy, (1, 1))
    first = copy.stat().st_ino
    after = snapshot_for_reading(tmp_path)
    assert after.path.stat().st_ino != first
    assert len(read_samples(after.path)) == (2 if change == "a row" else 1)


def test_while_the_owner_runs_readers_get_what_it_published_last(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(1)])
        store.snapshot(tmp_path / "snapshot.duckdb")
        store.append([sample(2)])
        snapshot = snapshot_for_reading(tmp_path, wait_s=0)
        assert not snapshot.fresh
        assert len(read_samples(snapshot.path)) == 1
        store.snapshot(tmp_path / "snapshot.duckdb")
        assert len(read_samples(snapshot.path)) == 2


def test_readers_at_the_same_time_wait_for_each_other_and_are_all_up_to_date(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(1)])
        store.snapshot(tmp_path / "snapshot.duckdb")
        store.append([sample(2)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: snapshot_for_reading(tmp_path, wait_s=20), range(4)))
    assert all(snapshot.fresh for snapshot in found)
    assert len(read_samples(found[0].path)) == 2


def test_a_reader_that_holds_the_last_snapshot_neither_blocks_nor_hides_the_next(tmp_path: Path) -> None:
    from monitor.store.snapshot import reading  # noqa: PLC0415 - the only test of the connection itself

    path = tmp_path / "snapshot.duckdb"
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(1)])
        store.snapshot(path)
        with reading(path) as held:
            store.append([sample(2)])
            store.snapshot(path)
            assert held.execute("SELECT count(*) FROM samples").fetchall() == [(1,)]
            assert len(read_samples(path)) == 2


def test_a_snapshot_that_fails_leaves_the_last_one_and_no_remains(tmp_path: Path) -> None:
    path = snapshot_of(tmp_path, sample(1))
    with Store.open(tmp_path / "upheld.duckdb") as store:
        (tmp_path / "target").mkdir()
        with pytest.raises(StoreError, match="no snapshot at"):
            store.snapshot(tmp_path / "target")
        assert store.append([sample(2)]) == 1
    assert len(read_samples(path)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot.duckdb", "target", "upheld.duckdb"]


def test_no_store_and_no_snapshot_yet_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no samples yet"):
        snapshot_for_reading(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with Store.open(tmp_path / "upheld.duckdb"), pytest.raises(StoreError, match="has not published a snapshot"):
        snapshot_for_reading(tmp_path, wait_s=0)


def test_a_damaged_store_is_not_hidden_behind_an_old_snapshot(tmp_path: Path) -> None:
    snapshot_of(tmp_path, sample(1))
    (tmp_path / "upheld.duckdb").write_bytes(b"not a database")
    with pytest.raises(StoreDamaged):
        snapshot_for_reading(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"junk" * 9999], ids=["missing", "empty", "junk"])
def test_what_is_no_snapshot_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "it's.duckdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=r"it's\.duckdb"):
        read_samples(path)


def test_a_snapshot_in_an_oddly_named_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "it's a folder").mkdir()
    assert len(read_samples(snapshot_of(tmp_path / "it's a folder", sample()))) == 1


def test_readers_see_what_was_published_and_spent(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.reserve("wisgate", 0.058, START)
        store.put_published("open-ai-api", "mean response time", "611 ms", "summary.json")
        store.snapshot(tmp_path / "snapshot.duckdb")
    assert read_published(tmp_path / "snapshot.duckdb") == {"open-ai-api": {"mean response time": "611 ms"}}
    assert read_spent(tmp_path / "snapshot.duckdb", START) == {"wisgate": 0.058}


def test_reading_gives_a_frame_that_pandas_can_group(tmp_path: Path) -> None:
    rows = [sample(number, block_id=None if number % 2 else sample().run_id) for number in range(4)]
    frame = read_samples(snapshot_of(tmp_path, *rows))
    assert isinstance(frame, pd.DataFrame)
    assert frame.groupby("block_id").size().to_dict() == {str(sample().run_id): 2}
