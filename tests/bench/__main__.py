"""`python -m tests.bench`: every client, every scenario, paired and in random order; writes docs/benchmarks.md.

`--rounds 3 --out FILE`; `--only NAME` runs one scenario. Never a test: figures are of this machine, at this hour.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.bench import pages
from tests.bench.pools import pools
from tests.bench.report import Round, page
from tests.bench.trials import OTHER_CLIENTS, PAIRED, ROOT, Scenario, missing, trial

SCENARIOS = (
    Scenario("burst-5", "100 answers of 5 MB at once", 2048, 5, 1000, 1000),
    Scenario("burst-20", "100 answers of 20 MB at once", 4096, 20, 1000, 1000),
    Scenario("spread", "100 in flight, answers of 5 MB after 4 to 12 s", 2048, 5, 4000, 12000),
    Scenario("spread-busy", "The same while reports render and the store writes", 2048, 5, 4000, 12000, busy=True),
    Scenario("paced", "20 a second for 20 s, answers of 1.5 MB after 1 to 3 s", 1024, 1.5, 1000, 3000, 400, per_s=20),
    Scenario(
        "paced-busy",
        "That pace while reports render and the store writes",
        1024,
        1.5,
        1000,
        3000,
        400,
        busy=True,
        per_s=20,
    ),
)


def main() -> int:
    """Measure and write, after each round anew; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--only", choices=[scenario.name for scenario in SCENARIOS])
    said = parser.parse_args()
    absent = {client: why for client in OTHER_CLIENTS if (why := missing(client))}
    pooled, weights, rounds = asyncio.run(pools()), pages.measured(), list[Round]()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        for number in range(said.rounds):
            for scenario in SCENARIOS:
                if said.only in {None, scenario.name}:
                    rounds += _round(number, scenario, absent, Path(folder))
            whole = pages.renewed(page(SCENARIOS, rounds, absent, pooled), weights)
            said.out.write_text(whole, encoding="utf-8")
            sys.stderr.write(f"wrote {said.out}\n")
    return 0


def _round(number: int, scenario: Scenario, absent: dict[str, str], folder: Path) -> Iterator[Round]:
    """Everybody in the first round, one after another in random order; those that are paired in the others."""
    body = folder / f"{scenario.side}-{scenario.megabytes:g}.json"
    if not body.exists():
        command = [sys.executable, "-m", "tests.bench.bodies", str(body), str(scenario.side), str(scenario.megabytes)]
        subprocess.run(command, cwd=ROOT, check=True)
    clients = [name for name in scenario.clients if name not in absent and (number == 0 or name in PAIRED)]
    random.Random(f"{scenario.name} {number}").shuffle(clients)
    for client in clients:
        load, beside = os.getloadavg()[0], dict[str, float]()
        sys.stderr.write(f"{scenario.name} {number + 1} {client} (load {load:.1f})\n")
        with _busy(folder, beside) if scenario.busy else nullcontext():
            found = trial(client, scenario, body)
        yield Round(scenario.name, number, load, found, beside)


@contextmanager
def _busy(folder: Path, did: dict[str, float]) -> Iterator[None]:
    """Reports are rendered and rows stored beside us; `did` is filled with how many, at the end."""
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        command = [sys.executable, "-m", "tests.bench.noise", inner]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            yield
            did.update(json.loads(process.communicate()[0]))


if __name__ == "__main__":
    sys.exit(main())
