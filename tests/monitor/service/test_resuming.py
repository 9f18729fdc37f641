"""A run that outlasts restarts: every planned request is one row, none is sent twice, and the gap is not forgotten."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.service.lost import MAYBE_SENT
from monitor.service.resuming import AHEAD, CHANGED, NOBODY, described, made_of
from monitor.store import StoreError
from probes.model import Mode, Sample
from probes.plans.endurance import Steady
from tests.monitor.service.world import World, provider
from tests.virtual import VirtualClock, run

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BEGIN = START + 10 * MINUTE


def text(duration: str, rpm: float, more: str = "") -> str:
    run = f'duration = "{duration}"\nshare_of_limit = 0.5\nmax_usd = 1000\nsize = "0.5K"\n'
    return (
        f'[probes.endurance]\ncron = "10 12 22 * *"\n{run}'
        f'[budget]\nusd_per_day = 10000\n[report]\nevery = "1d"\n{more}'
        + provider("a", rpm=round(2 * rpm), price=0.01).replace("1K", "0.5K")
    )


def played(folder: Path, config: str, script: Callable[[World], Awaitable[object]]) -> World:
    async def main(clock: VirtualClock) -> World:
        world = World(folder, clock, config)
        world.wire.side = 512
        await script(world)
        return world

    return run(main, START)


def accounted(world: World, planned: int) -> list[Sample]:
    """Every place of the plan has exactly one row, at its time; nothing else is there."""
    rows = sorted(world.rows(), key=lambda row: row.seq)
    assert [row.seq for row in rows] == list(range(planned))
    gap = (rows[-1].planned_at - rows[0].planned_at) / max(planned - 1, 1)
    assert all(abs(row.planned_at - rows[0].planned_at - row.seq * gap) < SECOND / 1000 for row in rows)
    return rows


def answered(rows: list[Sample]) -> list[Sample]:
    return [row for row in rows if row.status == 200]


def sent_at_most_once(world: World) -> None:
    """By the wire's own ledger: as many requests as rows that were sent, and no more than may have been."""
    sent = sum(row.sent_at is not None for row in world.rows())
    maybe = sum(row.error == MAYBE_SENT for row in world.rows())
    assert sent <= len(world.wire.sent) <= sent + maybe


