"""Numbers as people read them: bounds outwards, availability floored, no 100 where anything failed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge.result import Span
from reports import words

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
shares = st.floats(0, 1, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.98491, 0.9614, 0.99493, "98.49 (96.14 to 99.50)"),
        (0.9949, None, None, "99.49"),  # 0.9949 * 100 is 99.4899... in binary
        (0.999931, 0.999, 0.999984, "99.993 (99.900 to 99.999)"),
        (0.99999, 0.999, 1.0, "99.999 (99.900 to 100.000)"),
        (1.0, 0.98611, 1.0, "no outage (98.61 or more)"),
        (1.0, None, None, "no outage"),
        (0.0, 0.0, 0.3085, "0.00 (0.00 to 30.85)"),
        (None, None, None, "not known"),
    ],
)
def test_an_availability_is_floored_and_its_bounds_are_rounded_outwards(
    value: float | None, low: float | None, high: float | None, shown: str
) -> None:
    assert str(words.availability(value, low, high)) == shown


@given(shares, shares, shares)
def test_an_availability_never_reads_100_unless_nothing_failed_and_never_more_than_it_is(
    a: float, b: float, c: float
) -> None:
    low, value, high = sorted((a, b, c))
    shown = words.availability(value, low, high)
    if value == 1:
        assert shown.value == "no outage"
    else:
        assert Decimal(shown.value) <= Decimal(str(value)) * 100
        assert not shown.value.startswith("100")


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(0, 4))
def test_printed_bounds_always_hold_the_true_ones(a: float, b: float, places: int) -> None:
    low, high = sorted((a, b))
    text = words.between(low, high, places)
    assert text is not None
    ends = [Decimal(end.replace(",", "")) for end in text.split(" to ")]
    assert ends[0] <= Decimal(str(low))
    assert ends[-1] >= Decimal(str(high))


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(36.4, 47.1, "36 to 48"), (240, None, "at least 240"), (None, 0.4, "at most 1"), (None, None, None), (5, 5, "5")],
)
def test_an_open_bound_is_said_in_words(low: float | None, high: float | None, text: str) -> None:
    assert words.between(low, high) == text


@pytest.mark.parametrize(
    ("share", "places", "text"),
    [
        (0.3, 0, "30 %"),
        (0.0026, 0, "0.3 %"),
        (0.0026, 2, "0.26 %"),
        (0.9999, 1, "99.99 %"),
        (0, 0, "0 %"),
        (1, 0, "100 %"),
        (1.0333, 0, "103 %"),
        (1e-9, 0, "almost none"),
        (1 - 1e-9, 0, "almost all"),
    ],
)
def test_a_share_that_is_neither_none_nor_all_never_reads_so(share: float, places: int, text: str) -> None:
    assert words.percent(share, places) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [(0.0, 0.0, 0.0642, "none seen (at most 6.42)"), (0.0026, 0.0016, 0.00389, "0.26 (0.16 to 0.39)")],
)
def test_an_error_that_was_not_seen_still_has_an_upper_bound(value: float, low: float, high: float, shown: str) -> None:
    assert str(words.small_share(value, low, high)) == shown


@pytest.mark.parametrize(
    ("ms", "low", "high", "shown"),
    [
        (8123, 7801, 8440, "8.1 (7.8 to 8.5)"),
        (41_000, 36_000, 48_000, "41 (36 to 48)"),
        (412, 401, 433, "0.41 (0.40 to 0.44)"),
        (8123, None, 8440, "8.1 (at most 8.5)"),
    ],
)
def test_seconds_have_the_decimals_that_they_deserve(
    ms: float, low: float | None, high: float | None, shown: str
) -> None:
    assert str(words.seconds(ms, low, high)) == shown


@pytest.mark.parametrize(("ms", "text"), [(93.2, "93 ms"), (2.1, "2.1 ms"), (14_200, "14.2 s"), (999.6, "1,000 ms")])
def test_a_latency_names_its_unit(ms: float, text: str) -> None:
    assert words.latency(ms) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (1140, "19 min"),
        (5399, "90 min"),
        (12_600, "3.5 h"),
        (116_760, "32 h"),
        (172_800, "2 days"),
        (3_283_200, "38 days"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Span(4020, 4140), "67 to 69 min"),
        (Span(4030, 4130), "67 to 69 min"),
        (Span(1080, None), "at least 18 min"),
        (Span(0, 59), "0 to 59 s"),
        (Span(116_000, 117_000), "32.2 to 32.5 h"),
    ],
)
def test_a_span_of_time_is_rounded_outwards(span: Span, text: str) -> None:
    assert words.duration_between(span) == text


@pytest.mark.parametrize(
    ("early", "late", "text"),
    [
        (timedelta(minutes=20), timedelta(minutes=19), "09:40 to 09:41"),
        (timedelta(minutes=20), timedelta(minutes=19, seconds=30), "09:40"),
        (timedelta(days=7, minutes=2), timedelta(days=7), "15 Nov 09:58 to 10:00"),
        (timedelta(days=1, hours=11), timedelta(hours=9), "20 Nov 23:00 to 22 Nov 01:00"),
    ],
)
def test_an_instant_between_two_bounds_names_each_day_once(early: timedelta, late: timedelta, text: str) -> None:
    assert words.when_between(NOW - early, NOW - late, NOW) == text


def test_another_year_is_named() -> None:
    assert words.day(date(2025, 12, 31), NOW.date()) == "31 Dec 2025"


def test_a_list_of_many_names_is_counted() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(list("abcdefgh"), 4) == "a, b, c and 5 others"
    assert words.listed([]) == ""


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.0561, 0.05493, 0.05748, "0.0561 (0.0549 to 0.0575)"),
        (1.5, 1.5, 1.5, "1.50 (1.50)"),
        (0.00002, None, None, "0.000020"),
    ],
)
def test_the_price_of_one_thing_keeps_its_digits(
    value: float, low: float | None, high: float | None, shown: str
) -> None:
    assert str(words.usd_each(value, low, high)) == shown


def test_no_line_of_a_heading_ends_between_a_number_and_its_unit() -> None:
    said = words.firm("It took 30 % of 1,000 RPM; 34 h down in 7 days, 3 of 12 sent.")
    assert said.replace("\N{NO-BREAK SPACE}", "_") == "It took 30_% of 1,000_RPM; 34_h down in 7_days, 3 of 12 sent."
