"""Reach: one free call to each provider."""

import pytest

from probes.model import Ask, Mode, ProbeKind
from probes.plans.reach import plan


@pytest.mark.parametrize(
    ("providers", "spread_s", "offsets"),
    [
        (["a"], 0.0, [0.0]),
        (["a", "b", "c"], 0.0, [0.0, 0.0, 0.0]),
        (["a", "b", "c", "d"], 60.0, [0.0, 15.0, 30.0, 45.0]),
        ([], 60.0, []),
    ],
)
def test_each_provider_once_evenly_over_the_time(providers: list[str], spread_s: float, offsets: list[float]) -> None:
    made = plan(providers, spread_s=spread_s)
    assert [shot.provider for shot in made.shots] == providers
    assert [shot.offset_s for shot in made.shots] == offsets


def test_it_asks_for_no_image_and_waits_for_nobody() -> None:
    made = plan(["a", "b"])
    assert {shot.ask for shot in made.shots} == {Ask()}
    assert all(shot.ask.is_reach for shot in made.shots)
    assert {(shot.probe, shot.mode, shot.block) for shot in made.shots} == {(ProbeKind.REACH, Mode.SCHEDULED, None)}
    assert made.max_in_flight >= len(made.shots)
    assert made.late_after_s is not None
    assert plan(["a"], mode=Mode.CONFIRM).shots[0].mode is Mode.CONFIRM
