"""No request is sent that breaks a cap: tables, and a property over any order of events."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.budget import STARTS, Book, Budget, Caps, Limits, day_start, minute_start, month_start, nano

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@dataclass
class Watch:
    """A clock that a test turns."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def budget(
    day: float | None = None, month: float | None = None, watch: Watch | None = None, **providers: Caps
) -> Budget:
    return Budget(Limits(Caps(day, month), providers), watch or Watch())


@pytest.mark.parametrize(
    ("limits", "already", "asked", "refusal"),
    [
        (Limits(), 1e6, 1e6, None),
        (Limits(Caps(5.0)), 4.94, 0.06, None),
        (Limits(Caps(5.0)), 4.95, 0.06, "day cap $5.00 of all providers reached: $0.05 left, $0.06 asked"),
        (
            Limits(Caps(None, 120.0)),
            119.99,
            0.06,
            "month cap $120.00 of all providers reached: $0.01 left, $0.06 asked",
        ),
        (Limits(Caps(5.0), {"a": Caps(2.0)}), 1.95, 0.058, "day cap $2.00 of a reached: $0.05 left, $0.0580 asked"),
        (Limits(Caps(5.0), {"b": Caps(2.0)}), 1.95, 0.058, None),
        (Limits(Caps(), {"a": Caps(None, 2.0)}), 2.0, 0.01, "month cap $2.00 of a reached: $0.00 left, $0.01 asked"),
        (Limits(Caps(None, None, 0.5)), 0.0, 0.5, None),
        (
            Limits(Caps(None, None, 0.5)),
            0.0,
            0.51,
            "minute cap $0.50 of all providers reached: $0.50 left, $0.51 asked",
        ),
        (
            Limits(Caps(), {"a": Caps(None, None, 0.5)}),
            0.0,
            0.51,
            "minute cap $0.50 of a reached: $0.50 left, $0.51 asked",
        ),
        (Limits(Caps(0.0)), 0.0, 0.0, None),
        (Limits(Caps(0.0)), 0.0, 0.01, "day cap $0.00 of all providers reached: $0.00 left, $0.01 asked"),
        (Limits(Caps(5.0)), 7.0, 0.01, "day cap $5.00 of all providers reached: $0.00 left, $0.01 asked"),
        (Limits(Caps(5.0)), 7.0, 0.0, None),
    ],
    ids=[
        "no cap",
        "exactly up to the cap",
        "over the day",
        "over the month",
        "over the provider's day",
        "another provider's cap",
        "over the provider's month",
        "the whole of a minute",
        "over the minute",
        "over the provider's minute",
        "free of charge without money",
        "nothing may be spent",
        "already overspent",
        "free of charge when overspent",
    ],
)
def test_a_request_is_refused_with_the_cap_that_it_would_break(
    limits: Limits, already: float, asked: float, refusal: str | None
) -> None:
    tested = Budget(limits, Watch())
    tested.load({"day": {"a": already}, "month": {"a": already}})
    assert tested.reserve("a", asked) == refusal


def test_a_thousand_prices_of_a_cent_fraction_meet_the_cap_exactly() -> None:
    tested = budget(day=58.0)
    for _ in range(1000):
        assert tested.reserve("a", 0.058) is None
        tested.settle("a", 0.058, 0.058)
    assert tested.reserve("a", 0.000_001) is not None
    assert tested.spent() == (58.0, 58.0)


def test_what_is_in_flight_is_not_there_to_be_spent_twice() -> None:
    tested = budget(day=0.10)
    assert tested.reserve("a", 0.06) is None
    assert tested.reserve("b", 0.06) is not None
    tested.settle("a", 0.06, 0.0)  # it failed and was not billed: the money is back
    assert tested.reserve("b", 0.06) is None


def test_a_refused_request_takes_nothing() -> None:
    tested = budget(day=1.0, month=0.5)
    assert tested.reserve("a", 0.6) is not None
    assert tested.in_flight() == 0.0
    assert tested.reserve("a", 0.5) is None


def test_an_unknown_bill_counts_at_the_price_reserved() -> None:
    tested = budget(day=1.0)
    tested.reserve("a", 0.25)
    tested.settle("a", 0.25, None)
    assert tested.spent()[0] == 0.25
    assert tested.left("a") == 0.75


def test_a_new_day_frees_the_day_and_a_new_month_the_month() -> None:
    watch = Watch(datetime(2026, 11, 29, 23, 59, tzinfo=UTC))
    tested = budget(day=1.0, month=1.5, watch=watch)
    tested.charge("a", 1.0)
    assert "day cap" in str(tested.reserve("a", 0.5))
    watch.now += timedelta(minutes=1)
    assert tested.left("a") == 0.5
    assert "month cap" in str(tested.reserve("a", 0.75))
    watch.now += timedelta(days=1)
    assert tested.reserve("a", 0.75) is None


def test_a_clock_that_steps_back_frees_no_money() -> None:
    watch = Watch()
    tested = budget(day=1.0, watch=watch)
    tested.charge("a", 1.0)
    watch.now -= timedelta(days=1)
    assert tested.reserve("a", 0.01) is not None


def test_money_in_flight_over_midnight_counts_in_the_day_it_is_settled() -> None:
    watch = Watch(datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC))
    tested = budget(day=1.0, watch=watch)
    tested.reserve("a", 0.75)
    watch.now += timedelta(seconds=2)
    assert tested.reserve("a", 0.5) is not None
    tested.settle("a", 0.75, 0.75)
    assert tested.spent()[0] == 0.75


