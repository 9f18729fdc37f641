"""Providers judged by several processes: the same answers, whatever becomes of the processes and of the snapshot."""

import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge import judgement, reading, shares
from monitor.judge.columns import Rows
from monitor.judge.facts import Facts
from monitor.judge.past import Pasts
from monitor.judge.result import to_json
from monitor.judge.window import Window
from monitor.store import Store, StoreError
from monitor.store.narrow import reading_arrays
from probes.ids import uuid7_of
from probes.model import Attribution, Mode, Outcome, ProbeKind, Sample
from tests.bench import judging

START = datetime(2026, 11, 1, tzinfo=UTC)
HOURS = Window(START, START + timedelta(hours=5), START + timedelta(hours=5))


def made(name: str, first: int, last: int) -> list[Sample]:
    """A control-plane call each 30 s, an image each 15 minutes, of which some fail."""
    return [
        Sample(
            sample_id=uuid7_of(START, name, str(n)), run_id=uuid7_of(START, "run", str(n)), seq=0, location="fra-1",
            provider=name, model="m", size="1K" if n % 30 == 0 else None,
            block_id=uuid7_of(START, "block", str(n)) if n % 30 == 0 else None,
            probe=ProbeKind.REACH if n % 30 else ProbeKind.BASELINE, mode=Mode.SCHEDULED,
            planned_at=START + timedelta(seconds=30 * n), sent_at=START + timedelta(seconds=30 * n, milliseconds=1),
            outcome=Outcome.OVERLOADED if n % 37 == len(name) else Outcome.OK, attribution=Attribution.PROVIDER,
            rule="test", images=0, lateness_ms=1.0, total_ms=80.0 + n % 7, cost_usd=0.0,
        )
        for n in range(first, last)
    ]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "store.duckdb"
    with Store.open(found) as store:
        for name in ("a", "bb", "ccc"):
            store.append(made(name, 0, 400))
    return found


def plan(path: Path) -> reading.Plan:
    with reading_arrays(path) as source:
        assert source is not None
        return reading.plan(source, source.census(), (HOURS.since, HOURS.until))


def said(facts: Facts, name: str, rows: Rows) -> judgement.Part:
    return judgement.part(Pasts(name, rows, facts.of(name)), facts, HOURS, 2000)


def judged(path: Path, wanted: reading.Plan, processes: int, *, lost: bool = False) -> object:
    facts = Facts({})
    with shares.others(path, processes) as helpers:
        for helper in helpers if lost else ():
            helper.kill()
            helper.wait()
        found = shares.each(path, wanted, partial(said, facts), helpers)
    return to_json(judgement.whole(found, facts, HOURS))


def test_several_processes_say_what_one_says(path: Path) -> None:
    wanted = plan(path)
    assert judged(path, wanted, 3) == judged(path, wanted, 1)


def test_the_share_of_a_process_that_dies_is_judged_by_who_asked(path: Path) -> None:
    wanted = plan(path)
    assert judged(path, wanted, 2, lost=True) == judged(path, wanted, 1)


def test_rows_that_came_after_the_count_are_left_out(path: Path) -> None:
    wanted = plan(path)
    before = judged(path, wanted, 1)
    with Store.open(path) as store:
        store.append(made("a", 400, 500))
    assert judged(path, wanted, 1) == before


def test_another_store_in_the_place_of_the_one_that_was_counted_is_noticed(path: Path, tmp_path: Path) -> None:
    wanted = plan(path)
    with Store.open(tmp_path / "other.duckdb") as store:
        store.append(made("ccc", 0, 1100))
        store.append(made("bb", 0, 50))
        store.append(made("a", 0, 50))
    shutil.move(tmp_path / "other.duckdb", path)
    with pytest.raises(StoreError, match="replaced by another"):
        judged(path, wanted, 1)


def test_rows_of_a_share_are_those_of_the_whole_in_the_order_in_which_they_were_stored(tmp_path: Path) -> None:
    """Half a million rows: DuckDB reads some kinds of so many in another order."""
    judging.make(tmp_path, 6)
    with reading_arrays(tmp_path / "upheld.duckdb") as source:
        assert source is not None
        wanted = reading.plan(source, source.census())
        everybody = dict(reading.rows_of(source, wanted, wanted.rows))
        for share in shares.divided(wanted.rows, 7)[:2]:
            for name, rows in reading.rows_of(source, wanted, share):
                alike(rows, everybody[name])


def alike(found: Rows, expected: Rows) -> None:
    for column in ("t", "sent_at", "total_ms", "wait_ms", "cost_usd"):
        np.testing.assert_array_equal(getattr(found, column), getattr(expected, column))
    np.testing.assert_array_equal(found.wide.blocks[found.block], expected.wide.blocks[expected.block])


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 1000)), st.integers(1, 5))
def test_every_name_is_in_one_share_and_none_has_much_more_than_another(rows: dict[str, int], n: int) -> None:
    found = shares.divided(rows, n)
    assert sorted(name for share in found for name in share) == sorted(rows)
    sizes = [sum(rows[name] for name in share) for share in found]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] - sizes[-1] <= max(rows.values(), default=0)
