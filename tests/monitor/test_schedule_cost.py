"""What a schedule sends and costs: oracles from the documents, and the calendar against counting slot by slot."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.schedule_caps import Use, binding, excesses, uses
from monitor.schedule_cost import (
    Load,
    SchedulePlan,
    midnight,
    plan_schedule,
    runs_by_day,
    steady_of,
)
from monitor.slots import MICROSECOND, Cron, Every, slots_between
from tests.monitor.configs import ONE, SIMULATED, WHOLE, loaded

MONDAY, LAST = date(2026, 11, 23), date(2026, 12, 23)  # of a month of 31 days


def planned(folder: Path, text: str, days: int = 30) -> SchedulePlan:
    return plan_schedule(loaded(folder, text), MONDAY, days)


def only(plan: SchedulePlan) -> Load:
    (load,) = plan.loads
    return load


# --- oracles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "images", "usd"),
    [("1m", 43_200, 2505.60), ("5m", 8_640, 501.12), ("15m", 2_880, 167.04), ("1h", 720, 41.76)],
)
def test_a_month_of_baseline_costs_what_the_statistics_say(tmp_path: Path, every: str, images: int, usd: float) -> None:
    plan = planned(tmp_path, ONE + f'[probes.baseline]\nevery = "{every}"')
    assert only(plan).sent(plan.days) == images
    assert plan.usd(plan.days) == usd


def test_half_of_60_rpm_for_72_hours_is_129600_images(tmp_path: Path) -> None:
    text = ONE + "limits = { rpm = 60 }\n[probes.endurance]\nmax_usd = 1e9"
    plan = planned(tmp_path, text)
    assert only(plan).sent(plan.days) == 129_600
    assert {day.isoformat(): count for day, count in only(plan).requests.items()} == {
        "2026-12-01": 43_200,
        "2026-12-02": 43_200,
        "2026-12-03": 43_200,
    }


@pytest.mark.parametrize(
    ("text", "runs", "requests", "usd"),
    [
        ('[probes.reach]\nevery = "1m"', 1440, 1440, 0.0),
        ('[probes.reach]\nevery = "1s"', 86_400, 86_400, 0.0),
        ('[probes.baseline]\ncron = "*/20 8-17 * * *"', 30, 30, 1.74),
        ("[probes.burst]\ncron = '30 4 * * *'\nconcurrency = 10\nmax_images = 30", 1, 30, 1.74),
        ("", 0, 0, 0.0),
    ],
    ids=["reach", "every-second", "cron", "burst", "nothing"],
)
def test_one_day_of_each_probe(tmp_path: Path, text: str, runs: int, requests: int, usd: float) -> None:
    plan = planned(tmp_path, ONE + text, days=1)
    assert sum(load.begun(plan.days) for load in plan.loads) == runs
    assert sum(load.sent(plan.days) for load in plan.loads) == requests
    assert plan.usd(plan.days) == usd


def test_each_size_costs_its_own_price(tmp_path: Path) -> None:
    text = ONE.replace("0.058 }", "0.058, '4K' = 0.24 }") + '[probes.baseline]\nevery = "1h"\nsizes = ["1K", "4K"]'
    plan = planned(tmp_path, text, days=1)
    assert (only(plan).begun(plan.days), only(plan).sent(plan.days)) == (24, 48)
    assert plan.usd(plan.days) == pytest.approx(24 * 0.298, abs=1e-12)


def test_every_provider_is_asked_and_summed(tmp_path: Path) -> None:
    plan = planned(tmp_path, ONE + SIMULATED + '[probes.baseline]\nevery = "1h"', days=1)
    assert plan.usd(plan.days, "wisgate") == 1.392
    assert plan.usd(plan.days, "alder") == 2.4
    assert plan.usd(plan.days) == 3.792


def test_a_thousand_prices_are_exactly_a_thousand_prices(tmp_path: Path) -> None:
    """Floats would sum 0.1 ten times to 0.9999999999999999."""
    plan = planned(tmp_path, SIMULATED + '[probes.baseline]\nevery = "1h"', days=10)
    assert plan.usd(plan.days) == 24.0


def test_the_whole_contract_for_a_month(tmp_path: Path) -> None:
    plan = planned(tmp_path, WHOLE)
    assert {load.probe: (load.begun(plan.days), load.sent(plan.days)) for load in plan.loads} == {
        "reach": (43_200, 43_200),
        "baseline": (2_880, 2_880),
        "burst": (4, 600),
        "endurance": (1, 689),  # $40 at $0.058
    }
    assert {load.probe: load.usd(plan.month) for load in plan.loads} == {
        "reach": 0.0,
        "baseline": 172.608,
        "burst": 34.8,
        "endurance": 39.962,
    }


# --- endurance --------------------------------------------------------------------------------------------------


def endurance(folder: Path, more: str, rpm: float = 60) -> SchedulePlan:
    return planned(folder, ONE + f"limits = {{ rpm = {rpm} }}\n[probes.endurance]\n{more}", days=10)


def test_a_run_that_would_begin_while_one_goes_on_is_not_begun(tmp_path: Path) -> None:
    plan = endurance(tmp_path, 'cron = "0 0 * * *"\nduration = "36h"\nmax_usd = 1e9')
    assert sorted(only(plan).runs)[:3] == [MONDAY, MONDAY + timedelta(days=2), MONDAY + timedelta(days=4)]


def test_a_run_over_midnight_is_spread_over_its_days(tmp_path: Path) -> None:
    plan = endurance(tmp_path, 'cron = "0 18 * * mon"\nduration = "12h"\nmax_usd = 1e9')
    assert dict(only(plan).requests) == {
        MONDAY + timedelta(days=7 * week + day): 30 * 360 for week in range(5) for day in (0, 1)
    }


def test_a_run_ends_where_its_cap_is_reached(tmp_path: Path) -> None:
    config = loaded(tmp_path, ONE + "limits = { rpm = 300 }\n[probes.endurance]\nmax_usd = 0.58")
    assert config.probes.endurance is not None
    steady = steady_of(config.probes.endurance, config.providers["wisgate"])
    assert steady is not None
    assert (steady.planned, steady.sent, steady.gap_s) == (648_000, 10, 0.4)
    assert steady.lasts_s == pytest.approx(3.6)


def test_what_is_free_is_not_cut(tmp_path: Path) -> None:
    text = ONE.replace("0.058", "0.0") + 'limits = { rpm = 60 }\n[probes.endurance]\nduration = "1h"'
    config = loaded(tmp_path, text)
    assert config.probes.endurance is not None
    steady = steady_of(config.probes.endurance, config.providers["wisgate"])
    assert steady is not None
    assert (steady.sent, steady.planned) == (1800, 1800)


def test_a_provider_without_an_advertised_rate_is_left_out(tmp_path: Path) -> None:
    assert planned(tmp_path, ONE + "[probes.endurance]").loads == ()


# --- the calendar -------------------------------------------------------------------------------------------------

CRONS = st.sampled_from(
    [
        "* * * * *",
        "0 4 * * sun",
        "0 0 1 * *",
        "*/7 3-5 * * 1-5",
        "30 12 29 2 *",
        "5 5 31 * *",
        "0,59 23 * * *",
        "0 0 * * *",
    ]
)


@settings(max_examples=60)
@given(
    start=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    days=st.integers(1, 40),
    schedule=st.one_of(
        CRONS.map(Cron),
        st.tuples(st.integers(61, 200_000), st.integers(0, 10**6)).map(
            lambda both: Every(timedelta(seconds=both[0]), timedelta(seconds=both[1] % both[0]))
        ),
    ),
)
def test_runs_by_day_are_the_slots_counted_one_by_one(start: date, days: int, schedule: Every | Cron) -> None:
    since, until = midnight(start), midnight(start) + timedelta(days=days)
    slots = slots_between(schedule, since - MICROSECOND, until - MICROSECOND)
    assert runs_by_day(schedule, since, until) == Counter(slot.date() for slot in slots)


def test_a_slot_at_midnight_belongs_to_the_day_that_begins() -> None:
    since = datetime(2026, 11, 23, tzinfo=UTC)
    assert runs_by_day(Every(timedelta(days=1)), since, since + timedelta(days=2)) == {
        MONDAY: 1,
        MONDAY + timedelta(days=1): 1,
    }
    assert runs_by_day(Cron("0 0 * * mon"), since, since + timedelta(days=7)) == {MONDAY: 1}


# --- against the budget -------------------------------------------------------------------------------------------

HOURLY = '[probes.baseline]\nevery = "1h"\n'  # $1.392 a day, $43.152 in 31 days


@pytest.mark.parametrize(
    ("budget", "own", "over"),
    [
        ("usd_per_day = 1.392\nusd_per_month = 43.152", "", []),
        ("usd_per_day = 1.391\nusd_per_month = 50", "", [Use(None, "day", 1.391, 1.392, 7, MONDAY)]),
        ("usd_per_day = 2\nusd_per_month = 43", "", [Use(None, "month", 43, 43.152, 0, LAST)]),
        ("", "budget = { usd_per_day = 1 }", [Use("wisgate", "day", 1, 1.392, 7, MONDAY)]),
        ("", "budget = { usd_per_month = 43 }", [Use("wisgate", "month", 43, 43.152, 0, LAST)]),
    ],
    ids=["exactly", "day", "month", "own-day", "own-month"],
)
def test_a_cap_is_exceeded_by_more_than_it_and_not_by_it(
    tmp_path: Path, budget: str, own: str, over: list[Use]
) -> None:
    config = loaded(tmp_path, f"[budget]\n{budget}\n{ONE}{own}\n{HOURLY}")
    assert list(excesses(config, plan_schedule(config, MONDAY, 7))) == over


def test_only_the_days_over_a_cap_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    config = loaded(tmp_path, ONE + "[probes.burst]")  # Sundays, $8.70
    assert excesses(config, plan_schedule(config, MONDAY, 30)) == (Use(None, "day", 5.0, 8.7, 4, date(2026, 11, 29)),)


@pytest.mark.parametrize(
    ("probe", "budget", "asked"),
    [
        ("[probes.baseline]", "usd_per_minute = 0.01", [("minute", 0.058, "baseline", MONDAY)]),
        ("[probes.burst]", "usd_per_minute = 1", [("minute", 8.7, "burst", date(2026, 11, 29))]),
        ("[probes.burst]\nmax_images = 300", "usd_per_minute = 1", [("minute", 11.6, "burst", date(2026, 11, 29))]),
        ("[probes.burst]\nsaturate = true", "usd_per_minute = 1", [("minute", 8.7, "burst", date(2026, 11, 29))]),
        ("[probes.burst]", "usd_per_run = 8.69", [("run", 8.7, "burst", date(2026, 11, 29))]),
        ("[probes.burst]", "usd_per_run = 8.70", []),
        ("[probes.endurance]\nmax_usd = 1", "usd_per_run = 0.5", [("run", 0.986, "endurance", date(2026, 12, 1))]),
        ("[probes.endurance]\nmax_usd = 1", "usd_per_minute = 0.5", [("minute", 1.74, "endurance", date(2026, 12, 1))]),
        ("[probes.recovery]", "usd_per_minute = 0.1", [("minute", 0.232, "recovery", MONDAY)]),
    ],
)
def test_a_cap_of_a_minute_or_a_run_is_held_against_the_dearest_one(
    tmp_path: Path, probe: str, budget: str, asked: list[tuple[str, float, str, date]]
) -> None:
    text = f"[budget]\nusd_per_day = 1000\nusd_per_month = 10000\n{budget}\n{ONE}limits = {{ rpm = 60 }}\n{probe}"
    config = loaded(tmp_path, text)
    found = excesses(config, plan_schedule(config, MONDAY, 30))
    assert [(use.period, round(use.planned_usd, 9), use.probe, use.first) for use in found] == asked


@pytest.mark.parametrize(
    ("budget", "period", "first"),
    [
        ("usd_per_day = 5\nusd_per_month = 50", "month", LAST),  # within both: of this one most is used
        ("usd_per_day = 5\nusd_per_month = 10", "month", date(2026, 11, 30)),
        ("usd_per_day = 1\nusd_per_month = 10", "day", MONDAY),
        ("usd_per_day = 1\nusd_per_minute = 0.01", "minute", MONDAY),
        ("usd_per_day = 1\nusd_per_run = 0.01", "run", MONDAY),
    ],
)
def test_the_cap_that_binds_first_is_named_with_its_day(tmp_path: Path, budget: str, period: str, first: date) -> None:
    config = loaded(tmp_path, f"[budget]\n{budget}\n{ONE}{HOURLY}")
    plan = plan_schedule(config, MONDAY, 7)
    assert (binding(config, plan).period, binding(config, plan).first) == (period, first)
    assert binding(config, plan) in uses(config, plan)
