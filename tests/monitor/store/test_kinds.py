"""The number of each row's kind: written with it, given to rows from before, and held to the words of the row."""

from pathlib import Path

import duckdb
import pytest

from monitor.store import Store, database, kinds
from probes.model import COLUMNS, Outcome

from .making import full_sample, sample

ROWS = [
    sample(0),
    sample(1, outcome=Outcome.TIMEOUT, status=None, size=None),
    sample(2),
    full_sample(seq=3, sample_id=sample(3).sample_id),
    sample(4, control_ok=False, location="b"),
]


def numbers(path: Path) -> list[tuple[int, int | None]]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("SELECT seq, kind FROM samples ORDER BY rowid").fetchall()


def words_are_those_of_the_rows(path: Path) -> bool:
    with duckdb.connect(str(path), read_only=True) as con:
        shared = ", ".join(kinds.SHARED)
        own = con.execute(f"SELECT {shared} FROM samples ORDER BY rowid").fetchall()
        theirs = con.execute(
            f"SELECT {', '.join(f'k.{name}' for name in kinds.SHARED)} FROM samples s JOIN kinds k USING (kind)"
            " ORDER BY s.rowid"
        ).fetchall()
    return own == theirs


def test_rows_that_are_alike_share_a_number(tmp_path: Path) -> None:
    path = tmp_path / "upheld.duckdb"
    with Store.open(path) as store:
        store.append(ROWS[:2])
    with Store.open(path) as store:  # another start goes on with the same numbers
        store.append(ROWS[2:4])
        store.append(ROWS[4:])
    assert numbers(path) == [(0, 0), (1, 1), (2, 0), (3, 2), (4, 3)]
    assert words_are_those_of_the_rows(path)


def test_a_file_of_the_version_before_gets_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upheld.duckdb"
    with Store.open(path) as store:
        store.append(ROWS)
    before = {number: step for number, step in database.versions().items() if number < 5}
    old = tmp_path / "old.duckdb"
    with monkeypatch.context() as patch:
        patch.setattr(database, "versions", lambda: before)
        with database.connect(old) as con:
            con.execute(f"ATTACH '{path}' AS new (READ_ONLY)")
            con.execute(f"INSERT INTO samples SELECT {', '.join(COLUMNS)} FROM new.samples ORDER BY rowid")
    with Store.open(old) as store:
        assert [store.verify(location) for location in ("fra-1", "b")] == [None, None]
        assert store.append([sample(5)]) == 1
    assert [kind for _, kind in numbers(old)][::2] == [numbers(old)[0][1], numbers(old)[0][1], numbers(old)[4][1]]
    assert words_are_those_of_the_rows(old)
    assert numbers(old)[-1][1] == numbers(old)[0][1]


@pytest.mark.parametrize("kind", ["1", "NULL", "99"], ids=["of other words", "none", "of nothing"])
def test_a_number_that_was_changed_is_found(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "upheld.duckdb"
    with Store.open(path) as store:
        store.append(ROWS)
    with duckdb.connect(str(path)) as con:
        con.execute(f"UPDATE samples SET kind = {kind} WHERE seq = 2")
    with Store.open(path) as store:
        broken = store.verify("fra-1")
    assert broken is not None
    assert (broken.sample_id, broken.place) == (sample(2).sample_id, 2)
    assert "another kind" in broken.reason
