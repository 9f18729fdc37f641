"""docs/simulator.md names every key of a scenario, every fault, and every number of the ledger."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from probes.simulator import formats
from probes.simulator.faults import Ending, Fault
from probes.simulator.loading import load
from probes.simulator.scenario import Faults, Latency, LimitRules, Outage, Provider, Scenario, Spread

TEXT = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", [Scenario, Provider, Latency, Spread, LimitRules, Faults, Outage])
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
