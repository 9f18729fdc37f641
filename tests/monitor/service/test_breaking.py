"""The circuit breaker as the service lives with it: little is paid, nothing is hidden, and a return is seen."""

from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.monitor.service.test_rescue import BOTH, HOUR, MINUTE, RECOVERY, START, away, played, serving, told
from tests.monitor.service.world import World, provider

EVERY_MINUTE = '[budget]\nusd_per_day = 100\n[probes.baseline]\nevery = "1m"\n[report]\nevery = "1d"\n'
DAY_AWAY = (START + HOUR, START + 9 * HOUR)
BRIEFLY_AWAY = (START + HOUR, START + 150 * MINUTE)  # the trial after it is more than half an hour later


def paid(world: World, mode: str = "scheduled") -> list[str]:
    return [row.outcome for row in world.rows() if row.size and row.mode == mode and row.sent_at]


def test_a_provider_that_is_down_is_tried_ever_more_rarely_and_its_return_is_seen(tmp_path: Path) -> None:
    world = played(
        tmp_path, EVERY_MINUTE + provider("a", timeout_s=10), serving(away("images", spell=DAY_AWAY), 11 * HOUR)
    )
    down = [row for row in world.rows() if DAY_AWAY[0] <= row.planned_at < DAY_AWAY[1]]
    counts = Counter(row.outcome if row.sent_at else row.detail for row in down)
    assert counts["breaker"] > 450
    assert 10 <= counts["overloaded"] <= 22  # of 480: what opened it, then after 1, 2, 4 ... 60 minutes
    (closed,) = told(world, "breaker_closed")
    assert closed.happened_at - DAY_AWAY[1] <= timedelta(hours=1, minutes=2)
    after = [row for row in world.rows() if row.planned_at > closed.happened_at]
    assert {row.detail if row.outcome == "not_sent" else row.outcome for row in after} <= {"ok", "shutdown"}
    held = {(row.attribution, row.rule, row.billed, row.cost_usd) for row in down if row.detail == "breaker"}
    assert held == {("monitor", "not_sent.breaker", False, 0.0)}


def test_where_the_control_plane_fails_too_its_return_lets_the_next_image_through_at_once(tmp_path: Path) -> None:
    config = BOTH.replace("15m", "1m") + provider("a", timeout_s=10)
    world = played(tmp_path, config, serving(away("all", spell=BRIEFLY_AWAY), 3 * HOUR))
    (closed,) = told(world, "breaker_closed")
    assert closed.happened_at - BRIEFLY_AWAY[1] <= timedelta(minutes=3)


def test_with_recovery_an_image_that_is_made_for_the_incident_closes_it(tmp_path: Path) -> None:
    config = RECOVERY + BOTH + provider("a")
    world = played(tmp_path, config, serving(away("images", spell=BRIEFLY_AWAY), 3 * HOUR))
    (closed,) = told(world, "breaker_closed")
    assert closed.happened_at - BRIEFLY_AWAY[1] <= timedelta(minutes=1)


@pytest.mark.parametrize(("status", "cause"), [(401, "auth"), (402, "balance")])
def test_a_refused_key_and_a_spent_balance_are_not_asked_again_and_again(
    tmp_path: Path, status: int, cause: str
) -> None:
    says = away("images", status, spell=DAY_AWAY)
    world = played(tmp_path, EVERY_MINUTE + provider("a", timeout_s=10), serving(says, 10 * HOUR))
    (opened,) = told(world, "breaker_open")
    assert opened.kinds == cause
    assert 8 <= Counter(paid(world))[cause] <= 18
    assert [row.state for row in told(world)][-1] == "breaker_closed"


def test_it_stays_open_over_a_kill(tmp_path: Path) -> None:
    async def script(world: World) -> None:
        world.wire.says = away("images", spell=DAY_AWAY)
        for _ in range(9):
            await world.serve_and_kill(HOUR, stored=True)
        await world.serve(2 * HOUR)

    world = played(tmp_path, EVERY_MINUTE + provider("a", timeout_s=10), script)
    assert [row.state for row in told(world, "breaker_open", "breaker_closed")] == ["breaker_open", "breaker_closed"]
    assert Counter(paid(world))["overloaded"] <= 70  # each start may try anew after 0, 1, 2, 4 ... minutes


def test_an_endurance_run_is_suspended_by_an_outage_and_goes_on_after_it(tmp_path: Path) -> None:
    config = (
        '[probes.endurance]\ncron = "0 13 22 * *"\nduration = "3h"\nshare_of_limit = 0.1\nmax_usd = 1000\n'
        '[budget]\nusd_per_day = 1000\n[report]\nevery = "1d"\n' + RECOVERY + provider("a", rpm=60)
    )
    spell = (START + 100 * MINUTE, START + 130 * MINUTE)
    world = played(tmp_path, config, serving(away("images", spell=spell), 5 * HOUR))
    rows = [row for row in world.rows() if row.probe == "endurance"]
    assert len(rows) == 1080
    failed = [row for row in rows if row.outcome == "overloaded"]
    assert 12 <= len(failed) <= 24  # two minutes until it opens, then trials
    held = [row for row in rows if row.detail == "breaker"]
    assert all(spell[0] <= row.planned_at < spell[1] + 35 * MINUTE for row in held)
    assert rows[-1].outcome == "ok"


def test_a_provider_that_fails_now_and_then_is_not_held_back(tmp_path: Path) -> None:
    """Two failures, then a success, again and again."""
    numbers = count()
    world = played(
        tmp_path,
        EVERY_MINUTE + provider("a", timeout_s=10),
        serving(lambda _: 503 if next(numbers) % 3 else 200, 2 * HOUR),
    )
    assert not told(world, "breaker_open")
    assert len(paid(world)) >= 119
