"""What the caps leave out of a schedule: by hand for each cap, and as the budget itself refuses it."""

import re
from collections import Counter
from datetime import date
from heapq import merge
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.budget import NANO, Budget
from monitor.schedule_clipping import batches, left_out
from monitor.schedule_cost import midnight, plan_schedule
from monitor.service.settings import limits_of
from tests.monitor.configs import ONE, SIMULATED, loaded

MONDAY = date(2026, 11, 23)
HOURLY = '[probes.baseline]\nevery = "1h"\n'
BURST = '[probes.burst]\ncron = "0 4 * * sun"\nconcurrency = 100\nmax_images = 150\n'
STEADY = "limits = { rpm = 60 }\n" + '[probes.endurance]\ncron = "0 0 1 * *"\nduration = "72h"\n'
RICH = "[budget]\nusd_per_day = 1e6\nusd_per_month = 1e6\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ONE + HOURLY, []),
        (
            "[budget]\nusd_per_day = 1.00\nusd_per_month = 1e6\n" + ONE + HOURLY,
            [("baseline", 30 * (24 - 17), 720, "day", None, "budget.usd_per_day", 1.00, 23)],
        ),
        (  # 8 days of November, then the money of December, of which 22 days are asked for
            "[budget]\nusd_per_day = 1e6\nusd_per_month = 10.00\n" + ONE + HOURLY,
            [("baseline", 8 * 24 - 172 + 22 * 24 - 172, 720, "month", None, "budget.usd_per_month", 10.00, 30)],
        ),
        (
            RICH + ONE + "budget = { usd_per_run = 1.00 }\n" + BURST,
            [("burst", 5 * 133, 750, "run", "wisgate", "providers.wisgate.budget.usd_per_run", 1.00, 29)],
        ),
        (  # both waves, half a minute apart, lie in one minute
            RICH + "usd_per_minute = 2.90\n" + ONE + BURST,
            [("burst", 5 * 100, 750, "minute", None, "budget.usd_per_minute", 2.90, 29)],
        ),
        (
            RICH + ONE + STEADY + "max_usd = 1.00\n",
            [("endurance", 129_600 - 17, 129_600, "run", "wisgate", "probes.endurance.max_usd", 1.00, 1)],
        ),
        (  # 30 a minute, of which 10 can be paid
            RICH + "usd_per_minute = 0.58\n" + ONE + STEADY + "max_usd = 1e6\n",
            [("endurance", 20 * 60 * 72, 129_600, "minute", None, "budget.usd_per_minute", 0.58, 1)],
        ),
    ],
    ids=["all fits", "day", "month", "run", "minute", "an endurance run's own", "minute of a steady rate"],
)
def test_each_cap_leaves_out_what_it_has_no_money_for(
    tmp_path: Path, text: str, found: list[tuple[object, ...]]
) -> None:
    config = loaded(tmp_path, text)
    clipped = left_out(config, plan_schedule(config, MONDAY, 35 if "burst" in text else 30))
    assert [
        (one.probe, one.requests, one.of, one.period, one.whose, one.key, one.cap_usd, one.first.day) for one in clipped
    ] == found


def test_two_providers_share_what_holds_for_all_and_not_what_holds_for_one(tmp_path: Path) -> None:
    text = "[budget]\nusd_per_day = 3.00\nusd_per_month = 1e6\n" + ONE + "budget = { usd_per_day = 0.58 }\n"
    config = loaded(tmp_path, text + SIMULATED + HOURLY)
    clipped = left_out(config, plan_schedule(config, MONDAY, 1))
    assert {(one.provider, one.whose, one.requests) for one in clipped} == {
        ("wisgate", "wisgate", 13)
    }  # 10 of 23; the last of the 24 slots asks after midnight


@settings(max_examples=25)
@given(
    minute=st.none() | st.floats(0.01, 3.0),
    day=st.floats(0.01, 20.0),
    month=st.floats(0.01, 200.0),
    own=st.none() | st.floats(0.01, 10.0),
)
def test_the_budget_refuses_as_many_for_the_same_caps(
    minute: float | None, day: float, month: float, own: float | None
) -> None:
    text = f"[budget]\nusd_per_day = {day}\nusd_per_month = {month}\n"
    text += "" if minute is None else f"usd_per_minute = {minute}\n"
    text += ONE + ("" if own is None else f"budget = {{ usd_per_day = {own} }}\n") + SIMULATED + HOURLY + BURST
    with TemporaryDirectory() as folder:
        config = loaded(Path(folder), text)
    plan, at, refused = plan_schedule(config, MONDAY, 14), midnight(MONDAY), Counter[tuple[str, str, str]]()
    budget = Budget(limits_of(config), lambda: at)
    for batch in merge(*batches(config, plan)):
        at = batch.at
        for _ in range(batch.count):
            price = batch.price / NANO
            if (why := budget.reserve(batch.provider, price)) is None:
                budget.settle(batch.provider, price, price)
            else:
                refused[batch.provider, batch.probe, _cap_of(why)] += 1
    found = {
        (one.provider, one.probe, f"{one.period} of {one.whose or 'all providers'}"): one.requests
        for one in left_out(config, plan)
    }
    assert found == refused


def _cap_of(why: str) -> str:
    said = re.match(r"(\w+) cap \S+ of (.+) reached", why)
    assert said is not None
    return f"{said[1]} of {said[2]}"
