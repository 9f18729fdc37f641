"""Tables on terminals of any width: text may be folded, a number is never cut."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from monitor.cli.tables import Drawing, plain_lines

COLUMNS = ["provider", "uptime %", "95 %", "why"]
ROW = ["aurora", "99.990", "92.111 to 100", "down for 1.0 of 10,080 min known; 6 min unknown"]


def drawn(width: int, rows: list[list[str]], columns: list[str] = COLUMNS) -> str:
    file = io.StringIO()
    Drawing("Title", columns, rows, columns[1:3]).draw(
        Console(file=file, width=width, force_terminal=True, color_system=None)
    )
    return file.getvalue()


def test_a_table_that_fits_is_a_table() -> None:
    text = drawn(80, [ROW])

    assert "────" in text
    assert re.search(r"aurora +99\.990 +92\.111 to 100 +down for 1\.0 of", text)


def test_one_that_does_not_fit_is_a_paragraph_for_each_row() -> None:
    lines = [line.rstrip() for line in drawn(50, [ROW]).splitlines()]

    assert lines == [
        "Title",
        "aurora",
        "  uptime % 99.990, 95 % 92.111 to 100",
        "  why down for 1.0 of 10,080 min known; 6 min",
        "  unknown",
    ]


def test_a_number_and_its_name_stay_on_one_line_and_a_heading_stands_once() -> None:
    rows = [["aurora", "99.990", "92.111 to 100", "x"], ["aurora", "98.889", "93.9 to 99.8", "y"]]
    lines = [line.rstrip() for line in drawn(30, rows).splitlines()]

    assert lines == [
        "Title",
        "aurora",
        "  uptime % 99.990,",
        "  95 % 92.111 to 100, why x",
        "  uptime % 98.889,",
        "  95 % 93.9 to 99.8, why y",
    ]


def test_names_and_what_they_stand_for_are_a_table_on_a_narrow_terminal_too() -> None:
    file = io.StringIO()
    rows = [["planned", "12"], ["p95 of successes", "not bounded by n=3, as it takes 59"]]
    Drawing("T", ["", ""], rows, []).draw(Console(file=file, width=40, force_terminal=True, color_system=None))

    assert [line.rstrip() for line in file.getvalue().splitlines()][-3:] == [
        "planned            12",
        "p95 of successes   not bounded by n=3,",
        "                   as it takes 59",
    ]


def test_an_empty_cell_is_left_out_of_a_paragraph() -> None:
    assert "95" not in drawn(30, [["aurora", "99.990", "", "x"]])


@given(
    numbers=st.lists(st.decimals(0, 10**9, places=3), min_size=1, max_size=6),
    width=st.integers(20, 140),
    why=st.text("abc de", max_size=80),
)
def test_every_digit_is_shown_at_every_width(numbers: list[object], width: int, why: str) -> None:
    text = drawn(width, [["provider", f"{number:,}", f"{number} to {number}", why] for number in numbers])

    for number in numbers:
        assert f"{number:,}" in text
        assert max(len(line.rstrip()) for line in text.splitlines()) <= max(width, 40)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_markup_of_ours_is_drawn_and_not_counted(width: int) -> None:
    text = drawn(width, [["[bold]aurora[/bold]", "[red]99.990[/red]", "1", "short"]])

    assert "[" not in text
    assert "99.990" in text


def test_in_a_pipe_width_does_not_matter() -> None:
    assert plain_lines("Title", ["a", "b"], [["x", "1"], ["[b]yy[/b]", "10"]], ["b"]) == [
        "Title",
        "a    b",
        "x    1",
        "yy  10",
    ]
