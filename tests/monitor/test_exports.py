"""Files for other programs: whole, typed, harmless, and readable back to the same rows."""

import csv
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import exports
from monitor.exports import Choice, Exported, ExportError, export
from monitor.imports import Options, load
from monitor.sheets import Column, Sheet
from monitor.store import Store, StoreError
from probes.model import COLUMNS, Sample
from tests.monitor.store.making import START, full_sample, sample

READABLE = ("csv", "jsonl", "parquet")


def snapshot_of(folder: Path, *rows: Sample) -> Path:
    with Store.open(folder / "upheld.duckdb") as store:
        store.append(rows)
        store.snapshot(folder / "snapshot.duckdb")
    return folder / "snapshot.duckdb"


def read_back(path: Path) -> list[Sample]:
    return list(load("samples")(path, Options()).samples)


@pytest.mark.parametrize("form", READABLE)
def test_what_is_exported_is_imported_as_it_was(tmp_path: Path, form: str) -> None:
    rows = [full_sample(), sample(1), sample(2, mode="adhoc", sent_at=None, outcome="not_sent", detail="budget")]
    path = tmp_path / f"out.{form}"
    assert export(snapshot_of(tmp_path, *rows), path, Choice()).rows == 3
    assert read_back(path) == rows


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text("'=+-@\t\r\n\"a,;é\u2028\x85", min_size=1, max_size=5), min_size=8, max_size=8))
def test_any_text_survives_every_form(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    rows = [sample(number, error=text, provider=text) for number, text in enumerate(texts)]
    snapshot = snapshot_of(folder, *rows)
    for form in READABLE:
        export(snapshot, folder / f"out.{form}", Choice())
        assert read_back(folder / f"out.{form}") == rows


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=8, max_size=8))
def test_any_number_survives_every_form(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    folder = tmp_path_factory.mktemp("any")
    rows = [sample(place, server_ms=number) for place, number in enumerate(numbers)]
    snapshot = snapshot_of(folder, *rows)
    for form in READABLE:
        export(snapshot, folder / f"out.{form}", Choice())
        assert [row.server_ms for row in read_back(folder / f"out.{form}")] == numbers


def test_times_are_iso_8601_with_z_and_columns_are_the_tables(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, sample())
    export(snapshot, tmp_path / "out.csv", Choice())
    with (tmp_path / "out.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert tuple(row) == COLUMNS
    assert (row["planned_at"], row["sent_at"]) == ("2026-11-22T10:00:00.000000Z", "2026-11-22T10:00:00.002000Z")
    export(snapshot, tmp_path / "out.jsonl", Choice())
    told = json.loads((tmp_path / "out.jsonl").read_text())
    assert (tuple(told), told["planned_at"], told["billed"]) == (COLUMNS, "2026-11-22T10:00:00.000000Z", None)
    export(snapshot, tmp_path / "out.parquet", Choice())
    with duckdb.connect() as con:
        described = con.execute(f"DESCRIBE FROM '{tmp_path}/out.parquet'").fetchall()
    kinds = {name: kind for name, kind, *_ in described}
    assert tuple(kinds) == COLUMNS
    assert (kinds["planned_at"], kinds["total_ms"], kinds["billed"]) == (
        "TIMESTAMP WITH TIME ZONE",
        "DOUBLE",
        "BOOLEAN",
    )


def test_rows_are_chosen_and_come_by_planned_time(tmp_path: Path) -> None:
    rows = [sample(2), sample(0), sample(1, provider="laozhang")]
    choice = Choice(since=START, until=START + timedelta(minutes=2), providers=["laozhang", "wisgate"])
    assert export(snapshot_of(tmp_path, *rows), tmp_path / "out.jsonl", choice).rows == 2
    assert [row.seq for row in read_back(tmp_path / "out.jsonl")] == [0, 1]


def test_a_spreadsheet_has_typed_cells_a_frozen_header_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert export(snapshot_of(tmp_path, full_sample(error='=HYPERLINK("http://x")')), path, Choice()).rows == 1
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
        assert not [name for name in book.namelist() if "sharedStrings" in name or "hyperlink" in name.lower()]
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert "<f>" not in sheet
    assert '<t>=HYPERLINK("http://x")</t>' in sheet
    assert 't="b"><v>1</v>' in sheet
    assert 'formatCode="yyyy\\-mm\\-dd' in styles.replace("-mm-dd", "\\-mm\\-dd")
    cells = dict(_cells(sheet))
    assert cells["L2"] == "46348.41666666666"  # planned_at: days since 1899-12-30, a number that shows as a time
    assert cells["U2"] == "8000"


def _cells(sheet: str) -> list[tuple[str, str]]:
    """Numeric cells: place and value."""
    return re.findall(r'<c r="([A-Z]+\d+)"(?: s="\d+")?><v>([^<]*)</v>', sheet)


def test_more_rows_than_a_sheet_holds_are_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_SHEET_ROWS", 1)
    snapshot = snapshot_of(tmp_path, sample(0), sample(1))
    with pytest.raises(ExportError, match=r"a spreadsheet holds 1 rows, and these are 2; export \.parquet or \.csv"):
        export(snapshot, tmp_path / "out.xlsx", Choice())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot.duckdb", "upheld.duckdb"]


def test_more_samples_than_a_sheet_holds_leave_the_other_sheets_which_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_SHEET_ROWS", 1)
    summary = Sheet(
        "summary", (Column("what", "text"), Column("value", "text"), Column("UTC", "time")), (("a", 1.0, None),)
    )
    claims = Sheet("claims", (Column("provider", "text"),), (("wisgate",),))
    snapshot = snapshot_of(tmp_path, sample(0), sample(1))

    assert export(snapshot, tmp_path / "out.xlsx", Choice(), ahead=(summary, claims)) == Exported(0, left_out=2)
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        first = book.read("xl/worksheets/sheet1.xml").decode()
    assert names == ["summary", "claims"]
    assert "<t>samples are not in this workbook</t>" in first
    assert "a spreadsheet holds 1 rows, and these are 2; export .parquet or .csv for them" in first


@pytest.mark.parametrize("name", ["out.txt", "out", ".csv.gz"])
def test_an_unknown_suffix_is_one_sentence_and_wrong_usage(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match=r"unknown suffix .*; known: \.csv, \.jsonl, \.parquet, \.xlsx") as caught:
        export(tmp_path / "none.duckdb", tmp_path / name, Choice())
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_place_that_cannot_be_written_is_one_sentence_and_the_old_file_stays(tmp_path: Path, form: str) -> None:
    snapshot = snapshot_of(tmp_path, sample())
    with pytest.raises(StoreError, match="not written: ") as caught:
        export(snapshot, tmp_path / "nowhere" / f"out.{form}", Choice())
    assert "\n" not in str(caught.value)
    (tmp_path / f"folder.{form}").mkdir()
    with pytest.raises(StoreError, match="not written: "):
        export(snapshot, tmp_path / f"folder.{form}", Choice())
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["snapshot.duckdb", "upheld.duckdb"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_no_rows_are_an_empty_table(tmp_path: Path, form: str) -> None:
    assert export(snapshot_of(tmp_path), tmp_path / f"it's.{form}", Choice()).rows == 0
    assert (tmp_path / f"it's.{form}").exists()
