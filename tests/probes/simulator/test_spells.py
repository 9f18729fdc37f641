"""Slow times: named, by chance, repeatable, and seen in latencies and refusals alike."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.simulator.scenario import Provider
from probes.simulator.spells import Weather
from tests.probes.simulator.asks import GOOD, of_format
from tests.probes.simulator.support import Json, JumpClock, bench, provider

CHANCE = {"normal_s": 3600.0, "degraded_s": 600.0, "slower": 3.0, "faults": {"overloaded": 0.5}}


def weather(seed: str = "1/p", **changes: Json) -> Weather:
    return Weather(Provider.model_validate(provider(**changes)), 1000.0, seed)


def test_a_named_spell_covers_its_span_and_nothing_else() -> None:
    sky = weather(degraded=[{"from_share": 0.4, "to_share": 0.6, "slower": 2.0}])
    spells = [sky.at(into_s) for into_s in (0, 399.9, 400, 599.9, 600, 5000)]
    assert [spell.slower if spell else None for spell in spells] == [None, None, 2.0, 2.0, None, None]


@given(st.lists(st.floats(0, 10**6), min_size=1, max_size=40))
def test_spells_by_chance_do_not_depend_on_the_order_of_questions(times: list[float]) -> None:
    asked, in_order = weather(overload=CHANCE), weather(overload=CHANCE)
    by_time = {at: in_order.at(at) for at in sorted(times)}
    assert [asked.at(at) for at in times] == [by_time[at] for at in times]


def test_spells_by_chance_last_and_part_as_long_as_said_on_average() -> None:
    spells = weather(overload=CHANCE).until(10**7)
    gaps = [later.begin_s - earlier.end_s for earlier, later in pairwise(spells)]
    lasts = [spell.end_s - spell.begin_s for spell in spells]
    assert len(spells) > 1500
    assert sum(gaps) / len(gaps) == pytest.approx(3600, rel=0.1)
    assert sum(lasts) / len(lasts) == pytest.approx(600, rel=0.1)


def test_another_seed_has_other_weather() -> None:
    assert weather("1/p", overload=CHANCE).until(10**5) != weather("2/p", overload=CHANCE).until(10**5)


async def test_in_a_spell_images_are_slower_and_faults_more_frequent() -> None:
    spell = {"offset_s": 1000, "duration_s": 1e7, "slower": 4.0, "faults": {"overloaded": 0.45}}
    clock, good = JumpClock(), GOOD["gemini"]
    async with bench(of_format("gemini", degraded=[spell]), clock) as to:
        before = [(await to.ask(good.path, good.body)).status for _ in range(20)]
        clock.at_s += 1000
        began_s, statuses = clock.at_s, [(await to.ask(good.path, good.body)).status for _ in range(100)]
        took_s = clock.at_s - began_s
        ledger = await to.ledger()
    assert before == [200] * 20
    assert 30 < statuses.count(503) < 60
    assert took_s == pytest.approx(statuses.count(200) * 40 + statuses.count(503) * 0.1, rel=0.02)
    assert [spell["slower"] for spell in ledger["degraded"]] == [4.0]