def test_72_hours_with_two_kills_account_for_every_slot(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        world.wire.behaviour = lambda _: 12.0
        await world.serve_and_kill(10 * MINUTE + 20 * HOUR + 7 * SECOND)
        await world.pass_(3 * HOUR)
        await world.serve_and_kill(25 * HOUR)
        await world.pass_(30 * SECOND)
        await world.serve(26 * HOUR)

    rpm = 0.5
    world = played(tmp_path, text("72h", rpm), script)
    rows = accounted(world, int(72 * 60 * rpm))
    sent_at_most_once(world)
    assert [slot.state for slot in world.slots("endurance")] == ["run"]
    missed = [row for row in rows if row.detail == "missed"]
    assert {(row.error, row.billed, row.sent_at) for row in missed} == {(NOBODY, False, None)}
    assert len(missed) == pytest.approx(3 * 60 * rpm, abs=3)
    unclear = [row for row in rows if row.detail == "shutdown"]
    assert len(unclear) <= 2 * 2
    assert len(answered(rows)) == len(rows) - len(missed) - len(unclear)


def test_an_order_to_stop_leaves_the_rest_to_the_next_start_and_nothing_unclear(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await world.serve(20 * MINUTE - 5 * SECOND)
        assert [slot.state for slot in world.slots("endurance")] == [None]
        await world.pass_(10 * MINUTE)
        await world.serve(50 * MINUTE)

    world = played(tmp_path, text("1h", 6), script)
    rows = accounted(world, 360)
    assert Counter(row.detail for row in rows if row.outcome == "not_sent") == {"missed": 60}
    assert len(answered(rows)) == 300
    assert len(world.wire.sent) == 300
    assert [slot.state for slot in world.slots("endurance")] == ["run"]


def test_a_run_whose_end_fell_into_the_gap_is_lost_with_a_row_for_each(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await world.serve_and_kill(20 * MINUTE, stored=True)
        await world.pass_(2 * HOUR)
        await world.serve(MINUTE)

    world = played(tmp_path, text("1h", 6), script)
    rows = accounted(world, 360)
    assert [slot.state for slot in world.slots("endurance")] == ["lost"]
    assert Counter(row.error for row in rows)[NOBODY] == pytest.approx(300, abs=4)


def test_what_it_cost_before_the_restart_counts_against_the_cap_of_the_run(tmp_path: Path) -> None:
    config = text("1h", 6).replace("max_usd = 1000", "max_usd = 2.00")

    async def script(world: World) -> None:
        await world.serve_and_kill(25 * MINUTE, stored=True)
        await world.pass_(5 * MINUTE)
        await world.serve(HOUR)

    world = played(tmp_path, config, script)
    rows = accounted(world, 360)
    maybe = sum(row.error == MAYBE_SENT for row in rows)
    assert len(world.wire.sent) + maybe == pytest.approx(200, abs=maybe)
    assert Counter(row.detail for row in rows)["budget"] > 0


def test_while_the_store_cannot_note_how_far_it_sends_nothing_is_sent_and_rows_say_so(tmp_path: Path) -> None:
    free = text("1h", 6).replace('"0.5K" = 0.01', '"0.5K" = 0.0')

    async def script(world: World) -> None:
        service = asyncio.create_task(world.serve(90 * MINUTE))
        await world.pass_(20 * MINUTE)
        world.keeper.broken = StoreError("disk full")
        await world.pass_(10 * MINUTE)
        world.keeper.broken = None
        await service

    world = played(tmp_path, free, script)
    rows = accounted(world, 360)
    held = [row for row in rows if row.outcome == "not_sent"]
    assert {row.detail for row in held} == {"missed"}
    assert len(held) == pytest.approx((10 * MINUTE - AHEAD) / (10 * SECOND), abs=3)
    assert len(world.wire.sent) == 360 - len(held)


def test_maintenance_that_is_announced_in_the_middle_moves_no_place_of_the_plan(tmp_path: Path) -> None:
    window = (
        '[[maintenance]]\nprovider = "a"\nstart = 2026-11-22T12:40:00Z\nend = 2026-11-22T12:50:00Z\n'
        'notice = "https://status.example/1"\n'
    )

    async def script(world: World) -> None:
        await world.serve(20 * MINUTE - 5 * SECOND)
        again = World(world.folder, world.clock, text("1h", 6, window))
        again.memory, again.keeper, again.wire = world.memory, world.keeper, world.wire
        await again.serve(HOUR)

    world = played(tmp_path, text("1h", 6), script)
    rows = accounted(world, 360)
    kept = [row for row in rows if row.detail == "maintenance"]
    assert len(kept) == 60
    assert {row.planned_at.minute // 10 for row in kept} == {4}


def test_a_run_that_is_configured_otherwise_by_then_ends_as_it_was_begun(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await world.serve(20 * MINUTE - 5 * SECOND)
        again = World(world.folder, world.clock, text("1h", 3))
        again.memory, again.keeper, again.wire = world.memory, world.keeper, world.wire
        await again.serve(10 * MINUTE)

    world = played(tmp_path, text("1h", 6), script)
    rows = accounted(world, 360)
    assert Counter(row.error for row in rows) == {None: 60, CHANGED: 300}
    assert [slot.state for slot in world.slots("endurance")] == ["lost"]


def test_once_leaves_it_alone(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await world.serve(20 * MINUTE - 5 * SECOND)
        await world.service().once(asyncio.Event())

    world = played(tmp_path, text("1h", 6), script)
    assert len(world.rows()) == 60
    assert [slot.state for slot in world.slots("endurance")] == [None]


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("serve"), st.integers(1, 500)),
        st.tuples(st.just("kill"), st.integers(1, 500)),
        st.tuples(st.just("kill, rows stored"), st.integers(1, 500)),
        st.tuples(st.just("down"), st.integers(1, 500)),
        st.tuples(st.just("back"), st.integers(1, 500)),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, takes_s=st.sampled_from([0.5, 25.0]))
def test_whatever_happens_every_place_has_one_row_and_is_sent_at_most_once(
    tmp_path: Path, events: list[tuple[str, int]], takes_s: float
) -> None:
    async def script(world: World) -> None:
        world.wire.behaviour = lambda _: takes_s
        for what, seconds in [("serve", 605), *events]:
            await happen(world, what, timedelta(seconds=seconds))
        while world.clock.now() < BEGIN + 21 * MINUTE or None in world.states("endurance"):
            await world.serve(10 * MINUTE)

    world = played(tmp_path, text("20m", 6), script)
    accounted(world, 120)
    sent_at_most_once(world)
    assert {slot.state for slot in world.slots("endurance")} <= {"run", "late", "lost"}


async def happen(world: World, what: str, time: timedelta) -> None:
    match what:
        case "serve":
            await world.serve(time, grace_s=5)
        case "kill":
            await world.serve_and_kill(time)
        case "kill, rows stored":
            await world.serve_and_kill(time, stored=True)
        case "down":
            await world.pass_(time)
        case "back":
            world.clock.step(-time)


@given(
    shots=st.builds(
        Steady,
        st.sampled_from(["a", "b"]),
        st.integers(0, 10**6),
        st.floats(0.01, 1e4),
        st.just("1K"),
        st.just("16:9"),
        st.sampled_from(Mode),
    )
)
def test_a_plan_is_made_again_of_what_was_kept_of_it(shots: Steady) -> None:
    assert made_of(described(shots)) == shots
