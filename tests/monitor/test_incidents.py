"""The state machine of incidents: tables, and what holds for any order of what requests show."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.incidents import SUCCESSES, Incident, State, after, also, next_at, without
from monitor.sights import IMAGE, REACH, Shows, Sight

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UP, DOWN, NOTHING = Shows.UP, Shows.DOWN, Shows.NOTHING


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sight(seconds: float, shows: Shows, kind: str = REACH, mode: str = "scheduled", lasts: float = 0.2) -> Sight:
    return Sight(kind, mode, shows, "ok" if shows is UP else "overloaded", at(seconds), at(seconds + lasts), "words")


def lived(*sights: Sight, state: State = None) -> tuple[State, list[str]]:
    told = []
    for one in sights:
        state, change = after(state, one)
        if change is not None:
            told.append(change.state)
    return state, told


@pytest.mark.parametrize(
    ("sights", "told"),
    [
        ([sight(0, DOWN)], ["suspected"]),
        ([sight(0, UP), sight(60, UP)], []),
        ([sight(0, DOWN), sight(1.2, DOWN, mode="confirm")], ["suspected", "opened"]),
        ([sight(0, DOWN), sight(1.2, UP, mode="confirm")], ["suspected", "dismissed"]),
        ([sight(0, DOWN), sight(1.2, NOTHING, mode="confirm")], ["suspected", "dismissed"]),
        ([sight(0, DOWN), sight(60, NOTHING), sight(120, DOWN)], ["suspected", "opened"]),
        ([sight(0, DOWN, lasts=30), sight(10, DOWN)], ["suspected"]),
        ([sight(0, DOWN), sight(60, UP, IMAGE)], ["suspected"]),
        ([sight(0, DOWN, mode="incident")], []),
        ([sight(0, DOWN, mode="ramp"), sight(9, DOWN, mode="drill"), sight(20, DOWN, mode="adhoc")], []),
    ],
    ids=[
        "one failure", "none", "second opinion fails", "and succeeds", "and tells of us", "the schedule confirms",
        "under way when the first failed", "another kind succeeds", "not of the schedule", "load, drill, by hand",
    ],
)  # fmt: skip
def test_an_incident_opens_on_a_confirmed_failure_alone(sights: list[Sight], told: list[str]) -> None:
    assert lived(*sights)[1] == told


OPENED = (sight(0, DOWN), sight(2, DOWN, mode="confirm"))


@pytest.mark.parametrize(
    ("sights", "told"),
    [
        ([sight(s, UP) for s in (10, 20, 30)], ["closed"]),
        ([sight(10, UP), sight(20, UP), sight(30, DOWN), sight(40, UP), sight(50, UP)], []),
        ([sight(s, UP, IMAGE) for s in (10, 20, 30)], []),
        ([sight(1, UP), sight(10, UP), sight(20, UP)], []),
        ([sight(10, UP), sight(20, UP), sight(3, DOWN, lasts=27), sight(30, UP)], ["closed"]),
        ([sight(10, DOWN, IMAGE), *(sight(s, UP) for s in (20, 30, 40))], []),
        (
            [sight(9, DOWN, IMAGE), *(sight(s, UP, kind) for kind in (REACH, IMAGE) for s in (20, 30, 40))],
            ["closed"],
        ),
    ],
    ids=[
        "three in a row", "not in a row", "of another kind", "sent before the last failure",
        "a failure that was sent before them and answered late", "another kind failed, too", "and is well again",
    ],
)  # fmt: skip
def test_it_is_over_when_all_that_failed_has_succeeded_three_times_in_a_row(
    sights: list[Sight], told: list[str]
) -> None:
    assert lived(*OPENED, *sights)[1] == ["suspected", "opened", *told]


def test_what_nobody_knows_of_is_waited_for_unless_it_cannot_be_asked() -> None:
    state, _ = lived(*OPENED)
    assert isinstance(state, Incident)
    both = also(state, IMAGE)
    waiting, told = lived(*(sight(s, UP) for s in (10, 20, 30)), state=both)
    assert (told, both.kinds) == ([], (REACH,))
    assert isinstance(waiting, Incident)
    over, change = without(waiting, IMAGE, at(40))
    assert over is None
    assert change is not None
    assert change.state == "closed"
    failed, _ = lived(sight(10, DOWN, IMAGE), state=both)
    assert isinstance(failed, Incident)
    assert without(failed, IMAGE, at(40)) == (failed, None)  # what has failed is waited for, however long


SIGHTS = st.lists(
    st.builds(
        sight,
        st.integers(0, 300).map(float),
        st.sampled_from(Shows),
        st.sampled_from([REACH, IMAGE]),
        st.sampled_from(["scheduled", "confirm", "incident"]),
        st.sampled_from([0.1, 5.0, 40.0]),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(sights=SIGHTS)
def test_nothing_opens_without_two_failures_or_closes_without_three_successes_after_the_last(
    sights: list[Sight],
) -> None:
    """In any order: answers come when they come."""
    state: State = None
    since: list[Sight] = []
    for one in sights:
        before = state
        state, change = after(state, one)
        since = [*since, one] if before is not None else [one]
        if change is None:
            assert (before is None) == (state is None)
            continue
        match change.state:
            case "opened":
                assert sum(seen.shows is DOWN for seen in since) >= 2
            case "closed":
                assert isinstance(before, Incident)
                for kind in before.health:
                    last = max(seen.sent_at for seen in since if seen.kind == kind and seen.shows is DOWN)
                    good = [seen for seen in since if seen.kind == kind and seen.shows is UP and seen.sent_at > last]
                    assert len(good) >= SUCCESSES
            case "dismissed":
                assert isinstance(before, Incident)
                assert not before.confirmed


@given(failures=st.integers(0, 40), every_s=st.integers(1, 60), took_s=st.floats(0, 200))
def test_the_next_look_comes_after_its_interval_and_its_back_off(failures: int, every_s: int, took_s: float) -> None:
    found = next_at(timedelta(seconds=every_s), START, at(took_s), failures)
    assert found is not None
    assert found >= at(every_s)
    if failures:
        assert found >= at(took_s + min(32.0, 2.0 ** (failures - 1)))
        assert found <= max(at(every_s), at(took_s + 32.0))
    assert next_at(timedelta(seconds=every_s), None, None, failures) is None
