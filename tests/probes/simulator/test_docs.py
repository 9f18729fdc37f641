"""docs/simulator.md names every key of a scenario, every fault, and every number of the ledger."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from probes.simulator import formats
from probes.simulator.endings import Ending
from probes.simulator.faults import Fault
from probes.simulator.loading import load
from probes.simulator.scenario import Provider, Scenario
from probes.simulator.server import registry
from probes.simulator.tables import Degraded, Incident, Latency, LimitRules, Outage, Overload, Spread, StatusPage

TEXT = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "table", [Scenario, Provider, Latency, Spread, LimitRules, Outage, Incident, Degraded, Overload, StatusPage]
)
def test_every_key_is_described(table: type[BaseModel]) -> None:
    assert [key for key in table.model_fields if f"`{key}`" not in TEXT] == []


def test_every_fault_ending_and_format_is_described() -> None:
    assert [name for name in (*Fault, *Ending, *formats.names()) if f"`{name}`" not in TEXT] == []


def test_the_examples_are_sound_scenarios(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert examples
    for example in examples:
        path = tmp_path / "example.toml"
        path.write_text(example, encoding="utf-8")
        assert load(path).providers


def table() -> str:
    """The faults, as they stand in the document."""
    rows = ["| name | what happens | formats |", "|---|---|---|"]
    every = set(formats.names())
    for fault in registry():
        spoken = "all" if set(fault["formats"]) == every else ", ".join(fault["formats"])
        rows.append(f"| `{fault['name']}` | {fault['about']} | {spoken}{_only(fault['only'])} |")
    return "\n".join(rows)


def _only(kind: str | None) -> str:
    return f"; {kind} only" if kind else ""


def test_the_table_of_faults_is_the_registry() -> None:
    assert TEXT.partition("<!-- faults: begin -->\n")[2].partition("\n<!-- faults: end -->")[0] == table()
