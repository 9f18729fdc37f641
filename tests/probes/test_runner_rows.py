"""Every planned request becomes exactly one row, whatever happens to the run."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.ids import uuid7_of
from probes.model import Ask, Exchange, Mode, Phases, Plan, ProbeKind, Shot, WireFault
from probes.plans import baseline, burst, endurance, reach
from tests.probes.bench import IMAGE, OVERLOADED, PRICE, RUN, START, Sent, after, play, target, usual

ASK = Ask("1K", "1:1", "A red fox")


def shots(*offsets: float, provider: str = "a", ask: Ask = ASK) -> tuple[Shot, ...]:
    return tuple(Shot(offset, provider, ProbeKind.BASELINE, Mode.SCHEDULED, ask) for offset in offsets)


class Capped:
    """A gate that allows so much money, and can be asked what it knows."""

    def __init__(self, usd: float) -> None:
        self.cap, self.reserved, self.spent, self.most_reserved = round(usd * 1e9), 0, 0, 0
        self.settled: list[float | None] = []

    def reserve(self, provider: str, usd: float) -> str | None:
        nano = round(usd * 1e9)
        if self.reserved + self.spent + nano > self.cap:
            return f"cap reached for {provider}"
        self.reserved += nano
        self.most_reserved = max(self.most_reserved, self.reserved + self.spent)
        return None

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        del provider, until
        return self.spent + round(usd * 1e9) > self.cap

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        del provider
        self.reserved -= round(reserved_usd * 1e9)
        self.spent += round((reserved_usd if actual_usd is None else actual_usd) * 1e9)
        self.settled.append(actual_usd)


# --- one row each -------------------------------------------------------------------------------------------------

ANSWERS = [
    IMAGE,
    OVERLOADED,
    Exchange(None, fault=WireFault.REFUSED, phases=Phases(total_ms=1.0)),
    Exchange(None, fault=WireFault.TIMEOUT_TTFB, phases=Phases(total_ms=9.0)),
    Exchange(429, {}, b""),
    Exchange(200, {}, b"junk"),
]
PLANS = st.builds(
    Plan,
    st.lists(
        st.builds(
            Shot,
            offset_s=st.floats(0, 100),
            provider=st.sampled_from("abc"),
            probe=st.just(ProbeKind.BASELINE),
            mode=st.just(Mode.SCHEDULED),
            ask=st.sampled_from([ASK, Ask("1K", "16:9", "x"), Ask()]),
            block=st.none() | st.integers(0, 3),
        ),
        max_size=40,
    ).map(tuple),
    max_in_flight=st.integers(1, 10),
    max_usd=st.none() | st.floats(0, 1.5),
    stop_after_errors=st.none() | st.integers(1, 5),
    late_after_s=st.none() | st.floats(0, 30),
)


@settings(max_examples=100)
@given(
    plan=PLANS,
    answers=st.lists(st.tuples(st.floats(0, 30), st.sampled_from(ANSWERS)), min_size=1, max_size=12),
    cap=st.floats(0, 2),
    stop_at_s=st.none() | st.floats(0, 120),
    cancel_at_s=st.none() | st.floats(0, 120),
    begun_before_s=st.floats(0, 30),
)
def test_every_planned_request_is_exactly_one_row(
    plan: Plan,
    answers: list[tuple[float, Exchange]],
    cap: float,
    stop_at_s: float | None,
    cancel_at_s: float | None,
    begun_before_s: float,
) -> None:
    async def behave(sent: Sent) -> Exchange:
        delay_s, exchange = answers[sent.number % len(answers)]
        return await after(delay_s, exchange)(sent)

    gate = Capped(cap)
    played = play(plan, behave, gate=gate, stop_at_s=stop_at_s, cancel_at_s=cancel_at_s, begun_before_s=begun_before_s)
    rows = played.in_order
    assert [row.seq for row in rows] == list(range(len(plan.shots)))
    assert len({row.sample_id for row in rows}) == len(rows)
    in_order = sorted(plan.shots, key=lambda shot: shot.offset_s)
    assert [(row.provider, row.size) for row in rows] == [(shot.provider, shot.ask.size) for shot in in_order]
    left = [row for row in rows if row.sent_at is not None]
    assert len(left) == len(played.sent)
    assert all(row.outcome == "not_sent" and row.cost_usd == 0 for row in rows if row.sent_at is None)
    assert played.most_in_flight <= plan.max_in_flight
    assert gate.reserved == 0
    assert gate.most_reserved <= gate.cap
    assert len(gate.settled) == len(left)
    if played.summary is not None:
        assert (played.summary.planned, played.summary.sent) == (len(rows), len(left))
        assert played.summary.outcomes == Counter(row.outcome for row in rows)


def test_the_row_of_a_sent_request_has_all_that_is_known_of_it() -> None:
    (row,) = play(Plan(shots(2.5)), begun_before_s=0.0).rows
    assert (row.run_id, row.seq, row.location, row.provider, row.model) == (RUN, 0, "here", "a", "m")
    assert (row.probe, row.mode, row.size, row.aspect_ratio) == ("baseline", "scheduled", "1K", "1:1")
    assert row.planned_at == START + timedelta(seconds=2.5)
    assert row.sent_at == row.planned_at
    assert (row.lateness_ms, row.total_ms, row.status) == (0.0, 1000.0, 200)
    assert (row.outcome, row.detail, row.attribution, row.rule) == ("ok", None, "provider", "image.as_asked")
    assert (row.billed, row.cost_usd, row.images) == (True, PRICE, 1)
    assert (row.width, row.height, row.image_format) == (1024, 1024, "png")
    assert row.image_bytes is not None
    assert row.response_bytes is not None
    assert row.response_bytes > row.image_bytes > 0
    assert (row.request_id, row.model_version) == ("Zx4laf", "gemini-3-pro-image-preview")
    assert row.body_sha256 is not None
    assert len(row.body_sha256) == 64
    assert row.error is None
    assert row.control_ok is None


def test_the_same_run_gives_its_rows_the_same_identifiers_again() -> None:
    """So that a row reconstructed after a crash is the same row."""
    plan = baseline.plan(["a", "b"], ["1K", "2K"], seed=7, spread_s=60)
    first, second = play(plan), play(plan)
    assert [row.sample_id for row in first.in_order] == [row.sample_id for row in second.in_order]
    assert [row.block_id for row in first.in_order] == [row.block_id for row in second.in_order]
    assert len({row.block_id for row in first.rows}) == 2
    for row in first.rows:
        assert row.sample_id == uuid7_of(row.planned_at, str(RUN), str(row.seq))


def test_rows_of_one_block_share_its_identifier() -> None:
    rows = play(baseline.plan(["a", "b", "c"], ["1K", "4K"], seed=1, spread_s=60)).rows
    by_block = Counter((row.block_id, row.size) for row in rows)
    assert sorted(by_block.values()) == [3, 3]
    assert {row.block_id for row in play(reach.plan(["a", "b"])).rows} == {None}


def test_progress_is_told_after_every_row_and_ends_complete() -> None:
    played = play(burst.plan("a", concurrency=3, max_images=7))
    assert [progress.done for progress in played.progress] == list(range(1, 8))
    last = played.progress[-1]
    assert (last.planned, last.in_flight, dict(last.outcomes)) == (7, 0, {"ok": 7})
    assert last.spent_usd == pytest.approx(7 * PRICE)


def test_an_empty_plan_is_a_run_without_rows() -> None:
    played = play(Plan(()))
    assert played.rows == []
    assert played.summary is not None
    assert (played.summary.planned, played.summary.sent, played.summary.stopped) == (0, 0, None)


def test_a_plan_that_names_a_stranger_sends_nothing() -> None:
    with pytest.raises(KeyError, match="no target for b"):
        play(Plan((*shots(0.0), *shots(5.0, provider="b"))), targets={"a": target()})


def test_a_reach_costs_nothing_whatever_comes_of_it() -> None:
    for behave in (usual, after(0.1, OVERLOADED), after(0.1, Exchange(None, fault=WireFault.TIMEOUT_TOTAL))):
        (row,) = play(reach.plan(["a"]), behave).rows
        assert (row.billed, row.cost_usd) == (False, 0.0)
    (row,) = play(reach.plan(["a"]), after(60, IMAGE), cancel_at_s=1.0).rows
    assert (row.rule, row.billed, row.cost_usd) == ("not_sent.abandoned", False, 0.0)


# --- open loop ------------------------------------------------------------------------------------------------------


def test_a_slow_server_never_delays_later_starts() -> None:
    """Ten requests a second against answers that take a minute: each is sent at its time."""
    plan = Plan(shots(*(number / 10 for number in range(100))), max_in_flight=100)
    played = play(plan, after(60.0, IMAGE))
    assert [sent.at_s for sent in played.sent] == pytest.approx([number / 10 for number in range(100)], abs=1e-5)
    assert played.most_in_flight == 100
    assert all(row.lateness_ms == pytest.approx(0.0, abs=0.1) for row in played.rows)


def test_lateness_counts_from_the_plan_and_is_never_negative() -> None:
    """The slot was 4 s ago, and two places are for three requests that take 10 s each."""
    plan = Plan(shots(0.0, 3.0, 7.0), max_in_flight=2)
    rows = play(plan, after(10.0, IMAGE), begun_before_s=4.0).in_order
    assert [row.planned_at for row in rows] == [START + timedelta(seconds=s) for s in (-4, -1, 3)]
    assert [row.lateness_ms for row in rows] == pytest.approx([4000.0, 1000.0, 7000.0], abs=0.1)
    assert all(row.sent_at == row.planned_at + timedelta(milliseconds=row.lateness_ms or 0) for row in rows)


def test_who_finds_no_place_in_time_is_late_and_not_sent() -> None:
    plan = Plan(shots(0.0, 0.0, 1.0, 2.0, 20.0), max_in_flight=2, late_after_s=5.0)
    rows = play(plan, after(12.0, IMAGE)).in_order
    assert [row.outcome for row in rows] == ["ok", "ok", "not_sent", "not_sent", "ok"]
    late = rows[2]
    assert (late.detail, late.attribution, late.sent_at, late.lateness_ms) == ("late", "monitor", None, None)
    assert late.error == "2 requests were still in flight"


def test_what_is_long_overdue_is_late_even_if_there_is_a_place() -> None:
    """Sent now, its lateness would be counted as the provider's."""
    plan = Plan(shots(0.0, 9.0), late_after_s=10.0)
    rows = play(plan, begun_before_s=15.0).in_order
    assert [row.detail for row in rows] == ["late", None]
    assert rows[0].error == "due 15.0 s ago"


