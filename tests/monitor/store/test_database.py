"""Opening: what is made, what is brought up to date, and one sentence for what cannot be opened."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from monitor.store import Store, StoreDamaged, StoreError, StoreLocked, read_samples
from monitor.store import database as module

from .making import sample

KNOWN = max(module.versions())


def write_database(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(sql)


def test_opening_makes_the_folders_and_nothing_but_the_file(tmp_path: Path) -> None:
    Store.open(tmp_path / "new" / "data" / "upheld.duckdb").close()
    assert [path.name for path in (tmp_path / "new" / "data").iterdir()] == ["upheld.duckdb"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a database"),
        (b"sample_id,run_id\n" * 1000, "not a database"),
        (b"\0" * 20_000, "not a database"),
    ],
    ids=["empty", "text", "zeros"],
)
def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "upheld.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match=says) as caught:
        Store.open(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_truncated_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "upheld.duckdb"
    with Store.open(path) as store:
        store.append([sample(number) for number in range(500)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StoreDamaged, match="put a backup in its place"):
        Store.open(path)


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "upheld.duckdb"
    write_database(path, "CREATE TABLE samples (name VARCHAR)")
    with pytest.raises(StoreDamaged, match="not one of Upheld's"):
        Store.open(path)
    with duckdb.connect(str(path)) as con:
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("samples",)]


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upheld.duckdb"
    Store.open(path).close()
    write_database(path, "INSERT INTO migrations VALUES (99, 'from the future', TIMESTAMP '2030-01-01', '3.0.0')")
    with pytest.raises(StoreDamaged, match=rf"written by a newer Upheld \(schema 99, this one knows {KNOWN}\)"):
        Store.open(path)


def test_an_older_file_is_brought_up_to_date_and_keeps_its_rows_and_its_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "upheld.duckdb"
    with Store.open(path) as store:
        store.append([sample(number) for number in range(3)])
    schema = tmp_path / "schema"
    schema.mkdir()
    for file in module.SCHEMA.glob("*.sql"):
        (schema / file.name).write_text(file.read_text())
    (schema / f"{KNOWN + 1:04}_notes.sql").write_text(
        "CREATE TABLE notes (text VARCHAR); INSERT INTO notes VALUES ('new');"
    )
    monkeypatch.setattr(module, "SCHEMA", schema)
    for _ in range(2):  # the second time there is nothing to do
        with Store.open(path) as store:
            assert store._read("SELECT text FROM notes") == [("new",)]
            assert store._read(
                "SELECT version, name FROM migrations WHERE version IN (1, ?) ORDER BY 1", [KNOWN + 1]
            ) == [
                (1, "0001_samples_and_ledgers"),
                (KNOWN + 1, f"{KNOWN + 1:04}_notes"),
            ]
            assert (store.count(), store.verify("fra-1")) == (3, None)


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upheld.duckdb"
    Store.open(path).close()
    schema = tmp_path / "schema"
    schema.mkdir()
    for number in range(1, KNOWN + 1):
        (schema / f"{number:04}_known.sql").write_text("")
    (schema / f"{KNOWN + 1:04}_bad.sql").write_text("CREATE TABLE half (x INTEGER); CREATE TABLE half (x INTEGER);")
    with monkeypatch.context() as patched:
        patched.setattr(module, "SCHEMA", schema)
        with pytest.raises(StoreError, match=f"schema {KNOWN + 1}"):
            Store.open(path)
    with Store.open(path) as store:
        assert store._read("SELECT table_name FROM duckdb_tables() WHERE table_name = 'half'") == []


def test_migrations_are_numbered_without_holes() -> None:
    assert list(module.versions()) == list(range(1, len(module.versions()) + 1))


@pytest.mark.parametrize("place", ["a_file/upheld.duckdb", "a_folder"])
def test_a_place_where_no_file_can_be_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "a_file").write_text("")
    (tmp_path / "a_folder").mkdir()
    with pytest.raises(StoreError, match=place) as caught:
        Store.open(tmp_path / place)
    assert "\n" not in str(caught.value)


def test_a_write_that_fails_says_why_in_one_sentence_and_the_store_goes_on(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(1)])
        store._database.con.execute("ALTER TABLE samples RENAME TO elsewhere")
        with pytest.raises(StoreError, match="samples"):
            store.append([sample(2)])
        with pytest.raises(StoreError, match="not written"):
            store._write(("INSERT INTO slots VALUES ('x', ?, ?, NULL, NULL, NULL)", [1, 2]))
        store._database.con.execute("ALTER TABLE elsewhere RENAME TO samples")
        assert store.append([sample(2)]) == 1
        assert store.claim_slot("reach", datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
        assert store.verify("fra-1") is None


def test_a_second_name_of_the_same_file_is_the_same_file(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb"):
        (tmp_path / "link.duckdb").symlink_to(tmp_path / "upheld.duckdb")
        with pytest.raises(StoreLocked, match="already open in this process"):
            Store.open(tmp_path / "link.duckdb")


def test_a_file_that_was_removed_under_its_owner_is_noticed_and_its_rows_are_saved(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.append([sample(1)])
        (tmp_path / "upheld.duckdb").unlink()
        with pytest.raises(StoreDamaged, match="removed or replaced while in use"):
            store.snapshot(tmp_path / "snapshot.duckdb")
    assert len(read_samples(tmp_path / "snapshot.duckdb")) == 1


def test_a_closed_store_stays_closed(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "upheld.duckdb")
    store.close()
    for use in (lambda: store.append([sample(1)]), store.count, lambda: store.snapshot(tmp_path / "snapshot.duckdb")):
        with pytest.raises(StoreError, match="closed"):
            use()
    store.close()
    Store.open(tmp_path / "upheld.duckdb").close()


def test_a_kill_in_the_middle_of_a_snapshot_leaves_one_remain_that_the_next_one_takes(tmp_path: Path) -> None:
    (tmp_path / ".snapshot.duckdb.part").write_bytes(b"what a killed process had copied")
    with Store.open(tmp_path / "upheld.duckdb") as store:
        store.snapshot(tmp_path / "snapshot.duckdb")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot.duckdb", "upheld.duckdb"]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("DROP COLUMN quota", "quota"),
        ("ADD COLUMN colour VARCHAR", "colour"),
        ("RENAME COLUMN seq TO place", "place, seq"),
    ],
)
def test_a_table_with_other_columns_than_this_version_knows_is_refused(
    tmp_path: Path, change: str, column: str
) -> None:
    Store.open(tmp_path / "upheld.duckdb").close()
    write_database(tmp_path / "upheld.duckdb", f"ALTER TABLE samples {change}")
    with pytest.raises(StoreDamaged, match=f"samples differs in {column}"):
        Store.open(tmp_path / "upheld.duckdb")


def test_the_order_of_columns_does_not_matter_so_that_a_migration_can_add_one_at_the_end(tmp_path: Path) -> None:
    Store.open(tmp_path / "upheld.duckdb").close()
    path = tmp_path / "upheld.duckdb"
    write_database(path, "ALTER TABLE samples DROP COLUMN quota; ALTER TABLE samples ADD COLUMN quota VARCHAR")
    with Store.open(path) as store:
        store.append([sample(1, quota="per day")])
        assert store._read("SELECT quota, error, provider FROM samples") == [("per day", None, "wisgate")]
    with Store.open(path) as store:
        store.append([sample(2)])
        assert store.verify("fra-1") is None
