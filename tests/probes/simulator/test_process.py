"""The simulator as a process: it says where it is, shares a clock, and ends when it should, with the right code."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from probes.clock import SharedClock
from probes.simulator.__main__ import main
from probes.simulator.loading import SHIPPED
from probes.simulator.process import SimulatorError, running
from tests.probes.simulator.support import START

DEMO = SHIPPED / "demo.toml"


def get(base_url: str, path: str, key: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=10)
    connection.request("GET", path, headers={"x-goog-api-key": key})
    status = connection.getresponse().status
    connection.close()
    return status


def started(*options: str, stdin: int | None = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "probes.simulator", *options],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_serves_on_the_shared_clock_and_ends_with_the_block(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", START, rate=1000)
    delta = "/delta/v1beta/models/delta-image-2"
    with running(DEMO, clock=tmp_path / "clock", starts_at=START - timedelta(seconds=1), span_s=1e6) as simulator:
        before = get(simulator.base_url, delta, "sim-delta-key")
        clock.skip_to(clock.monotonic() + 500_000)
        during = get(simulator.base_url, delta, "sim-delta-key")
        (outage,) = simulator.ledger()["providers"]["delta"]["outages"]
        assert alive(simulator.pid)
    assert (before, during) == (200, 503)
    assert outage["begin"] == (START + timedelta(seconds=400_000 - 1)).isoformat()
    assert not alive(simulator.pid)
    with pytest.raises(SimulatorError, match="no ledger from"):
        simulator.ledger()


def test_a_scenario_that_is_wrong_is_what_the_error_says(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("sede = 1\n")
    with pytest.raises(SimulatorError) as seen, running(path):
        raise AssertionError("it must not start")
    assert f"{path}: sede: unknown key; nearest known: seed" in str(seen.value)
    assert f"{path}: providers: is missing" in str(seen.value)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: int) -> None:
    with started() as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready == {"ready": True, "port": ready["port"], "base_url": f"http://127.0.0.1:{ready['port']}"}
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_it_ends_when_its_starter_is_gone() -> None:
    with started("--until-stdin-closes") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--scenario", "/nowhere.toml"], 2, "/nowhere.toml: cannot be read: No such file or directory"),
        (["--starts-at", "soon"], 2, "'soon' is not an ISO 8601 time"),
        (["--starts-at", "2026-11-16T00:00:00"], 2, "has no time zone; add Z for UTC"),
        (["--clock", "/nowhere"], 2, "does not exist"),
        (["--span", "0"], 2, "0.0 is not in the range x>0"),
        (["--port", "70000"], 2, "70000 is not in the range"),
    ],
)
def test_wrong_options_are_one_sentence_and_code_2(options: list[str], code: int, words: str) -> None:
    result = CliRunner().invoke(main, options)
    assert result.exit_code == code
    assert words in result.stderr
    assert result.stdout == ""


def test_a_port_that_is_taken_is_one_sentence_and_code_3() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started("--port", str(port)) as process:
            _, said = process.communicate(timeout=20)
    assert process.returncode == 3
    assert said.decode().startswith(f"cannot listen on 127.0.0.1 port {port}: ")
    assert b"Traceback" not in said
