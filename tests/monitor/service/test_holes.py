"""Rows of what was never sent, and of what a killed service left: whole values."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.judge.facts import Maintenance
from monitor.service import gaps
from monitor.service.job import Job, Part, Unsent, divide, run_id_of
from monitor.service.lost import MAYBE_SENT, NEVER_SENT, Stored, lost_rows
from monitor.slots import Every
from probes import outcomes
from probes.model import Ask, Mode, NotSent, Plan, ProbeKind, Sample, Shot, Target
from probes.plans import reach

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUN = run_id_of("here", "baseline", "all", NOON)
TARGETS = {name: Target(name, "gemini", f"http://{name}", f"model-{name}") for name in "ab"}


def shot(offset_s: float, provider: str = "a") -> Shot:
    return Shot(offset_s, provider, ProbeKind.BASELINE, Mode.SCHEDULED, Ask("1K", "1:1"))


def job(*shots: Shot, interval: timedelta = MINUTE) -> Job:
    part = Part("all", Plan(shots) if shots else reach.plan(["a", "b"]))
    return Job(ProbeKind.BASELINE, Every(interval), interval, lambda _: (part,), TARGETS)


def slots(count: int) -> list[datetime]:
    return [NOON + number * MINUTE for number in range(count)]


def missed(of: Job, count: int) -> list[Sample]:
    return list(gaps.rows(of, "here", slots(count), NotSent.MISSED, "nobody was there"))


def test_a_hole_has_a_row_for_each_request_with_its_planned_time_and_no_cost() -> None:
    rows = missed(job(shot(5.0), shot(1.0, "b")), 2)
    assert [(row.provider, row.model, row.seq, row.planned_at - NOON) for row in rows] == [
        ("b", "model-b", 0, timedelta(seconds=1)),
        ("a", "model-a", 1, timedelta(seconds=5)),
        ("b", "model-b", 0, timedelta(seconds=61)),
        ("a", "model-a", 1, timedelta(seconds=65)),
    ]
    (row,) = {(row.outcome, row.detail, row.attribution, row.billed, row.cost_usd, row.sent_at) for row in rows}
    assert row == ("not_sent", "missed", "monitor", False, 0.0, None)
    assert len({row.run_id for row in rows}) == 2


def test_the_rows_of_a_hole_are_the_same_rows_when_they_are_made_again() -> None:
    assert missed(job(), 3) == missed(job(), 3)
    assert len({row.sample_id for row in missed(job(), 50)}) == 100


@pytest.mark.parametrize(
    ("shots", "count", "rows", "stands_for"),
    [
        (10, 1000, 10_000, "nobody was there"),
        (10, 1001, 1001, "nobody was there; stands for 10 requests"),
        (1, 10_001, 10_001, "nobody was there"),
        (1, 100_001, 70, "nobody was there; one of 720 slots from 2026-11-22 12:00:00 to 23:59:00 UTC"),
    ],
    ids=["each request", "each slot and provider", "as long as it fits", "each day and provider"],
)
def test_a_long_hole_has_fewer_rows_that_say_for_how_many_they_stand(
    shots: int, count: int, rows: int, stands_for: str
) -> None:
    found = missed(job(*(shot(number) for number in range(shots))), count)
    assert len(found) == rows
    assert found[0].error == stands_for


def test_of_very_many_slots_the_newest_are_entered_and_always_the_last() -> None:
    found = gaps.entered(slots(5000))
    assert list(found) == slots(5000)[-gaps.MOST_ENTRIES :]


def test_days_of_a_hole_say_that_they_stand_for_all_their_slots() -> None:
    (row, other) = gaps.day_rows(job(), "here", [NOON], NotSent.MISSED, "nobody was there")
    assert row.error == other.error == "nobody was there; stands for all slots of 2026-11-22 UTC"


@pytest.mark.parametrize(
    ("start_s", "end_s", "sent", "kept_back"),
    [
        (10, 20, [0.0, 20.0], [(2, 10.0)]),
        (0, 60, [], [(0, 0.0), (1, 10.0), (2, 20.0)]),
        (60, 90, [0.0, 10.0, 20.0], []),
    ],
    ids=["the end is not inside", "all of it", "later"],
)
def test_what_falls_into_maintenance_is_numbered_after_what_is_sent(
    start_s: float, end_s: float, sent: list[float], kept_back: list[tuple[int, float]]
) -> None:
    window = Maintenance(NOON + timedelta(seconds=start_s), NOON + timedelta(seconds=end_s), "notice")
    division = divide(Plan((shot(20.0), shot(0.0), shot(10.0))), NOON, {"a": [window], "b": []})
    assert [one.offset_s for one in division.plan.shots] == sent
    assert [(seq, one.offset_s) for seq, one in division.maintained] == kept_back


@pytest.mark.parametrize(
    ("unsent", "rows", "said"),
    [
        (0, 1, None),
        (10_000, 10_001, "stopped before it was due"),
        (10_001, 2, "stopped before it was due; stands for 10001 requests"),
    ],
    ids=["none", "as many as are kept", "more"],
)
def test_an_early_end_of_a_long_run_is_not_written_out_without_bound(unsent: int, rows: int, said: str | None) -> None:
    kept: list[Sample] = []
    record = gaps.Curtailed(kept.append)
    of, stopped = Unsent(job(), "here", RUN, NOON), outcomes.not_sent(NotSent.SHUTDOWN)
    record(of.row(0, shot(0.0), outcomes.not_sent(NotSent.BUDGET), "cap reached"))
    for seq in range(unsent):
        record(of.row(seq + 1, shot(float(seq)), stopped, "stopped before it was due"))
    assert len(kept) == 1
    record.release()
    assert len(kept) == rows
    assert said is None or kept[1].error == said


# --- lost -----------------------------------------------------------------------------------------------------

THREE = (shot(0.0), shot(10.0, "b"), shot(30.0))


def lost(stored: Stored, now_s: float, *shots: Shot) -> list[Sample]:
    of = job(*(shots or THREE))
    return list(lost_rows(of, "here", NOON, {}, {RUN: stored}, NOON + timedelta(seconds=now_s)))


@pytest.mark.parametrize(
    ("stored", "now_s", "rows"),
    [
        ({}, 100, [("a", 0, MAYBE_SENT), ("b", 1, MAYBE_SENT), ("a", 2, MAYBE_SENT)]),
        ({0: NOON}, 100, [("b", 1, MAYBE_SENT), ("a", 2, MAYBE_SENT)]),
        ({0: NOON}, 15, [("b", 1, MAYBE_SENT), ("a", 2, NEVER_SENT)]),
        ({0: NOON, 1: NOON, 2: NOON}, 100, []),
    ],
    ids=["nothing is stored", "the first is stored", "the last was not yet due", "all are stored"],
)
def test_requests_without_a_row_get_one_that_says_what_is_known(
    stored: Stored, now_s: float, rows: list[tuple[str, int, str]]
) -> None:
    assert [(row.provider, row.seq, row.error) for row in lost(stored, now_s)] == rows


def test_what_may_have_been_sent_may_have_been_billed_and_what_was_not_was_not() -> None:
    maybe, _, never = lost({}, 15)
    assert (maybe.outcome, maybe.detail, maybe.attribution, maybe.billed, maybe.cost_usd) == (
        "not_sent", "shutdown", "monitor", None, None,
    )  # fmt: skip
    assert (never.detail, never.attribution, never.billed, never.cost_usd) == ("shutdown", "monitor", False, 0.0)


def test_lost_rows_are_planned_as_the_run_was_that_left_the_others() -> None:
    began = NOON + timedelta(seconds=7)
    (second, third) = lost({0: began}, 100)
    assert second.planned_at == began + timedelta(seconds=10)
    assert third.planned_at == began + timedelta(seconds=30)


def test_very_many_lost_requests_are_one_row_for_each_provider_and_verdict() -> None:
    many = [shot(number / 100, "ab"[number % 2]) for number in range(12_000)]
    rows = lost({}, 60, *many)
    assert [(row.provider, row.error) for row in rows] == [
        ("a", f"{MAYBE_SENT}; stands for 3001 requests"),
        ("b", f"{MAYBE_SENT}; stands for 3000 requests"),
        ("b", f"{NEVER_SENT}; stands for 3000 requests"),
        ("a", f"{NEVER_SENT}; stands for 2999 requests"),
    ]
