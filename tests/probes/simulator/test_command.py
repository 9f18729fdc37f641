"""`upheld simulate` prints what to put where, and ends cleanly."""

import json
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from monitor.cli import main as upheld
from monitor.cli.simulate import introduction
from monitor.config import load as load_config
from probes.simulator import loading
from probes.simulator.doors import Doors
from probes.simulator.loading import SHIPPED
from probes.simulator.server import Listening

HERE = Listening("127.0.0.1", 8787, Doors())


@pytest.mark.parametrize("name", ["default", "demo", "catalogue"])
def test_every_shipped_scenario_is_introduced_as_a_configuration_that_loads(tmp_path: Path, name: str) -> None:
    scenario = loading.load(loading.named(name))
    shell, _, tables = introduction(scenario, HERE).partition("# in upheld.toml:")
    path = tmp_path / "upheld.toml"
    path.write_text(tables + "\n[budget]\nusd_per_day = 1.0\nusd_per_month = 9.0\n")
    keys = dict(line.removeprefix("export ").split("=") for line in shell.splitlines() if line.startswith("export "))
    targets = load_config(path, {}).targets(keys)
    assert {at: target.adapter for at, target in targets.items()} == {
        at: provider.format for at, provider in scenario.providers.items()
    }
    for at, provider in scenario.providers.items():
        known = targets[at].usd_per_image  # with 0.5K beside 512, which is the same
        assert {size: known[size] for size in provider.usd_per_image} == provider.usd_per_image


def test_what_it_prints_is_a_configuration_that_loads(tmp_path: Path) -> None:
    text = introduction(loading.load(SHIPPED / "demo.toml"), HERE)
    shell, _, tables = text.partition("# in upheld.toml:")
    path = tmp_path / "upheld.toml"
    path.write_text(tables + "\n[budget]\nusd_per_day = 1.0\nusd_per_month = 9.0\n")
    keys = dict(line.removeprefix("export ").split("=") for line in shell.splitlines() if line.startswith("export "))
    targets = load_config(path, {}).targets(keys)
    assert load_config(path, {}).control_urls() == ("http://127.0.0.1:8787/_sim/faults",)
    assert targets["cobalt"].advertised_rpm == 1000  # what it says, not what it does
    assert targets["basalt"].auth == "bearer"
    assert {name: target.key.reveal() for name, target in targets.items()} == {
        name: f"sim-{name}-key" for name in ("aurora", "basalt", "cobalt", "delta")
    }
    assert all(target.base_url == f"http://127.0.0.1:8787/{name}" for name, target in targets.items())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_code_0_and_nothing_ugly(number: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", "simulate", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"Serving until Ctrl-C.\n"
        process.send_signal(number)
        said, last = process.communicate(timeout=20)
    assert (process.returncode, last) == (0, b"Ended.\n")
    assert set(tomllib.loads(said.decode().partition("# in upheld.toml:")[2])["providers"]) == {"nova", "orion"}


def test_json_is_one_document_for_machines() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", "simulate", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        lines = []
        while (line := process.stdout.readline()) != b"}\n":
            lines.append(line)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    about = json.loads(b"".join([*lines, b"}"]))
    assert about["providers"]["nova"]["base_url"] == f"{about['base_url']}/nova"
    assert about["providers"]["nova"]["keys"] == ["sim-nova-key"]
    assert about["control_urls"] == [f"{about['base_url']}/_sim/faults"]


def test_a_door_with_tls_is_introduced_with_whom_to_believe(tmp_path: Path) -> None:
    text = (SHIPPED / "default.toml").read_text().replace("[providers.nova]", '[providers.nova]\ndoor = "https"')
    (tmp_path / "s.toml").write_text(text)
    authority = tmp_path / "ca.pem"
    authority.touch()
    doors = Doors({"nova": SimpleNamespace(base_url="https://127.0.0.1:9/nova")}, authority)  # type: ignore[dict-item]  # as much of a door as is told
    text = introduction(loading.load(tmp_path / "s.toml"), Listening("127.0.0.1", 8787, doors))
    told = tomllib.loads(text.partition("# in upheld.toml:")[2])
    assert told["service"]["ca_file"] == str(authority)
    assert told["providers"]["nova"]["base_url"] == "https://127.0.0.1:9/nova"
    assert told["providers"]["orion"]["base_url"] == "http://127.0.0.1:8787/orion"


def test_a_taken_port_and_a_wrong_scenario_are_sentences() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = CliRunner().invoke(upheld, ["simulate", "--port", port])
    wrong = CliRunner().invoke(upheld, ["simulate", "--scenario", "/nowhere.toml"])
    assert (refused.exit_code, wrong.exit_code) == (3, 2)
    assert f"cannot listen on 127.0.0.1 port {port}: " in refused.stderr
    assert wrong.stderr == "/nowhere.toml: cannot be read: No such file or directory\n"
