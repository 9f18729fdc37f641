"""Chances are repeatable and fall as often as the scenario says."""

import pytest

from probes.simulator.chances import draw, drawn
from probes.simulator.faults import Fault


def test_a_draw_depends_on_seed_provider_kind_and_place_and_on_nothing_else() -> None:
    same = [draw(1, "p", "image", 7) for _ in range(2)]
    assert same[0] == same[1]
    others = [draw(2, "p", "image", 7), draw(1, "q", "image", 7), draw(1, "p", "control", 7), draw(1, "p", "image", 8)]
    assert len({chances.fault for chances in [same[0], *others]}) == 5


def test_faults_fall_as_often_as_their_shares_say() -> None:
    rates = {Fault.OVERLOADED: 0.1, Fault.NO_IMAGE: 0.02}
    fallen = [drawn(rates, draw(3, "p", "image", place).fault) for place in range(20_000)]
    assert fallen.count(Fault.OVERLOADED) == pytest.approx(2000, abs=5 * (20_000 * 0.1 * 0.9) ** 0.5)
    assert fallen.count(Fault.NO_IMAGE) == pytest.approx(400, abs=5 * (20_000 * 0.02 * 0.98) ** 0.5)
    assert fallen.count(None) == 20_000 - fallen.count(Fault.OVERLOADED) - fallen.count(Fault.NO_IMAGE)


@pytest.mark.parametrize(
    ("chance", "fault"),
    [(0.0, Fault.OVERLOADED), (0.249, Fault.OVERLOADED), (0.25, Fault.RESET), (0.749, Fault.RESET), (0.75, None)],
)
def test_shares_lie_side_by_side_in_the_unit_interval(chance: float, fault: Fault | None) -> None:
    assert drawn({Fault.OVERLOADED: 0.25, Fault.RESET: 0.5}, chance) is fault


def test_latencies_are_lognormal_around_their_median() -> None:
    zs = sorted(draw(5, "p", "image", place).latency_z for place in range(4001))
    assert zs[2000] == pytest.approx(0, abs=0.06)
    assert sum(z * z for z in zs) / len(zs) == pytest.approx(1, abs=0.1)
