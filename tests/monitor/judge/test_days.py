"""Ninety days, the present state, and what we do not know of."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from monitor.judge.facts import Maintenance, ProviderFacts
from monitor.judge.result import Day, ProviderJudgement, Spell
from tests.monitor.judge.frames import DAY, HOUR, T0, Row, at, every, judged, row


def days(rows: list[Row], end_s: float, **facts: object) -> tuple[Day, ...]:
    return judged(rows, end_s, facts=ProviderFacts(**facts)).days  # type: ignore[arg-type]  # a test's facts


def states(day: Day) -> tuple[float, ...]:
    return day.up_s, day.degraded_s, day.down_s, day.unknown_s, day.excluded_s


def test_there_are_90_utc_days_and_today_is_the_last() -> None:
    found = days(every(60, 0, DAY), 2 * DAY + HOUR)
    assert len(found) == 90
    assert found[-1].day == date(2026, 11, 3)
    assert [b.day - a.day for a, b in pairwise(found)] == [timedelta(days=1)] * 89


def test_seconds_of_each_day_by_state() -> None:
    rows = every(60, 0, 2 * HOUR) + every(60, 2 * HOUR, 3 * HOUR, "overloaded") + every(60, 4 * HOUR, DAY)
    rows += every(900, DAY, DAY + 2 * HOUR, size="1K") + every(900, DAY + 2 * HOUR, 2 * DAY, "ok_degraded", size="1K")
    maintenance = (Maintenance(at(5 * HOUR), at(6 * HOUR), "n"),)
    *before, first, second, today = days(rows, 2 * DAY + HOUR, maintenance=maintenance)
    assert states(first) == (DAY - 3 * HOUR, 0.0, HOUR, HOUR, HOUR)
    assert states(second) == (2 * HOUR, 22 * HOUR, 0.0, 0.0, 0.0)
    assert states(today) == (0.0, 0.0, 0.0, HOUR, 0.0)
    assert (first.observed, second.observed, today.observed) == (True, True, False)
    assert {(states(day), day.observed) for day in before} == {((0.0,) * 5, False)}


def test_a_day_without_a_probe_is_not_observed_and_a_day_of_refusals_is() -> None:
    rows = every(60, 0, DAY) + every(3600, 2 * DAY, 3 * DAY, "auth") + every(3600, 3 * DAY, 4 * DAY, "not_sent")
    silent, refused, unsent, _ = days(rows, 4 * DAY + 1)[-4:]
    assert [day.observed for day in (silent, refused, unsent)] == [False, True, False]
    assert [day.unknown_s for day in (silent, refused, unsent)] == [DAY, DAY, DAY]


def test_a_state_that_holds_over_midnight_is_observed_on_both_days() -> None:
    told = {"mode": "imported", "rule": "import.upptime.status"}
    found = days([row(HOUR, **told), row(3 * DAY + HOUR, **told)], 3 * DAY + 2 * HOUR)
    assert [day.observed for day in found[-4:]] == [True] * 4
    assert sum(day.up_s for day in found) == 3 * DAY + HOUR


@pytest.mark.parametrize("start_s", [0.0, 1800.0])
def test_days_add_up_to_the_time_that_is_judged(start_s: float) -> None:
    rows = every(60, start_s, DAY) + every(60, DAY, 1.5 * DAY, "timeout") + every(60, 2 * DAY, 3 * DAY)
    said = judged(rows, 3 * DAY)
    time = said.availability.time
    assert sum(day.up_s + day.degraded_s for day in said.days) == pytest.approx(time.up_s)
    assert sum(day.down_s for day in said.days) == pytest.approx(time.down_s)
    assert sum(day.unknown_s for day in said.days) == pytest.approx(time.unknown_s)


# --- now ------------------------------------------------------------------------------------------------------


def now(said: ProviderJudgement) -> tuple[str, float | None]:
    return said.state, None if said.state_since is None else (said.state_since - T0).total_seconds()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (every(60, 0, HOUR), ("serving", 0.0)),
        (every(60, 0, 1800) + every(60, 1800, HOUR, "timeout"), ("failing", 1800.0)),
        (every(60, 0, 1800, "timeout") + every(60, 1800, HOUR), ("serving", 1800.0)),
        (every(60, 0, 1800) + every(60, 1800, HOUR, "ok_degraded"), ("serving", 0.0)),
        (every(60, 0, 1800), ("unknown", 1800.0)),
        (every(60, 0, 1800) + every(60, 1800, HOUR, "auth"), ("unknown", 1800.0)),
        ([], ("unknown", None)),
        ([row(0)], ("unknown", 0.0)),
    ],
    ids=["well", "down", "back", "degraded", "silent", "refused", "never seen", "one probe"],
)
def test_state_now_and_since_when(rows: list[Row], expected: tuple[str, float | None]) -> None:
    assert now(judged(rows, HOUR)) == expected


def test_the_state_is_not_unknown_while_the_next_probe_is_on_its_way() -> None:
    assert now(judged(every(60, 0, HOUR), HOUR + 5)) == ("serving", 0.0)


def test_seen_is_when_something_was_sent() -> None:
    said = judged([row(60), *every(60, 120, HOUR, "not_sent", detail="budget"), row(900, probe="burst")], HOUR)
    assert (said.first_seen, said.last_seen) == (at(60), at(900))


# --- what we do not know ---------------------------------------------------------------------------------------


def test_unknown_stretches_say_why() -> None:
    rows = every(60, 0, 600) + every(60, 1200, 1800) + every(60, 1800, 2400, "not_sent", detail="budget")
    rows += every(60, 2400, 3000, "auth") + every(60, 3000, 3600)
    assert judged(rows, HOUR).unknown == (
        Spell("unknown", at(600), at(1200), "no probe"),
        Spell("unknown", at(1800), at(3000), "not sent: budget spent; our key was refused"),
    )


@pytest.mark.parametrize(
    ("outcome", "given", "why"),
    [
        ("not_sent", {"detail": "missed"}, "not sent: our monitor missed its time"),
        ("not_sent", {"detail": None}, "not sent: no reason given"),
        ("connection", {"attribution": "monitor"}, "our monitor failed"),
        ("connection", {"attribution": "network", "control_ok": False}, "our own network failed (control probe)"),
        ("connection", {"attribution": "unknown"}, "connection, and no control probe says whose fault"),
        ("rate_limited", {}, "throttled (429), which is neither up nor down"),
        ("blocked", {}, "our prompt was blocked by policy"),
    ],
)
def test_reasons_in_words(outcome: str, given: dict[str, object], why: str) -> None:
    rows = every(60, 0, 600) + every(60, 600, 1200, outcome, **given) + every(60, 1200, 1800)
    assert [spell.why for spell in judged(rows, 1800).unknown] == [why]


def test_after_a_maintenance_the_reason_is_named() -> None:
    said = judged(every(60, 0, HOUR), HOUR, facts=ProviderFacts(maintenance=(Maintenance(at(615), at(1230), "n"),)))
    assert [spell.why for spell in said.unknown] == ["no probe since the maintenance"]


def test_only_the_twenty_longest_are_listed_in_order_of_time() -> None:
    rows: list[Row] = []
    for i in range(30):
        rows += every(60, i * HOUR, i * HOUR + 1800 - 60 * i)
    found = judged(rows, 30 * HOUR).unknown
    assert len(found) == 20
    assert [spell.start for spell in found] == sorted(spell.start for spell in found)
    assert min((spell.end - spell.start).total_seconds() for spell in found) >= 1800 + 60 * 9
