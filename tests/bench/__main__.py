"""`python -m tests.bench`: every client, every scenario, paired and in random order; writes docs/benchmarks.md.

`--rounds 3 --out FILE`; `--only NAME` runs one scenario. Never a test: figures are of this machine, at this hour.
"""

import argparse
import asyncio
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
from tests.bench.trials import OTHER_CLIENTS, PYTHON_CLIENTS, ROOT, Scenario, missing, trial

SCENARIOS = (
    Scenario("burst-5", "100 answers of 5 MB at once", 2048, 5, 1000, 1000),
    Scenario("burst-20", "100 answers of 20 MB at once", 4096, 20, 1000, 1000),
    Scenario("spread", "100 in flight, answers of 5 MB after 4 to 12 s", 2048, 5, 4000, 12000),
    Scenario("spread-busy", "The same while reports render and the store writes", 2048, 5, 4000, 12000, busy=True),
)
_PAIRED = ("ours", "aiohttp")  # of the longer scenarios, the others take part in the first round alone


def main() -> int:
    """Measure and write; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--only", choices=[scenario.name for scenario in SCENARIOS])
    said = parser.parse_args()
    absent = {client: why for client in OTHER_CLIENTS if (why := missing(client))}
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        for scenario in SCENARIOS:
            if said.only in {None, scenario.name}:
                rounds += _scenario(scenario, said.rounds, absent, Path(folder))
    whole = pages.renewed(page(SCENARIOS, rounds, absent, asyncio.run(pools())), pages.measured())
    said.out.write_text(whole, encoding="utf-8")
    sys.stderr.write(f"wrote {said.out}\n")
    return 0


def _scenario(scenario: Scenario, rounds: int, absent: dict[str, str], folder: Path) -> Iterator[Round]:
    body, rng = folder / f"{scenario.side}-{scenario.megabytes:g}.json", random.Random(scenario.name)
    if not body.exists():
        command = [sys.executable, "-m", "tests.bench.bodies", str(body), str(scenario.side), str(scenario.megabytes)]
        subprocess.run(command, cwd=ROOT, check=True)
    for number in range(rounds):
        everybody = number == 0 or scenario.name == "burst-5"
        clients = [name for name in (*PYTHON_CLIENTS, *OTHER_CLIENTS) if everybody or name in _PAIRED]
        rng.shuffle(clients)
        for client in clients:
            if client not in absent:
                with _busy(folder) if scenario.busy else nullcontext():
                    load = os.getloadavg()[0]
                    sys.stderr.write(f"{scenario.name} {number + 1}/{rounds} {client} (load {load:.1f})\n")
                    yield Round(scenario.name, number, load, trial(client, scenario, body))


@contextmanager
def _busy(folder: Path) -> Iterator[None]:
    """Reports are rendered and rows stored beside us."""
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        command = [sys.executable, "-m", "tests.bench.noise", inner]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            yield
            assert process.stdin is not None
            process.stdin.close()


if __name__ == "__main__":
    sys.exit(main())
