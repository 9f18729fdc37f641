"""The documents say what the code does."""

import re
from pathlib import Path

from monitor import exports, imports
from monitor.imports.samples import ATTRIBUTION
from monitor.rows import NOT_NULL
from monitor.store import Store
from probes.model import COLUMNS, Mode, NotSent, Outcome, ProbeKind

DOCS = Path(__file__).parents[3] / "docs"
SAMPLES = (DOCS / "samples.md").read_text(encoding="utf-8")
IMPORTS = (DOCS / "imports.md").read_text(encoding="utf-8")


def documented() -> list[tuple[str, str, str]]:
    """Name, type and meaning of each column in the first table of the page."""
    table = SAMPLES.partition("| column |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return [(name, kind, meaning) for name, kind, _, meaning in rows]


def test_every_column_is_documented_in_order_with_its_type(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        described = store._read("SELECT column_name, column_type FROM (DESCRIBE samples)")
    kinds = {name: kind.removesuffix(", null") for name, kind, _ in documented()}
    assert [*kinds.items(), ("kind", "INTEGER")] == described
    nullable = {name for name, kind, _ in documented() if kind.endswith(", null")}
    assert nullable == set(COLUMNS) - NOT_NULL - {"prev_hash", "hash"}


def test_closed_vocabularies_are_documented_whole() -> None:
    meanings = {name: meaning for name, _, meaning in documented()}
    for name, words in (("outcome", Outcome), ("mode", Mode), ("probe", ProbeKind), ("detail", NotSent)):
        assert ", ".join(words) in meanings[name]


def test_every_table_of_the_database_is_named(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        tables = {row[0] for row in store._read("SELECT table_name FROM duckdb_tables()")}
    assert tables - {"samples"} == set(re.findall(r"^\| (\w+) \| \w", SAMPLES.partition("| table |")[2], re.MULTILINE))


def test_every_format_and_every_form_is_documented() -> None:
    assert set(re.findall(r"^## `(\w+)`", IMPORTS, re.MULTILINE)) == set(imports.names())
    assert set(re.findall(r"^\| (\.\w+) \|", IMPORTS, re.MULTILINE)) == set(exports._WRITERS)


def test_whose_doing_is_documented_as_it_is_assumed() -> None:
    says = IMPORTS.partition("| attribution | from the outcome: ")[2].partition(" |")[0]
    told = {
        outcome: whose
        for outcomes, whose in re.findall(r"([\w, ]+): (\w+)", says)
        for outcome in outcomes.replace(" ", "").split(",")
        if outcome != "allothers"
    }
    assert told == {str(outcome): str(whose) for outcome, whose in ATTRIBUTION.items()}


def test_the_tests_that_the_documents_name_exist() -> None:
    for name in re.findall(r"`(tests/[\w/.]+)`", SAMPLES):
        assert (DOCS.parent / name).is_file()
