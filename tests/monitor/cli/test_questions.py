"""Several questions to rows that are read once: each has the answer that it has alone, however the rows are read."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from monitor import weekly
from monitor.cli.questions import Asked, Extent, Question, answers
from monitor.judge import judgement
from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.result import to_json
from monitor.judge.window import Window
from monitor.store import Store
from monitor.weeks import Week
from tests.monitor.judge.test_shares import START, made

FACTS = Facts({"a": ProviderFacts(usd_per_image={"1K": 0.04}), "nobody": ProviderFacts()})
ROWS = 2880  # a day, from the Sunday in which week 44 ends
NOW = START + timedelta(hours=30)
WEEKS = Week(2026, 44), Week(2026, 45)


def of_window(hours: int) -> Asked:
    window = Window(NOW - timedelta(hours=hours), NOW, NOW)

    def ask(extent: Extent) -> Question[Any, Any]:
        part = partial(judgement.part, facts=FACTS, of=window, all_rows=extent.rows)
        return Question(((window.since, window.until),), part, partial(judgement.whole, facts=FACTS, of=window))

    return ask


def of_week(week: Week) -> Asked:
    def ask(extent: Extent) -> Question[Any, Any]:
        part = partial(weekly.part, facts=FACTS, week=week, as_of=NOW, all_rows=extent.rows)
        whole = partial(weekly.whole, facts=FACTS, week=week, as_of=NOW)
        return Question(((START - timedelta(days=7), NOW),), part, whole)

    return ask


ASKED = [of_window(48), *map(of_week, WEEKS), of_window(6)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("questions") / "store.duckdb"
    with Store.open(found) as store:
        for name in ("a", "bb"):
            store.append(made(name, 0, ROWS))
    return found


def told(found: list[Any]) -> Iterator[Any]:
    """What is said, in a form that can be compared: not a number is itself."""
    for answer in found:
        if isinstance(answer, weekly.JudgedWeek):
            before = None if answer.before is None else to_json(answer.before)
            yield to_json(answer.week), before, dict(answer.days)
        else:
            yield to_json(answer)


def test_what_is_asked_together_is_answered_as_what_is_asked_alone(path: Path) -> None:
    alone = [next(told(answers(path, FACTS, asked))) for asked in ASKED]
    assert list(told(answers(path, FACTS, *ASKED))) == alone
    week = alone[1][0]["providers"]
    assert week["a"]["samples"] > 0
    assert week["a"]["incidents"]


def test_a_snapshot_that_can_be_read_as_a_table_alone_has_the_same_answers(path: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.duckdb"
    old.write_bytes(path.read_bytes())
    with duckdb.connect(str(old)) as con:
        con.execute("ALTER TABLE samples DROP COLUMN kind")
    assert list(told(answers(old, FACTS, *ASKED))) == list(told(answers(path, FACTS, *ASKED)))
