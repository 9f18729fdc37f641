"""`make bench-judge`: how long `upheld judge --json` and `upheld report` take for 20 providers, and what they need.

The rows are made by DuckDB, in order of time as a service stores them: control-plane calls every 22 s at a phase of
each provider's own, images every 15 minutes in shared blocks, a load run each week, outages, and single failures.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.store import Store, kinds, snapshot_for_reading
from monitor.store.database import connect
from probes.model import COLUMNS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks-judge.md"
PROVIDERS = 20
REACH_S, IMAGE_S = 22, 900
DENSE_S = 16  # of a quarter with ten million rows
LOOK_S = 0.25  # memory is looked at so often
END = datetime(2026, 11, 1)  # noqa: DTZ001 - as the table holds it, UTC without zone
BATCH_DAYS = 5

_TIMES = """
SELECT p, TIMESTAMP '{end}' - INTERVAL {back} DAY
        + INTERVAL (k * {reach} * 1000000 + p * 1000000 + {jitter}) MICROSECOND AS t,
    'reach' AS probe, 'scheduled' AS mode, NULL AS block, NULL AS run
FROM range({reaches}) r(k), range({providers}) q(p)
UNION ALL
SELECT p, TIMESTAMP '{end}' - INTERVAL {back} DAY + INTERVAL (k * {image}) SECOND + INTERVAL (p * 40) MILLISECOND,
    'baseline', 'scheduled', md5('{back}-' || k)::UUID, NULL
FROM range({images}) r(k), range({providers}) q(p)
UNION ALL
SELECT p, TIMESTAMP '{end}' - INTERVAL {back} DAY + INTERVAL (3600 * p + k) SECOND, 'burst', 'ramp', NULL,
    md5('{back}-run-' || p)::UUID
FROM range({bursts}) r(k), range({providers}) q(p)
"""
_COLUMNS = {
    "sample_id": "uuid()",
    "run_id": "coalesce(run, uuid())",
    "seq": "n",
    "block_id": "block",
    "location": "'fra-1'",
    "provider": "'provider-' || lpad(p::VARCHAR, 2, '0')",
    "model": "'gemini-3-pro-image'",
    "model_version": "CASE WHEN image AND NOT bad THEN 'gemini-3-pro-image-001' END",
    "probe": "probe",
    "mode": "mode",
    "size": "CASE WHEN image THEN '1K' END",
    "aspect_ratio": "CASE WHEN image THEN '1:1' END",
    "planned_at": "t",
    "sent_at": "t + INTERVAL (300 + r1 * 900) MICROSECOND",
    "lateness_ms": "0.3 + r1 * 0.9",
    "upload_ms": "0.1 + r2 * 0.1",
    "wait_ms": "CASE WHEN image THEN 6000 + 4000 * r3 ELSE 80 + 40 * r3 END",
    "download_ms": "CASE WHEN image THEN 300 + r2 * 50 ELSE 0.4 END",
    "total_ms": "CASE WHEN image THEN 6300.1 + 4000 * r3 + r2 * 50.1 ELSE 80.5 + 40 * r3 + 0.1 * r2 END",
    "conn_reused": "r1 > 0.1",
    "status": "CASE WHEN bad THEN 503 ELSE 200 END",
    "outcome": "CASE WHEN bad THEN 'overloaded' ELSE 'ok' END",
    "attribution": "'provider'",
    "rule": "CASE WHEN bad THEN 'server.overloaded' WHEN image THEN 'image.as_asked' ELSE 'reach.answered' END",
    "billed": "image AND NOT bad",
    "cost_usd": "CASE WHEN image AND NOT bad THEN 0.058 ELSE 0.0 END",
    "images": "CASE WHEN image AND NOT bad THEN 1 ELSE 0 END",
    "prev_hash": "''",
    "hash": "''",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the command."""

    what: str
    rows: int
    seconds: float
    cpu_s: float
    peak_gb: float


def make(data: Path, days: int, *, jitter: bool = False, end: datetime = END, reach_s: int = REACH_S) -> int:
    """A store of so many days; how many rows it has. `jitter`: control-plane calls that keep no phase."""
    path = data / "upheld.duckdb"
    Store.open(path).close()
    con = connect(path)
    con.execute("SET threads = 2")
    chosen = ", ".join(f"{_COLUMNS.get(name, 'NULL')} AS {name}" for name in COLUMNS)
    for back in range(days, 0, -BATCH_DAYS):
        batch = min(BATCH_DAYS, back)
        times = _TIMES.format(
            end=end, back=back, reach=reach_s, image=IMAGE_S, providers=PROVIDERS,
            reaches=batch * 86_400 // reach_s, images=batch * 86_400 // IMAGE_S, bursts=60,
            jitter="CAST(random() * 20000000 AS BIGINT)" if jitter else "0",
        )  # fmt: skip
        con.execute(
            f"INSERT INTO samples BY NAME SELECT {chosen} FROM (SELECT *, probe <> 'reach' AS image,"
            " row_number() OVER () AS n, r4 < 0.0003 OR hash(p, floor(epoch(t) / 1800)) % 2000 = 0 AS bad"
            " FROM (SELECT *, random() AS r1, random() AS r2, random() AS r3, random() AS r4"
            f" FROM ({times}))) ORDER BY t"
        )
    con.execute(
        "INSERT INTO kinds SELECT row_number() OVER () - 1, *"
        f" FROM (SELECT DISTINCT {', '.join(kinds.SHARED)} FROM samples)"
    )
    alike = " AND ".join(f"samples.{name} IS NOT DISTINCT FROM kinds.{name}" for name in kinds.SHARED)
    con.execute(f"UPDATE samples SET kind = kinds.kind FROM kinds WHERE {alike}")
    con.execute("CHECKPOINT")
    (rows,) = con.execute("SELECT count(*) FROM samples").fetchone() or (0,)
    con.close()
    return int(rows)


