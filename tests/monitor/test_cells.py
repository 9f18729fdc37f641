"""Guarded cells: nothing that a spreadsheet would run gets through, and everything comes back as it was."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.cells import SQL_PATTERN, guard, unguard

TRICKY = st.text(alphabet="'=+-@\t\r\nax", max_size=6)


@given(st.text() | TRICKY)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert unguard(guard(text)) == text


@given(st.text() | TRICKY)
def test_no_guarded_text_begins_as_a_formula(text: str) -> None:
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\r=x", "'\r=x"),
        ("'=x", "''=x"),
        ("'quoted'", "'quoted'"),
        ("1-1", "1-1"),
        (" =x", " =x"),
        ("", ""),
    ],
)
def test_only_what_needs_it_is_guarded(text: str, cell: str) -> None:
    assert guard(text) == cell


@settings(max_examples=5)
@given(st.lists(TRICKY, min_size=50, max_size=200))
def test_the_database_guards_the_same_texts(texts: list[str]) -> None:
    with duckdb.connect() as con:
        found = con.execute("SELECT regexp_matches(unnest(?), ?)", [texts, SQL_PATTERN]).fetchall()
    assert [matches for (matches,) in found] == [guard(text) != text for text in texts]
