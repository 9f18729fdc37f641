"""Every fault of the simulator, in every format, through the real command over sockets: what is said of each.

The table is a page, `docs/fault-matrix.md`; this test fails when the two differ, and `UPDATE_GOLDEN=1` writes the
page. New formats and faults of the simulator are in it by themselves.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.store import read_samples, snapshot_for_reading
from probes.model import Outcome
from probes.outcomes import RULES
from probes.simulator import formats
from probes.simulator.faults import AT_A_DOOR, Fault, Stage, of_stage
from probes.simulator.process import Simulator, running
from tests.end_to_end.expectations import NO_FAULT, O, expected, whose
from tests.end_to_end.matrix import CELLS, PNG, SILENCE_S, TIMED, VARIANTS, Cell, config, scenario
from tests.probes.pictures import picture
from tests.probes.servers import answering, serving

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fault-matrix.md"
COLUMNS = ["provider", "status", "outcome", "detail", "attribution", "billed", "rule"]
COLUMNS += ["images", "width", "height", "cost_usd", "error"]
PORTS = of_stage(Stage.PORT)  # connections that are never made are in no ledger


@dataclass(frozen=True)
class Told:
    """What was stored of each cell, and what the simulator's ledger says that it served."""

    rows: dict[Cell, dict[str, Any]]
    ledger: dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What `upheld run --once` stores, by cell: one row of each."""
    timed, heavy = ([cell for cell in CELLS if (cell.fault in TIMED) is is_timed] for is_timed in (True, False))
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "timed.toml").write_text(scenario(timed))
    (folder / "heavy.toml").write_text(scenario(heavy))
    with running(folder / "timed.toml") as first, running(folder / "heavy.toml") as second:
        shards = [(timed, first), (heavy[::2], second), (heavy[1::2], second)]
        tables = asyncio.run(probed(folder, shards))
        ledger = {**first.ledger()["providers"], **second.ledger()["providers"]}
    rows = {row["provider"]: row for table in tables for row in table}
    assert sorted(rows) == sorted(cell.provider for cell in CELLS)
    assert sum(map(len, tables)) == len(CELLS)  # each once: nothing is sent again
    return Told({cell: rows[cell.provider] for cell in CELLS}, ledger)


async def probed(folder: Path, shards: Sequence[tuple[Sequence[Cell], Simulator]]) -> list[list[dict[str, Any]]]:
    """All shards at the same time. The control host is here: it must answer however busy the simulators are."""
    async with serving(answering()) as control:
        return await asyncio.gather(
            *(
                probe_once(folder / str(number), config(cells, simulator, control.url))
                for number, (cells, simulator) in enumerate(shards)
            )
        )


async def probe_once(folder: Path, configuration: str) -> list[dict[str, Any]]:
    await upheld(folder, configuration, "run", "--once", "--no-site")
    assert not list(folder.rglob("index.html"))  # noqa: ASYNC240 - nothing else waits
    return rows_of(folder)


async def upheld(folder: Path, configuration: str, *words: str) -> None:
    """The real command with this configuration."""
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - nothing else waits
    (folder / "upheld.toml").write_text(configuration)
    (folder / PNG).write_bytes(picture())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor.cli", *words, "--config", str(folder / "upheld.toml")),
        cwd=ROOT,
        env={**os.environ, "KEY": "the-key"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == 0, (out + said).decode(errors="replace")


def rows_of(folder: Path) -> list[dict[str, Any]]:
    table = read_samples(snapshot_for_reading(folder / "data").path).sort_values("seq")[COLUMNS]
    table = table[table["detail"] != "missed"]  # the next slots, which came while this one was asked
    told = table.astype(object).where(table.notna(), None)
    return [dict(zip(COLUMNS, row, strict=True)) for row in told.itertuples(index=False)]


def test_every_format_of_the_simulator_and_every_fault_is_asked() -> None:
    assert {variant.format for variant in VARIANTS} == set(formats.names())
    assert {cell.fault for cell in CELLS} == {NO_FAULT, *map(str, Fault)}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.provider)
def test_a_fault_is_told_as_what_it_is(cell: Cell, told: Told) -> None:
    row = told.rows[cell]
    outcome = Outcome(row["outcome"])
    assert outcome in expected(cell.variant.name, cell.variant.format, cell.fault), row
    assert row["attribution"] in whose(outcome), row
    assert row["rule"] in dict(RULES)
    if outcome is O.OK:
        assert (row["images"], row["width"], row["height"], row["cost_usd"]) == (1, 1024, 1024, 0.05)
    if row["billed"] is False:
        assert row["cost_usd"] == 0
    assert "the-key" not in str(row["error"])


def test_the_simulator_says_that_every_fault_was_met_and_nothing_else(told: Told) -> None:
    """Once, where it is a request that meets it; connections of one conversation are several."""
    assert {cell.provider: met(cell, told) for cell in CELLS} == {cell.provider: to_meet(cell) for cell in CELLS}


def met(cell: Cell, told: Told) -> Any:  # noqa: ANN401 - as the ledger has it
    ledger = told.ledger[cell.provider]
    if cell.fault in AT_A_DOOR:
        return set(ledger["connections"])
    return ledger["image"]["arrived"], ledger["image"]["endings"] | ledger["image"]["rejected"]


def to_meet(cell: Cell) -> Any:  # noqa: ANN401 - as above
    if cell.fault in AT_A_DOOR:
        return {cell.fault} - PORTS
    return 1, {"ok" if cell.fault == NO_FAULT else cell.fault: 1}


def test_the_page_says_what_happens(told: Told) -> None:
    page = rendered(told.rows)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "docs/fault-matrix.md is not what was measured; UPDATE_GOLDEN=1 writes it"


BILLED = {True: "yes", False: "no", None: "unknown"}
INTRODUCTION = f"""# Faults and what is said of them

