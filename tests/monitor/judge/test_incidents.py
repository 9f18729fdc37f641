"""Outages with the bounds that the requests themselves give."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge.facts import Maintenance, ProviderFacts
from monitor.judge.result import Incident
from tests.monitor.judge.frames import DAY, HOUR, T0, Row, at, every, judged, row

SLOW: dict[str, Any] = {"size": "1K", "total_ms": 20_000.0}


def incidents(rows: Iterable[Row], end_s: float, start_s: float = 0.0, **facts: object) -> tuple[Incident, ...]:
    return judged(rows, end_s, start_s, ProviderFacts(**facts)).incidents  # type: ignore[arg-type]  # a test's facts


def offset(when: object) -> float | None:
    return None if when is None else (when - T0).total_seconds()  # type: ignore[operator]  # a datetime


def bounds(incident: Incident) -> tuple[float | None, ...]:
    times = (incident.start_earliest, incident.start_latest, incident.end_earliest, incident.end_latest)
    return tuple(offset(when) for when in times)


def test_an_outage_is_bounded_by_the_requests_that_saw_it() -> None:
    rows = every(60, 0, 600, **SLOW) + every(60, 600, 1200, "overloaded", **SLOW) + every(60, 1200, 1800, **SLOW)
    (one,) = incidents(rows, 1800)
    # last success sent at 540; first failure, sent at 600, over at 620; last sent at 1140; first success over at 1220
    assert bounds(one) == (540, 620, 1140, 1220)
    assert (one.down_s.low, one.down_s.high) == (1140 - 620, 1220 - 540)
    assert (one.failures, one.seen_as, one.open) == (10, "10 × 503 overloaded", False)


def test_requests_are_judged_by_when_they_left_not_by_when_they_were_planned() -> None:
    rows = [row(0), row(60, sent_at=at(63)), row(120, "timeout", sent_at=at(125), total_ms=5000), row(180), row(240)]
    (one,) = incidents(rows, 300)
    assert bounds(one) == (63, 130, 125, 180.1)


def test_a_single_failure_may_have_lasted_no_time_at_all() -> None:
    (one,) = incidents([*every(60, 0, 600), row(600, "server_error"), *every(60, 660, 1200)], 1200)
    assert one.down_s.low == 0.0
    assert one.down_s.high == pytest.approx(120.1)
    assert one.seen_as == "500 server error"


def test_what_is_still_down_is_open_and_has_no_upper_bound() -> None:
    (one,) = incidents(every(60, 0, 600) + every(60, 600, 1200, "timeout"), 1200)
    assert (one.open, one.end_latest, one.down_s.high) == (True, None, None)
    assert bounds(one)[:3] == (540, 600.1, 1140)


def test_what_was_down_from_the_first_row_on_began_no_earlier_than_that_we_know() -> None:
    (one,) = incidents(every(60, 120, 600, "timeout") + every(60, 600, 1200), 1200)
    assert bounds(one)[:2] == (120, 120.1)


def test_kinds_of_failures_are_named_most_frequent_first() -> None:
    rows = [*every(60, 0, 600), *every(60, 600, 780, "overloaded"), row(780, "timeout"), *every(60, 840, 1200)]
    assert incidents(rows, 1200)[0].seen_as == "3 × 503 overloaded, timeout"


def test_a_429_is_no_incident() -> None:
    rows = every(60, 0, 600) + every(60, 600, 1200, "rate_limited", attribution="provider") + every(60, 1200, 1800)
    assert incidents(rows, 1800) == ()


def test_a_monitor_gap_is_no_incident() -> None:
    rows = every(60, 0, 600) + every(60, 600, 1200, "connection", attribution="monitor") + every(60, 3600, 7200)
    assert incidents(rows, 7200) == ()


def test_failures_in_announced_maintenance_are_no_incident() -> None:
    rows = every(60, 0, 600) + every(60, 600, 1200, "overloaded") + every(60, 1200, 1800)
    assert incidents(rows, 1800, maintenance=(Maintenance(at(600), at(1200), "n"),)) == ()


def test_an_outage_ends_where_announced_maintenance_begins_and_another_begins_after_it() -> None:
    rows = every(60, 0, 600) + every(60, 600, 2400, "overloaded") + every(60, 2400, 3000)
    before, after = incidents(rows, 3000, maintenance=(Maintenance(at(1200), at(1800), "n"),))
    assert bounds(before) == (540, 600.1, 1140, 1200)
    assert bounds(after) == (1800, 1800.1, 2340, 2400.1)


def test_what_holds_on_from_before_a_short_maintenance_is_no_incident_of_its_own() -> None:
    rows = [*every(900, 0, 3600, size="1K"), row(3600, "overloaded", size="1K"), *every(900, 4500, 9000, size="1K")]
    assert len(incidents(rows, 9000, maintenance=(Maintenance(at(3700), at(3800), "n"),))) == 1


def test_a_short_gap_does_not_split_an_outage_and_is_not_down_for_certain() -> None:
    rows = (
        every(60, 0, 600) + every(60, 600, 1200, "timeout") + every(60, 2400, 3000, "timeout") + every(60, 3000, 3600)
    )
    (one,) = incidents(rows, 3600)
    assert bounds(one) == (540, 600.1, 2940, 3000.1)
    assert one.down_s.low == pytest.approx(2 * (540 - 0.1))


def test_a_long_gap_splits_what_may_have_been_two() -> None:
    rows = every(60, 0, 600) + every(60, 600, 1200, "timeout") + every(60, 4800, 5400, "timeout")
    rows += every(60, 5400, 6000)
    first, second = incidents(rows, 6000)
    assert bounds(first) == (540, 600.1, 1140, 4800)
    assert bounds(second) == (1140, 4800.1, 5340, 5400.1)


def test_a_control_plane_that_answers_neither_ends_an_image_outage_nor_says_when_it_began() -> None:
    rows = every(60, 0, 7200) + every(900, 30, 1830, **SLOW) + every(900, 1830, 3630, "overloaded", **SLOW)
    rows += every(900, 3630, 7200, **SLOW)
    (one,) = incidents(rows, 7200)
    assert bounds(one) == (930, 1850, 2730, 3650)
    assert (one.failures, one.seen_as) == (2, "2 × 503 overloaded")


def test_incidents_are_those_that_touch_the_window() -> None:
    rows = every(60, 0, 600) + every(60, 600, 1200, "timeout") + every(60, 1200, 9000)
    assert len(incidents(rows, 900)) == 1
    assert len(incidents(rows, 9000, 900)) == 1
    assert incidents(rows, 600) == ()
    assert incidents(rows, 9000, 1200) == ()


def test_several_sizes_that_fail_at_once_are_one_incident_with_the_bounds_of_all() -> None:
    rows = [row(t, "ok" if t != 1800 else "overloaded", size=s, total_ms=ms) for t in range(0, 3600, 900)
            for s, ms in (("1K", 5000.0), ("4K", 30_000.0))]  # fmt: skip
    (one,) = incidents(rows, 3600)
    assert one.failures == 2
    assert bounds(one) == (900, 1805, 1800, 2705)


@settings(max_examples=40)
@given(
    start=st.integers(5, 60),
    length=st.integers(1, 60),
    gap_s=st.sampled_from([15.0, 60.0, 300.0]),
    took_ms=st.integers(1, 10_000),
)
def test_the_true_outage_lies_within_the_bounds(start: int, length: int, gap_s: float, took_ms: int) -> None:
    """Down from just before one probe to just before another: the truth that no single request can see."""
    down_from, down_to = (start - 0.5) * gap_s, (start + length - 0.5) * gap_s
    rows = [
        row(i * gap_s, "server_error" if down_from <= i * gap_s < down_to else "ok", total_ms=float(took_ms))
        for i in range(125)
    ]
    (one,) = incidents(rows, 125 * gap_s)
    start_earliest, start_latest, end_earliest, end_latest = (float(b or 0) for b in bounds(one))
    assert start_earliest <= down_from <= start_latest
    assert end_earliest <= down_to <= end_latest
    assert one.down_s.high is not None
    assert one.down_s.low <= down_to - down_from <= one.down_s.high
    assert one.failures == length


def test_a_year_of_single_failures_has_an_incident_for_each() -> None:
    rows = [row(i * HOUR, "timeout" if i % 100 == 50 else "ok") for i in range(2400)]
    assert len(incidents(rows, 100 * DAY)) == 24
