from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.mail.figures import between, cell_duration, clean, gap_s, moment, uptime, usd, usd_each
from reports.words import Shown
from tests.reports.mail.made import WEEK_S, cost, estimate, time

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("down_s", "unknown_s", "low", "shown"),
    [
        pytest.param(0, 0, 0.99963, Shown("no outage", "at least 99.96"), id="never 100"),
        pytest.param(0, 12_000, 0.99963, Shown("no outage seen", "at least 99.96"), id="not watched throughout"),
        pytest.param(0, 59, 0.9979, Shown("no outage", "at least 99.79"), id="floored in decimals, not in binary"),
        pytest.param(0, 0, 0.9999999, Shown("no outage", "at least 99.9999"), id="a bound is never rounded up to 100"),
        pytest.param(0, WEEK_S, None, Shown("not known", known=False), id="nothing known"),
    ],
)
def test_a_clean_week_says_what_it_still_allows(down_s: float, unknown_s: float, low: float, shown: Shown) -> None:
    assert uptime(time(down_s, unknown_s, low=low), WEEK_S) == shown


def test_a_single_second_down_in_a_week_is_no_clean_week() -> None:
    shown = uptime(time(1.0, low=0.99998, high=0.9999995), WEEK_S)

    assert float(shown.value) < 100
    assert "100" not in (shown.bounds or "")


def test_time_before_the_first_probe_is_a_gap_like_unknown_time() -> None:
    began_on_wednesday = time(window_s=5 * 86400.0)

    assert gap_s(began_on_wednesday, WEEK_S) == 2 * 86400
    assert uptime(began_on_wednesday, WEEK_S).value == "no outage seen"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "<1m"),
        (60, "1m"),
        (1140, "19m"),
        (5969, "99m"),
        (5970, "1.7h"),
        (35_819, "9.9h"),
        (35_820, "10h"),
        (86_400, "24h"),
    ],
)
def test_a_day_cell_has_room_for_four_characters(seconds: float, text: str) -> None:
    assert cell_duration(seconds) == text


@given(st.floats(0.001, 25 * 3600))
def test_no_time_down_is_written_as_none_or_too_wide(seconds: float) -> None:
    assert len(cell_duration(seconds)) <= 4
    assert cell_duration(seconds) not in {"0m", "0.0h", "0h"}


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-11-17T08:41:10", "2026-11-17T08:41:50", "Tue 17 Nov 09:41"),
        ("2026-11-17T08:41:10", "2026-11-17T08:42:05", "between Tue 17 Nov 09:41 and 09:42"),
        ("2026-11-17T22:59:10", "2026-11-17T23:00:05", "between Tue 17 Nov 23:59 and Wed 18 Nov 00:00"),
    ],
)
def test_instants_stand_on_the_readers_clock_with_the_day_where_it_differs(first: str, last: str, text: str) -> None:
    early, late = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (first, last))

    assert between(early, late, BERLIN) == text


def test_the_clock_follows_daylight_saving() -> None:
    assert moment(datetime(2026, 7, 1, 10, tzinfo=UTC), BERLIN) == "Wed 1 Jul 12:00"
    assert moment(datetime(2026, 12, 1, 10, tzinfo=UTC), BERLIN) == "Tue 1 Dec 11:00"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        pytest.param("Alder", "Alder", id="as it is"),
        pytest.param("a\r\nBcc: x@y.z", "a Bcc: x@y.z", id="line breaks"),
        pytest.param("a\x00\x1b[31mb", "a��[31mb", id="control characters"),
        pytest.param("a\u202egnp.exe", "a�gnp.exe", id="right-to-left override"),
        pytest.param("a\u200b\ufeffb", "a��b", id="invisible"),
        pytest.param("a\ud800b", "a�b", id="lone surrogate"),
        pytest.param("Ümläut 漢字", "Ümläut 漢字", id="any script"),
        pytest.param("x" * 100, "x" * 59 + "…", id="long"),
    ],
)
def test_foreign_text_is_one_harmless_line(text: str, harmless: str) -> None:
    assert clean(text) == harmless


def test_what_was_spent_is_never_understated() -> None:
    assert usd(1234.561) == "$1,234.57"
    assert usd(0.0001) == "$0.01"


def test_an_exact_price_has_no_bounds_and_an_unknown_bill_gives_it_some() -> None:
    exact, open_ = cost(0.0602).usd_per_usable, cost(0.0904, unknown=3).usd_per_usable
    assert exact is not None
    assert open_ is not None

    assert usd_each(exact) == Shown("0.0602")
    assert usd_each(open_) == Shown("0.0904", "0.0904 to 0.0909")
    assert usd_each(estimate(0.05, 0.1)).bounds == "0.0450 to 0.0551"
