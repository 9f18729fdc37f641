"""`upheld import` and `upheld export`: what they print, how they end, and that nothing half-done stays."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.store import Store, Writer, read_published, snapshot_for_reading
from tests.monitor.store.making import sample

ROWS = (
    "planned_at,provider,probe,outcome\n"
    "2026-11-21T10:00:00Z,wisgate,reach,ok\n2026-11-22T10:00:00Z,wisgate,reach,timeout\n"
)
CHECKS = "commit,time_utc,slug,status,http_code,response_ms\na,2026-08-10T07:25:43Z,openai,up,401,92\n"
SUMMARY = '[{"slug": "openai", "time": 611}]'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a configuration and files to import."""
    (tmp_path / "upheld.toml").write_text('[service]\ndata_dir = "data"\nlocation = "fra-1"\n')
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "upptime").mkdir()
    (tmp_path / "upptime" / "checks.csv").write_text(CHECKS)
    (tmp_path / "upptime" / "summary.json").write_text(SUMMARY)
    return tmp_path


def upheld(place: Path, command: str, *args: str) -> Result:
    arguments = [command, "--config", str(place / "upheld.toml"), *args]
    return CliRunner().invoke(main, arguments, env={"NO_COLOR": "1"})


def stored(place: Path) -> int:
    if not (place / "data").exists():
        return 0
    with Store.open(place / "data" / "upheld.duckdb") as store:
        return store.count()


def test_an_import_says_what_came_and_what_was_there_before(place: Path) -> None:
    first = upheld(place, "import", "samples", str(place / "rows.csv"))
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout == "2 rows of wisgate, 2026-11-21 to 2026-11-22: 2 new, 0 already there\n"
    again = upheld(place, "import", "samples", str(place / "rows.csv"))
    assert again.stdout == "2 rows of wisgate, 2026-11-21 to 2026-11-22: 0 new, 2 already there\n"


def test_an_import_tells_machines_the_same(place: Path) -> None:
    result = upheld(place, "import", "upptime", str(place / "upptime"), "--provider", "open-ai", "--json")
    assert json.loads(result.stdout) == {
        "format": "upptime",
        "path": str(place / "upptime"),
        "rows": 1,
        "new": 1,
        "spool": None,
        "providers": ["open-ai"],
        "first": "2026-08-10T07:25:43Z",
        "last": "2026-08-10T07:25:43Z",
        "published": 1,
        "notes": [],
    }
    snapshot = snapshot_for_reading(place / "data")
    assert read_published(snapshot.path) == {"open-ai": {"mean response time": "611 ms"}}


def test_rows_from_the_future_are_refused_and_nothing_is_stored(place: Path) -> None:
    (place / "rows.csv").write_text(ROWS + "2099-01-01T00:00:00Z,wisgate,reach,ok\n")
    result = upheld(place, "import", "samples", str(place / "rows.csv"))
    assert (result.exit_code, stored(place)) == (3, 0)
    assert "1 row lies in the future, the last at 2099-01-01T00:00:00Z; nothing is stored" in result.stderr


def test_damaged_lines_are_all_named_and_nothing_is_stored(place: Path) -> None:
    (place / "rows.csv").write_text(ROWS.replace("wisgate,reach,ok", "wisgate,raech,fine"))
    result = upheld(place, "import", "samples", str(place / "rows.csv"))
    assert (result.exit_code, result.stdout) == (3, "")
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"upheld: {place}/rows.csv, line 2, probe: 'raech' is not known; nearest known: reach")
    assert lines[1].startswith(f"{place}/rows.csv, line 2, outcome: 'fine' is not known")
    assert lines[2:] == ["2 faults; nothing was stored"]
    assert not (place / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sampels", "rows.csv"), "upheld: no format 'sampels'; known: llmperf, samples, upptime"),
        (("samples", "nowhere.csv"), "nowhere.csv' does not exist"),
        (("samples", "rows.csv", "--at", "yesterday"), "'yesterday' is no moment; write for example"),
    ],
)
def test_wrong_usage_is_one_sentence(place: Path, arguments: tuple[str, ...], says: str) -> None:
    form, file, *more = arguments
    result = upheld(place, "import", form, str(place / file), *more)
    assert result.exit_code == 2
    assert says in result.stderr
    assert stored(place) == 0


def test_while_a_service_owns_the_store_rows_are_left_for_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.import_.READERS_S", 0.0)
    writer = Writer.start(place / "data" / "upheld.duckdb", flush_s=60)
    result = upheld(place, "import", "upptime", str(place / "upptime"))
    assert result.exit_code == 0
    assert result.stdout == (
        f"1 rows of openai, 2026-08-10 to 2026-08-10: left in {place}/data/spool for the service that owns the store;"
        " it stores them within seconds\n"
    )
    writer.stop_sync()
    snapshot = snapshot_for_reading(place / "data")  # whoever opens the store next takes them as well
    assert stored(place) == 1
    assert read_published(snapshot.path) == {"openai": {"mean response time": "611 ms"}}


def test_a_damaged_store_is_one_sentence(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "upheld.duckdb").write_bytes(b"junk")
    for arguments in (("import", "samples", str(place / "rows.csv")), ("export", str(place / "out.csv"))):
        result = upheld(place, *arguments)
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (3, "", 1)
        assert "not a database that this version reads" in result.stderr
    assert not (place / "out.csv").exists()


def test_an_export_says_how_many_rows_it_wrote(place: Path) -> None:
    upheld(place, "import", "samples", str(place / "rows.csv"))
    result = upheld(place, "export", str(place / "out.jsonl"), "--since", "2026-11-22", "--provider", "wisgate")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"1 rows in {place}/out.jsonl\n", "")
    assert [json.loads(line)["outcome"] for line in (place / "out.jsonl").read_text().splitlines()] == ["timeout"]
    told = json.loads(upheld(place, "export", str(place / "out.csv"), "--until", "2026-11-22", "--json").stdout)
    assert (told["rows"], told["fresh"], told["path"]) == (1, True, str(place / "out.csv"))


def test_an_export_beside_a_running_service_says_of_when_its_rows_are(place: Path) -> None:
    with Store.open(place / "data" / "upheld.duckdb") as store:
        store.append([sample(1)])
        store.snapshot(place / "data" / "snapshot.duckdb")
        store.append([sample(2)])
        result = upheld(place, "export", str(place / "out.csv"))
    assert (result.exit_code, result.stdout) == (0, f"1 rows in {place}/out.csv\n")
    assert result.stderr.startswith("the store is in use: rows as of 20")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("out.txt",), 2, "unknown suffix .txt; known: .csv, .jsonl, .parquet, .xlsx"),
        (("out.csv", "--since", "2026-11-22T10:00:00"), 2, "no zone; append Z if it is UTC"),
        (("out.csv",), 3, "no samples yet; `upheld probe`, `upheld run` or `upheld import` makes them"),
    ],
)
def test_an_export_that_cannot_be_is_one_sentence_and_leaves_nothing(
    place: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    name, *more = arguments
    before = sorted(path.name for path in place.iterdir())
    result = upheld(place, "export", str(place / name), *more)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert sorted(path.name for path in place.iterdir()) == before
