"""Burst: all at once, then what is left of the images in smaller waves."""

from collections import Counter

import pytest

from probes.model import Mode, ProbeKind
from probes.plans.burst import plan


@pytest.mark.parametrize(
    ("concurrency", "max_images", "waves"),
    [
        (100, 150, {0.0: 100, 30.0: 50}),
        (100, 100, {0.0: 100}),
        (100, 7, {0.0: 7}),
        (40, 100, {0.0: 40, 30.0: 40, 60.0: 20}),
        (1, 3, {0.0: 1, 30.0: 1, 60.0: 1}),
        (100, 0, {}),
    ],
)
def test_waves(concurrency: int, max_images: int, waves: dict[float, int]) -> None:
    made = plan("a", concurrency=concurrency, max_images=max_images)
    assert Counter(shot.offset_s for shot in made.shots) == waves
    assert made.max_in_flight >= concurrency  # else we would be the limit that is found


def test_it_stops_by_money_and_by_errors_and_is_told_apart_from_the_schedule() -> None:
    made = plan("a", size="2K", aspect_ratio="16:9", max_usd=2.0)
    assert (made.max_usd, made.stop_after_errors) == (2.0, 10)
    assert {(shot.probe, shot.mode, shot.provider) for shot in made.shots} == {(ProbeKind.BURST, Mode.RAMP, "a")}
    assert {(shot.ask.size, shot.ask.aspect_ratio) for shot in made.shots} == {("2K", "16:9")}


@pytest.mark.parametrize("concurrency", [0, -1])
def test_nobody_at_once_is_no_burst(concurrency: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        plan("a", concurrency=concurrency)
