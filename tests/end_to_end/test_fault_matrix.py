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
from probes.model import Outcome
from probes.outcomes import RULES
from probes.simulator import faults, formats
from probes.simulator.process import running
from tests.end_to_end.expectations import NO_FAULT, O, expected, whose
from tests.end_to_end.relay import asking, relaying

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fault-matrix.md"
COLUMNS = ["provider", "status", "outcome", "detail", "attribution", "billed", "rule"]
COLUMNS += ["images", "width", "height", "cost_usd", "error"]
MODELS = {"gemini": "gemini-3-pro-image", "openai_images": "gpt-image-1", "kie": "nano-banana-pro"}
CONFIG = """
[service]
data_dir = "data"
control_urls = ["{control}"]
[budget]
usd_per_day = 100
[probes.baseline]
every = "6s"
"""
PROVIDER = """
[providers.{name}]
adapter = "{adapter}"
base_url = "{base_url}/{fault}/{simulated}"
model = "{model}"
environment = "simulated"
{keyed}{options}
timeout_s = {timeout_s}
prices = {{ "1K" = 0.05 }}
"""
KEYED = 'auth = "{auth}"\napi_key_env = "KEY"\n'
SCENARIO = """
[providers.{simulated}]
format = "{format}"
models = ["{model}"]
projects = {{ main = ["the-key"] }}
[providers.{simulated}.latency]
control = {{ median_s = 0.02 }}
sizes = {{ "1K" = {{ median_s = 0.2 }}, "512" = {{ median_s = 0.2 }} }}
{batch}
"""


@dataclass(frozen=True)
class Variant:
    """One way of asking in one format. `options`: as TOML."""

    name: str
    format: str
    options: str = ""


@dataclass(frozen=True)
class Cell:
    """One fault in one way of asking."""

    variant: Variant
    fault: str

    @property
    def provider(self) -> str:
        return f"{self.variant.name}-{self.fault}".replace("_", "-").replace(" ", "-")


SILENT = frozenset(("hang", "stall", "drip", "task_stuck", "task_unknown_state"))  # ended by our deadline alone
SILENCE_S, PATIENCE_S = 6, 60
MORE = (
    Variant("gemini batch", "gemini", "options = { batch = true, poll_s = 1 }"),
    Variant("gemini stream", "gemini", 'options = { stream = true, service_tier = "priority" }'),
)
OPTIONS = {
    "gemini": 'options = { service_tier = "priority" }',
    "vertex": "options = { express = true }",
    "kie": "options = { poll_s = 2.0 }",
}
FORMATS = sorted(set(formats.names()) & set(providers.names()))
VARIANTS = [*(Variant(name, name, OPTIONS.get(name, "")) for name in FORMATS), *MORE]


def spoken(variant: Variant) -> list[str]:
    """The faults that can be asked for in this way: some are of streams alone, or of tasks (Kie, batches)."""
    names = frozenset(formats.load(variant.format).SPEAKS)
    if "stream" not in variant.options:
        names -= faults.ONLY_STREAMS
    if variant.format != "kie" and "batch" not in variant.options:
        names -= faults.ONLY_TASKS
    return sorted(map(str, names))


CELLS = [Cell(variant, fault) for variant in VARIANTS for fault in (NO_FAULT, *spoken(variant))]


def scenario() -> str:
    return "seed = 7\n" + "".join(
        SCENARIO.format(
            simulated=name.replace("_", "-"),
            format=name,
            model=MODELS.get(name, "m"),
            batch="batch = { median_s = 0.5 }" if name == "gemini" else "",
        )
        for name in FORMATS
    )


