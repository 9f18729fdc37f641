"""Every fault of the simulator, in every format, through the real command over sockets: what is said of each.

The table is a page, `docs/fault-matrix.md`; this test fails when the two differ, and `UPDATE_GOLDEN=1` writes the
page. New formats and faults of the simulator are in it by themselves.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.store import read_samples, snapshot_for_reading
from probes import providers
from probes.model import Attribution, Outcome
from probes.outcomes import RULES
from probes.simulator import formats
from probes.simulator.process import running
from tests.end_to_end.relay import NO_FAULT, asking, relaying

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fault-matrix.md"
O = Outcome  # noqa: E741 - the table is read by column
MODELS = {"gemini": "gemini-3-pro-image", "openai_images": "gpt-image-1", "kie": "nano-banana-pro"}
CONFIG = """
[service]
data_dir = "data"
control_urls = ["{control}"]
[budget]
usd_per_day = 100
[probes.baseline]
every = "1s"
"""
PROVIDER = """
[providers.{name}]
adapter = "{adapter}"
base_url = "{base_url}/{fault}/{simulated}"
model = "{model}"
auth = "{auth}"
environment = "simulated"
api_key_env = "KEY"
timeout_s = 3
prices = {{ "1K" = 0.05 }}
"""
SCENARIO = """
[providers.{simulated}]
format = "{format}"
models = ["{model}"]
projects = {{ main = ["the-key"] }}
latency = {{ control = {{ median_s = 0.02 }}, sizes = {{ "1K" = {{ median_s = 0.2 }}, "512" = {{ median_s = 0.2 }} }} }}
"""

# What each fault must come to, whatever the format: said here and not taken from the page, which is only a copy.
# A fault that is not here has to be added before the page can have it.
EXPECTED: dict[str, frozenset[Outcome]] = {
    fault: frozenset(outcomes)
    for outcomes, faults in (
        ((O.OK,), (NO_FAULT,)),
        ((O.OVERLOADED,), ("overloaded", "no_capacity")),
        ((O.SERVER_ERROR,), ("internal", "html_502")),
        ((O.TIMEOUT,), ("deadline", "hang")),
        ((O.RATE_LIMITED,), ("rate_limited", "rate_limited_day", "rate_limited_bare")),
        ((O.OK_NO_IMAGE,), ("no_image", "text_only")),
        ((O.BLOCKED,), ("blocked", "image_safety")),
        ((O.OK_DEGRADED,), ("wrong_tier",)),
        ((O.TRUNCATED,), ("truncated",)),
        ((O.CONNECTION,), ("reset",)),
    )
    for fault in faults
}


@dataclass(frozen=True, order=True)
class Cell:
    """One fault in one format."""

    format: str
    fault: str

    @property
    def provider(self) -> str:
        return f"{self.format}-{self.fault}".replace("_", "-")

    @property
    def simulated(self) -> str:
        return self.format.replace("_", "-")


FORMATS = sorted(set(formats.names()) & set(providers.names()))
CELLS = [Cell(name, fault) for name in FORMATS for fault in (NO_FAULT, *sorted(map(str, formats.load(name).SPEAKS)))]


def scenario() -> str:
    return "seed = 7\n" + "".join(
        SCENARIO.format(simulated=Cell(name, "").simulated, format=name, model=MODELS.get(name, "m"))
        for name in FORMATS
    )


def config(relay: str, control: str) -> str:
    return CONFIG.format(control=control) + "".join(
        PROVIDER.format(
            name=cell.provider,
            adapter=cell.format,
            base_url=relay,
            fault=cell.fault,
            simulated=cell.simulated,
            model=MODELS.get(cell.format, "m"),
            auth=formats.load(cell.format).AUTH[0],
        )
        for cell in CELLS
    )


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, dict[str, Any]]:
    """What `upheld run --once` stores, by cell: one row of each."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "scenario.toml").write_text(scenario())
    with running(folder / "scenario.toml") as simulator:
        asyncio.run(probe_once(folder, simulator.base_url))
        served = simulator.ledger()["providers"]
    assert sum(one["image"]["arrived"] for one in served.values()) == len(CELLS)  # each once: nothing is sent again
    table = read_samples(snapshot_for_reading(folder / "data").path)
    assert sorted(table["provider"]) == sorted(cell.provider for cell in CELLS)
    told = table[COLUMNS].astype(object).where(table[COLUMNS].notna(), None)
    by_provider = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in told.itertuples(index=False)}
    return {cell: by_provider[cell.provider] for cell in CELLS}