Generated by `tests/end_to_end/test_fault_matrix.py`, which sends each fault of the [simulator](simulator.md) in each
wire format through `upheld run --once` over a socket, and fails when this page differs from the rows that were stored
(`UPDATE_GOLDEN=1` writes it). The words are those of [outcomes](outcomes.md); the control probe answered, and nothing
was advertised, so a 429 is nobody's. The deadline was {SILENCE_S} s for those that only it ends.

| format | fault | status | outcome | detail | attribution | billed | rule |
|---|---|---|---|---|---|---|---|
"""


def rendered(rows: dict[Cell, dict[str, Any]]) -> str:
    return INTRODUCTION + "".join(
        f"| {cell.variant.name} | {cell.fault} | {'' if row['status'] is None else int(row['status'])} "
        f"| `{row['outcome']}` "
        f"| {row['detail'] or ''} | {row['attribution']} | {BILLED[row['billed']]} | `{row['rule']}` |\n"
        for cell, row in rows.items()
    )


def test_the_same_image_twice_is_told_by_the_one_that_comes_later(tmp_path: Path) -> None:
    """The one fault that a single request cannot show."""
    cell = next(one for one in CELLS if (one.variant.name, one.fault) == ("openai_images", "duplicate"))
    (tmp_path / "scenario.toml").write_text(scenario([cell]))
    with running(tmp_path / "scenario.toml") as simulator:
        words = ("probe", cell.provider, "--kind", "baseline", "--count", "2", "--rate", "600")
        asyncio.run(upheld(tmp_path, config([cell], simulator), *words))
    told = {(row["outcome"], row["detail"], row["billed"]) for row in rows_of(tmp_path)}
    assert told == {("ok", None, True), ("image_invalid", "repeat", None)}  # whichever came first is the image


def test_a_name_that_does_not_resolve_is_told_as_one(tmp_path: Path) -> None:
    """The one fault of a connection that needs no simulator: this name never resolves (RFC 6761)."""
    cell = next(one for one in CELLS if (one.variant.name, one.fault) == ("gemini", NO_FAULT))
    (tmp_path / "scenario.toml").write_text(scenario([cell]))
    with running(tmp_path / "scenario.toml") as simulator:
        there = config([cell], simulator)
        nowhere = there.replace(f"{simulator.base_url}/{cell.provider}", "http://provider.invalid")
        asyncio.run(upheld(tmp_path, nowhere, "run", "--once", "--no-site"))
    (row,) = rows_of(tmp_path)
    assert (row["outcome"], row["detail"], row["attribution"]) == ("connection", "dns", "provider")
