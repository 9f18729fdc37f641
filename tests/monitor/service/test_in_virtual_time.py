"""The service, hours and weeks of it: every slot is accounted for, nothing is sent twice, holes are rows."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.service.lost import MAYBE_SENT, NEVER_SENT
from monitor.store import StoreError
from probes.model import Sample
from tests.monitor.service.world import World, provider
from tests.virtual import VirtualClock, run

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REACH = '[probes.reach]\nevery = "1m"\n[report]\nevery = "1h"\n'
BASELINE = '[probes.baseline]\nevery = "15m"\n[report]\nevery = "1h"\n'
TWO = provider("a") + provider("b")


def played(folder: Path, text: str, script: Callable[[World], Awaitable[object]]) -> World:
    """A world in which the script has been played."""

    async def main(clock: VirtualClock) -> World:
        world = World(folder, clock, text)
        await script(world)
        return world

    return run(main, START)


def said(rows: list[Sample]) -> set[tuple[str, str | None, str, str]]:
    return {(row.outcome, row.detail, row.attribution, row.rule) for row in rows}


MISSED = ("not_sent", "missed", "monitor", "not_sent.missed")


def test_an_hour_of_reach_is_one_request_a_minute_to_each_provider(tmp_path: Path) -> None:
    world = played(tmp_path, REACH + TWO, lambda world: world.serve(HOUR))
    assert world.states("reach") == {"run": 60}
    ok = ("ok", "scheduled")
    assert world.count("provider", "outcome", "mode") == {("a", *ok): 60, ("b", *ok): 60}
    assert {row.planned_at for row in world.rows()} == set(world.due("reach", START, START + HOUR))


def test_requests_leave_at_their_slot_though_claim_and_money_take_a_while(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        world.keeper.delay_s = 0.1  # a durable write on a busy disk
        await world.serve(10 * MINUTE)

    world = played(tmp_path, REACH + provider("a"), script)
    slots = world.due("reach", START, START + 10 * MINUTE)
    assert [sent.at for sent in world.wire.sent] == slots


def test_a_service_that_was_down_leaves_a_row_for_every_request_that_it_would_have_sent(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await world.serve(10 * MINUTE)
        await world.pass_(30 * MINUTE + 20 * SECOND)
        await world.serve(10 * MINUTE)

    world = played(tmp_path, REACH + TWO, script)
    gap = set(world.due("reach", START + 10 * MINUTE, START + 40 * MINUTE + 20 * SECOND))
    missed = [row for row in world.rows() if row.outcome == "not_sent"]
    assert said(missed) == {MISSED}
    assert Counter(row.planned_at for row in missed) == dict.fromkeys(gap, 2)
    assert world.states("reach") == {"run": 20, "missed": 30}


def test_a_slot_within_its_grace_is_begun_late_and_not_missed(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        (first,) = world.due("reach", START, START + MINUTE)
        await world.serve(first - START + 2 * SECOND)
        await world.pass_(MINUTE + 8 * SECOND)  # ten seconds after the second slot
        await world.serve(30 * SECOND)

    world = played(tmp_path, REACH + provider("a"), script)
    (first,) = world.due("reach", START, START + MINUTE)
    assert world.states("reach") == {"run": 1, "late": 1}
    assert [row.planned_at for row in world.rows()] == [first, first + MINUTE + 10 * SECOND]
    assert {row.lateness_ms for row in world.rows()} == {0.0}  # planned when it began: our delay is not theirs


def test_a_killed_service_pays_for_nothing_twice_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        (slot, *_) = world.due("baseline", START, START + HOUR)
        world.wire.behaviour = lambda _: 15.0
        first = world.job("baseline").parts(slot)[0].plan.shots[0]
        await world.serve_and_kill(slot - START + timedelta(seconds=first.offset_s + 1))
        world.wire.behaviour = lambda _: 1.0
        await world.serve(HOUR - (world.clock.now() - START))

    world = played(tmp_path, BASELINE + TWO, script)
    slots = world.due("baseline", START, START + HOUR)
    assert world.states("baseline") == {"lost": 1, "run": len(slots) - 1}
    lost = [row for row in world.rows() if row.run_id == world.rows()[0].run_id]
    assert {(row.detail, row.attribution, row.billed, row.error) for row in lost} == {
        ("shutdown", "monitor", None, MAYBE_SENT),
        ("shutdown", "monitor", False, NEVER_SENT),
    }
    assert Counter(row.provider for row in world.rows()) == {"a": len(slots), "b": len(slots)}
    assert len({(sent.provider, sent.at) for sent in world.wire.sent}) == len(world.wire.sent) < 2 * len(slots)


def test_rows_that_were_stored_before_a_kill_stay_as_they_are(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        (slot, *_) = world.due("reach", START, START + HOUR)
        world.wire.behaviour = lambda sent: 1.0 if sent.provider == "a" else 9.0
        await world.serve_and_kill(slot - START + 5 * SECOND, stored=True)
        await world.serve(10 * SECOND)

    world = played(tmp_path, REACH + TWO, script)
    assert [(row.provider, row.outcome, row.seq) for row in world.rows()] == [("a", "ok", 0), ("b", "not_sent", 1)]
    assert {row.run_id for row in world.rows()} == {world.rows()[0].run_id}


def test_a_run_that_is_still_going_makes_the_next_slot_skipped_with_rows(tmp_path: Path) -> None:
    text = '[probes.baseline]\nevery = "1m"\n[report]\nevery = "1h"\n' + provider("a", timeout_s=100)

    async def script(world: World) -> None:
        world.wire.behaviour = lambda _: 70.0
        await world.serve(4 * MINUTE, grace_s=60)

    world = played(tmp_path, text, script)
    assert world.states("baseline") == {"run": 2, "skipped": 2}
    skipped = [row for row in world.rows() if row.outcome == "not_sent"]
    assert said(skipped) == {("not_sent", "late", "monitor", "not_sent.late")}
    assert all("was still going" in str(row.error) for row in skipped)


def test_a_provider_that_hangs_is_seen_to_hang_in_every_slot_and_holds_up_nobody(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        world.wire.behaviour = lambda sent: 1000.0 if sent.provider == "a" else 0.1
        await world.serve(HOUR, grace_s=60)

    world = played(tmp_path, REACH + provider("a", timeout_s=180) + provider("b", timeout_s=180), script)
    assert world.states("reach") == {"run": 60}
    assert Counter(sent.provider for sent in world.wire.sent) == {"a": 60, "b": 60}


def test_shots_inside_announced_maintenance_are_rows_and_not_sent(tmp_path: Path) -> None:
    window = (
        '[[maintenance]]\nprovider = "a"\nstart = 2026-11-22T12:10:00Z\nend = 2026-11-22T12:20:00Z\n'
        'notice = "https://status.example/1"\n'
    )
    world = played(tmp_path, REACH + TWO + window, lambda world: world.serve(HOUR))
    counts = world.count("provider", "outcome", "detail")
    assert counts == {("a", "ok", None): 50, ("a", "not_sent", "maintenance"): 10, ("b", "ok", None): 60}
    assert len(world.wire.sent) == 110


def test_when_the_money_is_spent_paid_probes_stop_and_free_ones_go_on(tmp_path: Path) -> None:
    text = '[budget]\nusd_per_day = 0.25\n[probes.reach]\nevery = "15m"\n' + BASELINE + provider("a", price=0.1)
    world = played(tmp_path, text, lambda world: world.serve(2 * HOUR))
    counts = world.count("probe", "detail", "attribution")
    assert counts["reach", None, "provider"] == 8
    assert counts["baseline", "budget", "monitor"] + counts.get(("baseline", "shutdown", "monitor"), 0) == 6
    assert sum(not sent.reach for sent in world.wire.sent) == 2
    refused = next(row for row in world.rows() if row.detail == "budget")
    assert refused.error == "day cap $0.25 of all providers reached: $0.05 left, $0.10 asked"


def test_a_restart_forgets_no_money_and_a_new_day_brings_new_money(tmp_path: Path) -> None:
    text = "[budget]\nusd_per_day = 0.25\n" + BASELINE + provider("a", price=0.1)

    async def script(world: World) -> None:
        await world.serve(HOUR)
        await world.serve(10 * HOUR)
        assert sum(not sent.reach for sent in world.wire.sent) == 2
        await world.serve(2 * HOUR)

    world = played(tmp_path, text, script)
    assert Counter(sent.at.date() for sent in world.wire.sent) == {START.date(): 2, START.date() + DAY: 2}


def test_a_kill_in_flight_counts_as_money_spent(tmp_path: Path) -> None:
    text = "[budget]\nusd_per_day = 0.15\n" + BASELINE + provider("a", price=0.1)

    async def script(world: World) -> None:
        (slot, *_) = world.due("baseline", START, START + HOUR)
        shot = world.job("baseline").parts(slot)[0].plan.shots[0]
        world.wire.behaviour = lambda _: 15.0
        await world.serve_and_kill(slot - START + timedelta(seconds=shot.offset_s + 1))
        await world.serve(HOUR)

    world = played(tmp_path, text, script)
    assert len(world.wire.sent) == 1  # what was in flight may have been billed: there is no money for another
    assert world.keeper.store.spent(START) == {"a": 0.1}


def test_what_a_run_did_not_use_of_its_advance_is_given_back(tmp_path: Path) -> None:
    text = '[probes.burst]\ncron = "5 12 * * *"\nconcurrency = 10\nmax_images = 30\n' + provider("a", price=0.01)
    world = played(tmp_path, text, lambda world: world.serve(HOUR))
    assert len(world.wire.sent) == 30
    assert world.keeper.store.spent(START) == {"a": 0.3}
    assert world.count("probe", "mode") == {("burst", "ramp"): 30}


def test_bursts_follow_one_another_and_endurance_runs_beside_them_but_never_at_the_same_provider(
    tmp_path: Path,
) -> None:
    text = (
        '[probes.burst]\ncron = "5 12 * * *"\nconcurrency = 5\nmax_images = 5\n'
        '[probes.endurance]\ncron = "10 12 * * *"\nduration = "30m"\nshare_of_limit = 0.1\n'
    ) + TWO
    world = played(tmp_path, text, lambda world: world.serve(HOUR))
    bursts = [sent for sent in world.wire.sent if sent.at < START + 10 * MINUTE]
    assert [sent.provider for sent in bursts] == ["a"] * 5 + ["b"] * 5
    assert bursts[5].at - bursts[4].at >= timedelta(seconds=0.2)  # only when the first was answered
    assert world.count("probe", "provider", "mode") == {
        ("burst", "a", "ramp"): 5,
        ("burst", "b", "ramp"): 5,
        ("endurance", "a", "sustain"): 180,
        ("endurance", "b", "sustain"): 180,
    }


def test_a_burst_during_endurance_is_not_sent_and_says_why(tmp_path: Path) -> None:
    text = (
        '[probes.burst]\ncron = "15 12 * * *"\nconcurrency = 5\nmax_images = 5\n'
        '[probes.endurance]\ncron = "10 12 * * *"\nduration = "10m"\nshare_of_limit = 0.1\n'
    ) + provider("a")
    world = played(tmp_path, text, lambda world: world.serve(HOUR))
    refused = [row for row in world.rows() if row.probe == "burst"]
    assert {row.detail for row in refused} == {"late"}
    assert all("the account of" in str(row.error) and "is under load already (" in str(row.error) for row in refused)


def test_an_order_to_stop_lets_what_is_in_flight_finish_and_makes_rows_of_the_rest(tmp_path: Path) -> None:
    text = '[probes.burst]\ncron = "5 12 * * *"\nconcurrency = 5\nmax_images = 10\n' + provider("a")

    async def script(world: World) -> None:
        world.wire.behaviour = lambda _: 8.0
        await world.serve(5 * MINUTE + 3 * SECOND)
        assert world.clock.now() - START < 5 * MINUTE + 13 * SECOND

    world = played(tmp_path, text, script)
    assert len(world.wire.sent) == 5
    assert world.count("detail", "attribution", "billed")["shutdown", "monitor", False] == 5
    assert not world.keeper.store.open_slots()


def test_what_outlasts_the_grace_is_abandoned_as_rows(tmp_path: Path) -> None:
    text = '[probes.burst]\ncron = "5 12 * * *"\nconcurrency = 5\nmax_images = 10\n' + provider("a", timeout_s=60)

    async def script(world: World) -> None:
        world.wire.behaviour = lambda _: 50.0
        await world.serve(5 * MINUTE + 3 * SECOND, grace_s=10)
        assert world.clock.now() - START <= 5 * MINUTE + 13 * SECOND

    world = played(tmp_path, text, script)
    assert world.count("rule", "billed") == {("not_sent.abandoned", None): 5, ("not_sent.shutdown", False): 5}
    assert world.keeper.store.spent(START) == {"a": pytest.approx(5 * 0.058)}  # the bill is not known: list price


def test_while_the_store_cannot_write_nothing_is_sent_and_afterwards_the_hole_is_rows(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        service = asyncio.create_task(world.serve(30 * MINUTE))
        await world.pass_(10 * MINUTE)
        world.keeper.broken = StoreError("disk full")
        await world.pass_(10 * MINUTE)
        world.keeper.broken = None
        await service

    world = played(tmp_path, REACH + provider("a"), script)
    outage = world.due("reach", START + 10 * MINUTE, START + 20 * MINUTE)
    assert [row.planned_at for row in world.rows() if row.outcome == "not_sent"] == outage
    assert len(world.wire.sent) == 20
    assert Counter(slot.state for slot in world.slots()) == {"run": 20, "missed": 10}


@pytest.mark.parametrize("step", [timedelta(hours=3), timedelta(minutes=20)], ids=["by hours", "by minutes"])
def test_a_clock_that_steps_ahead_leaves_the_skipped_minutes_as_missed(tmp_path: Path, step: timedelta) -> None:
    async def script(world: World) -> None:
        service = asyncio.create_task(world.serve(20 * MINUTE))
        await world.pass_(10 * MINUTE)
        world.clock.step(step)
        await service

    world = played(tmp_path, REACH + provider("a"), script)
    due = world.due("reach", START, START + 20 * MINUTE + step)
    assert [slot.slot_at for slot in world.slots("reach")] == due
    states = world.states("reach")
    assert states["missed"] == pytest.approx(step / MINUTE, abs=1)
    assert states["run"] + states["late"] == len(due) - states["missed"] == len(world.wire.sent)


def test_a_clock_that_steps_back_sends_no_slot_twice_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        service = asyncio.create_task(world.serve(90 * MINUTE))
        await world.pass_(30 * MINUTE)
        world.clock.step(-20 * MINUTE)
        await service

    world = played(tmp_path, REACH + provider("a"), script)
    due = world.due("reach", START, START + 70 * MINUTE)
    assert [slot.slot_at for slot in world.slots("reach")] == due
    assert len(world.wire.sent) == len(due)
    assert world.states("reach") == {"run": len(due)}


def test_a_blocked_event_loop_makes_late_or_missed_slots_and_no_silence(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        service = asyncio.create_task(world.serve(20 * MINUTE))
        await world.pass_(5 * MINUTE)
        world.clock.block(5 * MINUTE)  # as a machine that sleeps: time passes, no callback runs
        await service

    world = played(tmp_path, REACH + provider("a"), script)
    assert [slot.slot_at for slot in world.slots("reach")] == world.due("reach", START, START + 20 * MINUTE)
    assert world.states("reach")["missed"] >= 4


def test_a_week_of_downtime_is_counted_and_not_written_out_without_bound(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        await world.serve(10 * MINUTE)
        await world.pass_(7 * DAY)
        await world.serve(10 * MINUTE)
        await world.pass_(60 * DAY)
        await world.serve(10 * MINUTE)

    world = played(tmp_path, REACH + TWO, script)
    missed = [row for row in world.rows() if row.outcome == "not_sent"]
    assert 2 * 7 * 1440 <= len(missed) <= 2 * (7 + 9) * 1440 + 2 * 60
    last = world.slots("reach")[-1].slot_at
    assert last == world.due("reach", last - MINUTE, world.clock.now())[-1]
    by_day = {row.planned_at.date() for row in missed}
    assert len(by_day) >= 67  # no day of the hole is without a row


def test_two_locations_or_restarts_do_not_move_the_slots(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        for minutes in (7, 3, 11):
            await world.serve(timedelta(minutes=minutes))
            await world.pass_(timedelta(seconds=17))

    world = played(tmp_path, REACH + provider("a"), script)
    due = world.due("reach", START, world.clock.now())
    assert [slot.slot_at for slot in world.slots("reach")] == due[: len(world.slots("reach"))]
    assert {slot.slot_at.second for slot in world.slots("reach")} == {due[0].second}


def test_what_comes_next_is_said_at_the_start_and_nothing_is_accepted_that_is_not_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = REACH + "[probes.recovery]\n" + '[[alerts]]\nurl_env = "ALERT_URL"\non = ["down"]\n' + provider("a")
    caplog.set_level(logging.INFO)
    played(tmp_path, text, lambda world: world.serve(MINUTE))
    assert not [line for line in caplog.messages if "does not act" in line]
    assert any(message.startswith("reach: a; next at 2026-11-22 12:") for message in caplog.messages)


def test_answers_that_may_outlast_the_interval_are_announced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = '[probes.baseline]\nevery = "1m"\n' + provider("a", timeout_s=100)
    played(tmp_path, text, lambda world: world.serve(MINUTE, grace_s=60))
    assert any("baseline: answers of a may take longer than its interval of 60 s" in line for line in caplog.messages)


def test_a_week_with_a_kill_a_reboot_and_a_clock_that_was_set_accounts_for_every_slot(tmp_path: Path) -> None:
    text = '[probes.reach]\nevery = "10m"\n[probes.baseline]\nevery = "1h"\n[report]\nevery = "1d"\n' + TWO

    async def script(world: World) -> None:
        await world.serve_and_kill(2 * DAY + 5 * MINUTE)
        await world.pass_(3 * HOUR)
        await world.serve(DAY)
        world.clock.step(5 * HOUR)
        await world.serve(4 * DAY - 8 * HOUR - 5 * MINUTE, grace_s=0)

    world = played(tmp_path, text, script)
    for probe, slots in (("reach", 7 * 144), ("baseline", 7 * 24)):
        found = [slot.slot_at for slot in world.slots(probe)]
        assert found == world.due(probe, START, START + 7 * DAY)
        assert len(found) == slots
        states = world.states(probe)
        assert set(states) <= {"run", "late", "missed", "lost"}
        assert states["missed"] == pytest.approx(slots * 8 / 168, abs=2)
    assert len(world.rows()) == 2 * (7 * 144 + 7 * 24)
    assert Counter(row.outcome for row in world.rows())["ok"] > 0.9 * 2 * 7 * 144


# --- any order of events ---------------------------------------------------------------------------------------

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("serve"), st.integers(1, 3000)),
        st.tuples(st.just("kill"), st.integers(1, 3000)),
        st.tuples(st.just("down"), st.integers(1, 7000)),
        st.tuples(st.just("ahead"), st.integers(1, 5000)),
        st.tuples(st.just("back"), st.integers(600, 5000)),
    ),
    min_size=1,
    max_size=8,
)
BOTH = '[probes.reach]\nevery = "1m"\n[probes.baseline]\nevery = "5m"\n[report]\nevery = "1h"\n'


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, slow=st.booleans())
def test_every_slot_is_in_the_ledger_once_and_every_request_is_one_row_and_sent_at_most_once(
    tmp_path: Path, events: list[tuple[str, int]], slow: bool
) -> None:
    async def script(world: World) -> None:
        world.wire.behaviour = (lambda sent: 40.0 if sent.at.minute % 7 == 0 else 2.0) if slow else (lambda _: 0.3)
        for what, seconds in [("serve", 90), *events]:
            await happen(world, what, timedelta(seconds=seconds))
        await world.serve(10 * MINUTE, grace_s=0)

    world = played(tmp_path, BOTH + provider("a", timeout_s=50, price=0.001) + provider("b", timeout_s=50), script)
    for probe in ("reach", "baseline"):
        slots = [slot.slot_at for slot in world.slots(probe)]
        until = max([world.clock.now(), *slots])
        assert slots == world.due(probe, START, until)
    assert {slot.state for slot in world.slots()} <= {"run", "late", "skipped", "missed", "lost"}
    rows = Counter((row.probe, row.run_id, row.provider) for row in world.rows())
    assert set(rows.values()) == {1}
    assert len(world.rows()) == 2 * len(world.slots())
    sent = sum(row.sent_at is not None for row in world.rows())
    maybe = sum(row.error == MAYBE_SENT for row in world.rows())
    assert sent <= len(world.wire.sent) <= sent + maybe


async def happen(world: World, what: str, time: timedelta) -> None:
    match what:
        case "serve":
            await world.serve(time)
        case "kill":
            await world.serve_and_kill(time)
        case "down":
            await world.pass_(time)
        case "ahead":
            world.clock.step(time)
        case "back":
            world.clock.step(-time)
