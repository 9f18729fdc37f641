"""Money across processes: a note is counted before it is spent, and entered once when its probe is gone."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from monitor.budget import Budget, Caps, Limits
from monitor.notes import PUBLISHED, Note, Notes, OwnersView, ProbesView
from monitor.store import Store, StoreError
from tests.monitor.service.memory import Memory

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)
EVERY = ("minute", "day", "month")


@pytest.fixture(params=["memory", "store"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory | Store]:
    with closing(Memory() if request.param == "memory" else Store.open(tmp_path / "upheld.duckdb")) as opened:
        yield opened


def enter(notes: Notes, store: Memory | Store) -> list[Note]:
    return notes.enter(store, NOON)  # type: ignore[arg-type]  # the memory does what notes call


def test_a_note_counts_in_every_period_as_long_as_its_probe_runs(tmp_path: Path, store: Memory | Store) -> None:
    notes, budget = Notes(tmp_path), Budget(Limits(Caps(5.0)), lambda: NOON, OwnersView(Notes(tmp_path)))
    assert budget.left("a") == 5.0
    with notes.leave(ONE, "a", 3.0, NOON), notes.leave(TWO, "b", 1.0, NOON):
        assert OwnersView(notes).taken(NOON) == {period: {"a": 3.0, "b": 1.0} for period in EVERY}
        assert budget.left("a") == 1.0
        assert enter(Notes(tmp_path), store) == []
    assert store.spent(NOON) == {}


def test_what_was_really_spent_is_entered_and_clears_the_note(tmp_path: Path, store: Memory | Store) -> None:
    notes = Notes(tmp_path)
    with notes.leave(ONE, "a", 3.0, NOON):
        notes.settle(ONE, 0.25)
    assert [note.usd for note in notes.standing()] == [0.25]
    ended = enter(notes, store)
    assert ended == enter(notes, store) == [Note(ONE, "a", 0.25, NOON, paid=True)]  # a kill in between: once
    notes.drop(ended)
    assert store.spent(NOON) == {"a": 0.25}
    assert list((tmp_path / "spool" / "money").iterdir()) == []


def test_the_note_of_a_killed_probe_is_entered_in_full(tmp_path: Path, store: Memory | Store) -> None:
    notes = Notes(tmp_path)
    notes.leave(ONE, "a", 3.0, NOON).close()  # as the system does when the process is gone
    notes.drop(enter(notes, store))
    assert store.spent(NOON) == {"a": 3.0}
    assert notes.standing() == []


@pytest.mark.parametrize(
    ("later", "spent"),
    [
        (timedelta(), [0.75, 0.75, 0.75]),
        (timedelta(minutes=1), [0.25, 0.75, 0.75]),
        (timedelta(hours=12), [0.25, 0.25, 0.75]),
        (timedelta(days=9), [0.25, 0.25, 0.25]),
    ],
    ids=["the same minute", "the next minute", "the next day", "the next month"],
)
def test_a_probe_counts_what_the_service_has_spent_and_may_spend_in_any_period(
    tmp_path: Path, later: timedelta, spent: list[float]
) -> None:
    budget = Budget(Limits(Caps(5.0)), lambda: NOON, OwnersView(Notes(tmp_path)))
    budget.charge("a", 0.5)
    budget.reserve("a", 0.125)
    budget.hold("a", 125_000_000)
    budget.tell()
    found = ProbesView(Notes(tmp_path)).taken(NOON + later)
    assert [found[period]["a"] for period in EVERY] == spent


def test_a_probe_counts_the_notes_of_others_and_not_its_own(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    with notes.leave(ONE, "a", 3.0, NOON), notes.leave(TWO, "a", 1.0, NOON):
        assert ProbesView(notes, {ONE}).taken(NOON)["day"] == {"a": 1.0}


@pytest.mark.parametrize("content", ["", "{", "[]", "nonsense", json.dumps({"day": {"a": 1.0}})])
def test_a_damaged_file_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / PUBLISHED).write_text(content)
    assert Notes(tmp_path).published() == {}
    assert ProbesView(Notes(tmp_path)).taken(NOON) == {period: {} for period in EVERY}


def test_without_a_note_nothing_may_be_spent(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="spool"):
        Notes(tmp_path).leave(ONE, "a", 3.0, NOON)
