"""Numbers and dates of a locale, in finished text: all of them or none, and nothing that only looks like one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.locales import ENGLISH, STYLES
from reports import localised, render
from tests.reports import build

GERMAN, AMERICAN, SWISS, FRENCH = (STYLES[tag] for tag in ("de-DE", "en-US", "de-CH", "fr-FR"))
ONE_LINE = "1,234.5 of 12,345,678 requests, 99.95 (98.1 to 100.00) %, $1.20, -0.5 s, 2.4h, n=1,234."


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en-GB", ONE_LINE),
        ("de-DE", "1.234,5 of 12.345.678 requests, 99,95 (98,1 to 100,00) %, $1,20, -0,5 s, 2,4h, n=1.234."),
        ("de-CH", "1’234.5 of 12’345’678 requests, 99.95 (98.1 to 100.00) %, $1.20, -0.5 s, 2.4h, n=1’234."),
        ("fr-FR", "1 234,5 of 12 345 678 requests, 99,95 (98,1 to 100,00) %, $1,20, -0,5 s, 2,4h, n=1 234."),
    ],
)
def test_numbers_are_written_as_the_locale_does(tag: str, said: str) -> None:
    assert localised.text(ONE_LINE, STYLES[tag]).replace("\N{NARROW NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    "same",
    [
        "12 of 30, 1, 2 and 3; week 47",
        "127.0.0.1:8080 and 10.0.0.1",
        "Upheld 0.1.0",
        "gemini-2.5-flash, v1.5, gpt-image-1.5",
        "https://example.org/v1.2/x?p=1.5",
        "2026-11-22T10:00:00.123Z",
        "09:41 to 10:15",
        "a@1.5.example",
    ],
)
def test_what_only_looks_like_a_number_stays(same: str) -> None:
    assert localised.text(same, GERMAN) == same


def test_names_of_others_stay_as_they_are_written() -> None:
    names = {"Imagen 3.5", "A <1.5>"}
    assert localised.text("Imagen 3.5: 3.5 s", GERMAN, names) == "Imagen 3.5: 3,5 s"
    assert localised.page("<b>A &lt;1.5&gt;</b> 1.5", GERMAN, names) == "<b>A &lt;1.5&gt;</b> 1,5"


@pytest.mark.parametrize(
    ("composed", "said"),
    [
        ("22 Nov 2026, 10:00 UTC", "Nov 22, 2026, 10:00 UTC"),
        ("between Tue 17 Nov 09:41 and 09:42", "between Tue Nov 17 09:41 and 09:42"),
        ("week 47, 16 to 22 Nov 2026", "week 47, Nov 16 to 22, 2026"),
        ("30 Dec 2026 to 3 Jan 2027", "Dec 30, 2026 to Jan 3, 2027"),
    ],
)
def test_the_month_comes_first_where_it_does(composed: str, said: str) -> None:
    assert localised.text(composed, AMERICAN) == said
    assert localised.text(composed, GERMAN) == composed


def test_in_html_what_is_read_changes_and_what_is_run_linked_or_drawn_does_not() -> None:
    composed = (
        '<a href="x-1.5.html" title="1.5 s">1,234.5</a><svg><path d="M1.5 2.5L3,400"/><text x="1.5">1.5</text></svg>'
        '<script type="application/json">{"x": [1.5]}</script><style>a{margin:1.5em}</style><code>1.5</code>&#39;'
    )
    assert localised.page(composed, GERMAN) == (
        '<a href="x-1.5.html" title="1,5 s">1.234,5</a><svg><path d="M1.5 2.5L3,400"/><text x="1.5">1,5</text></svg>'
        '<script type="application/json">{"x": [1.5]}</script><style>a{margin:1.5em}</style><code>1.5</code>&#39;'
    )


@given(st.floats(0, 1e12), st.integers(0, 4), st.sampled_from(sorted(set(STYLES) - {"en"})))
def test_a_number_is_the_same_number_afterwards(value: float, places: int, tag: str) -> None:
    style = STYLES[tag]
    said = localised.text(f"{value:,.{places}f}", style)
    digits = said.replace(style.group, "").replace(style.decimal, ".") if style.group != style.decimal else said
    assert digits == f"{value:.{places}f}"


def test_a_whole_site_has_no_number_of_another_style_and_machines_read_the_same() -> None:
    judgement = build.four()
    english, german = render.pages(judgement), render.pages(judgement, style=GERMAN)
    assert {name for name in english if english[name] != german[name]} <= {
        name for name in english if name.endswith((".html", ".svg"))
    }
    for name in ("index.html", "compare.html", "claims.html"):
        page = german[name].decode()
        assert re.search(r">[^<]*\d,\d\d[^<]*<", page), name
        assert len(page) == len(english[name].decode()), name  # a character for a character


def test_what_somebody_else_said_is_quoted_as_they_wrote_it() -> None:
    site = render.pages(build.four(), style=STYLES["de-DE"])["claims.html"].decode()
    assert "<q>“$0.058 per image, any size”</q>" in site
    assert "at most $0,058 per image" in site


def test_english_is_left_alone() -> None:
    assert localised.page(ONE_LINE, ENGLISH) is ONE_LINE
