"""From configuration to jobs: what a slot consists of, and that it follows from the slot alone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.service.job import Job
from monitor.service.jobs import at_once, jobs_of, overlong, spread_of
from monitor.service.settings import limits_of
from probes.model import Mode, ProbeKind, in_order
from probes.plans.saturation import Saturation
from tests.monitor.service.world import config_of, provider

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ALL = """
[probes.reach]
[probes.baseline]
every = "15m"
sizes = ["1K"]
[probes.burst]
[probes.endurance]
duration = "1h"
share_of_limit = 0.5
"""


def jobs(folder: Path, text: str) -> dict[str, Job]:
    config = config_of(folder, text)
    return {job.probe.value: job for job in jobs_of(config, config.targets({}))}


def test_each_table_of_probes_is_a_job_with_its_schedule(tmp_path: Path) -> None:
    found = jobs(tmp_path, ALL + provider("a") + provider("b"))
    assert {name: job.interval for name, job in found.items()} == {
        "reach": timedelta(minutes=1),
        "baseline": timedelta(minutes=15),
        "burst": timedelta(days=7),
        "endurance": timedelta(days=28),  # from the first of February to the first of March
    }
    assert {name: (job.at_once, job.exclusive) for name, job in found.items()} == {
        "reach": (True, False),
        "baseline": (True, False),
        "burst": (False, True),
        "endurance": (True, True),
    }


def test_a_job_without_anything_to_ask_is_none(tmp_path: Path) -> None:
    unlimited = provider("a").replace("limits = { rpm = 60 }\n", "")
    assert set(jobs(tmp_path, ALL + unlimited)) == {"reach", "baseline", "burst"}
    assert jobs(tmp_path, ALL) == {}


def test_the_plan_of_a_slot_is_the_same_after_a_restart_and_another_in_the_next_slot(tmp_path: Path) -> None:
    text = ALL + "".join(provider(name) for name in "abcdef")
    one, other = jobs(tmp_path, text)["baseline"], jobs(tmp_path, text)["baseline"]
    assert one.parts(NOON) == other.parts(NOON)
    orders = {
        tuple(shot.provider for shot in in_order(one.parts(NOON + number * one.interval)[0].plan.shots))
        for number in range(10)
    }
    assert len(orders) > 5


def test_a_reach_call_ends_before_the_next_is_due(tmp_path: Path) -> None:
    found = jobs(
        tmp_path, '[probes.reach]\nevery = "10s"\n' + provider("a", timeout_s=180) + provider("b", timeout_s=2)
    )
    assert {name: target.timeout_s for name, target in found["reach"].targets.items()} == {"a": 7.5, "b": 2.0}


@pytest.mark.parametrize(
    ("interval_s", "timeouts_s", "spread_s"),
    [(900, [180.0], 900.0), (900, [838.0], 900.0), (900, [839.0], 0.0), (60, [20.0], 60.0), (60, [180.0], 0.0)],
    ids=["the interval", "the slowest answer just fits", "and just not", "a minute", "no room"],
)
def test_blocks_begin_anywhere_in_the_interval_if_their_answers_come_by_the_end_of_the_next(
    interval_s: float, timeouts_s: list[float], spread_s: float
) -> None:
    assert spread_of(timedelta(seconds=interval_s), timeouts_s) == spread_s


def test_endurance_is_a_share_of_what_each_provider_advertises(tmp_path: Path) -> None:
    found = jobs(tmp_path, ALL + provider("a", rpm=60) + provider("b", rpm=600))
    parts = {part.name: part.plan for part in found["endurance"].parts(NOON)}
    assert {name: len(plan.shots) for name, plan in parts.items()} == {"a": 1800, "b": 18_000}
    assert {plan.max_usd for plan in parts.values()} == {40.0}


def test_bursts_and_endurance_keep_their_modes(tmp_path: Path) -> None:
    found = jobs(tmp_path, ALL + provider("a"))
    modes = {name: {shot.mode for part in job.parts(NOON) for shot in part.plan.shots} for name, job in found.items()}
    assert modes == {
        "reach": {Mode.SCHEDULED},
        "baseline": {Mode.SCHEDULED},
        "burst": {Mode.RAMP},
        "endurance": {Mode.SUSTAIN},
    }


def test_a_burst_that_saturates_asks_for_one_image_and_then_for_what_its_answers_leave_open(tmp_path: Path) -> None:
    table = "[probes.burst]\nsaturate = true\nmax_images = 60\nrpm = 900\n"
    job = jobs(tmp_path, table + provider("a") + provider("b"))["burst"]
    first, second = job.parts(NOON)
    assert (first.name, second.name, job.exclusive, job.at_once) == ("a", "b", True, False)
    assert isinstance(first.plan.more, Saturation)
    assert (len(first.plan.shots), len(first.plan.payable), first.plan.more.rpm) == (1, 60, 900)
    assert job.parts(NOON) == (first, second)
    assert job.parts(NOON + job.interval) != (first, second)  # another coin for Retry-After


def test_a_hurried_slot_has_the_same_requests_in_the_same_order_within_seconds(tmp_path: Path) -> None:
    job = jobs(tmp_path, ALL + "".join(provider(name) for name in "abc"))["baseline"]
    usual, hurried = (in_order(one.parts(NOON)[0].plan.shots) for one in (job, at_once(job)))
    assert [shot.provider for shot in hurried] == [shot.provider for shot in usual]
    assert [shot.offset_s for shot in hurried] == sorted(shot.offset_s for shot in hurried)
    assert hurried[-1].offset_s <= 2.0


def test_intervals_that_answers_may_outlast_are_told(tmp_path: Path) -> None:
    text = (
        '[probes.baseline]\nevery = "1m"\n[probes.burst]\n' + provider("a", timeout_s=60) + provider("b", timeout_s=59)
    )
    (line,) = overlong(list(jobs(tmp_path, text).values()))
    assert line.startswith("baseline: answers of a may take longer than its interval of 60 s")


def test_caps_are_those_of_all_and_of_each_provider(tmp_path: Path) -> None:
    text = "[budget]\nusd_per_day = 5\nusd_per_month = 100\n" + provider("a", budget="budget = { usd_per_day = 2.0 }")
    limits = limits_of(config_of(tmp_path, text))
    assert (limits.together.usd_per_day, limits.together.usd_per_month) == (5.0, 100.0)
    assert (limits.providers["a"].usd_per_day, limits.providers["a"].usd_per_month) == (2.0, None)


def test_sizes_have_as_many_blocks_as_their_weights(tmp_path: Path) -> None:
    text = '[probes.baseline]\nsizes = ["1K", "4K"]\nweights = [3, 1]\n'
    priced = provider("a").replace('"1K" = 0.058', '"1K" = 0.058, "4K" = 0.1')
    found = jobs(tmp_path, text + priced)["baseline"].parts(NOON)[0].plan.shots
    assert Counter(shot.ask.size for shot in found) == {"1K": 3, "4K": 1}


def test_kinds_that_have_a_job_are_those_with_a_plan(tmp_path: Path) -> None:
    assert set(jobs(tmp_path, ALL + provider("a"))) == {kind.value for kind in ProbeKind} - {"recovery"}
