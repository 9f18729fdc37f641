"""Six cases in which Uptime Kuma prints a wrong uptime: each through `judge`, and as people read it."""

from dataclasses import dataclass, field

import pandas as pd
import pytest

from monitor.cli.judging import percent
from monitor.judge.facts import Maintenance, ProviderFacts
from monitor.judge.result import TimeAvailability
from reports import words
from tests.monitor.judge.frames import DAY, HOUR, Row, at, every, judged, minutes, row

NOTICE = ProviderFacts(maintenance=(Maintenance(at(0), at(DAY), "https://status.example.org/1"),))


@dataclass(frozen=True)
class Case:
    """Rows of a window, the seconds in each state that are right for it, and the uptime."""

    rows: list[Row] | pd.DataFrame
    end_s: float
    up_s: float = 0.0
    down_s: float = 0.0
    unknown_s: float = 0.0
    excluded_s: float = 0.0
    value: float | None = 1.0
    facts: ProviderFacts = field(default_factory=ProviderFacts)


CASES = {
    "12 h up at 60 s, then 12 h down at 300 s, are 50 %": Case(
        every(60, 0, 12 * HOUR) + every(300, 12 * HOUR, DAY, "overloaded"),
        DAY, up_s=12 * HOUR, down_s=12 * HOUR, value=0.5,
    ),
    "a monitor that was dead for 12 of 24 h knows half": Case(
        every(60, 0, 6 * HOUR) + every(60, 18 * HOUR, DAY), DAY, up_s=12 * HOUR, unknown_s=12 * HOUR
    ),
    "72 h without a probe are unknown": Case(
        every(60, -HOUR, 0), 72 * HOUR, unknown_s=72 * HOUR, value=None
    ),
    "24 h of announced maintenance are not applicable": Case(
        every(60, 0, DAY, "overloaded"), DAY, excluded_s=DAY, value=None, facts=NOTICE
    ),
    "a pending first attempt is not down": Case(
        [*every(60, 0, HOUR), row(HOUR, "not_sent", sent_at=at(HOUR), detail="shutdown"), *every(60, HOUR + 60, DAY)],
        DAY, up_s=DAY - 60, unknown_s=60,
    ),
    "one failure in 43,200 is not 100 %": Case(
        minutes(43_200, {20_000: "server_error"}), 30 * DAY, up_s=30 * DAY - 60, down_s=60, value=43_199 / 43_200
    ),
}  # fmt: skip


def time_of(case: Case) -> TimeAvailability:
    return judged(case.rows, case.end_s, facts=case.facts).availability.time


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_uptime_is_right_where_uptime_kuma_is_wrong(case: Case) -> None:
    time = time_of(case)
    assert (time.up_s, time.down_s, time.unknown_s, time.excluded_s) == (
        case.up_s, case.down_s, case.unknown_s, case.excluded_s,
    )  # fmt: skip
    assert time.value == case.value
    judged_s = case.up_s + case.down_s + case.unknown_s
    assert time.coverage == ((case.up_s + case.down_s) / judged_s if judged_s else None)
    assert time.worst == (case.up_s / judged_s if judged_s else None)
    assert time.best == ((case.up_s + case.unknown_s) / judged_s if judged_s else None)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_clause_by_time_says_the_same(case: Case) -> None:
    said = judged(case.rows, case.end_s, facts=case.facts).sla
    by_time = next(result for result in said if result.definition == "time")
    assert by_time.value == case.value


def test_one_failure_in_43_200_is_printed_as_less_than_100_percent() -> None:
    value = time_of(CASES["one failure in 43,200 is not 100 %"]).value
    assert percent(value) == "99.998"
    assert words.availability(value, None, None, "all").value == "99.997"  # floored
    assert percent(1 - 1e-9) == ">99.999"
    assert not words.availability(1 - 1e-9, None, None, "all").value.startswith("100")


@pytest.mark.parametrize(
    "name", ["72 h without a probe are unknown", "24 h of announced maintenance are not applicable"]
)
def test_what_is_not_known_is_printed_as_no_number(name: str) -> None:
    assert percent(time_of(CASES[name]).value) == "-"