def config(variant: Variant, relay: str, control: str) -> str:
    return CONFIG.format(control=control) + "".join(
        PROVIDER.format(
            name=cell.provider,
            adapter=cell.variant.format,
            base_url=relay,
            fault=cell.fault,
            simulated=cell.variant.format.replace("_", "-"),
            model=MODELS.get(cell.variant.format, "m"),
            keyed=KEYED.format(auth=auth) if (auth := str(formats.load(cell.variant.format).AUTH[0])) != "none" else "",
            options=cell.variant.options,
            timeout_s=SILENCE_S if cell.fault in SILENT else PATIENCE_S,
        )
        for cell in CELLS
        if cell.variant == variant
    )


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, dict[str, Any]]:
    """What `upheld run --once` stores, by cell: one row of each."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "scenario.toml").write_text(scenario())
    with running(folder / "scenario.toml") as simulator:
        tables = asyncio.run(probed(folder, simulator.base_url))
    rows = {row["provider"]: row for table in tables for row in table}
    assert sorted(rows) == sorted(cell.provider for cell in CELLS)
    assert sum(map(len, tables)) == len(CELLS)  # each once: nothing is sent again
    return {cell: rows[cell.provider] for cell in CELLS}


async def probed(folder: Path, base_url: str) -> list[list[dict[str, Any]]]:
    """Three ways of asking at a time: a machine that is too busy would measure itself."""
    free = asyncio.Semaphore(3)

    async def one(variant: Variant, relay: str) -> list[dict[str, Any]]:
        async with free:
            return await probe_once(folder / variant.name, variant, relay)

    async with relaying(base_url) as relay:
        return await asyncio.gather(*(one(variant, relay) for variant in VARIANTS))


async def probe_once(folder: Path, variant: Variant, relay: str) -> list[dict[str, Any]]:
    folder.mkdir()  # noqa: ASYNC240 - nothing else waits
    (folder / "upheld.toml").write_text(config(variant, relay, f"{relay}/{NO_FAULT}/_sim/ledger"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor.cli", "run", "--once", "--config", str(folder / "upheld.toml")),
        cwd=ROOT,
        env={**os.environ, "KEY": "the-key"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, (out + said).decode(errors="replace")
    table = read_samples(snapshot_for_reading(folder / "data").path)[COLUMNS]
    table = table[table["detail"] != "missed"]  # the next slots, which came while this one was asked
    told = table.astype(object).where(table.notna(), None)
    return [dict(zip(COLUMNS, row, strict=True)) for row in told.itertuples(index=False)]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.provider)
def test_a_fault_is_told_as_what_it_is(cell: Cell, rows: dict[Cell, dict[str, Any]]) -> None:
    row = rows[cell]
    outcome = Outcome(row["outcome"])
    assert outcome in expected(cell.variant.name, cell.fault), row
    assert row["attribution"] in whose(outcome), row
    assert row["rule"] in dict(RULES)
    if outcome is O.OK:
        assert (row["images"], row["width"], row["height"], row["cost_usd"]) == (1, 1024, 1024, 0.05)
    if row["billed"] is False:
        assert row["cost_usd"] == 0
    assert "the-key" not in str(row["error"])


def test_the_page_says_what_happens(rows: dict[Cell, dict[str, Any]]) -> None:
    page = rendered(rows)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "docs/fault-matrix.md is not what was measured; UPDATE_GOLDEN=1 writes it"


BILLED = {True: "yes", False: "no", None: "unknown"}
INTRODUCTION = """# Faults and what is said of them

Generated by `tests/end_to_end/test_fault_matrix.py`, which sends each fault of the [simulator](simulator.md) in each
wire format through `upheld run --once` over a socket, and fails when this page differs from the rows that were stored
(`UPDATE_GOLDEN=1` writes it). The words are those of [outcomes](outcomes.md); the control probe answered, and nothing
was advertised, so a 429 is nobody's. The deadline was 6 s for those that only it ends.

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


def test_the_relay_asks_for_the_fault_of_the_path_where_a_conversation_begins() -> None:
    head = b"POST /hang/g/v1?a=b HTTP/1.1\r\nhost: h\r\nConnection: keep-alive\r\n\r\n"
    assert asking(head) == b"POST /g/v1?a=b HTTP/1.1\r\nconnection: close\r\nx-sim-fault: hang\r\nhost: h\r\n\r\n"
    assert asking(b"GET /hang/g/v1 HTTP/1.1\r\n\r\n") == b"GET /g/v1 HTTP/1.1\r\nconnection: close\r\n\r\n"
    assert asking(b"GET /g/files/1 HTTP/1.1\r\n\r\n") == b"GET /g/files/1 HTTP/1.1\r\nconnection: close\r\n\r\n"
    assert b"x-sim-fault" not in asking(b"POST /none/g HTTP/1.1\r\n\r\n")


def test_the_same_image_twice_is_told_by_the_second(tmp_path: Path) -> None:
    """The one fault that a single request cannot show."""
    variant = next(one for one in VARIANTS if one.name == "openai_images")
    (tmp_path / "scenario.toml").write_text(scenario())
    with running(tmp_path / "scenario.toml") as simulator:
        rows = asyncio.run(probed_twice(tmp_path, Cell(variant, "duplicate"), simulator.base_url))
    assert rows == [("ok", None, True), ("image_invalid", "repeat", None)]


async def probed_twice(folder: Path, cell: Cell, base_url: str) -> list[tuple[Any, ...]]:
    async with relaying(base_url) as relay:
        (folder / "upheld.toml").write_text(config(cell.variant, relay, f"{relay}/{NO_FAULT}/_sim/ledger"))
        words = ("probe", cell.provider, "--kind", "baseline", "--count", "2", "--rate", "600")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor.cli", *words, "--config", str(folder / "upheld.toml")),
            cwd=ROOT,
            env={**os.environ, "KEY": "the-key"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (out + said).decode(errors="replace")
    table = read_samples(snapshot_for_reading(folder / "data").path).sort_values("seq")
    told = table.astype(object).where(table.notna(), None)
    return list(told[["outcome", "detail", "billed"]].itertuples(index=False, name=None))