async def probe_once(folder: Path, base_url: str) -> None:
    async with relaying(base_url) as relay:
        (folder / "upheld.toml").write_text(config(relay, f"{relay}/{NO_FAULT}/_sim/ledger"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor.cli", "run", "--once", "--config", str(folder / "upheld.toml")),
            cwd=ROOT,
            env={**os.environ, "KEY": "the-key"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (out + said).decode(errors="replace")


def test_the_table_of_faults_knows_no_fault_that_is_gone_and_lacks_none() -> None:
    assert {cell.fault for cell in CELLS} == set(EXPECTED)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.provider)
def test_a_fault_is_told_as_what_it_is(cell: Cell, rows: dict[Cell, dict[str, Any]]) -> None:
    row = rows[cell]
    assert row["outcome"] in EXPECTED[cell.fault], row
    assert row["rule"] in dict(RULES)
    assert row["attribution"] != Attribution.MONITOR
    if cell.fault == NO_FAULT:
        assert (row["images"], row["width"], row["height"], row["cost_usd"]) == (1, 1024, 1024, 0.05)
    else:
        assert row["outcome"] != O.OK
    if row["billed"] is False:
        assert row["cost_usd"] == 0


def test_the_page_says_what_happens(rows: dict[Cell, dict[str, Any]]) -> None:
    page = rendered(rows)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "docs/fault-matrix.md is not what was measured; UPDATE_GOLDEN=1 writes it"


COLUMNS = ["provider", "status", "outcome", "detail", "attribution", "billed", "rule"]
COLUMNS += ["images", "width", "height", "cost_usd"]
BILLED = {True: "yes", False: "no", None: "unknown"}
INTRODUCTION = """# Faults and what is said of them

Generated by `tests/end_to_end/test_fault_matrix.py`, which sends each fault of the [simulator](simulator.md) in each
wire format through `upheld run --once` over a socket, and fails when this page differs from the rows that were stored
(`UPDATE_GOLDEN=1` writes it). The words are those of [outcomes](outcomes.md); the control probe answered, and nothing
was advertised, so a 429 is nobody's. Deadlines are 3 s here; what comes after them depends on nothing else.

| format | fault | status | outcome | detail | attribution | billed | rule |
|---|---|---|---|---|---|---|---|
"""


def rendered(rows: dict[Cell, dict[str, Any]]) -> str:
    return INTRODUCTION + "".join(
        f"| {cell.format} | {cell.fault} | {'' if row['status'] is None else int(row['status'])} | `{row['outcome']}` "
        f"| {row['detail'] or ''} | {row['attribution']} | {BILLED[row['billed']]} | `{row['rule']}` |\n"
        for cell, row in rows.items()
    )


def test_the_relay_asks_for_the_fault_of_the_path_where_a_conversation_begins() -> None:
    head = b"POST /hang/g/v1?a=b HTTP/1.1\r\nhost: h\r\nConnection: keep-alive\r\n\r\n"
    assert asking(head) == b"POST /g/v1?a=b HTTP/1.1\r\nconnection: close\r\nx-sim-fault: hang\r\nhost: h\r\n\r\n"
    assert asking(b"GET /hang/g/v1 HTTP/1.1\r\n\r\n") == b"GET /g/v1 HTTP/1.1\r\nconnection: close\r\n\r\n"
    assert b"x-sim-fault" not in asking(b"POST /none/g HTTP/1.1\r\n\r\n")
