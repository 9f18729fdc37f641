"""`upheld probe --kind burst --saturate` against hidden limiters of the real simulator, over real sockets.

The providers are saturated at the same time, each by a command of its own, since a rate is only known by waiting.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.store import read_samples, snapshot_for_reading
from probes.simulator.process import running

SCENARIO = """
seed = 3
[providers.alder]
format = "gemini"
models = ["gemini-3-pro-image"]
projects = { main = ["sim-key"] }
[providers.alder.latency]
control = { median_s = 0.005, sigma = 0.1 }
sizes = { "1K" = { median_s = 0.5, sigma = 0.3 } }
[providers.alder.limits]
rpm = 240
burst = 9
[providers.beech]
format = "openai_images"
models = ["gpt-image-1"]
projects = { main = ["sim-key"] }
[providers.beech.latency]
control = { median_s = 0.005, sigma = 0.1 }
sizes = { "1K" = { median_s = 0.7, sigma = 0.3 } }
[providers.beech.limits]
concurrency = 7
"""
PROVIDER = """
[service]
data_dir = "data"
[providers.{name}]
adapter = "{adapter}"
base_url = "{base_url}/{name}"
model = "{model}"
environment = "simulated"
api_key_env = "SIM_KEY"
prices = {{ "1K" = 0.05 }}
"""
ADAPTERS = {"alder": ("gemini", "gemini-3-pro-image"), "beech": ("openai_images", "gpt-image-1")}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, dict[str, Any]]]]:
    folder = tmp_path_factory.mktemp("saturated")
    scenario = folder / "scenario.toml"
    scenario.write_text(SCENARIO)
    with running(scenario) as simulator:
        begun = {name: begin(folder / name, name, simulator.base_url) for name in ADAPTERS}
        yield {name: (folder / name, ended(process)) for name, process in begun.items()}


def begin(folder: Path, name: str, base_url: str) -> subprocess.Popen[str]:
    folder.mkdir()
    adapter, model = ADAPTERS[name]
    config = folder / "upheld.toml"
    config.write_text(PROVIDER.format(name=name, adapter=adapter, base_url=base_url, model=model))
    words = ["probe", name, "--kind", "burst", "--saturate", "--count", "90", "--json", "--config", str(config)]
    return subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", *words],
        env=os.environ | {"SIM_KEY": "sim-key", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert err.startswith("up to 90 images from "), err
    data: dict[str, Any] = json.loads(out)
    return data


def test_a_bucket_is_found_over_real_sockets(told: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    _, data = told["alder"]
    limit = data["rate_limit"]
    assert limit["sustained_rpm"]["low"] <= 240 <= limit["sustained_rpm"]["high"]
    assert limit["burst"]["low"] <= 9 <= limit["burst"]["high"]
    assert limit["kind"] in {"token_bucket", None}  # a machine that is busy sees its own delays, and then says nothing
    assert data["stopped"] is None
    assert data["spent_usd"] == pytest.approx(0.05 * data["outcomes"]["ok"])


def test_places_are_found_over_real_sockets(told: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    _, data = told["beech"]
    limit = data["rate_limit"]
    assert limit["kind"] in {"concurrency", None}
    assert limit["burst"]["low"] <= 7 <= limit["burst"]["high"]
    assert len(limit["staircase"]) <= 200


def test_its_rows_are_kept_by_phase(told: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    for folder, data in told.values():
        rows = read_samples(snapshot_for_reading(folder / "data").path)
        assert set(zip(rows["probe"], rows["mode"], strict=True)) == {("burst", "ramp"), ("burst", "sustain")}
        assert len(rows) == data["sent"] == data["planned"]
