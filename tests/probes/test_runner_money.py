"""Money is asked for before each dispatch: no cap is broken, whatever is in flight and whatever the bill says."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.budget import Budget, Caps, Limits
from probes.model import Exchange, Phases, Plan, WireFault
from probes.plans import burst, endurance
from tests.probes.bench import IMAGE, OVERLOADED, PRICE, START, Played, Sent, after, play, target, usual
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


@settings(max_examples=40)
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


# --- a steady run that can send nothing more ------------------------------------------------------------------------


def steadily(max_usd: float | None = None) -> Plan:
    """Six a minute for a day."""
    return endurance.plan("a", rpm=6.0, duration_s=86_400.0, max_usd=max_usd)


def test_a_steady_run_ends_after_fifty_failures_in_a_row_and_not_at_its_planned_end() -> None:
    played = play(steadily(), after(0.1, OVERLOADED))
    assert played.lasted_s == pytest.approx(50 * 10.0)
    assert Counter((row.outcome, row.detail) for row in played.rows) == {
        ("overloaded", None): 50,
        ("not_sent", "breaker"): 8590,
    }
    assert played.summary is not None
    assert (played.summary.stopped, played.summary.sent) == ("50 failures of a in a row", 50)
    assert {row.error for row in played.in_order[50:]} == {"50 failures of a in a row"}
    assert played.in_order[-1].planned_at == START + timedelta(days=1, seconds=-10)


def test_a_steady_run_ends_when_its_cap_is_spent() -> None:
    played = play(steadily(max_usd=1.00), after(3.0, IMAGE))
    assert (len(played.sent), len(played.rows)) == (20, 8640)
    assert played.lasted_s == pytest.approx(20 * 10.0)
    assert played.summary is not None
    assert played.summary.stopped == "cap of this run, $1.00, reached"


def in_time(plan: Plan, caps: Caps) -> tuple[Played, Budget]:
    """Through a budget whose minutes and days go by with the run."""

    def now() -> datetime:
        try:
            return START + timedelta(seconds=asyncio.get_running_loop().time())
        except RuntimeError:  # not begun
            return START

    budget = Budget(Limits(caps), now)
    return play(plan, gate=budget.run()), budget


@pytest.mark.parametrize(
    ("caps", "sent", "lasted_s"),
    [
        (Caps(usd_per_run=0.25), 5, 50.0),
        (Caps(usd_per_month=0.25), 5, 50.0),
        (Caps(usd_per_minute=0.10), 2 * 60, 3560.0),  # each minute there is money again; the last has no other
    ],
    ids=["run", "month", "minute"],
)
def test_a_steady_run_ends_at_a_cap_that_outlasts_it_and_waits_for_one_that_does_not(
    caps: Caps, sent: int, lasted_s: float
) -> None:
    played, gate = in_time(endurance.plan("a", rpm=6.0, duration_s=3600.0), caps)
    assert (len(played.sent), len(played.rows)) == (sent, 360)
    assert played.lasted_s == pytest.approx(lasted_s, abs=1.1)
    assert gate.in_flight() == 0


def test_a_steady_run_over_midnight_goes_on_with_the_money_of_the_new_day() -> None:
    played, _ = in_time(endurance.plan("a", rpm=1.0, duration_s=2 * 86_400.0), Caps(usd_per_day=1.00))
    assert len(played.sent) == 2 * 20
    assert played.lasted_s == pytest.approx(86_400.0 + 20 * 60.0)


def test_what_is_in_flight_may_still_give_money_back_so_the_run_waits_for_it() -> None:
    """The first two answers come after a minute, and are free."""

    async def behave(sent: Sent) -> Exchange:
        return await after(60.0, REFUSED)(sent) if sent.number < 2 else await usual(sent)

    played = play(steadily(max_usd=0.10), behave)
    assert (played.outcomes.count("connection"), played.outcomes.count("ok")) == (2, 2)
    assert played.lasted_s < 100.0


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
