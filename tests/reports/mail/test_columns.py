from hypothesis import given
from hypothesis import strategies as st

from reports.mail.columns import WIDTH, days_table, figures_table, table, width, wrap
from reports.mail.page import Cell, Row
from reports.words import Shown

WORDS = st.text(st.characters(exclude_categories=["C"]), max_size=200)


@given(WORDS, st.sampled_from(["", "  ", "   "]))
def test_no_line_is_wider_than_78_columns_and_no_character_is_lost(text: str, indent: str) -> None:
    wrapped = wrap(text, indent)

    assert all(width(line) <= WIDTH for line in wrapped.split("\n"))
    assert "".join(wrapped.split()) == "".join(text.split())


def test_an_address_is_never_broken() -> None:
    address = "https://status.example.org/" + "x" * 90

    assert wrap(f"Status: {address}") == f"Status:\n{address}"


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert width("Alder") == 5
    assert width("漢字") == 4
    assert width("e\u0301") == 1


def test_columns_are_aligned_and_a_long_name_stands_above_its_row() -> None:
    assert table(
        [("Provider", "State", "Mo"), ("漢字", "serving", "ok"), ("a-very-long-provider-name", "DOWN", "19m")]
    ) == (
        "Provider          State    Mo\n"
        "漢字              serving  ok\n"
        "a-very-long-provider-name\n"
        "                  DOWN     19m"
    )


def test_the_widest_possible_rows_still_fit() -> None:
    cells = tuple(Cell(day, "unknown", ("99m ?",), "9.9h?") for day in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"))
    row = Row(
        name="x" * 60,
        href=None,
        state="serving",
        counted="10,690 of 10,690 images",
        uptime=Shown("no outage seen", "99.9995 to 99.9999"),
        p95=Shown("not bounded"),
        p95_of="reach, n 10,690",
        usable=Shown("0.1347", "0.1340 to 0.1355"),
        cells=cells,
    )

    lines = (days_table([row]) + "\n" + figures_table([row])).split("\n")
    assert max(map(width, lines)) <= WIDTH
