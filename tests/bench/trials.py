"""One trial: a server of its own, one client, and what the one knows put beside what the other measured."""

import csv
import io
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.clients import ASK, PATH, peak_mb

ROOT = Path(__file__).parents[2]
LOCUST = ROOT / ".venv-bench" / "bin" / "python"
PYTHON_CLIENTS = ("ours", "httpx", "aiohttp", "aiohttp-discarding")
OTHER_CLIENTS = ("locust", "hey")
PAIRED = ("ours", "aiohttp")
_SIZES = {1024: "1K", 2048: "2K", 4096: "4K"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many requests at once, each answered so late with such a body."""

    name: str
    title: str
    side: int
    megabytes: float
    from_ms: float
    to_ms: float
    count: int = 100
    busy: bool = False  # the product works beside it
    per_s: float = 0.0  # sent at this pace; 0: all at once

    @property
    def clients(self) -> tuple[str, ...]:
        """At a pace, those that know one; with the product at work beside it, those that are paired."""
        return PAIRED if self.per_s or self.busy else (*PYTHON_CLIENTS, *OTHER_CLIENTS)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; errors in ms. `None`: this client does not say, or cannot be told by its answers."""

    client: str
    first_p50: float | None
    first_p99: float | None
    total_p50: float | None
    total_p99: float | None
    above_p50: float | None
    above_p99: float | None
    cpu_s: float
    peak_mb: float
    helpers_cpu_s: float
    helpers_mb: float
    lateness_p99: float | None
    said_ms: float | None
    failed: int


def missing(client: str) -> str | None:
    """Why this client cannot take part here."""
    if client == "hey" and shutil.which("hey") is None:
        return "the command `hey` is not installed (Debian: `apt-get install hey`)"
    if client == "locust" and not LOCUST.exists():
        return "`.venv-bench` is not there (`make bench` makes it)"
    return None


def trial(client: str, scenario: Scenario, body: Path) -> Trial:
    """Run one client against a server of its own."""
    with _origin(scenario, body) as (url, served):
        said = _run(client, url, scenario)
    return _judged(client, said, served, scenario)


@contextmanager
def _origin(scenario: Scenario, body: Path) -> Iterator[tuple[str, list[dict[str, float]]]]:
    """The server's address, and a list that is filled with what it did, once it has ended."""
    options = ["--from-ms", scenario.from_ms, "--to-ms", scenario.to_ms, "--count", scenario.count]
    command = [sys.executable, "-m", "tests.bench.origin", str(body), *map(str, options)]
    served: list[dict[str, float]] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}", served
        process.stdin.close()
        served += json.loads(process.stdout.read())


def _run(client: str, url: str, scenario: Scenario) -> dict[str, Any]:
    count = scenario.count
    if client == "hey":
        return _hey(url, count)
    python, module = (str(LOCUST), "tests.bench.locusting") if client == "locust" else (sys.executable, None)
    command = [python, "-m", module or "tests.bench.clients", *([] if module else [client]), url, str(count)]
    command += [] if module else [_SIZES[scenario.side], str(scenario.per_s)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode:
        raise RuntimeError(f"{client}: {done.stderr.strip()[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _hey(url: str, count: int) -> dict[str, Any]:
    """A program without a library: measured from outside. It numbers nothing: no time of it has its truth."""
    amount = ["-n", str(count), "-c", str(count), "-t", "0", "-o", "csv"]
    command = ["hey", *amount, "-m", "POST", "-d", ASK.decode(), url + PATH]
    peak = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while _is_running(process.pid):
            peak = max(peak, peak_mb(process.pid))
            time.sleep(0.02)
        before, text = _children_cpu_s(), process.stdout.read()  # 100 lines fit into the pipe
    rows = list(csv.DictReader(io.StringIO(text)))
    timed = [
        {
            "number": None,
            "first_ms": 1000 * sum(float(row[name]) for name in ("DNS+dialup", "Request-write", "Response-delay")),
            "total_ms": 1000 * float(row["response-time"]),
        }
        for row in rows
    ]
    return {"timed": timed, "cpu_s": _children_cpu_s() - before, "peak_mb": peak}


def _is_running(pid: int) -> bool:
    """Whether it has not ended; one that has is not waited for yet."""
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _judged(client: str, said: dict[str, Any], served: list[dict[str, float]], scenario: Scenario) -> Trial:
    if said.get("trouble"):
        sys.stderr.write(f"{client}: {said['trouble'][:500]}\n")
    pairs = [(time_, served[time_["number"]]) for time_ in said["timed"] if time_["number"] not in {None, -1}]
    first = [
        time_["first_ms"] - 1000 * (truth["first_s"] - truth["read_s"])
        for time_, truth in pairs
        if time_["first_ms"] is not None
    ]
    total = [time_["total_ms"] - 1000 * (truth["last_s"] - truth["read_s"]) for time_, truth in pairs]
    above = [time_["total_ms"] - 1000 * (truth["due_s"] - truth["read_s"]) for time_, truth in pairs]
    if not pairs and scenario.from_ms == scenario.to_ms:  # every request was asked to take as long
        above = [time_["total_ms"] - scenario.from_ms for time_ in said["timed"]]
    late = said.get("lateness_ms") or []
    return Trial(
        client,
        quantile(first, 0.5),
        quantile(first, 0.99),
        quantile(total, 0.5),
        quantile(total, 0.99),
        quantile(above, 0.5),
        quantile(above, 0.99),
        said["cpu_s"],
        said["peak_mb"],
        said.get("helpers_cpu_s", 0.0),
        said.get("helpers_mb", 0.0),
        quantile(late, 0.99),
        said.get("error_ms"),
        sum(time_["number"] == -1 for time_ in said["timed"]) + scenario.count - len(said["timed"]),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The inverse of the empirical distribution: a value that occurred."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)] if values else None
