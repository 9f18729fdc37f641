"""Records, looks, and verdicts on what fails in outages."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.judge import downtime, exceeding, looks, record
from monitor.judge.columns import SECOND
from monitor.judge.policy import BLOCK_S
from monitor.judge.record import Record
from monitor.judge.states import State
from tests.monitor.judge.frames import every, line

HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
BLOCK = round(BLOCK_S * SECOND)

States = list[tuple[float, State]]  # hours, state


def of(parts: States) -> Record:
    """A record of consecutive stretches."""
    edges = np.append(0, np.cumsum([round(hours * 3600 * SECOND) for hours, _ in parts]))
    return record.of_states(0, edges.astype(np.int64), np.array([state for _, state in parts], dtype=np.int8))


def span(one: Record) -> int:
    return int(one.end[-1])


# --- looks ------------------------------------------------------------------------------------------------------


def test_looks_are_fixed_by_the_first_row_and_add_up_to_the_error() -> None:
    registered = looks.registered(1000, 1000 + 95 * DAY)
    assert registered.at.tolist() == [1000 + days * DAY for days in (30, 60, 90)]
    assert registered.alpha.tolist() == pytest.approx([0.05 / 2, 0.05 / 6, 0.05 / 12])
    assert looks.alpha_of(np.arange(1, 1_000_000)).sum() == pytest.approx(0.05, abs=1e-6)
    assert looks.next_after(1000, 1000 + 95 * DAY) == 1000 + 120 * DAY
    assert len(looks.registered(1000, 0)) == 0


# --- records ----------------------------------------------------------------------------------------------------


def test_times_add_up_whatever_cuts_them() -> None:
    one = of([(10, State.UP), (1, State.DOWN), (2, State.EXCLUDED), (20, State.DEGRADED), (3, State.UNKNOWN)])
    assert (one.good.sum(), one.bad.sum(), one.unknown.sum()) == (30 * HOUR, HOUR, 3 * HOUR)
    assert int(one.seen.sum()) == 3  # cuts at blocks are no observations
    assert set((one.t[(one.seen == 0) & (one.unknown == 0)] % BLOCK).tolist()) == {0}


@pytest.mark.parametrize(
    ("gap_h", "state", "count"),
    [(0.4, State.UP, 1), (0.5, State.UP, 1), (0.6, State.UP, 2), (0.4, State.UNKNOWN, 1), (2.0, State.UNKNOWN, 2)],
)
def test_failures_that_are_close_are_one_outage(gap_h: float, state: State, count: int) -> None:
    found = record.outages(of([(5, State.UP), (0.2, State.DOWN), (gap_h, state), (0.1, State.DOWN), (5, State.UP)]))
    assert len(found) == count
    assert found.weight.sum() == 0.3 * HOUR


def test_requests_that_fail_in_a_row_are_one_outage_however_far_apart() -> None:
    t = np.arange(8, dtype=np.int64) * 3600 * SECOND
    bad = np.array([0, 1, 1, 1, 0, 1, 0, 0], dtype=bool)
    found = record.outages(record.of_requests(0, t, ~bad, bad))
    assert found.weight.tolist() == [3.0, 1.0]


def test_a_timeline_gives_the_same_record_as_its_states() -> None:
    whole = line([*every(60, 0, 7200), *every(60, 7200, 9000, "overloaded"), *every(60, 9000, 20_000)], 20_000)
    one = record.of_time(whole.begin, whole)
    assert (one.bad.sum(), one.good.sum()) == (1800 * SECOND, 18_200 * SECOND)
    assert int(one.seen.sum()) == len(whole.every)


# --- verdicts ---------------------------------------------------------------------------------------------------

YEAR: States = [(24 * 365, State.UP)]


@pytest.mark.parametrize(
    ("parts", "allowed", "verdict"),
    [
        ([(24 * 29, State.UP)], 0.05, "undecided"),
        ([(24 * 31, State.UP)], 0.05, "confirmed"),
        (YEAR, 0.005, "confirmed"),
        (YEAR, 0.001, "undecided"),
        ([(24 * 811, State.UP)], 0.001, "confirmed"),
        ([(24 * 811, State.UP), (24 * 60, State.UNKNOWN)], 0.001, "void"),
        ([(24 * 2, State.UP), (30, State.DOWN), (24, State.UP)], 0.001, "refuted"),
        ([(24 * 5, State.UP), (30, State.UNKNOWN), (24 * 30, State.UP)], 0.001, "void"),
        ([(24 * 5, State.UP), (30, State.EXCLUDED), (24 * 30, State.UP)], 0.05, "confirmed"),
        ([*YEAR, (48, State.DOWN), *YEAR], 0.001, "undecided"),
        ([(20, State.UP), (4, State.DOWN)] * 31, 0.05, "refuted"),
        ([(24 * 40, State.UNKNOWN)], 0.05, "void"),
    ],
    ids=[
        "before the first look", "at the first look", "99.5 % within a year", "99.9 % takes longer",
        "a promise after 811 days", "unknown time could change it", "an outage of 30 h in the first days",
        "30 h unknown", "30 h of maintenance", "two days in two years at 99.9 %", "four hours every day",
        "nothing known",
    ],
)  # fmt: skip
def test_what_may_be_said(parts: States, allowed: float, verdict: str) -> None:
    one = of(parts)
    assert downtime.decide(one, allowed, span(one)).ruling.verdict == verdict


def test_once_refuted_stays_refuted_and_says_since_when() -> None:
    bad = of([(24 * 2, State.UP), (30, State.DOWN), *YEAR, *YEAR])
    ruling = downtime.decide(bad, 0.001, span(bad)).ruling
    assert (ruling.verdict, ruling.by_bet) == ("refuted", True)
    assert ruling.refuted_at == 2 * DAY + BLOCK
    assert ruling.p_refuted < 0.05


def test_days_to_confirm_are_those_after_which_it_is_confirmed() -> None:
    start: States = [(24 * 10, State.UP), (0.5, State.DOWN), (24 * 10, State.UP)]
    days = downtime.decide(of(start), 0.01, span(of(start))).days_to_confirm
    assert days is not None
    for more, verdict in ((days, "confirmed"), (days - 0.1, "undecided")):
        one = of([*start, (24 * more, State.UP)])
        assert downtime.decide(one, 0.01, span(one)).ruling.verdict == verdict


def test_nothing_confirms_that_nothing_ever_fails() -> None:
    one = of(YEAR)
    assert downtime.decide(one, 0.0, span(one)).days_to_confirm is None


parts = st.lists(
    st.tuples(
        st.sampled_from([0.25, 1.0, 30.0, 300.0, 1500.0]), st.sampled_from([State.UP, State.DOWN, State.UNKNOWN])
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40)
@given(stretches=parts, allowed=st.sampled_from([0.001, 0.05, 0.5]))
def test_read_on_each_day_it_says_what_the_last_reading_says_of_that_day(stretches: States, allowed: float) -> None:
    """The end of a history tells of every day before: what the simulation counts on."""
    one = of(stretches)
    last = downtime.decide(one, allowed, span(one)).ruling
    daily = [
        downtime.decide(one, allowed, day * DAY).ruling
        for day in range(0, span(one) // DAY + 1, 1 + span(one) // DAY // 12)
    ]
    assert any(ruling.verdict == "refuted" for ruling in daily) <= (last.refuted_at is not None)
    confirmed = [ruling.confirmed_at for ruling in daily if ruling.confirmed_at is not None]
    assert all(at == last.confirmed_at for at in confirmed)
    refuted = [ruling.verdict == "refuted" for ruling in daily]
    assert refuted == sorted(refuted)


@settings(max_examples=40)
@given(stretches=parts, allowed=st.sampled_from([0.001, 0.05, 0.5]), where=st.integers(0, 7))
@example(stretches=[(1500.0, State.UP)] * 5, allowed=0.5, where=0)  # of a bet that lost all: its capital is next to 0
def test_unknown_time_in_place_of_known_never_helps_a_verdict(stretches: States, allowed: float, where: int) -> None:
    place = where % len(stretches)
    blind = [(hours, State.UNKNOWN if i == place else state) for i, (hours, state) in enumerate(stretches)]
    known, unknown = of(stretches), of(blind)
    before = downtime.decide(known, allowed, span(known)).ruling
    after = downtime.decide(unknown, allowed, span(unknown)).ruling
    if stretches[place][1] == State.UP:
        assert (after.verdict == "confirmed") <= (before.verdict == "confirmed")
    if stretches[place][1] == State.DOWN:
        assert (after.verdict == "refuted") <= (before.verdict == "refuted")


# --- shares by day ----------------------------------------------------------------------------------------------


def hourly(days: int, hits_per_day: int) -> tuple[np.ndarray, np.ndarray]:
    """A request each hour, the first of each day exceeding."""
    t = np.arange(24 * days, dtype=np.int64) * 3600 * SECOND
    return t, np.arange(24 * days) % 24 < hits_per_day


@pytest.mark.parametrize(
    ("days", "hits", "allowed", "verdict"),
    [
        (7, 0, 0.05, "undecided"),
        (31, 0, 0.05, "confirmed"),
        (31, 1, 0.05, "undecided"),
        (31, 24, 0.05, "refuted"),
        (3, 24, 0.05, "refuted"),
        (8, 24, 0.5, "undecided"),
        (10, 24, 0.5, "refuted"),
        (61, 6, 0.5, "confirmed"),
        (61, 20, 0.5, "refuted"),
    ],
)
def test_a_percentile_is_a_share_that_exceeds(days: int, hits: int, allowed: float, verdict: str) -> None:
    t, hit = hourly(days, hits)
    found = exceeding.decide(0, t, hit, allowed, days * DAY)
    assert (found.n, found.exceeding, found.days) == (24 * days, hits * days, days)
    assert found.ruling.verdict == verdict


def test_a_single_bad_day_keeps_a_percentile_open() -> None:
    t, hit = hourly(31, 0)
    hit[24 * 3 : 24 * 4] = True
    assert exceeding.decide(0, t, hit, 0.05, 31 * DAY).ruling.verdict == "undecided"


def test_few_days_with_requests_decide_nothing_at_a_look() -> None:
    t, hit = hourly(13, 0)
    assert exceeding.decide(0, t, hit, 0.05, 31 * DAY).ruling.verdict == "undecided"
