"""What a careless user types: one clear sentence, the right exit code, and nothing half-written."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.cli.common import say
from monitor.store import Store, snapshot_for_reading
from tests.monitor.configs import ONE
from tests.monitor.store.making import sample

STORE = "data/upheld.duckdb"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and a store of three rows; the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    Path("upheld.toml").write_text(ONE, encoding="utf-8")
    with Store.open(tmp_path / STORE) as store:
        store.append([sample(number) for number in range(3)])
    return tmp_path


def upheld(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != "snapshot.duckdb")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("judge --since 2026-11-20 --until 2026-11-10", 2, "--since 2026-11-20 is not before --until 2026-11-10"),
        ("report --since 2026-11-20 --until 2026-11-10", 2, "--since 2026-11-20 is not before --until 2026-11-10"),
        ("export x.csv --since 2026-11-20 --until 2026-11-10", 2, "--since 2026-11-20 is not before --until 2026-"),
        ("judge --since 2999-01-01", 2, "--since 2999-01-01 has not come yet"),
        ("report --since 2999-01-01", 2, "--since 2999-01-01 has not come yet"),
        ("export x.csv --since 2999-01-01", 2, "--since 2999-01-01 has not come yet"),
        ("judge --since tomorrow", 2, "--since: 'tomorrow' is no moment; write for example"),
        ("export x.csv --until 2026-11-22T10:00:00", 2, "--until: 2026-11-22T10:00:00: no zone; append Z if it is UTC"),
        ("import samples x.csv --at noon", 2, "--at: 'noon' is no moment"),
        ("judge --until 2000-01-01", 3, "no row was planned before 2000-01-01 00:00 UTC; the first is of 2026-"),
        ("report --until 2000-01-01", 3, "no row was planned before 2000-01-01 00:00 UTC; the first is of 2026-"),
        ("judge wisgat", 2, "no provider 'wisgat'; nearest known: wisgate"),
        ("export x.csv --provider wisgat", 2, "--provider: no provider 'wisgat'; nearest known: wisgate"),
        ("export x.xlsx --provider nobody", 2, "--provider: no provider 'nobody'; known: wisgate"),
        ("export x\ny.csv", 2, "'x\\ny.csv': a name that cannot be printed"),
        ("export nowhere/x.csv", 3, "nowhere/x.csv: not written: No such file or directory"),
        ("export nowhere/x.xlsx", 3, "nowhere/x.xlsx: not written: No such file or directory"),
        ("mail --week 2026-W01 --eml nowhere/x.eml", 3, "no samples in 2026-W01"),
        ("import samples x.txt", 2, "x.txt: unknown suffix .txt; known: .csv, .jsonl, .ndjson, .parquet"),
        ("import samples data", 2, "data: a folder, not a file; known: .csv"),
        ("check --config data", 2, "data: is a folder; name the file in it: data/upheld.toml"),
        ("demo --out .", 2, "holds upheld.toml, which is not of a demonstration; choose a folder of its own: --out"),
        ("demo --out data", 2, "holds upheld.duckdb, which is not of a demonstration"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    here: Path, arguments: str, code: int, says: str
) -> None:
    for name in ("x.csv", "x.txt"):
        if arguments.startswith("import"):
            Path(name).write_text("planned_at\n", encoding="utf-8")
    before = files(here)
    result = upheld(*arguments.split(" "))
    assert (result.exit_code, result.stdout) == (code, "")
    lines = [line for line in result.stderr.splitlines() if not line.startswith("Four providers")]
    assert len(lines) == 1, lines
    assert says in lines[0]
    assert files(here) == before


def test_a_mail_that_cannot_be_written_names_the_file_that_was_asked_for(here: Path) -> None:
    assert sample(1).planned_at.isocalendar()[:2] == (2026, 47)
    result = upheld("mail", "--week", "2026-W47", "--eml", "nowhere/x.eml")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "upheld: nowhere/x.eml: not written: No such file or directory\n"
    assert not (here / "nowhere").exists()


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"\xef\xbb\xbf" + ONE.encode(), 0, ""),
        ("[service]\nlocation = 'München'\n".encode("latin-1"), 2, "line 2: is not UTF-8 text; save it as UTF-8"),
        (ONE.encode("utf-16"), 2, "line 1: is not UTF-8 text; save it as UTF-8"),
    ],
    ids=["UTF-8 with a mark", "Latin-1", "UTF-16"],
)
def test_a_configuration_in_another_encoding_is_told_so(here: Path, content: bytes, code: int, says: str) -> None:
    (here / "upheld.toml").write_bytes(content)
    result = upheld("plan")
    assert result.exit_code == code
    assert says in result.stderr


def newer(store: Path) -> None:
    with duckdb.connect(store) as con:
        con.execute("INSERT INTO migrations VALUES (99, '0099_x', now()::TIMESTAMP, '3.0')")


def with_a_damaged_block(store: Path) -> None:
    """The rows alone: what DuckDB reads when it opens the file is whole."""
    with Store.open(store) as opened:
        opened.append([sample(number) for number in range(3, 4_000)])
    with duckdb.connect(store) as con:
        blocks = "SELECT DISTINCT block_id FROM pragma_storage_info('samples') WHERE column_name = 'planned_at'"
        numbers = [number for (number,) in con.execute(blocks).fetchall() if number >= 0]
    content = bytearray(store.read_bytes())
    for number in numbers:
        at = 12_288 + number * 262_144
        content[at + 8 : at + 2_000] = b"\xff" * 1_992
    store.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda store: store.write_bytes(b""), "put a backup in its place"),
        (lambda store: store.write_bytes(b"hello" * 5_000), "put a backup in its place"),
        (lambda store: os.truncate(store, 5_000), "put a backup in its place"),
        (newer, "written by a newer Upheld (schema 99"),
        (with_a_damaged_block, "put a backup in its place"),
    ],
    ids=["empty", "text", "cut", "newer", "a damaged block"],
)
@pytest.mark.parametrize("arguments", ["judge", "report", "export x.parquet", "export x.xlsx", "mail --eml x.eml"])
def test_a_store_that_cannot_be_read_is_called_so_by_every_reader(
    here: Path, spoil: Callable[[Path], object], arguments: str, says: str
) -> None:
    spoil(here / STORE)
    before = files(here)
    result = upheld(*arguments.split(" "))
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (3, "", 1)
    assert says in result.stderr
    assert "defect" not in result.stderr
    assert files(here) == before


FULL_DISK = """
import resource, sys
from pathlib import Path
from monitor.exports import Choice, StoreError, export
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for name in ("x.csv", "x.xlsx"):
    try:
        export(Path(sys.argv[1]), Path(name), Choice())
    except StoreError as error:
        print(error)
"""


def test_a_full_disk_leaves_no_half_of_an_export(here: Path) -> None:
    with Store.open(here / STORE) as store:
        store.append([sample(number) for number in range(3, 400)])
    snapshot = snapshot_for_reading(here / "data").path
    before = files(here)
    command = [sys.executable, "-c", FULL_DISK, str(snapshot)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line.partition(" written")[0] for line in ended.stdout.splitlines()] == ["x.csv: not", "x.xlsx: not"]
    assert ended.stdout.count("File too large") == 2
    assert files(here) == before


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["check", "--example"], ["plan"]], ids=["help", "version", "click", "Rich"]
)
def test_a_reader_that_went_ends_a_command_as_shells_expect_and_never_as_a_gate(
    here: Path, arguments: list[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "monitor.cli", *arguments],
            cwd=here,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr.decode()) == (141, "")


def test_a_letter_that_the_output_does_not_have_ends_nothing(here: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "check"],
        cwd=here,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "WISGATE_API_KEY": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout[:25]) == (0, "? upheld.toml is valid: 1")


def test_text_of_ours_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    say("[bold]München ✓[/bold]")
    assert capsys.readouterr().out == "München ✓\n"
