from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitor import weeks
from monitor.judge.clauses.clause import Clause
from monitor.judge.facts import Claim, Facts, ProviderFacts
from monitor.judge.result import Day, Spending
from monitor.weekly import Books, judge_week
from tests.monitor.watched import frame, utc, watched

WEEK = weeks.parse("2026-W47")  # 16 to 22 Nov
BERLIN = Facts({"alder": ProviderFacts()}, timezone="Europe/Berlin")
UTC_FACTS = Facts({"alder": ProviderFacts()})
AFTER = utc("2026-11-23T06:00")


def total_s(day: Day) -> float:
    return day.up_s + day.degraded_s + day.down_s + day.unknown_s + day.excluded_s


def test_an_outage_after_local_midnight_belongs_to_the_local_day() -> None:
    down = ("2026-11-16T23:30", "2026-11-17T00:30")  # Tuesday 00:30 to 01:30 in Berlin
    rows = frame(watched("alder", "2026-11-10T00:00", "2026-11-24T00:00", down=[down]))
    berlin, greenwich = (judge_week(rows, facts, WEEK, as_of=AFTER).days["alder"] for facts in (BERLIN, UTC_FACTS))

    assert [round(day.down_s) for day in berlin] == [0, 3600, 0, 0, 0, 0, 0]
    assert [round(day.down_s) for day in greenwich] == [1800, 1800, 0, 0, 0, 0, 0]
    assert [day.day for day in berlin] == [date(2026, 11, 16 + i) for i in range(7)]


@pytest.mark.parametrize(
    ("key", "hours"),
    [("2026-W13", [24] * 6 + [23]), ("2026-W43", [24] * 6 + [25])],
    ids=["clock forward", "clock back"],
)
def test_days_have_as_many_hours_as_the_clock_gives_them_and_add_up_to_the_week(key: str, hours: list[int]) -> None:
    week = weeks.parse(key)
    start, end = week.bounds(ZoneInfo("Europe/Berlin"))
    since, until = start - timedelta(days=14), end
    rows = frame(watched("alder", since.isoformat()[:16], until.isoformat()[:16]))
    judged = judge_week(rows, BERLIN, week, as_of=until)

    assert [total_s(day) / 3600 for day in judged.days["alder"]] == hours
    time = judged.week.providers["alder"].availability.time
    assert sum(day.up_s for day in judged.days["alder"]) == pytest.approx(time.up_s)
    assert time.up_s + time.down_s + time.unknown_s == pytest.approx((end - start).total_seconds())


def test_down_and_unknown_time_of_the_days_add_up_to_that_of_the_week() -> None:
    rows = frame(
        watched(
            "alder",
            "2026-11-01T00:00",
            "2026-11-24T00:00",
            down=[("2026-11-17T09:40", "2026-11-18T18:40")],
            unseen=[("2026-11-20T10:00", "2026-11-20T16:00"), ("2026-11-21T22:00", "2026-11-22T02:00")],
        )
    )
    judged = judge_week(rows, BERLIN, WEEK, as_of=AFTER)
    time, own = judged.week.providers["alder"].availability.time, judged.days["alder"]

    assert sum(day.down_s for day in own) == pytest.approx(time.down_s)
    assert sum(day.unknown_s for day in own) == pytest.approx(time.unknown_s)
    assert time.down_s == 33 * 3600
    assert time.unknown_s > 9 * 3600


def test_a_provider_that_was_added_on_wednesday_was_not_watched_before() -> None:
    rows = frame(watched("alder", "2026-11-18T12:00", "2026-11-24T00:00"))
    monday, tuesday, wednesday, thursday, *_ = judge_week(rows, UTC_FACTS, WEEK, as_of=AFTER).days["alder"]

    assert (monday.observed, tuesday.observed, wednesday.observed) == (False, False, True)
    assert wednesday.unknown_s == 12 * 3600
    assert thursday.unknown_s == 0


def test_a_running_week_is_judged_to_now_and_no_further() -> None:
    now = utc("2026-11-19T12:00")
    rows = frame(watched("alder", "2026-11-01T00:00", "2026-11-19T12:00"))
    judged = judge_week(rows, UTC_FACTS, WEEK, as_of=now)

    assert (judged.week.until, judged.week.as_of) == (now, now)
    assert [total_s(day) / 3600 for day in judged.days["alder"]] == [24, 24, 24, 12]


def test_a_week_whose_data_stop_before_its_end_is_unknown_from_there_on() -> None:
    rows = frame(watched("alder", "2026-11-01T00:00", "2026-11-19T00:00"))
    judged = judge_week(rows, UTC_FACTS, WEEK, as_of=AFTER)
    alder = judged.week.providers["alder"]

    assert judged.week.until == utc("2026-11-23T00:00")
    assert alder.state == "unknown"
    assert alder.availability.time.unknown_s == pytest.approx(4 * 86_400, abs=1200)
    assert [day.observed for day in judged.days["alder"]] == [True] * 3 + [False] * 4


