"""The store in memory that the service's tests use does what the real one does, call by call."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store import AttemptRow, ProgressRow, RunRow, Store, TransitionRow
from tests.monitor.service.memory import Memory

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TABLES = ("slots", "runs", "deliveries", "spending", "progress", "transitions", "attempts")
IDS = [UUID(int=number) for number in range(1, 5)]
TIMES = st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes))
PROBES, PROVIDERS = st.sampled_from(["reach", "baseline"]), st.sampled_from(["a", "b"])
USD = st.integers(0, 300).map(lambda tenths: tenths / 1000)

Call = tuple[str, tuple[Any, ...]]


def runs(run_id: UUID, at: datetime) -> RunRow:
    return RunRow(run_id, "reach", at, at, None, "running", "here", simulated=False)


def transition(number: int, incident: UUID | None, at: datetime) -> TransitionRow:
    return TransitionRow(UUID(int=number), incident, "a", "opened", at, START, "image,reach", "503 overloaded")


def attempt(number: int, incident: UUID, at: datetime) -> AttemptRow:
    return AttemptRow(UUID(int=number), incident, "a", "incident", None if number % 2 else "1K", at, number / 8)


WATCHED: st.SearchStrategy[Call] = st.one_of(
    st.tuples(st.just("progress"), st.tuples(st.sampled_from(IDS))),
    st.tuples(
        st.just("enter_progress"), st.tuples(st.builds(ProgressRow, st.sampled_from(IDS), TIMES, TIMES, st.just("{}")))
    ),
    st.tuples(st.just("move_progress"), st.tuples(st.sampled_from(IDS), TIMES)),
    st.tuples(st.just("stored_of"), st.tuples(st.sampled_from(IDS), TIMES)),
    st.tuples(
        st.just("add_transitions"),
        st.tuples(
            st.lists(st.builds(transition, st.integers(1, 4), st.none() | st.sampled_from(IDS), TIMES), max_size=3)
        ),
    ),
    st.tuples(st.just("transitions"), st.tuples(st.none() | TIMES)),
    st.tuples(st.just("end_attempt"), st.tuples(st.sampled_from(IDS), st.none() | st.sampled_from([0.0, 0.5]), TIMES)),
    st.tuples(st.just("open_attempts"), st.just(())),
    st.tuples(st.just("incident_usd"), st.tuples(st.sampled_from(IDS))),
)
CALLS: st.SearchStrategy[Call] = st.one_of(
    WATCHED,
    st.tuples(st.just("claim_slot"), st.tuples(PROBES, TIMES, TIMES)),
    st.tuples(
        st.just("finish_slot"),
        st.tuples(PROBES, TIMES, st.sampled_from(["run", "lost"]), st.none() | st.sampled_from(IDS), TIMES),
    ),
    st.tuples(st.just("last_slot"), st.tuples(PROBES)),
    st.tuples(st.just("open_slots"), st.just(())),
    st.tuples(st.just("slots"), st.just(())),
    st.tuples(st.just("start_run"), st.tuples(st.builds(runs, st.sampled_from(IDS), st.just(START)))),
    st.tuples(st.just("end_run"), st.tuples(st.sampled_from(IDS), st.just("done"), TIMES)),
    st.tuples(st.just("runs"), st.tuples(TIMES)),
    st.tuples(st.just("claim_delivery"), st.tuples(st.just("mail"), st.sampled_from(["2026-W47", "2026-W48"]), TIMES)),
    st.tuples(st.just("release_delivery"), st.tuples(st.just("mail"), st.sampled_from(["2026-W47", "2026-W48"]))),
    st.tuples(st.just("deliveries"), st.just(())),
    st.tuples(st.just("spent"), st.tuples(TIMES)),
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Store]]:
    """The real store, emptied for each example: opening one takes longer than all of its calls."""
    with Store.open(tmp_path_factory.mktemp("store") / "upheld.duckdb") as store:

        def emptied() -> Store:
            store._write(*[(f"DELETE FROM {table}", []) for table in TABLES])
            return store

        yield emptied


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(CALLS, max_size=12))
def test_every_call_has_the_same_answer(fresh: Callable[[], Store], calls: list[Call]) -> None:
    real, memory = fresh(), Memory()
    for name, arguments in calls:
        assert getattr(memory, name)(*arguments) == getattr(real, name)(*arguments), (name, arguments)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=st.lists(st.tuples(PROVIDERS, USD, TIMES, st.none() | USD), max_size=6), since=TIMES)
def test_money_is_counted_the_same(
    fresh: Callable[[], Store], taken: list[tuple[str, float, datetime, float | None]], since: datetime
) -> None:
    real, memory = fresh(), Memory()
    for number, (provider, usd, at, actual) in enumerate(taken):
        for store in (real, memory):
            receipt = store.reserve(provider, usd, at, UUID(int=number + 1))
            if number % 2:
                store.settle(receipt, actual, at)
    assert memory.spent(since) == real.spent(since)


def test_requests_for_an_incident_are_counted_the_same(fresh: Callable[[], Store]) -> None:
    real, memory = fresh(), Memory()
    for number in range(1, 7):
        for store in (real, memory):
            store.begin_attempt(attempt(number, IDS[number % 2], START + timedelta(minutes=6 - number)))
            if number % 3:
                store.end_attempt(UUID(int=number), None if number == 4 else 0.25, START)
    assert memory.open_attempts() == real.open_attempts()
    assert [memory.incident_usd(incident) for incident in IDS] == [real.incident_usd(incident) for incident in IDS]


def test_a_finished_delivery_is_the_same(fresh: Callable[[], Store]) -> None:
    real, memory = fresh(), Memory()
    for store in (real, memory):
        store.claim_delivery("mail", "2026-W47", START)
        store.finish_delivery("mail", "2026-W47", START, None)
        store.release_delivery("mail", "2026-W47")
    assert memory.deliveries() == real.deliveries()