def test_places_that_become_free_go_to_those_who_wait() -> None:
    plan = Plan(shots(*[0.0] * 10), max_in_flight=3)
    played = play(plan, after(1.0, IMAGE))
    assert played.most_in_flight == 3
    assert [sent.at_s for sent in played.sent] == pytest.approx([0.0] * 3 + [1.0] * 3 + [2.0] * 3 + [3.0], abs=1e-4)


def test_an_endurance_run_of_72_hours_keeps_its_rate() -> None:
    played = play(endurance.plan("a", rpm=0.25, duration_s=72 * 3600), after(20.0, Exchange(429, {}, b"")))
    assert played.outcomes == ["rate_limited"] * 72 * 15
    assert all(row.lateness_ms is not None and row.lateness_ms < 1 for row in played.rows)


# --- stopping -------------------------------------------------------------------------------------------------------


def test_on_the_order_to_stop_what_is_in_flight_finishes_and_the_rest_is_not_sent() -> None:
    plan = Plan(shots(0.0, 1.0, 2.0, 100.0, 200.0))
    played = play(plan, after(10.0, IMAGE), stop_at_s=5.0)
    assert played.outcomes == ["ok", "ok", "ok", "not_sent", "not_sent"]
    assert {row.detail for row in played.rows[3:]} == {"shutdown"}
    assert played.summary is not None
    assert (played.summary.sent, played.summary.stopped) == (3, "stopped before its plan ended")


