"""SLA results by calendar month: the period of the agreements, and until when to claim."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from monitor.catalogue.clauses import clauses
from monitor.judge import months
from monitor.judge.columns import micros
from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.judgement import judge
from monitor.judge.verdicts import SlaResult
from tests.monitor.judge.frames import DAY, at, minutes, row

SHIPPED = {clause.name: clause for clause in clauses()}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shifted(table: pd.DataFrame, begin: datetime) -> pd.DataFrame:
    """The rows of `minutes`, from another moment on."""
    by = begin - at(0)
    return table.assign(planned_at=table["planned_at"] + by, sent_at=table["sent_at"] + by)


def by_month(
    table: pd.DataFrame, since: datetime, until: datetime, zone: str = "UTC"
) -> dict[str, dict[str, SlaResult]]:
    said = judge(table, Facts({"p": ProviderFacts()}, timezone=zone), since=since, until=until, as_of=until)
    found = said.providers["p"].sla_by_month
    return {month: {one.definition: one for one in results} for month, results in found.items()}


def test_each_month_is_judged_by_itself_with_credit_and_date() -> None:
    """September faultless; in October 5 h down: 99.33 % of its 44,640 minutes."""
    begin = utc("2026-09-01")
    table = shifted(minutes(61 * 1440, dict.fromkeys(range(40 * 1440, 40 * 1440 + 300), "overloaded")), begin)
    said = by_month(table, begin, utc("2026-11-01"))
    assert list(said) == ["2026-09", "2026-10"]
    september, october = (said[month]["google_minutes"] for month in said)
    assert (september.verdict, september.bad_s, september.claim_by) == ("met", 0.0, date(2026, 10, 30))
    assert october.value == (44_640 - 300) / 44_640
    assert (october.verdict, october.credit_percent, october.claim_by) == ("not_met", 10.0, date(2026, 11, 30))
    assert said["2026-10"]["aws_5min"].claim_by == date(2026, 12, 31)


def test_a_month_is_judged_whole_also_before_the_window() -> None:
    begin = utc("2026-10-01")
    table = shifted(minutes(31 * 1440, dict.fromkeys(range(1440, 1440 + 300), "overloaded")), begin)
    said = by_month(table, utc("2026-10-20"), utc("2026-11-01"))
    assert said["2026-10"]["google_minutes"].bad_s == 18_000


def test_what_was_before_our_first_row_is_unknown() -> None:
    begin = utc("2026-10-16")
    said = by_month(shifted(minutes(16 * 1440), begin), begin, utc("2026-11-01"))["2026-10"]
    google, time, requests = said["google_minutes"], said["time"], said["requests"]
    assert (google.value, google.verdict) == (1.0, "undecided")
    assert (requests.value, requests.verdict) == (1.0, "undecided")
    assert requests.worst == pytest.approx(16 / 31, abs=1e-4)
    assert google.worst == pytest.approx(16 / 31)
    assert time.worst == pytest.approx(16 / 31)


@pytest.mark.parametrize(
    ("down", "verdict", "credit"),
    [
        (0, "undecided", None),
        (180, "undecided", None),  # below the target so far, and a faultless rest would save it
        (240, "not_met", 10.0),  # more than 0.5 % of the whole month
    ],
)
def test_a_month_that_goes_on_is_missed_only_when_nothing_can_save_it(
    down: int, verdict: str, credit: float | None
) -> None:
    begin = utc("2026-10-01")
    table = shifted(minutes(10 * 1440, dict.fromkeys(range(1440, 1440 + down), "overloaded")), begin)
    said = by_month(table, begin, utc("2026-10-11"))["2026-10"]["google_minutes"]
    assert (said.verdict, said.credit_percent) == (verdict, credit)
    assert (said.reason or "").startswith("so far, the month ends on 2026-10-31: ")


def test_months_are_those_of_the_configured_zone() -> None:
    begin = utc("2026-09-30T23:00:00")  # 01:00 of October in Berlin
    table = shifted(minutes(60), begin)
    assert list(by_month(table, begin, begin + timedelta(hours=1), "Europe/Berlin")) == ["2026-10"]
    assert list(by_month(table, begin, begin + timedelta(hours=1))) == ["2026-09"]


@pytest.mark.parametrize(
    ("month", "hours"), [((2026, 10), 31 * 24 + 1), ((2026, 3), 31 * 24 - 1), ((2026, 2), 28 * 24)]
)
def test_a_month_has_the_hours_of_its_clock(month: tuple[int, int], hours: int) -> None:
    berlin = months.month(*month, "Europe/Berlin")
    assert berlin.end - berlin.start == hours * 3600 * 10**6


def test_a_window_of_millennia_has_as_many_months_as_anybody_can_claim() -> None:
    found = list(months.within(micros(utc("1970-01-01")), micros(utc("9999-01-01")), "UTC"))
    assert len(found) == months.MOST
    assert found[-1].key == "9998-12"


@pytest.mark.parametrize("rows", [[], [row(0)]], ids=["none", "after the window"])
def test_without_rows_there_is_no_month(rows: list[dict[str, Any]]) -> None:
    table = pd.DataFrame(rows, columns=list(row(0)))
    assert by_month(table, at(-30 * DAY), at(-DAY)) == {}
