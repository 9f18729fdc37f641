"""A workbook for people: sheets in reading order, typed cells, headers that stay, and text that is never run."""

import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import unescape

import pytest

from monitor.claim_terms import TERMS
from monitor.sheets import UNITS, Column, Sheet, Value, sheets
from monitor.workbook import writing
from tests.reports import build

FOUR = build.four()
NAMES = ["summary", "comparison", "claims", "incidents"]


def written(tmp_path: Path, judgement: object = FOUR) -> dict[str, str]:
    """The XML of each sheet by its name."""
    with writing(tmp_path / "report.xlsx") as book:
        for sheet in sheets(judgement):  # type: ignore[arg-type]  # a judgement
            book.add(sheet)
    with zipfile.ZipFile(tmp_path / "report.xlsx") as book_:
        names = re.findall(r'<sheet name="([^"]+)"', book_.read("xl/workbook.xml").decode())
        return {name: book_.read(f"xl/worksheets/sheet{n}.xml").decode() for n, name in enumerate(names, 1)}


def texts(xml: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<t(?: [^>]*)?>([^<]*)</t>", xml)]


def test_sheets_come_in_reading_order_and_each_row_fills_its_columns() -> None:
    found = sheets(FOUR)
    assert [sheet.name for sheet in found] == NAMES
    assert all(len(row) == len(sheet.columns) for sheet in found for row in sheet.rows)
    assert all(len({column.head for column in sheet.columns}) == len(sheet.columns) for sheet in found)


def test_every_sheet_keeps_its_header_and_first_column_in_sight(tmp_path: Path) -> None:
    for xml in written(tmp_path).values():
        assert '<pane xSplit="1" ySplit="1" topLeftCell="B2"' in xml
        assert "<autoFilter " in xml


def test_each_claim_and_each_incident_is_a_row() -> None:
    by_name = {sheet.name: sheet for sheet in sheets(FOUR)}
    said = FOUR.providers.values()
    assert len(by_name["claims"].rows) == sum(len(each.claims) for each in said)
    assert len(by_name["incidents"].rows) == sum(len(each.incidents) for each in said)
    assert [row[2] for row in by_name["incidents"].rows] == sorted(row[2] for row in by_name["incidents"].rows)  # type: ignore[type-var]  # times


def test_numbers_are_numbers_and_times_are_dates(tmp_path: Path) -> None:
    xml = written(tmp_path)
    assert re.search(r'<c r="D2" s="\d+"><v>0\.99\d+</v></c>', xml["comparison"])  # uptime of the first provider
    days = (FOUR.since - datetime(1899, 12, 30, tzinfo=UTC)).total_seconds() / 86_400
    assert re.search(rf'<c r="C3" s="\d+"><v>{int(days)}\.4166', xml["summary"])


def test_a_promise_that_is_a_number_is_a_number(tmp_path: Path) -> None:
    claims = next(sheet for sheet in sheets(FOUR) if sheet.name == "claims")
    place = [column.head for column in claims.columns].index("promised")
    kinds = {type(row[place]) for row in claims.rows}

    assert kinds <= {float, int, str}
    assert kinds & {float, int}
    assert "yes" in {row[place] for row in claims.rows}
    assert re.search(r'<c r="F\d+"><v>[\d.]+</v></c>', written(tmp_path)["claims"])


def test_an_estimate_says_what_it_is_in() -> None:
    claims = next(sheet for sheet in sheets(FOUR) if sheet.name == "claims")
    heads = [column.head for column in claims.columns]
    units = {row[heads.index("promise")]: row[heads.index("in")] for row in claims.rows}
    assert (units["uptime"], units["rpm"]) == ("share of time or requests", "requests a minute")
    assert set(UNITS) == set(TERMS)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "<t>0001-01-01T00:00:00.000Z</t>"),
        (datetime(1900, 2, 28, 12, tzinfo=UTC), "<t>1900-02-28T12:00:00.000Z</t>"),
        (datetime(1900, 3, 1, tzinfo=UTC), "<v>61</v>"),
        (date(1850, 5, 6), "<t>1850-05-06</t>"),
        (date(2026, 11, 22), "<v>46348</v>"),
        ("x" * 32_767, f"<t>{'x' * 32_767}</t>"),
        ("x" * 32_768, f"<t>{'x' * 32_766}…</t>"),
    ],
    ids=["year 1", "before the first day", "first day", "an old day", "a day", "longest text", "longer"],
)
def test_what_a_cell_cannot_hold_is_no_broken_cell(tmp_path: Path, value: Value, cell: str) -> None:
    with writing(tmp_path / "one.xlsx") as book:
        book.add(Sheet("one", (Column("what", "time"),), ((value,),)))
    with zipfile.ZipFile(tmp_path / "one.xlsx") as opened:
        assert cell in opened.read("xl/worksheets/sheet1.xml").decode()
    assert [path.name for path in tmp_path.iterdir()] == ["one.xlsx"]


def test_every_part_of_the_workbook_is_well_formed(tmp_path: Path) -> None:
    written(tmp_path, build.hostile())
    with zipfile.ZipFile(tmp_path / "report.xlsx") as book:
        assert book.testzip() is None
        for name in book.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(book.read(name))


def test_what_is_not_known_is_an_empty_cell_and_never_a_zero() -> None:
    comparison = next(sheet for sheet in sheets(build.judgement({"A": build.unseen()})) if sheet.name == "comparison")
    place = [column.head for column in comparison.columns].index("uptime")
    assert comparison.rows[0][place] is None


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    evil = "=cmd|' /C calc'!A0"
    provider = build.provider(incidents=(build.incident(9, 15, "07:20", 12, evil),), model="@SUM(1)")
    xml = written(tmp_path, build.judgement({"=1+1": replace(provider, claims=())}))
    assert not any("<f>" in sheet for sheet in xml.values())
    assert evil in texts(xml["incidents"])
    assert {"=1+1", "@SUM(1)"} <= set(texts(xml["comparison"]))


def test_a_simulation_says_so_on_the_first_sheet() -> None:
    rows = sheets(build.simulated())[0].rows
    assert rows[0][:2] == ("simulated", "yes: providers that we run ourselves")
