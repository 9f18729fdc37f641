"""A drill: an agreed outage, and what was seen of it, as bounds beside what was agreed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.drills import LONGER, NOT_SEEN, SHORTER, UNDECIDED, Agreed, Drill, of
from probes.model import Mode, ProbeKind, Sample
from probes.plans.recovery import drill

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def sample(at_s: float, outcome: str, size: str | None = None, total_ms: float = 200.0) -> Sample:
    sent_at = START + timedelta(seconds=at_s)
    return Sample(
        sample_id=UUID(int=int(at_s * 1000) + 10**6 * bool(size)), run_id=UUID(int=1), seq=0, location="here",
        provider="a", model="m", probe="recovery", mode="drill", size=size, planned_at=sent_at, sent_at=sent_at,
        outcome=outcome, attribution="provider", rule="test", total_ms=total_ms, status=200 if outcome == "ok" else 503,
    )  # fmt: skip


def played(begin: float, end: float, every_s: float = 2.0, agreed_s: float = 30.0) -> Drill:
    times = [number * every_s for number in range(int(300 / every_s))]
    rows = [sample(at, "overloaded" if begin <= at < end else "ok") for at in times]
    return of(rows, Agreed(START + timedelta(seconds=60), agreed_s))


@pytest.mark.parametrize(
    ("begin", "end", "verdict"),
    [
        (60, 80, SHORTER),
        (60, 100, LONGER),
        (60, 91, UNDECIDED),
        (60, 60, NOT_SEEN),
        (250, 1000, LONGER),
        (290, 999, UNDECIDED),
    ],
    ids=[
        "in time",
        "too long",
        "too close to tell",
        "nothing failed",
        "never back",
        "never back, and too short to tell",
    ],
)
def test_it_is_held_to_what_was_agreed_only_where_both_bounds_say_so(begin: float, end: float, verdict: str) -> None:
    assert played(begin, end).reach.verdict == verdict


@given(begin=st.floats(10, 200), lasts=st.floats(2.5, 80), every_s=st.sampled_from([0.5, 2.0]))
def test_the_bounds_hold_the_truth(begin: float, lasts: float, every_s: float) -> None:
    seen = played(begin, begin + lasts, every_s).reach
    assert seen.down_s is not None
    assert seen.down_s.high is not None
    assert seen.down_s.low <= lasts <= seen.down_s.high
    assert seen.down_s.high - seen.down_s.low <= 2 * (every_s + 0.2) + 1e-6


def test_images_are_seen_apart_from_the_control_plane() -> None:
    rows = [sample(float(at), "ok") for at in range(0, 100, 2)]
    rows += [sample(at + 0.5, "overloaded" if 40 <= at < 60 else "ok", "1K", 9000.0) for at in range(0, 100, 5)]
    found = of(rows, Agreed(START, 30.0))
    assert found.reach.verdict == NOT_SEEN
    assert found.image is not None
    assert found.image.down_s is not None
    assert (found.image.down_s.low, found.image.down_s.high) == (6.0, 34.0)


def test_the_plan_starts_close_together_whatever_is_not_answered() -> None:
    made = drill("a", duration_s=60, reach_every_s=2.0, image_every_s=5.0, max_usd=1.0)
    calls = [shot.offset_s for shot in made.shots if shot.ask.is_reach]
    images = [shot for shot in made.shots if not shot.ask.is_reach]
    assert calls == [2.0 * number for number in range(30)]
    assert [shot.offset_s for shot in images] == [5.0 * number for number in range(12)]
    assert {(shot.probe, shot.mode) for shot in made.shots} == {(ProbeKind.RECOVERY, Mode.DRILL)}
    assert len({shot.ask.prompt for shot in images}) == 12
    assert (made.max_usd, made.max_in_flight) == (1.0, 42)


@pytest.mark.parametrize("given", [{"duration_s": 0.0}, {"duration_s": 9.0, "reach_every_s": 0.0}])
def test_a_drill_lasts_and_looks(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        drill("a", **given)  # type: ignore[arg-type]  # numbers all
