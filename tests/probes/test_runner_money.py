"""Money is asked for before each dispatch: no cap is broken, whatever is in flight and whatever the bill says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.budget import Budget, Caps, Limits
from probes.model import Exchange, Phases, Plan, WireFault
from probes.plans import burst
from tests.probes.bench import IMAGE, OVERLOADED, PRICE, START, Sent, after, play, target, usual
from tests.probes.test_runner_rows import Capped, shots

TIMED_OUT = Exchange(None, fault=WireFault.TIMEOUT_TTFB, phases=Phases(total_ms=180_000.0))
REFUSED = Exchange(None, fault=WireFault.REFUSED, phases=Phases(total_ms=1.0))


def test_a_hundred_at_once_never_reserve_more_than_a_dollar() -> None:
    """At $0.05 that is twenty images, all of them in flight before the first is billed."""
    gate = Capped(1.00)
    played = play(burst.plan("a", concurrency=100, max_images=100), after(10.0, IMAGE), gate=gate)
    assert played.outcomes.count("ok") == 20
    assert len(played.sent) == 20
    refused = [row for row in played.rows if row.outcome == "not_sent"]
    assert {(row.detail, row.error, row.cost_usd) for row in refused} == {("budget", "cap reached for a", 0.0)}
    assert (gate.most_reserved, gate.reserved, gate.spent) == (gate.cap, 0, gate.cap)


def test_the_budget_of_the_service_holds_to_the_cent() -> None:
    budget = Budget(Limits(providers={"a": Caps(usd_per_day=1.16)}), now=lambda: START)
    targets = {"a": target(price=0.058)}
    played = play(burst.plan("a", concurrency=100, max_images=100), after(10.0, IMAGE), gate=budget, targets=targets)
    assert played.outcomes.count("ok") == 20
    assert budget.spent()[0] == pytest.approx(1.16)
    assert budget.in_flight() == 0
    assert {row.error for row in played.rows if row.outcome == "not_sent"} == {
        "day cap $1.16 of a reached: $0.00 left, $0.0580 asked"
    }


@pytest.mark.parametrize(("max_usd", "sent"), [(1.00, 20), (0.99, 19), (0.05, 1), (0.04, 0), (0.0, 0), (None, 30)])
def test_the_cap_of_a_run_counts_what_is_in_flight(max_usd: float | None, sent: int) -> None:
    plan = burst.plan("a", concurrency=30, max_images=30, max_usd=max_usd)
    played = play(plan, after(10.0, IMAGE))
    assert len(played.sent) == sent
    assert played.summary is not None
    assert played.summary.spent_usd == pytest.approx(sent * PRICE)
    if sent < 30:
        assert played.summary.stopped == f"cap of this run, ${max_usd:.2f}, reached"


def test_a_failure_that_is_not_billed_gives_its_money_back() -> None:
    """Twenty refused connections cost nothing, so the twenty after them may still be sent."""

    async def behave(sent: Sent) -> Exchange:
        return await after(1.0, REFUSED if sent.number < 20 else IMAGE)(sent)

    plan = burst.plan("a", concurrency=20, max_images=60, max_usd=1.0)
    played = play(Plan(plan.shots, plan.max_in_flight, plan.max_usd), behave)
    assert (played.outcomes.count("connection"), played.outcomes.count("ok")) == (20, 20)
    assert played.outcomes.count("not_sent") == 20


def test_a_bill_that_is_not_known_counts_at_list_price() -> None:
    """The model may have gone on after we gave up, and resellers charge for that."""
    gate = Capped(100.0)
    played = play(Plan(shots(*[0.0] * 10), max_usd=0.3), after(180.0, TIMED_OUT), gate=gate)
    assert played.outcomes.count("timeout") == 6
    assert {(row.billed, row.cost_usd) for row in played.rows if row.outcome == "timeout"} == {(None, None)}
    assert gate.settled == [None] * 6
    assert played.summary is not None
    assert played.summary.spent_usd == pytest.approx(0.3)


def test_money_of_what_was_abandoned_stays_spent() -> None:
    gate = Capped(100.0)
    play(Plan(shots(0.0, 0.0)), after(60.0, IMAGE), gate=gate, cancel_at_s=1.0)
    assert gate.settled == [None, None]
    assert (gate.reserved, gate.spent) == (0, round(2 * PRICE * 1e9))


def test_an_image_without_a_known_price_costs_an_unknown_sum() -> None:
    (row,) = play(Plan(shots(0.0)), targets={"a": target(price=None)}).rows
    assert (row.billed, row.cost_usd) == (True, None)


BILLS = st.lists(st.sampled_from([IMAGE, OVERLOADED, TIMED_OUT, REFUSED]), min_size=1, max_size=10)


@settings(deadline=None, max_examples=40)
@given(
    bills=BILLS, count=st.integers(0, 40), cap=st.floats(0, 2.5), price=st.sampled_from([0.05, 0.058, 0.0672, 0.134])
)
def test_the_sum_of_the_rows_is_the_sum_of_the_books(
    bills: list[Exchange], count: int, cap: float, price: float
) -> None:
    async def behave(sent: Sent) -> Exchange:
        return await after(1.0 + sent.number % 3, bills[sent.number % len(bills)])(sent)

    gate = Capped(cap)
    plan = Plan(shots(*(number / 4 for number in range(count))), max_in_flight=7)
    played = play(plan, behave, gate=gate, targets={"a": target(price=price)})
    left = [row for row in played.rows if row.sent_at is not None]
    known = sum(row.cost_usd for row in left if row.cost_usd is not None)
    unknown = price * sum(row.cost_usd is None for row in left)
    assert played.summary is not None
    assert played.summary.spent_usd == pytest.approx(known + unknown)
    assert gate.spent == pytest.approx((known + unknown) * 1e9)
    assert gate.spent <= gate.cap


# --- the breaker ----------------------------------------------------------------------------------------------------


def test_after_so_many_failures_in_a_row_no_more_is_paid_for() -> None:
    plan = Plan(shots(*(float(number) for number in range(10))), stop_after_errors=3)
    played = play(plan, after(0.1, OVERLOADED))
    assert played.outcomes == ["overloaded"] * 3 + ["not_sent"] * 7
    assert {row.detail for row in played.in_order[3:]} == {"breaker"}
    assert played.summary is not None
    assert played.summary.stopped == "3 failures of a in a row"


def test_a_success_in_between_resets_the_count() -> None:
    async def behave(sent: Sent) -> Exchange:
        return await (usual(sent) if sent.number % 3 == 2 else after(0.1, OVERLOADED)(sent))

    plan = Plan(shots(*(2.0 * number for number in range(12))), stop_after_errors=3)
    assert "not_sent" not in play(plan, behave).outcomes


def test_a_failure_of_one_provider_stops_no_other() -> None:
    async def behave(sent: Sent) -> Exchange:
        return await (after(0.1, OVERLOADED)(sent) if sent.provider == "a" else usual(sent))

    both = sorted(
        (*shots(*map(float, range(8))), *shots(*map(float, range(8)), provider="b")), key=lambda shot: shot.offset_s
    )
    played = play(Plan(tuple(both), stop_after_errors=2), behave)
    assert [row.outcome for row in played.in_order if row.provider == "b"] == ["ok"] * 8
    assert [row.outcome for row in played.in_order if row.provider == "a"] == ["overloaded"] * 2 + ["not_sent"] * 6


def test_being_throttled_is_no_failure() -> None:
    """A burst is meant to be throttled; what it must not do is go on against a dead server."""
    plan = Plan(shots(*map(float, range(10))), stop_after_errors=2)
    played = play(plan, after(0.1, Exchange(429, {}, b"")))
    assert played.outcomes == ["rate_limited"] * 10


# --- whose 429 ------------------------------------------------------------------------------------------------------


def test_a_429_is_theirs_up_to_the_rate_they_advertise_and_ours_above() -> None:
    """Sixty a minute are advertised: of ninety within a minute the last thirty are too many."""
    plan = Plan(shots(*(number / 2 for number in range(90))))
    played = play(plan, after(0.1, Exchange(429, {}, b"")), targets={"a": target(rpm=60)})
    assert [row.attribution for row in played.in_order] == ["provider"] * 60 + ["client"] * 30


def test_a_minute_later_the_rate_counts_anew() -> None:
    plan = Plan(shots(*[0.0] * 3, *[60.0] * 3, 119.0))
    played = play(plan, after(0.1, Exchange(429, {}, b"")), targets={"a": target(rpm=2)})
    whose = [row.attribution for row in played.in_order]
    assert whose == ["provider", "provider", "client"] * 2 + ["client"]


def test_where_no_rate_is_advertised_nobody_is_blamed() -> None:
    played = play(Plan(shots(0.0)), after(0.1, Exchange(429, {}, b"")))
    assert played.rows[0].attribution == "unknown"
