"""`upheld run --once`, for schedulers of your own: what it begins, what it leaves alone, and what it calls missed."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from tests.monitor.service.test_in_virtual_time import DAY, HOUR, MINUTE, REACH, SECOND, START, played
from tests.monitor.service.world import World, provider

LOADS = '[probes.burst]\ncron = "0 11 * * sun"\n[probes.endurance]\ncron = "0 11 * * *"\nmax_usd = 1\n'  # an hour ago
BASELINE = '[probes.baseline]\nevery = "15m"\n'


async def called(world: World, times: int, every: timedelta) -> None:
    for _ in range(times):
        await world.service().once(asyncio.Event())
        await world.pass_(every)


def test_it_begins_the_latest_slot_of_each_light_probe_and_then_nothing_until_the_next(tmp_path: Path) -> None:
    text = BASELINE + REACH + provider("a")
    world = played(tmp_path, text, lambda world: called(world, 3, SECOND))
    assert world.count("probe", "mode") == {("reach", "scheduled"): 1, ("baseline", "scheduled"): 1}
    assert [slot.probe for slot in world.slots()] == ["baseline", "reach"]


def test_load_runs_are_left_alone_and_it_says_how_to_ask_for_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world = played(tmp_path, LOADS + REACH + provider("a"), lambda world: called(world, 2, 2 * HOUR))
    assert set(world.count("probe")) == {("reach",)}
    assert not world.slots("burst") + world.slots("endurance")
    for probe in ("burst", "endurance"):
        assert f"{probe}: not begun by --once; by hand: upheld probe NAME --kind {probe}" in caplog.messages
    assert not [message for message in caplog.messages if "next at" in message]


def test_between_two_calls_nothing_was_planned_so_nothing_was_missed(tmp_path: Path) -> None:
    world = played(tmp_path, REACH + provider("a"), lambda world: called(world, 4, 15 * MINUTE))
    assert world.states("reach") == {"run": 4}
    assert world.count("outcome") == {("ok",): 4}


def test_what_falls_due_while_a_slow_answer_is_waited_for_was_not_planned_either(tmp_path: Path) -> None:
    def slow(sent: object) -> float:
        return 0.2 if getattr(sent, "reach", False) else 300.0

    async def script(world: World) -> None:
        world.wire.behaviour = slow
        await called(world, 2, SECOND)

    world = played(tmp_path, BASELINE + REACH + provider("a", timeout_s=400), script)
    assert world.count("probe", "outcome") == {("reach", "ok"): 2, ("baseline", "ok"): 1}
    assert world.states("reach") == {"run": 2}


def test_a_hole_that_a_service_left_is_entered_because_it_had_promised_those_slots(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await world.serve(10 * MINUTE)
        await world.pass_(20 * MINUTE)
        await called(world, 1, SECOND)

    world = played(tmp_path, REACH + provider("a"), script)
    due = len(world.due("reach", START, START + 30 * MINUTE + SECOND))
    assert world.count("outcome", "detail") == {("ok", None): 11, ("not_sent", "missed"): due - 11}


def test_a_service_that_comes_later_missed_nothing_of_the_days_of_single_calls(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await called(world, 3, DAY)
        await world.serve(10 * MINUTE)

    world = played(tmp_path, REACH + provider("a"), script)
    assert set(world.count("outcome")) == {("ok",)}
    assert 13 <= world.states("reach")["run"] == len(world.slots()) <= 14
