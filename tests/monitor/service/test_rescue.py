"""Incidents as the service lives through them: confirmed, looked at closely, over; through restarts, on a budget."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.incidents import back_off_s
from monitor.store import TransitionRow
from probes.model import Sample
from tests.monitor.service.world import Sent, World, provider
from tests.virtual import VirtualClock, run

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
RECOVERY = '[probes.recovery]\nevery = "15s"\nmax_usd_per_incident = 2.0\n'
REACH = '[probes.reach]\nevery = "1m"\n[report]\nevery = "1d"\n'
BOTH = REACH + '[probes.baseline]\nevery = "15m"\n'
AWAY = (START + 20 * MINUTE, START + 27 * MINUTE)


def played(folder: Path, config: str, script: Callable[[World], Awaitable[object]]) -> World:
    async def main(clock: VirtualClock) -> World:
        world = World(folder, clock, config)
        await script(world)
        world.keeper.flush()
        return world

    return run(main, START)


def away(of: str, status: int = 503, spell: tuple[datetime, datetime] = AWAY) -> Callable[[Sent], int]:
    """Everything, or only images or only reach, is answered with `status` during the spell."""

    def says(sent: Sent) -> int:
        affected = of == "all" or (of == "reach") == sent.reach
        return status if affected and spell[0] <= sent.at < spell[1] else 200

    return says


def serving(says: Callable[[Sent], int], for_: timedelta = HOUR) -> Callable[[World], Awaitable[object]]:
    async def script(world: World) -> None:
        world.wire.says = says
        await world.serve(for_)

    return script


def told(world: World, *states: str) -> list[TransitionRow]:
    return [row for row in world.memory.transitions() if not states or row.state in states]


def tight(world: World, *, image: bool) -> list[Sample]:
    return [row for row in world.rows() if row.mode == "incident" and (row.size is not None) == image]


def test_an_outage_of_all_is_confirmed_looked_at_closely_and_over_after_three_successes(tmp_path: Path) -> None:
    world = played(tmp_path, RECOVERY + BOTH + provider("a"), serving(away("all")))
    assert [row.state for row in told(world) if row.incident_id] == ["suspected", "opened", "closed"]
    suspected, opened, closed = [row for row in told(world) if row.incident_id]
    assert suspected.since_at < AWAY[0] + MINUTE
    assert timedelta(seconds=1) <= opened.happened_at - suspected.happened_at <= timedelta(seconds=3)
    assert opened.why == "reach: 503 overloaded, and again 503 overloaded"
    assert AWAY[1] <= closed.happened_at <= AWAY[1] + 2 * MINUTE
    assert closed.why == "3 successes in a row of image and reach"
    (confirm,) = [row for row in world.rows() if row.mode == "confirm"]
    assert (confirm.probe, confirm.size, confirm.outcome) == ("recovery", None, "overloaded")
    images = tight(world, image=True)
    assert [row.outcome for row in images] == ["ok"] * 3  # none is asked for while the control plane does not answer


def test_repeats_of_a_failed_call_keep_the_back_off_that_slas_ask_for(tmp_path: Path) -> None:
    quick = RECOVERY.replace("15s", "1s")
    world = played(tmp_path, quick + REACH + provider("a", price=0), serving(away("reach")))
    failed = [row for row in world.rows() if row.mode in {"confirm", "incident"} and row.outcome == "overloaded"]
    gaps = [
        (two.sent_at - one.sent_at).total_seconds() - 0.2
        for one, two in pairwise(failed)
        if one.sent_at and two.sent_at
    ]
    assert gaps[1:7] == pytest.approx([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], abs=0.3)
    assert all(gap >= 32.0 for gap in gaps[6:])
    assert [back_off_s(number) for number in range(8)] == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0]


def test_images_that_fail_while_the_control_plane_answers_are_an_incident_of_images(tmp_path: Path) -> None:
    spell = (START + 20 * MINUTE, START + 50 * MINUTE)
    world = played(tmp_path, RECOVERY + BOTH + provider("a"), serving(away("images", spell=spell), 2 * HOUR))
    _, opened, closed = [row for row in told(world) if row.incident_id]
    assert opened.kinds == "image"
    assert closed.happened_at - spell[1] < 2 * MINUTE  # three looks 32 s after the last failure, then 15 s apart
    assert {row.outcome for row in tight(world, image=False)} == {"ok"}
    assert {row.mode for row in world.rows() if row.probe in {"reach", "baseline"}} == {"scheduled"}


def test_an_incident_costs_no_more_than_it_may(tmp_path: Path) -> None:
    config = RECOVERY.replace("2.0", "0.5") + BOTH + provider("a")

    async def script(world: World) -> None:
        world.wire.says = away("images", spell=(START, START + 90 * MINUTE))
        world.wire.behaviour = lambda sent: 0.2 if sent.reach else 25.0  # above its deadline: nobody knows the bill
        await world.serve(3 * HOUR)

    world = played(tmp_path, config, script)
    opened = told(world, "opened")[0]
    assert opened.incident_id is not None
    assert 0.0 < world.memory.incident_usd(opened.incident_id) <= 0.5
    paid = [row for row in world.rows() if row.mode in {"confirm", "incident"} and row.size]
    assert len(paid) * 0.058 <= 0.5


def test_a_single_failure_is_dismissed_by_the_second_opinion(tmp_path: Path) -> None:
    failed: list[Sent] = []

    def once(sent: Sent) -> int:
        if sent.at < AWAY[0] or failed:
            return 200
        failed.append(sent)
        return 503

    world = played(tmp_path, RECOVERY + REACH + provider("a"), serving(once))
    assert [row.state for row in told(world)] == ["suspected", "dismissed"]
    assert told(world)[1].why == "reach succeeded when asked again"
    assert not tight(world, image=False)


def test_without_a_recovery_probe_the_next_scheduled_failure_confirms(tmp_path: Path) -> None:
    world = played(tmp_path, REACH + provider("a"), serving(away("all")))
    assert [row.state for row in told(world)] == ["suspected", "opened", "closed"]
    assert {row.mode for row in world.rows()} == {"scheduled"}


@pytest.mark.parametrize("status", [429, 401], ids=["throttled", "key refused"])
def test_what_tells_of_us_opens_no_incident(tmp_path: Path, status: int) -> None:
    world = played(tmp_path, RECOVERY + BOTH + provider("a"), serving(away("all", status)))
    assert not [row for row in told(world) if row.incident_id]


def test_a_kill_with_an_incident_open_forgets_neither_it_nor_its_money_nor_a_request(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        world.wire.says = away("images", spell=(START, START + 40 * MINUTE))
        world.wire.behaviour = lambda sent: 0.2 if sent.reach else 9.0
        await world.serve_and_kill(25 * MINUTE + 40 * SECOND)
        await world.pass_(MINUTE)
        await world.serve(90 * MINUTE)

    world = played(tmp_path, RECOVERY + BOTH + provider("a"), script)
    states = [row.state for row in told(world) if row.incident_id]
    assert states == ["suspected", "opened", "closed"]
    assert len({row.incident_id for row in told(world) if row.incident_id}) == 1
    assert not world.memory.open_attempts()
    attempts = world.memory._attempts
    rows = {row.run_id for row in world.rows() if row.probe == "recovery"}
    assert set(attempts) == rows  # each request has its row, whatever became of it
    sent = [row for row in world.rows() if row.probe == "recovery" and row.sent_at]
    lost = [row for row in world.rows() if row.probe == "recovery" and row.rule == "not_sent.abandoned"]
    assert len(sent) + len(lost) == len(rows)


def test_inside_announced_maintenance_nobody_is_asked_and_afterwards_it_goes_on(tmp_path: Path) -> None:
    window = (
        '[[maintenance]]\nprovider = "a"\nstart = 2026-11-22T12:22:00Z\nend = 2026-11-22T12:25:00Z\n'
        'notice = "https://status.example/1"\n'
    )
    world = played(tmp_path, RECOVERY + REACH + window + provider("a"), serving(away("all")))
    inside = [sent for sent in world.wire.sent if START + 22 * MINUTE <= sent.at < START + 25 * MINUTE]
    assert not inside
    assert [row.state for row in told(world)][-1] == "closed"


def test_two_providers_have_incidents_of_their_own(tmp_path: Path) -> None:
    def says(sent: Sent) -> int:
        return 503 if sent.provider == "a" and AWAY[0] <= sent.at < AWAY[1] else 200

    world = played(tmp_path, RECOVERY + REACH + provider("a") + provider("b"), serving(says))
    assert {row.provider for row in told(world)} == {"a"}
    assert Counter(row.provider for row in world.rows() if row.probe == "recovery").keys() == {"a"}


SPELLS = st.lists(
    st.tuples(st.integers(0, 55), st.integers(1, 20), st.sampled_from(["all", "images", "reach"])), max_size=3
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spells=SPELLS, kills=st.lists(st.integers(30, 2000), max_size=2))
def test_whatever_fails_and_whenever_it_is_killed_incidents_open_once_close_once_and_stay_within_their_money(
    tmp_path: Path, spells: list[tuple[int, int, str]], kills: list[int]
) -> None:
    outages = [away(of, 503, (START + begin * MINUTE, START + (begin + long) * MINUTE)) for begin, long, of in spells]

    async def script(world: World) -> None:
        world.wire.says = lambda sent: max((outage(sent) for outage in outages), default=200)
        for seconds in kills:
            await world.serve_and_kill(timedelta(seconds=seconds), stored=True)
        await world.serve(START + 3 * HOUR - world.clock.now())

    world = played(tmp_path, RECOVERY.replace("2.0", "0.4") + BOTH + provider("a"), script)
    by_incident: dict[object, list[str]] = {}
    for row in told(world):
        if row.incident_id is not None:
            by_incident.setdefault(row.incident_id, []).append(row.state)
    whole = {("suspected", "dismissed"), ("suspected", "opened", "closed")}
    cut = {("suspected",)}  # a kill between the two: what lasts is suspected again
    assert {tuple(states) for states in by_incident.values()} <= (whole | cut if kills else whole)
    assert all(world.memory.incident_usd(incident) <= 0.4 for incident in by_incident)  # type: ignore[arg-type]  # UUIDs
    assert not world.memory.open_attempts()
