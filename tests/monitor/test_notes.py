"""Money across processes: a note is counted before it is spent, once, and put right afterwards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from monitor.budget import Budget, Caps, Limits
from monitor.notes import PUBLISHED, Notes, Spent
from monitor.store import Store, StoreError
from tests.monitor.service.memory import Memory

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


def take(notes: Notes, store: Memory | Store) -> list[tuple[str, float]]:
    return notes.take(store)  # type: ignore[arg-type]  # the memory does what notes call


def test_a_note_is_counted_when_it_is_seen_and_once(tmp_path: Path) -> None:
    notes, store = Notes(tmp_path), Memory()
    notes.leave(ONE, "a", 3.0, NOON)
    notes.leave(TWO, "b", 1.0, NOON)
    assert take(notes, store) == [("a", 3.0), ("b", 1.0)]
    assert take(notes, store) == take(Notes(tmp_path), store) == []
    assert store.spent(NOON) == {"a": 3.0, "b": 1.0}


def test_what_was_really_spent_puts_it_right_and_clears_the_note(tmp_path: Path) -> None:
    notes, store = Notes(tmp_path), Memory()
    notes.leave(ONE, "a", 3.0, NOON)
    take(notes, store)
    notes.settle(ONE, 0.25)
    assert take(notes, store) == [("a", -2.75)]
    assert store.spent(NOON) == {"a": 0.25}
    assert list((tmp_path / "spool" / "money").iterdir()) == []


def test_a_probe_that_ended_before_it_was_seen_is_counted_at_what_it_spent(tmp_path: Path) -> None:
    notes, store = Notes(tmp_path), Memory()
    notes.leave(ONE, "a", 3.0, NOON)
    notes.settle(ONE, 0.25)
    assert sum(usd for _, usd in take(notes, store)) == 0.25
    assert store.spent(NOON) == {"a": 0.25}


def test_a_probe_that_was_killed_stays_counted_as_spent(tmp_path: Path) -> None:
    notes, store = Notes(tmp_path), Memory()
    notes.leave(ONE, "a", 3.0, NOON)
    for _ in range(3):
        take(Notes(tmp_path), store)
    assert store.spent(NOON) == {"a": 3.0}


def test_the_real_store_counts_notes_the_same(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    with Store.open(tmp_path / "upheld.duckdb") as store:
        notes.leave(ONE, "a", 3.0, NOON)
        assert take(notes, store) == [("a", 3.0)]
        notes.settle(ONE, 0.25)
        assert take(notes, store) == [("a", -2.75)]
        assert store.spent(NOON) == {"a": 0.25}


@pytest.mark.parametrize(
    ("later", "spent"),
    [
        (timedelta(), Spent({"a": 0.75}, {"a": 0.75})),
        (timedelta(hours=12), Spent({}, {"a": 0.75})),
        (timedelta(days=9), Spent({}, {})),
    ],
    ids=["the same day", "the next day", "the next month"],
)
def test_a_probe_begins_from_what_the_service_has_spent_or_in_flight(
    tmp_path: Path, later: timedelta, spent: Spent
) -> None:
    budget = Budget(Limits(Caps(5.0)), lambda: NOON)
    budget.charge("a", 0.5)
    budget.reserve("a", 0.25)
    Notes(tmp_path).publish(budget, NOON)
    assert Notes(tmp_path).spent(NOON + later) == spent


@pytest.mark.parametrize("content", ["", "{", "[]", "nonsense"])
def test_a_damaged_file_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / PUBLISHED).write_text(content)
    assert Notes(tmp_path).spent(NOON) == Spent({}, {})


def test_without_a_note_nothing_may_be_spent(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="spool"):
        Notes(tmp_path).leave(ONE, "a", 3.0, NOON)
