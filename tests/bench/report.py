"""Rounds -> the page `docs/benchmarks.md`. Figures are medians over rounds; ratios are of pairs of one round."""

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.trials import Scenario, Trial

PEER = "aiohttp"
_NAMES = {
    "ours": "**Upheld**",
    "aiohttp": "aiohttp, streamed",
    "aiohttp-discarding": "aiohttp, thrown away",
    "httpx": "httpx, plain",
}


@dataclass(frozen=True, slots=True)
class Round:
    """One trial, and how busy the machine was when it began."""

    scenario: str
    number: int
    load: float
    trial: Trial


@dataclass(frozen=True, slots=True)
class Figure:
    """A column: what it shows of a trial, and how."""

    title: str
    of: Callable[[Trial], float | None]
    digits: int = 0


def _memory_mb(trial: Trial) -> float:
    return trial.peak_mb + trial.helpers_mb


FIGURES = (
    Figure("first p50", lambda trial: trial.first_p50),
    Figure("first p99", lambda trial: trial.first_p99),
    Figure("total p50", lambda trial: trial.total_p50),
    Figure("total p99", lambda trial: trial.total_p99),
    Figure("above script p50", lambda trial: trial.above_p50),
    Figure("above script p99", lambda trial: trial.above_p99),
    Figure("CPU s", lambda trial: trial.cpu_s, 2),
    Figure("peak MB", lambda trial: trial.peak_mb),
    Figure("with helpers MB", _memory_mb),
    Figure("late p99", lambda trial: trial.lateness_p99),
    Figure("own error", lambda trial: trial.said_ms),
)
RATIOS = FIGURES[:9]
_EXPLAINED = """ Above the number of
its processors, other work took part: then only the ratios tell anything, and those roughly.

Every client asks a server in another process, which knows what it did. **first**, **total**: what the client measured
less what the server did, from the request that it had read to the first byte that it wrote, and to the last that the
kernel took, ms. **above script**: total less the delay that was asked for; what a slow reader costs the server shows
here alone. **CPU**: of the measuring process while it measured. **with helpers**: and of the processes beside it: ours
reads and checks every image in one, at low priority, which no other client does. **late**: planned until sent; all are
due at the same moment, so the hundredth waits for 99. **own error**: what our run printed of itself. Medians over the
rounds. `hey` numbers nothing, so its times are set against the server's by rank."""


def page(
    scenarios: Sequence[Scenario],
    rounds: Sequence[Round],
    absent: Mapping[str, str],
    pools: Mapping[str, Mapping[str, int]],
) -> str:
    """The whole page, in Markdown."""
    parts = [_head(rounds)]
    parts += [_section(scenario, own) for scenario in scenarios if (own := _of(rounds, scenario.name))]
    parts += [f"Not measured: {client}, because {why}." for client, why in absent.items()]
    parts.append(_pools(pools))
    return "\n\n".join(parts) + "\n"


def _of(rounds: Sequence[Round], scenario: str) -> list[Round]:
    return [one for one in rounds if one.scenario == scenario]


def _head(rounds: Sequence[Round]) -> str:
    loads = [one.load for one in rounds]
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    busy = f"Load of the machine (one minute) meanwhile: {min(loads):.1f} to {max(loads):.1f}."
    return f"# Benchmarks\n\nWritten by `make bench`, {when}, on {_machine()}. {busy}{_EXPLAINED}"


def _machine() -> str:
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{os.cpu_count()} x {cpu}, {memory:.0f} GB, {system}, Python {platform.python_version()}"


def _section(scenario: Scenario, rounds: Sequence[Round]) -> str:
    clients = sorted({one.trial.client for one in rounds}, key=lambda name: (name != "ours", name))
    table = _table(["client", "rounds", *(f.title for f in FIGURES)], [_row(name, rounds) for name in clients])
    ratios = [_ratio(figure, rounds) for figure in RATIOS]
    paired = _table(["ours / aiohttp, streamed", *(f.title for f in RATIOS)], [["median of pairs", *ratios]])
    failed = sum(one.trial.failed for one in rounds)
    note = f"\n\n{failed} requests came back without a number of the server's." if failed else ""
    return f"## {scenario.title}\n\n{table}\n\n{paired}{note}"


def _row(client: str, rounds: Sequence[Round]) -> list[str]:
    own = [one.trial for one in rounds if one.trial.client == client]
    return [_NAMES.get(client, client), str(len(own)), *(_median(figure, own) for figure in FIGURES)]


def _median(figure: Figure, trials: Sequence[Trial]) -> str:
    values = [value for trial in trials if (value := figure.of(trial)) is not None]
    return f"{statistics.median(values):.{figure.digits}f}" if values else "-"


def _ratio(figure: Figure, rounds: Sequence[Round]) -> str:
    """Ours over the peer's, of the same round; the median of them."""
    by_round: dict[int, dict[str, float]] = {}
    for one in rounds:
        value = figure.of(one.trial)
        if value is not None:
            by_round.setdefault(one.number, {})[one.trial.client] = value
    ratios = [pair["ours"] / pair[PEER] for pair in by_round.values() if "ours" in pair and pair.get(PEER, 0.0) > 0]
    return f"{statistics.median(ratios):.2f}" if ratios else "-"


def _pools(pools: Mapping[str, Mapping[str, int]]) -> str:
    rows = [[name, ", ".join(f"{count} x {what}" for what, count in found.items())] for name, found in pools.items()]
    title = "## After 1,000 cancelled requests, 10 calls to a healthy server"
    return f"{title}\n\n{_table(['client', 'they came to'], rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
