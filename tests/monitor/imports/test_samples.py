"""Our own columns in any form: what is missing gets its documented default, and every fault is named at once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import duckdb
import pytest

from monitor.imports import ImportRefused, Options
from monitor.imports.samples import read
from monitor.rows import to_jsonl
from monitor.store import Store
from tests.monitor.store.making import START, full_sample, sample

HEAD = "planned_at,provider,probe,outcome,total_ms\n"
LINE = "2026-11-22T10:00:00Z,wisgate,baseline,ok,8000.5\n"


def csv_file(tmp_path: Path, text: str | bytes, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def faults(path: Path, options: Options | None = None) -> list[str]:
    with pytest.raises(ImportRefused) as caught:
        read(path, options or Options())
    return [str(fault).removeprefix(f"{path.parent}/") for fault in caught.value.faults]


def test_four_columns_are_enough_and_the_rest_has_its_default(tmp_path: Path) -> None:
    (row,) = read(csv_file(tmp_path, HEAD + LINE), Options()).samples
    assert row == replace(
        sample(),
        sample_id=row.sample_id,
        run_id=row.run_id,
        location="imported",
        model="",
        mode="imported",
        size=None,
        sent_at=START,
        lateness_ms=None,
        total_ms=8000.5,
        status=None,
        rule="imported",
        images=0,
    )
    assert (row.sample_id.version, row.run_id.version) == (7, 7)


@pytest.mark.parametrize(
    ("outcome", "attribution"),
    [("ok", "provider"), ("timeout", "provider"), ("rate_limited", "unknown"), ("connection", "unknown"),
     ("auth", "client"), ("blocked", "policy")],
)  # fmt: skip
def test_whose_doing_an_outcome_is_follows_from_it_where_the_file_does_not_say(
    tmp_path: Path, outcome: str, attribution: str
) -> None:
    (row,) = read(csv_file(tmp_path, HEAD + LINE.replace(",ok,", f",{outcome},")), Options()).samples
    assert row.attribution == attribution


def test_a_request_left_when_it_was_planned_plus_its_lateness_where_the_file_does_not_say(tmp_path: Path) -> None:
    text = "planned_at,lateness_ms,provider,probe,outcome,detail\n"
    text += "2026-11-22T10:00:00Z,1500,w,reach,ok,\n2026-11-22T10:01:00Z,,w,reach,not_sent,budget\n"
    first, second = read(csv_file(tmp_path, text), Options()).samples
    assert (first.sent_at, second.sent_at) == (START + timedelta(milliseconds=1500), None)


def test_the_provider_is_taken_from_the_rows_and_the_option_fills_in(tmp_path: Path) -> None:
    both = csv_file(tmp_path, HEAD + LINE + LINE.replace("wisgate", ""))
    rows = read(both, Options(provider="laozhang"))
    assert sorted(row.provider for row in rows.samples) == ["laozhang", "wisgate"]
    assert rows.notes == ()
    without = csv_file(tmp_path, "planned_at,probe,outcome\n2026-11-22T10:00:00Z,reach,ok\n", "without.csv")
    assert [row.provider for row in read(without, Options(provider="laozhang")).samples] == ["laozhang"]
    assert faults(without) == ["without.csv: no column provider; --provider names it for all rows"]
    named = read(csv_file(tmp_path, HEAD + LINE, "named.csv"), Options(provider="laozhang"))
    assert [row.provider for row in named.samples] == ["wisgate"]
    assert named.notes == ("--provider laozhang was not needed: every row names its provider",)


def test_importing_twice_changes_nothing_and_neither_does_the_order_of_lines(tmp_path: Path) -> None:
    lines = [LINE, LINE.replace("8000.5", "1"), LINE.replace("10:00", "09:00"), LINE.replace("wisgate", "other")]
    with Store.open(tmp_path / "upheld.duckdb") as store:
        for number, order in enumerate(list(permutations(lines))[::6]):
            rows = read(csv_file(tmp_path, HEAD + "".join(order)), Options()).samples
            assert store.append(rows) == (4 if number == 0 else 0)
            assert [row.seq for row in rows if row.provider == "wisgate"] == [0, 1, 2]


def test_rows_without_an_id_that_say_the_same_are_as_many_requests(tmp_path: Path) -> None:
    refused = LINE.replace(",ok,8000.5", ",rate_limited,")
    rows = read(csv_file(tmp_path, HEAD + refused * 3), Options()).samples
    assert len({row.sample_id for row in rows}) == 3
    again = read(csv_file(tmp_path, HEAD + refused * 4), Options()).samples
    assert len({row.sample_id for row in (*rows, *again)}) == 4


def test_rows_of_one_given_id_are_one_row_or_a_conflict(tmp_path: Path) -> None:
    one, other = to_jsonl([sample(1)]), to_jsonl([sample(1, provider="other")])
    twice = read(csv_file(tmp_path, one + one, "twice.jsonl"), Options())
    assert (len(twice.samples), twice.notes) == (1, ("1 rows stand there twice and count once",))
    assert faults(csv_file(tmp_path, one + other, "two.jsonl")) == [
        "two.jsonl, line 2, sample_id: line 1 says something else of the same sample_id"
    ]


def test_runs_are_days_of_a_probe_of_a_provider_where_the_file_names_none(tmp_path: Path) -> None:
    text = HEAD + LINE + LINE.replace("T10", "T23") + LINE.replace("22T", "23T") + LINE.replace("wisgate", "other")
    rows = read(csv_file(tmp_path, text), Options()).samples
    runs = {(row.provider, row.planned_at.day): row.run_id for row in rows}
    assert len(runs) == len(set(runs.values())) == 3


def test_every_line_that_cannot_be_read_is_named_with_its_column_and_nothing_is_imported(tmp_path: Path) -> None:
    text = (
        "planned_at,provider,probe,outcome,total_ms,totl_ms\n"
        + LINE.strip() + ",\n"
        + "2026-11-22T10:00:00,wisgate,brust,fine,-1,\n"
        + "\n"
        + "2026-11-22T10:00:00Z,wisgate,reach\n"
        + '2026-11-22T10:00:00Z,"wis\ngate",reach,ok,-1,\n'
        + '2026-11-22T10:00:00Z,"x"y,reach,ok,1,\n'
        + "2026-11-22T10:00:00Z,,reach,ok,1e999,\n"
    )  # fmt: skip
    assert [fault.partition(";")[0] for fault in faults(csv_file(tmp_path, text))] == [
        "rows.csv, line 1, totl_ms: unknown column",
        "rows.csv, line 3, probe: 'brust' is not known",
        "rows.csv, line 3, planned_at: 2026-11-22T10:00:00 has no zone",
        "rows.csv, line 3, outcome: 'fine' is not known",
        "rows.csv, line 5: 3 cells, but 6 columns",
        "rows.csv, line 6, total_ms: -1.0 is negative",
        "rows.csv, line 8: ',' expected after '\"'",
        "rows.csv, line 9, provider: missing",
        "rows.csv, line 9, total_ms: '1e999' is no finite number",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "rows.csv: empty; the first line names the columns"),
        (b"planned_at;provider\n1;2\n", "rows.csv, line 1: columns are not separated by commas"),
        (HEAD.encode() + b"\xe9\n", "rows.csv, line 2: no UTF-8 text"),
        (HEAD.encode(), "rows.csv: no rows"),
        (HEAD.replace("total_ms", "outcome").encode(), "rows.csv, line 1, outcome: named twice"),
        (HEAD.replace("total_ms", "").encode(), "rows.csv, line 1: a column without a name"),
        (HEAD.encode() + b'x,"never closed\n', "rows.csv, line 2: unexpected end of data"),
    ],
)
def test_a_file_that_is_no_such_table_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    assert faults(csv_file(tmp_path, content))[0] == says


def test_columns_that_are_needed_and_absent_are_named_once(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "planned_at,total_ms\n" + "2026-11-22T10:00:00Z,x\n" * 3)
    assert faults(path) == [
        "rows.csv: no column provider; --provider names it for all rows",
        "rows.csv: no column probe",
        "rows.csv: no column outcome",
        *(f"rows.csv, line {line}, total_ms: 'x' is no number" for line in (2, 3, 4)),
    ]


def test_what_excel_makes_of_a_csv_file_is_read(tmp_path: Path) -> None:
    text = "\ufeff" + (HEAD.strip() + ",billed\n" + LINE.strip() + ",TRUE\n").replace("\n", "\r\n")
    (row,) = read(csv_file(tmp_path, text), Options()).samples
    assert (row.billed, row.planned_at) == (True, START)


def test_json_lines_are_read_and_their_faults_named(tmp_path: Path) -> None:
    good = to_jsonl([full_sample()])
    path = csv_file(tmp_path, good + "\n" + good.replace("fra-1", "fra-2").replace("wisgate", ""), "rows.jsonl")
    assert faults(path)[0] == "rows.jsonl, line 3, provider: missing"
    path = csv_file(tmp_path, good + "[1]\n{oops\n" + json.dumps({"colour": 1, "total_ms": True}) + "\n", "rows.jsonl")
    found = faults(path)
    assert found[0] == "rows.jsonl, line 2: no JSON object"
    assert found[1].startswith("rows.jsonl, line 3: no JSON: ")
    assert found[2] == "rows.jsonl, line 4, colour: unknown column"
    assert "rows.jsonl, line 4, total_ms: True is no number" in found
    (row,) = read(csv_file(tmp_path, good, "rows.ndjson"), Options()).samples
    assert row == full_sample()


def parquet(tmp_path: Path, select: str) -> Path:
    path = tmp_path / "rows.parquet"
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"COPY (SELECT {select}) TO '{path}' (FORMAT parquet)")
    return path


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        "TIMESTAMPTZ '2026-11-22 10:00:00.000001Z' planned_at, 'wisgate' provider, 'reach' probe, 'ok' outcome,"
        " 12.5::DECIMAL(10, 2) total_ms, 200::SMALLINT status, uuid() run_id, true billed, NULL::VARCHAR size",
    )
    (row,) = read(path, Options()).samples
    assert row.planned_at == datetime(2026, 11, 22, 10, 0, 0, 1, tzinfo=UTC)
    assert (row.total_ms, row.status, row.billed, row.size) == (12.5, 200, True, None)


def test_parquet_times_without_a_zone_and_unknown_columns_are_named_and_so_are_bad_rows(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        "TIMESTAMP '2026-11-22 10:00:00' planned_at, 'wisgate' provider, 'reach' probe, 'fine' outcome, 1 totl_ms",
    )
    assert [fault.partition(";")[0] for fault in faults(path)] == [
        "rows.parquet, totl_ms: unknown column",
        "rows.parquet, planned_at: times without a zone",
        "rows.parquet, row 1, outcome: 'fine' is not known",
    ]


def test_what_is_no_parquet_file_is_named(tmp_path: Path) -> None:
    (says,) = faults(csv_file(tmp_path, b"PAR1 junk PAR1", "rows.parquet"))
    assert says.startswith("rows.parquet: no Parquet file: ")


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.json"])
def test_an_unknown_suffix_is_one_sentence(tmp_path: Path, name: str) -> None:
    (says,) = faults(csv_file(tmp_path, HEAD + LINE, name))
    assert "known: .csv, .jsonl, .ndjson, .parquet" in says


@pytest.mark.parametrize("change", [lambda row: row, lambda row: replace(row, server_ms=-5.0, retry_after_s=-1.0)])
def test_whatever_a_provider_said_of_itself_can_be_imported_again(
    tmp_path: Path, change: Callable[[object], object]
) -> None:
    row = change(full_sample())
    path = csv_file(tmp_path, to_jsonl([row]), "rows.jsonl")  # type: ignore[list-item]  # a sample
    assert list(read(path, Options()).samples) == [row]
