from dataclasses import replace
from datetime import date

import pytest

from monitor.judge.result import Day
from reports.mail.page import Cell
from reports.mail.rows import cells, main_size, row, whole
from reports.words import Shown
from tests.reports.mail.made import WEEK, availability, cost, days, judgement, latency, provider

SUNDAY = date(2026, 11, 22)


def monday(
    up_s: float = 0.0, down_s: float = 0.0, unknown_s: float = 0.0, excluded_s: float = 0.0, **more: bool
) -> Day:
    return Day(date(2026, 11, 16), up_s, down_s, 0.0, unknown_s, excluded_s, observed=more.get("observed", True))


@pytest.mark.parametrize(
    ("day", "kind", "text", "short"),
    [
        pytest.param(monday(86_400), "ok", ("ok",), "ok", id="up"),
        pytest.param(monday(86_341, unknown_s=59), "ok", ("ok",), "ok", id="less than a minute unknown"),
        pytest.param(monday(86_340, unknown_s=60), "part", ("ok", "1m ?"), "1m?", id="a minute unknown is not up"),
        pytest.param(monday(40_000, unknown_s=46_400), "unknown", ("13h ?",), "13h?", id="mostly unknown"),
        pytest.param(monday(unknown_s=86_400), "unknown", ("unknown",), "?", id="all unknown"),
        pytest.param(monday(86_399, down_s=1), "down", ("<1m",), "<1m", id="a second down"),
        pytest.param(monday(85_260, down_s=1140), "down", ("19m",), "19m", id="minutes down"),
        pytest.param(monday(0, down_s=86_400), "down", ("24h",), "24h", id="down all day"),
        pytest.param(
            monday(75_000, down_s=1140, unknown_s=10_300), "down", ("19m", "2.9h ?"), "19m", id="down and unknown"
        ),
        pytest.param(monday(excluded_s=86_400), "excluded", ("maint.",), "mnt", id="maintenance all day"),
        pytest.param(monday(80_000, excluded_s=6400), "ok", ("ok",), "ok", id="some maintenance"),
        pytest.param(monday(observed=False), "none", ("no data",), "-", id="nothing observed"),
        pytest.param(None, "none", ("no data",), "-", id="not even a day"),
    ],
)
def test_a_day_is_ok_down_unknown_or_without_data(
    day: Day | None, kind: str, text: tuple[str, ...], short: str
) -> None:
    assert cells([day] if day else [], WEEK, SUNDAY)[0] == Cell("Mo", kind, text, short)


def test_days_to_come_are_ahead_and_not_without_data() -> None:
    kinds = [cell.kind for cell in cells(days()[:4], WEEK, date(2026, 11, 19))]

    assert kinds == ["ok"] * 4 + ["ahead"] * 3


def test_a_day_that_was_watched_from_noon_on_is_half_unknown() -> None:
    (day,) = whole([monday(43_200)], SUNDAY)

    assert cells([day], WEEK, SUNDAY)[0].text == ("12h ?",)
    assert whole([monday(43_200)], day.day) == [monday(43_200)], "the day that still runs misses nothing"


def test_days_of_other_weeks_are_left_out() -> None:
    other = replace(days({0: 600.0})[0], day=date(2026, 11, 9))

    assert [cell.kind for cell in cells([other, *days()], WEEK, SUNDAY)] == ["ok"] * 7


@pytest.mark.parametrize(
    ("sizes", "main"),
    [
        (("2K", "1K", "reach"), "1K"),
        (("4K", "reach"), "4K"),
        (("reach",), "reach"),
        ((), None),
    ],
)
def test_the_wait_is_that_of_1k_images_else_of_the_commonest_size(sizes: tuple[str, ...], main: str | None) -> None:
    assert main_size({size: latency() for size in sizes}) == main


def test_a_percentile_that_its_sample_cannot_bound_is_not_printed() -> None:
    judged = judgement({"Alder": provider(latency_ms={"1K": latency(None, n=41)})})
    made = row(judged, "Alder", (), WEEK, SUNDAY, None)

    assert made.p95 == Shown("not bounded", known=False)
    assert made.p95_of == "1K, n 41"


def test_money_without_an_image_is_shown_as_such() -> None:
    spent = replace(cost(0.06), spent_usd=3.48, usable=0, usd_per_usable=None)
    judged = judgement({"Alder": provider(cost=spent)})

    assert row(judged, "Alder", (), WEEK, SUNDAY, None).usable == Shown("no image", "for $3.48", known=False)


def test_a_provider_without_a_row_was_not_observed() -> None:
    silent = provider(samples=0, availability=availability(0.0, 7 * 86_400.0, 0, 0), latency_ms={}, days=())
    made = row(judgement({"Gum": silent}), "Gum", (), WEEK, SUNDAY, None)

    assert made.uptime == Shown("not observed", known=False)
    assert made.p95 == Shown("not probed", known=False)
    assert {cell.kind for cell in made.cells} == {"none"}
