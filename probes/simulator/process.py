"""The simulator in a process of its own, for tests and the demo: started, found listening, and ended with its user."""

import http.client
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from probes.simulator.server import LEDGER_PATH

_READY_S = 30.0
_END_S = 5.0


class SimulatorError(RuntimeError):
    """The simulator did not start, or does not answer; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator: providers are below `base_url`, each under its name."""

    base_url: str
    pid: int
    doors: Mapping[str, str] = field(default_factory=dict)  # base URLs of providers with doors of their own
    ca_file: Path | None = None  # of those with TLS

    def ledger(self) -> dict[str, Any]:
        """What was really served so far."""
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=10)
        try:
            connection.request("GET", LEDGER_PATH)
            ledger: dict[str, Any] = json.load(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            raise SimulatorError(f"no ledger from {self.base_url}: {error}") from error
        else:
            return ledger
        finally:
            connection.close()


@contextmanager
def running(
    scenario: Path,
    *,
    clock: Path | None = None,
    port: int = 0,
    starts_at: datetime | None = None,
    span_s: float | None = None,
) -> Iterator[Simulator]:
    """Serve the scenario while the block runs. The process ends with the block, and with us if we are killed.

    Raises:
        SimulatorError: it did not start; the message is what it said.
    """
    options = {"--scenario": scenario, "--port": port, "--clock": clock, "--span": span_s}
    options["--starts-at"] = starts_at.isoformat() if starts_at else None
    given = [str(word) for name, value in options.items() if value is not None for word in (name, value)]
    with tempfile.TemporaryFile() as errors, _process([*given, "--until-stdin-closes"], errors) as process:
        ready = json.loads(_first_line(process, errors))
        ca_file = Path(ready["ca_file"]) if "ca_file" in ready else None
        yield Simulator(ready["base_url"], process.pid, ready.get("doors", {}), ca_file)


@contextmanager
def _process(options: list[str], errors: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
        [sys.executable, "-m", "probes.simulator", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """By closing its input; by force if that does not help."""
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _first_line(process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> bytes:
    """The ready line, within a bounded time."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    line, descriptor = b"", process.stdout.fileno()
    until = time.monotonic() + _READY_S
    while not line.endswith(b"\n") and (left := until - time.monotonic()) > 0:
        readable, _, _ = select.select([descriptor], [], [], left)
        if not readable or not (more := os.read(descriptor, 4096)):
            break
        line += more
    if not line.endswith(b"\n"):
        raise SimulatorError(_why(process, errors))
    return line


def _why(process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> str:
    process.kill()
    process.wait()
    errors.seek(0)
    said = errors.read().decode(errors="replace").strip()
    return f"the simulator did not start: {said or 'it said nothing'}"
