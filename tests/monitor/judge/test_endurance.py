"""Whether a steady run drifted: the oracle, seeded runs that do and do not, and what is too little to say."""

import random

import pytest

from monitor.judge.result import EnduranceTrend
from monitor.judge.trend import mann_kendall, theil_sen
from tests.monitor.judge.frames import HOUR, Row, judged, row

SERIES = (1, 2, 3, 2.5, 4, 5, 4.5, 6, 7, 6.5)


def test_mann_kendall_and_sen_of_the_oracle() -> None:
    found, slope = mann_kendall(SERIES), theil_sen(range(10), SERIES)
    assert (found.s, found.variance) == (39, 125.0)
    assert found.z == pytest.approx(3.39882, abs=1e-5)
    assert found.p == pytest.approx(0.00067676, abs=1e-8)
    assert slope is not None
    assert slope.value == pytest.approx(0.66667, abs=1e-5)
    assert slope.low < slope.value < slope.high


def test_ties_and_constants_have_no_trend() -> None:
    assert mann_kendall([5.0] * 10).p == 1.0
    assert mann_kendall([1.0, 1.0, 2.0]).variance == pytest.approx((3 * 2 * 11 - 2 * 1 * 9) / 18)
    assert theil_sen(range(4), [1.0, 2.0, 3.0, 4.0]) is None


def run(hours: int, per_hour: int, drift: float, seed: int, errors: float = 0.01) -> list[Row]:
    """A run whose latency grows by `drift` of its median over all its hours."""
    chance = random.Random(seed)
    rows = []
    for number in range(hours * per_hour):
        at = number * HOUR / per_hour
        took = 8000.0 * (1 + drift * at / (hours * HOUR)) * chance.lognormvariate(0, 0.25)
        outcome = "overloaded" if chance.random() < errors else "ok"
        made = row(at, outcome, size="1K", mode="sustain", total_ms=took)
        rows.append(made | {"probe": "endurance", "seq": number})
    return rows


def trend(rows: list[Row]) -> EnduranceTrend:
    found = judged(rows, 80 * HOUR).endurance
    assert found is not None
    return found


def test_a_drift_of_a_fifth_over_three_days_is_found_and_its_slope_lies_in_the_interval() -> None:
    found = trend(run(72, 20, 0.2, seed=1))
    assert (found.verdict, found.hours, found.planned, found.sent) == ("drifts", 72, 1440, 1440)
    slope = found.latency_ms_per_hour
    assert slope is not None
    assert slope.low is not None
    assert slope.high is not None
    assert slope.low <= 8000 * 0.2 / 72 <= slope.high
    assert found.drift_share == pytest.approx(0.2, abs=0.08)
    assert sum(hour.n for hour in found.latency_by_hour) == sum(hour.of - hour.failed for hour in found.errors_by_hour)
    assert [hour.start for hour in found.latency_by_hour] == [hour.start for hour in found.errors_by_hour]
    assert all(6000 < hour.p50 < 12_000 for hour in found.latency_by_hour)


def test_runs_that_do_not_drift_are_said_to_about_as_often_as_the_level_allows() -> None:
    false = sum(trend(run(48, 10, 0.0, seed)).verdict == "drifts" for seed in range(60))
    assert false <= 8  # 5 % of 60 are 3; more than 8 have a chance of 1 in 200


def test_errors_that_grow_are_a_drift_too() -> None:
    early, late = run(24, 20, 0.0, seed=3, errors=0.0), run(48, 20, 0.0, seed=4, errors=0.15)[24 * 20 :]
    found = trend([*early, *late])
    assert found.verdict == "drifts"
    assert found.error_p is not None
    assert found.error_p < 0.025
    assert found.errors_by_hour[0].failed == 0
    assert sum(hour.of for hour in found.errors_by_hour) == 48 * 20


@pytest.mark.parametrize(("hours", "per_hour"), [(4, 60), (72, 5), (1, 100)], ids=["short", "thin", "an hour"])
def test_too_little_says_nothing(hours: int, per_hour: int) -> None:
    found = trend(run(hours, per_hour, 0.5, seed=5))
    assert (found.verdict, found.latency_ms_per_hour, found.drift_share) == ("too_little", None, None)


def test_what_was_not_sent_is_counted_by_reason_and_does_not_count_as_an_error() -> None:
    rows = run(10, 20, 0.0, seed=6)
    for number in range(40, 80):
        missed = row(number * HOUR / 20, "not_sent", detail="missed", size="1K", mode="sustain")
        rows[number] = missed | {"probe": "endurance", "seq": number}
    found = trend(rows)
    assert (found.planned, found.sent, found.not_sent) == (200, 160, {"missed": 40})
    assert found.hours == 8
    assert sum(hour.of for hour in found.errors_by_hour) == 160


def test_without_an_endurance_run_there_is_none() -> None:
    assert judged([row(0), row(60)], HOUR).endurance is None