def test_rows_before_the_week_tell_the_state_in_which_it_begins() -> None:
    rows = watched("alder", "2026-11-09T00:05", "2026-11-24T00:00", down=[("2026-11-15T20:00", "2026-11-16T02:00")])
    judged = judge_week(frame(rows), UTC_FACTS, WEEK, as_of=AFTER)

    assert judged.week.providers["alder"].availability.time.down_s == pytest.approx(7500, abs=1)


def test_the_week_before_is_judged_by_itself() -> None:
    rows = frame(
        watched("alder", "2026-11-01T00:00", "2026-11-24T00:00", down=[("2026-11-10T09:40", "2026-11-10T10:40")])
    )
    judged = judge_week(rows, UTC_FACTS, WEEK, as_of=AFTER)

    assert judged.before is not None
    assert judged.before.until == judged.week.since
    assert judged.before.providers["alder"].availability.time.down_s == 3600
    assert judged.week.providers["alder"].availability.time.down_s == 0


def test_without_rows_there_is_nothing_to_tell_and_no_week_before() -> None:
    judged = judge_week(frame([]), UTC_FACTS, WEEK, as_of=AFTER)

    assert judged.samples == 0
    assert judged.before is None
    assert judged.week.providers["alder"].availability.time.value is None


def test_a_provider_that_is_neither_configured_nor_seen_this_week_is_left_out() -> None:
    rows = [
        *watched("alder", "2026-11-09T00:00", "2026-11-24T00:00"),
        *watched("gone", "2026-11-09T00:00", "2026-11-12T00:00"),
        *watched("long-gone", "2026-11-02T00:00", "2026-11-04T00:00"),
    ]
    judged = judge_week(frame(rows), UTC_FACTS, WEEK, as_of=AFTER)

    assert list(judged.week.providers) == ["alder"]
    assert judged.before is not None
    assert list(judged.before.providers) == ["alder", "gone"]


def test_successive_weeks_share_neither_a_row_nor_a_second() -> None:
    rows = frame(watched("alder", "2026-11-01T00:00", "2026-11-30T00:00"))
    samples = [judge_week(rows, UTC_FACTS, week, as_of=utc("2026-11-30T00:00")) for week in (WEEK, WEEK.following())]

    assert [judged.samples for judged in samples] == [1008, 1008]
    assert all(a.week.until == b.week.since for a, b in pairwise(samples))


OWING = Facts(
    {
        "alder": ProviderFacts(
            claims=(Claim("uptime", ">=", 0.999, definition="time"),),
            clauses=(Clause("time", unit="time", target=0.999, claim_within_days=30),),
        )
    }
)


def test_a_month_that_ended_before_the_week_is_told_while_its_credit_may_be_claimed() -> None:
    rows = watched("alder", "2026-10-01T00:00", "2026-11-23T00:00", down=[("2026-10-10T00:00", "2026-10-11T00:00")])
    months = judge_week(frame(rows), OWING, WEEK, as_of=AFTER).week.providers["alder"].sla_by_month

    assert list(months) == ["2026-10", "2026-11"]
    (october,) = (result for result in months["2026-10"] if result.promised)
    assert (october.verdict, october.claim_by) == ("not_met", date(2026, 11, 30))


def test_promises_are_judged_by_all_rows_up_to_the_end_of_each_week() -> None:
    rows = watched("alder", "2026-09-01T00:00", "2026-11-24T00:00", down=[("2026-11-17T00:00", "2026-11-22T00:00")])
    judged = judge_week(frame(rows), OWING, WEEK, as_of=AFTER)

    assert judged.before is not None
    before, after = (of.providers["alder"].claims[0] for of in (judged.before, judged.week))
    assert (before.looks, after.looks) == (2, 2), "30 and 60 days after the first row of all"
    assert before.estimate is not None
    assert after.estimate is not None
    assert before.estimate.value == 1.0
    assert after.estimate.value == pytest.approx(1 - 5 / 83, abs=1e-3), "of all weeks, not of the last one"


def test_what_the_books_say_is_passed_through() -> None:
    rows = frame(watched("alder", "2026-11-09T00:00", "2026-11-24T00:00"))
    books = Books({None: Spending(0.5, 12.0, 5.0, 60.0), "alder": Spending(0.5, 12.0)}, None, 900.0)
    told = judge_week(rows, UTC_FACTS, WEEK, as_of=AFTER, books=books).week.instrument

    assert told.spent == Spending(0.5, 12.0, 5.0, 60.0)
    assert dict(told.spending) == {"alder": Spending(0.5, 12.0)}
    assert (told.spent_usd_month, told.time_compression) == (12.0, 900.0)
