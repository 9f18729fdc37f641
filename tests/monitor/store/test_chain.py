"""The hash chain: what it is, computed by other means, and what it finds."""

import hashlib
from pathlib import Path

import pytest

from monitor.rows import canonical, to_values
from monitor.store import Store, verify_chain
from monitor.store.chain import GENESIS, digest

from .making import full_sample, sample

TEXT = (  # of sample(), written down by hand
    '{"sample_id":"SAMPLE","run_id":"RUN","seq":0,'
    '"location":"fra-1","provider":"wisgate","model":"gemini-3-pro-image-preview","probe":"baseline",'
    '"mode":"scheduled","size":"1K","planned_at":"2026-11-22T10:00:00.000000Z",'
    '"sent_at":"2026-11-22T10:00:00.002000Z","lateness_ms":2.0,"total_ms":8000.0,"status":200,"outcome":"ok",'
    '"attribution":"provider","rule":"ok.image","images":1}'
)


def store_of(path: Path, rows: int) -> Store:
    store = Store.open(path / "upheld.duckdb")
    store.append([sample(number, location="abc"[number % 3]) for number in range(rows)])
    return store


def test_the_hash_is_sha256_of_the_hash_before_and_the_documented_text() -> None:
    values = to_values(sample())
    text = canonical(values)
    assert text == TEXT.replace("SAMPLE", str(sample().sample_id)).replace("RUN", str(sample().run_id))
    assert digest(GENESIS, values) == hashlib.sha256(b"0" * 64 + b"\n" + text.encode()).hexdigest()


def test_every_row_names_the_hash_of_the_row_before_it_at_its_location(tmp_path: Path) -> None:
    with store_of(tmp_path, 7) as store:
        linked = store._read("SELECT prev_hash, hash FROM samples WHERE location = 'a' ORDER BY rowid")
    assert [prev for prev, _ in linked] == [GENESIS, *(own for _, own in linked[:-1])]


def test_a_sound_chain_verifies_from_every_location_and_an_unknown_one_is_empty(tmp_path: Path) -> None:
    with store_of(tmp_path, 9) as store:
        store.append([full_sample(seq=9)])
        assert [store.verify(location) for location in ("a", "b", "c", "fra-1", "nowhere")] == [None] * 5


@pytest.mark.parametrize(
    ("damage", "place", "says"),
    [
        ("UPDATE samples SET total_ms = 1.0 WHERE seq = 6", 2, "changed"),
        ("UPDATE samples SET outcome = 'timeout' WHERE seq = 0", 0, "changed"),
        ("UPDATE samples SET error = 'was null' WHERE seq = 9", 3, "changed"),
        ("UPDATE samples SET hash = repeat('0', 64) WHERE seq = 3", 1, "changed"),
        ("DELETE FROM samples WHERE seq = 3", 1, "missing or moved"),
        ("DELETE FROM samples WHERE seq = 0", 0, "missing or moved"),
        ("UPDATE samples SET location = 'b' WHERE seq = 6", 2, "missing or moved"),
    ],
)
def test_the_first_row_that_was_tampered_with_is_found(tmp_path: Path, damage: str, place: int, says: str) -> None:
    with store_of(tmp_path, 12) as store:
        con = store._database.con
        con.execute(damage)
        broken = verify_chain(con, "a")
        assert broken is not None
        assert (broken.place, says in broken.reason) == (place, True)
        assert store.verify("c") is None


def test_a_row_put_between_is_found(tmp_path: Path) -> None:
    with store_of(tmp_path, 6) as store:
        con = store._database.con
        con.execute("INSERT INTO samples SELECT * FROM samples WHERE seq = 0")
        broken = verify_chain(con, "a")
        assert broken is not None
        assert broken.place == 2


def test_a_chain_that_lost_its_end_holds_but_its_last_hash_is_another(tmp_path: Path) -> None:
    """What a chain cannot show by itself: the reason to publish the last hash."""
    with store_of(tmp_path, 6) as store:
        con = store._database.con
        head = con.execute("SELECT hash FROM samples WHERE seq = 3").fetchall()
        con.execute("DELETE FROM samples WHERE seq = 3")
        assert verify_chain(con, "a") is None
        assert con.execute("SELECT hash FROM samples WHERE location = 'a'").fetchall() != head


def test_the_chain_goes_on_after_a_restart_over_many_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.chain._PAGE", 4)
    for start in range(0, 30, 10):
        with Store.open(tmp_path / "upheld.duckdb") as store:
            store.append([sample(number) for number in range(start, start + 10)])
            assert store.verify("fra-1") is None


def test_a_column_that_is_added_later_changes_no_old_hash() -> None:
    """Null columns are left out of the text, so a row of the old schema has the same text in the new one."""
    assert "detail" not in canonical(to_values(sample()))