def config(folder: Path) -> Path:
    """Providers that are only watched, each with a promise."""
    text = f'[service]\ndata_dir = "{folder / "data"}"\nlocation = "fra-1"\n'
    for number in range(PROVIDERS):
        text += (
            f'\n[providers.provider-{number:02d}]\nadapter = "gemini"\nauth = "bearer"\nmodel = "gemini-3-pro-image"\n'
            f'base_url = "http://127.0.0.1:9"\napi_key_env = "NO_KEY"\nprices = {{ "1K" = 0.058 }}\n'
            f'\n[[providers.provider-{number:02d}.claims]]\nmetric = "uptime"\nop = ">="\nvalue = 0.999\n'
            'source = "https://example.com/sla"\nseen_on = 2026-10-01\n'
        )
    path = folder / "upheld.toml"
    path.write_text(text, encoding="utf-8")
    return path


def judged(folder: Path, what: str, rows: int) -> Measured:
    """`upheld judge --json`; every row has to be in it."""
    output, found = measure(folder, what, rows, "judge", "--json")
    counted = sum(one["samples"] for one in json.loads(output)["providers"].values())
    if counted != rows:
        raise SystemExit(f"{what}: {counted:,} rows judged, {rows:,} stored")
    return found


def measure(folder: Path, what: str, rows: int, *command: str) -> tuple[bytes, Measured]:
    """Run a command once, in processes of its own; what it wrote, and what it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, peak_gb = time.perf_counter(), 0.0
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", *command, "--config", str(folder / "upheld.toml")],
            cwd=ROOT, stdout=output, stderr=subprocess.PIPE,
        )  # fmt: skip
        while process.poll() is None:
            peak_gb = max(peak_gb, sum(map(_resident_gb, _family(process.pid))))
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_S)
        seconds = time.perf_counter() - began
        _, errors = process.communicate()
        if process.returncode:
            raise SystemExit(errors.decode())
        output.seek(0)
        written = output.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return written, Measured(what, rows, seconds, cpu_s, peak_gb or after.ru_maxrss / 1e6)


def _family(pid: int) -> Iterator[int]:
    """A process and those that it started, where the kernel tells of them."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                yield from _family(int(child))


def _resident_gb(pid: int) -> float:
    """Memory of a process; of what it shares with others, its share."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e6
    return 0.0


def cases(days: list[int], jittered: list[int], quarter: int) -> Iterator[Measured]:
    """Make each store, and judge it; make a site of the last."""
    for number, jitter in [*((n, False) for n in days), *((n, True) for n in jittered)]:
        with tempfile.TemporaryDirectory(prefix="upheld-judging-") as name:
            folder = Path(name)
            (folder / "data").mkdir()
            rows = make(folder / "data", number, jitter=jitter)
            config(folder)
            snapshot_for_reading(folder / "data")
            yield judged(folder, f"`judge --json`, {number} days{', no fixed phase' if jitter else ''}", rows)
    with tempfile.TemporaryDirectory(prefix="upheld-judging-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        rows = make(folder / "data", quarter, end=now, reach_s=DENSE_S)
        config(folder)
        snapshot_for_reading(folder / "data")
        for when in ("the first, with the pages of two weeks", "again"):
            yield measure(folder, f"`report`, {quarter} days, {when}", rows, "report")[1]


def page(found: list[Measured]) -> str:
    """The figures in Markdown."""
    lines = [
        "# Judging: benchmark\n",
        "Written by `make bench-judge`: the whole command from its start to its end, over the rows of 20 providers:",
        f"control-plane calls every {REACH_S} s (of the site {DENSE_S} s), images every 15 minutes in shared blocks,",
        "load runs, outages. The copy for readers exists, as where a service runs. Memory is that of all processes",
        "together, what they share counted once.\n",
        (
            f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
            f" (others had the machine too where that is above the cores), {datetime.now(UTC):%Y-%m-%d}.\n"
        ),
        "| command | rows | seconds | CPU seconds | most memory, GB |",
        "|---|--:|--:|--:|--:|",
        *(f"| {one.what} | {one.rows:,} | {one.seconds:.1f} | {one.cpu_s:.1f} | {one.peak_gb:.2f} |" for one in found),
    ]
    return "\n".join(lines) + "\n"


def main(days: list[int], jittered: list[int], quarter: int) -> None:
    """Measure, and write the page."""
    made = page(list(cases(days, jittered, quarter)))
    PAGE.write_text(made, encoding="utf-8")
    sys.stdout.write(made)


if __name__ == "__main__":
    main([30, 365], [365], 90)
