"""Advances: nothing is sent whose money is not in the store, nothing unused stays taken."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.budget import Budget, Caps, Limits, nano
from monitor.service.money import DurableGate, Need, needs, unpriced
from monitor.store import Store, StoreError
from probes.model import Ask, Mode, Plan, ProbeKind, Shot, Target
from probes.plans import endurance
from tests.monitor.service.memory import Memory
from tests.monitor.service.world import Inline

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TARGETS = {"a": Target("a", "gemini", "", "m", usd_per_image={"1K": 0.05}), "b": Target("b", "gemini", "", "m")}


def now() -> datetime:
    return NOON


def plan(*offsets_s: float, provider: str = "a", size: str | None = "1K") -> Plan:
    return Plan(tuple(Shot(at, provider, ProbeKind.BURST, Mode.RAMP, Ask(size)) for at in offsets_s))


def gate(of: Plan, keeper: Inline, day: float | None = None) -> DurableGate:
    return DurableGate(Budget(Limits(Caps(day)), now), keeper, of, TARGETS, now)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (plan(0, 0, 0), {"a": Need(nano(0.15), nano(0.15))}),
        (plan(0, 5, 20, 21, 22, 23), {"a": Need(nano(0.20), nano(0.30))}),
        (plan(*range(100)), {"a": Need(nano(0.55), nano(5.00))}),
        (plan(0, 0, size=None), {}),
        (plan(0, 0, provider="b"), {}),
        (plan(), {}),
    ],
    ids=["all at once", "the densest ten seconds", "a long run", "free of charge", "no price", "nothing"],
)
def test_an_advance_is_what_may_be_sent_within_ten_seconds(of: Plan, expected: dict[str, Need]) -> None:
    assert needs(of, TARGETS) == expected


async def test_money_is_in_the_store_before_it_is_used_and_what_was_not_used_comes_back() -> None:
    keeper = Inline(Memory())
    tested = gate(plan(*range(100)), keeper)
    await tested.open()
    assert keeper.store.spent(NOON) == {"a": 1.10}
    for _ in range(3):
        assert tested.reserve("a", 0.05) is None
        tested.settle("a", 0.05, 0.05)
    await tested.close()
    assert keeper.store.spent(NOON) == {"a": 0.15}


async def test_a_long_run_tops_up_ahead_of_its_need() -> None:
    keeper = Inline(Memory())
    tested = gate(plan(*range(100)), keeper)
    await tested.open()
    for _ in range(100):
        assert tested.reserve("a", 0.05) is None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert keeper.store.spent(NOON)["a"] <= 5.0
        tested.settle("a", 0.05, None)
    await tested.close()
    assert keeper.store.spent(NOON) == {"a": 5.0}


async def test_money_that_the_store_could_not_note_in_time_is_not_spent() -> None:
    keeper = Inline(Memory())
    tested = gate(plan(*range(100)), keeper, day=50.0)
    await tested.open()
    keeper.broken = StoreError("disk full")
    granted = [tested.reserve("a", 0.05) for _ in range(23)]
    assert granted == [None] * 22 + ["the store could not note the money in time"]
    keeper.broken = None
    assert tested.reserve("a", 0.05) is not None  # and asks anew
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert tested.reserve("a", 0.05) is None


async def test_what_the_budget_refuses_takes_nothing_of_the_advance() -> None:
    keeper = Inline(Memory())
    tested = gate(plan(0, 0, 0), keeper, day=0.05)
    await tested.open()
    assert tested.reserve("a", 0.05) is None
    assert "day cap" in str(tested.reserve("a", 0.05))
    tested.settle("a", 0.05, 0.05)
    await tested.close()
    assert keeper.store.spent(NOON) == {"a": 0.05}


async def test_a_bill_above_the_list_price_is_noted_in_full() -> None:
    keeper = Inline(Memory())
    tested = gate(plan(0, 0), keeper)
    await tested.open()
    tested.reserve("a", 0.05)
    tested.settle("a", 0.05, 0.75)
    await tested.close()
    assert keeper.store.spent(NOON) == {"a": 0.75}


async def test_a_free_run_touches_no_store() -> None:
    keeper = Inline(Memory())
    keeper.broken = StoreError("disk full")
    tested = gate(plan(0, size=None), keeper)
    await tested.open()
    assert not tested.paid
    assert tested.reserve("a", 0.0) is None
    await tested.close()


STEPS = st.lists(st.sampled_from(["reserve", "settle", "fail", "unknown", "wait"]), max_size=60)


@settings(max_examples=60)
@given(steps=STEPS)
def test_at_every_moment_the_store_counts_at_least_what_was_spent_or_is_in_flight(steps: list[str]) -> None:
    asyncio.run(walk(steps, Memory()))


def test_the_same_over_the_real_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        asyncio.run(walk(["reserve", "reserve", "settle", "wait", "reserve", "unknown", "fail", "wait"] * 3, store))


async def walk(steps: list[str], store: Memory | Store) -> None:
    """A kill may come after any step: what the store would then count must not be less than what left."""
    keeper = Inline(store)
    tested = gate(plan(*range(60)), keeper)
    await tested.open()
    in_flight = spent = 0
    for step in steps:
        if step == "wait":
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        elif step == "reserve" and tested.reserve("a", 0.05) is None:
            in_flight += 1
        elif step in {"settle", "fail", "unknown"} and in_flight:
            in_flight -= 1
            spent += step != "fail"
            tested.settle("a", 0.05, {"settle": 0.05, "fail": 0.0, "unknown": None}[step])
        assert nano(store.spent(NOON).get("a", 0.0)) >= (in_flight + spent) * nano(0.05)
    for _ in range(in_flight):
        tested.settle("a", 0.05, None)
    await tested.close()
    assert nano(store.spent(NOON).get("a", 0.0)) == (in_flight + spent) * nano(0.05)


@given(rpm=st.floats(0.2, 600), seconds=st.floats(0, 400), price=st.sampled_from([0.0, 0.05]))
def test_a_steady_run_needs_what_its_shots_one_by_one_would_need(rpm: float, seconds: float, price: float) -> None:
    made = endurance.plan("a", rpm=rpm, duration_s=seconds)
    one_by_one = replace(made, shots=tuple(made.shots))
    targets = {"a": Target("a", "gemini", "http://a", "m", usd_per_image={"1K": price})}
    of_all, of_steady = needs(one_by_one, targets), needs(made, targets)
    assert of_steady.keys() == of_all.keys()
    for name, need in of_all.items():
        assert of_steady[name].total == need.total
        assert 0 <= need.ahead - of_steady[name].ahead <= nano(price)  # where a window of ten seconds meets rounding
    dear = {"a": replace(targets["a"], usd_per_image={})}
    assert unpriced(made, dear) == unpriced(one_by_one, dear)