def test_loading_from_the_store_keeps_what_was_settled_meanwhile() -> None:
    tested = budget(day=5.0)
    tested.charge("a", 1.0)  # in the store
    mark = tested.mark()
    tested.charge("a", 0.5)  # while the store is asked
    tested.load({"day": {"a": 1.0, "b": 0.25}, "month": {"a": 2.0}}, mark)
    assert tested.spent() == (1.75, 2.5)


@pytest.mark.parametrize("zone", [timedelta(hours=0), timedelta(hours=9)])
def test_days_and_months_are_those_of_utc(zone: timedelta) -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    local = late.astimezone(timezone(zone))
    assert day_start(local) == datetime(2026, 11, 30, tzinfo=UTC)
    assert month_start(local) == datetime(2026, 11, 1, tzinfo=UTC)
    assert minute_start(local + timedelta(seconds=59)) == late


def test_a_new_minute_frees_the_minute_alone() -> None:
    watch = Watch(datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC))
    tested = Budget(Limits(Caps(1.0, None, 0.25)), watch)
    assert tested.reserve("a", 0.25) is None
    tested.settle("a", 0.25, 0.25)
    assert "minute cap" in str(tested.reserve("a", 0.25))
    watch.now += timedelta(seconds=29)
    assert "minute cap" in str(tested.reserve("a", 0.25))
    watch.now += timedelta(seconds=1)
    assert tested.reserve("a", 0.25) is None
    assert tested.left("a", ("day",)) == 0.5
    assert tested.left("a") == 0.0


def test_a_run_is_held_to_its_own_caps_beside_all_others() -> None:
    tested = Budget(Limits(Caps(usd_per_run=1.0), {"a": Caps(usd_per_run=0.5)}), Watch())
    one, other = tested.run(), tested.run()
    assert one.reserve("a", 0.5) is None
    assert one.reserve("a", 0.1) == "run cap $0.50 of a reached: $0.00 left, $0.10 asked"
    assert one.reserve("b", 0.6) == "run cap $1.00 of all providers reached: $0.50 left, $0.60 asked"
    assert one.reserve("b", 0.0) is None
    assert other.reserve("a", 0.5) is None  # another run begins anew
    one.settle("a", 0.5, 0.0)  # it failed and was not billed: the money is back
    assert one.reserve("a", 0.5) is None
    one.settle("a", 0.5, 2.0)  # a bill above the price expected
    assert one.reserve("b", 0.1) is not None
    assert tested.in_flight() == 0.5
    assert (one.left("a"), one.left("b"), other.left("b"), tested.run().left("b")) == (0.0, 0.0, 0.5, 1.0)


def test_every_cap_has_a_book_with_what_is_spent_of_it() -> None:
    tested = Budget(Limits(Caps(5.0), {"a": Caps(None, 2.0)}), Watch())
    tested.charge("a", 1.75)
    tested.charge("b", 0.25)
    assert tested.reserve("a", 0.5) is not None
    assert tested.books() == (
        Book("day", day_start(NOON), None, 5.0, 2.0, refused=False),
        Book("month", month_start(NOON), "a", 2.0, 1.75, refused=True),
    )


# --- any order of events ---------------------------------------------------------------------------------------

CENTS = st.integers(0, 300).map(lambda tenths: tenths / 1000)
CAPS = st.builds(
    Caps,
    st.none() | CENTS.map(lambda usd: usd * 10),
    st.none() | CENTS.map(lambda usd: usd * 20),
    st.none() | CENTS.map(lambda usd: usd * 5),
    st.none() | CENTS.map(lambda usd: usd * 4),
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.sampled_from("ab"), CENTS),
        st.tuples(st.just("settle"), st.integers(0, 20), st.none() | st.floats(0, 1)),
        st.tuples(st.just("wait"), st.sampled_from([10, 50, 3600, 140_000]), st.none()),
        st.tuples(st.just("load"), st.none(), st.none()),
    ),
    max_size=40,
)


@dataclass
class Books:
    """An independent count of what was reserved and spent, event by event."""

    in_flight: list[tuple[str, float]] = field(default_factory=list)
    bills: list[tuple[datetime, str, float]] = field(default_factory=list)

    def spent(self, since: datetime, *names: str) -> int:
        return sum(nano(usd) for at, name, usd in self.bills if at >= since and name in names)

    def reserved(self, *names: str) -> int:
        return sum(nano(usd) for name, usd in self.in_flight if name in names)

    def by_provider(self, since: datetime) -> dict[str, float]:
        return {name: self.spent(since, name) / 1e9 for name in "ab"}


@given(CAPS, CAPS, EVENTS)
def test_spent_and_reserved_never_exceed_a_cap_when_a_reservation_is_granted(
    together: Caps, own: Caps, events: list[tuple[str, str | int | None, float | None]]
) -> None:
    watch, books = Watch(), Books()
    tested = Budget(Limits(together, {"a": own}), watch)
    for what, which, usd in events:
        if what == "wait":
            watch.now += timedelta(seconds=int(which or 0))
        elif what == "load":
            tested.load({name: books.by_provider(start(watch.now)) for name, start in STARTS.items()})
        elif what == "settle" and books.in_flight:
            name, reserved = books.in_flight.pop(int(which or 0) % len(books.in_flight))
            tested.settle(name, reserved, usd)
            books.bills.append((watch.now, name, reserved if usd is None else usd))
        elif what == "reserve" and tested.reserve(str(which), usd or 0.0) is None:
            books.in_flight.append((str(which), usd or 0.0))
            if usd:
                assert_within(books, watch.now, together, "a", "b")
                assert_within(books, watch.now, own if which == "a" else Caps(), str(which))


def assert_within(books: Books, now: datetime, caps: Caps, *names: str) -> None:
    for period, start in STARTS.items():
        cap = caps.of(period)
        assert cap is None or books.spent(start(now), *names) + books.reserved(*names) <= cap