def test_who_waits_for_a_place_when_the_order_comes_is_not_sent_afterwards() -> None:
    plan = Plan(shots(0.0, 1.0, 2.0), max_in_flight=1)
    played = play(plan, after(10.0, IMAGE), stop_at_s=5.0)
    assert played.outcomes == ["ok", "not_sent", "not_sent"]
    assert len(played.sent) == 1


def test_an_order_that_came_before_sends_nothing() -> None:
    played = play(Plan(shots(*[1.0] * 5)), stop_at_s=0.0)
    assert (played.outcomes, played.sent) == (["not_sent"] * 5, [])


def test_a_run_that_is_cancelled_leaves_a_row_for_everything() -> None:
    plan = Plan(shots(0.0, 0.0, 1.0, 100.0), max_in_flight=2, late_after_s=None)
    played = play(plan, after(10.0, IMAGE), cancel_at_s=5.0)
    assert played.summary is None
    rows = played.in_order
    assert [row.rule for row in rows] == ["not_sent.abandoned"] * 2 + ["not_sent.shutdown"] * 2
    for row in rows[:2]:
        assert (row.outcome, row.detail, row.attribution) == ("not_sent", "shutdown", "monitor")
        assert (row.billed, row.cost_usd) == (None, None)  # it may be made, and charged, without us
        assert row.sent_at is not None


def test_a_run_that_was_cancelled_before_it_began_has_its_rows() -> None:
    played = play(Plan(shots(0.0, 1.0)), cancel_at_s=0.0)
    assert [row.detail for row in played.in_order] == ["shutdown"] * 2


# --- faults of ours -------------------------------------------------------------------------------------------------


def test_what_our_own_prober_breaks_at_is_a_row_and_not_the_end() -> None:
    async def behave(sent: Sent) -> Exchange:
        if sent.number == 1:
            raise ZeroDivisionError("a bug of ours")
        return await usual(sent)

    played = play(Plan(shots(0.0, 1.0, 2.0)), behave)
    assert played.outcomes == ["ok", "client_error", "ok"]
    row = played.in_order[1]
    assert (row.detail, row.attribution, row.rule) == ("prober", "monitor", "monitor.broken")
    assert (row.billed, row.cost_usd) == (None, None)
    assert row.error == "ZeroDivisionError: a bug of ours"
