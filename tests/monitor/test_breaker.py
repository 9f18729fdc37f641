"""The circuit breaker: when it opens, what it lets through, when it closes; for any order of what requests show."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.breaker import LAST_TRIAL, Breaker, after, ask
from monitor.sights import IMAGE, REACH, Shows, Sight

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sight(minutes: float, outcome: str, kind: str = IMAGE) -> Sight:
    shows = {"ok": Shows.UP, "overloaded": Shows.DOWN}.get(outcome, Shows.NOTHING)
    at = START + minutes * MINUTE
    return Sight(kind, "scheduled", shows, outcome, at, at, outcome)


def lived(*sights: Sight) -> tuple[Breaker, list[str]]:
    breaker, told = Breaker(), []
    for one in sights:
        breaker, change = after(breaker, one)
        told += [change.state] if change else []
    return breaker, told


@pytest.mark.parametrize(
    ("sights", "cause"),
    [
        ([sight(m, "overloaded") for m in (0, 1, 2)], "down"),
        ([sight(m / 100, "overloaded") for m in range(150)], None),
        ([sight(0, "overloaded"), sight(5, "overloaded")], None),
        ([sight(0, "overloaded"), sight(1, "ok"), sight(2, "overloaded"), sight(3, "overloaded")], None),
        ([sight(0, "overloaded"), sight(1, "rate_limited"), sight(2, "overloaded"), sight(3, "overloaded")], "down"),
        ([sight(0, "auth"), sight(1, "auth")], "auth"),
        ([sight(0, "balance"), sight(1, "balance")], "balance"),
        ([sight(0, "auth"), sight(1, "ok"), sight(2, "auth")], None),
        ([sight(m, "rate_limited") for m in range(9)], None),
        ([sight(m, "overloaded", REACH) for m in range(9)], None),
    ],
    ids=[
        "three within two minutes or more", "a burst of 150 within 90 s", "two", "not in a row",
        "a 429 between says nothing", "our key", "our balance", "once, and once later", "throttled",
        "the control plane costs nothing",
    ],
)  # fmt: skip
def test_it_opens_for_failures_in_a_row_over_some_time_and_for_refusals(sights: list[Sight], cause: str | None) -> None:
    breaker, told = lived(*sights)
    assert breaker.cause == cause
    assert told == (["breaker_open"] if cause else [])


DOWN = tuple(sight(m, "overloaded") for m in (0, 1, 2))


def test_open_it_lets_single_trials_through_ever_more_rarely_for_each_kind_of_probe() -> None:
    breaker, _ = lived(*DOWN)
    passed = []
    for minute in range(2, 600):
        breaker, why = ask(breaker, "baseline", START + minute * MINUTE)
        if why is None:
            passed.append(minute)
            breaker, _ = after(breaker, sight(minute, "overloaded"))
    assert passed[:8] == [2, 3, 5, 9, 17, 33, 65, 125]
    assert all(later - sooner == 60 for sooner, later in pairwise(passed[7:]))
    assert ask(breaker, "endurance", START + 600 * MINUTE)[1] is None


def test_one_image_closes_it_and_the_control_planes_return_makes_the_next_request_a_trial() -> None:
    breaker, _ = lived(*DOWN)
    for minute in (2, 3, 5, 9):
        breaker, _ = ask(breaker, "baseline", START + minute * MINUTE)
    assert ask(breaker, "baseline", START + 10 * MINUTE)[1] is not None
    for outcome in ("overloaded", "ok"):
        breaker, _ = after(breaker, sight(10, outcome, REACH))
    breaker, why = ask(breaker, "baseline", START + 10 * MINUTE)
    assert (why, breaker.state(START + 10 * MINUTE)) == (None, "half_open")
    breaker, change = after(breaker, sight(10, "ok"))
    assert change is not None
    assert (change.state, breaker.state(START + 11 * MINUTE)) == ("breaker_closed", "closed")


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["ok", "overloaded", "auth", "balance", "rate_limited"]),
        st.sampled_from([IMAGE, REACH]),
    ),
    max_size=40,
)


@settings(max_examples=200)
@given(events=EVENTS)
def test_a_request_is_held_back_only_after_failures_or_refusals_without_an_image_since(
    events: list[tuple[int, str, str]],
) -> None:
    breaker, now = Breaker(), 0
    bad = 0
    for wait, outcome, kind in events:
        now += wait
        moment = START + now * MINUTE
        breaker, why = ask(breaker, "baseline", moment)
        if why is not None:
            assert bad >= 2
            assert breaker.state(moment) in {"open", "half_open"}
            later, passed = ask(breaker, "baseline", moment + LAST_TRIAL)
            assert passed is None  # never is it held back for longer than that
            assert later.cause == breaker.cause
            continue
        breaker, _ = after(breaker, sight(now, outcome, kind))
        if kind == IMAGE:
            bad = 0 if outcome == "ok" else bad + (outcome != "rate_limited")
