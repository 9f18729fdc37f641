"""Rounds -> the page `docs/benchmarks.md`. Figures are medians over rounds; ratios are of pairs of one round."""

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.trials import PAIRED, Scenario, Trial

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
    beside: Mapping[str, float] = field(default_factory=dict)  # what the product did meanwhile: renders, rows, seconds


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
    Figure("late p99", lambda trial: trial.lateness_p99, 1),
    Figure("own error", lambda trial: trial.said_ms),
)
RATIOS = FIGURES[:9]
_CPU, _MEMORY, _LATE = FIGURES[6], FIGURES[8], FIGURES[9]
_EXPLAINED = """ Above the number of
its processors, other work took part: then only the ratios tell anything, and those roughly.

Every client asks a server in another process, which knows what it did. **first**, **total**: what the client measured
less what the server did, from the request that it had read to the first byte that it wrote, and to the last that the
kernel took, ms. **above script**: total less the delay that was asked for; what a slow reader costs the server shows
here alone. **CPU**: of the measuring process while it measured. **with helpers**: and of the processes beside it: ours
reads and checks every image in one, at low priority, which no other client does. **late**: planned until sent; where
all are due at the same moment, the hundredth waits for 99. **own error**: what our run printed of itself. Medians over
the rounds; of the clients that are not paired, one round. `hey` does not tell which answer was whose, so that the truth
of a single one is not known: no first, no total, and what is above script only where all were asked to take as long."""
_ERRORS = 4  # of RATIOS: those of first and total
_MEMORY_MB, _LATE_MS = 200, 5


def page(
    scenarios: Sequence[Scenario],
    rounds: Sequence[Round],
    absent: Mapping[str, str],
    pools: Mapping[str, Mapping[str, int]],
) -> str:
    """The whole page, in Markdown."""
    parts = [_head(rounds), _targets(scenarios, rounds)]
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


def _targets(scenarios: Sequence[Scenario], rounds: Sequence[Round]) -> str:
    """Each target, and in words whether it is met."""
    lines: list[str] = []
    for scenario in scenarios:
        own = _of(rounds, scenario.name)
        if not own:
            continue
        errors = [(figure.title, _ratio(figure, own)) for figure in RATIOS[:_ERRORS]]
        lines.append(_line(scenario, "error at or under aiohttp's", [(t, r, 1.0) for t, r in errors], "times"))
        lines.append(_line(scenario, "CPU at or under aiohttp's", [("CPU", _ratio(_CPU, own), 1.0)], "times"))
        ours = [one.trial for one in own if one.trial.client == "ours"]
        if scenario.name == "burst-20":
            whole = _median(_MEMORY, ours)
            lines.append(_line(scenario, "at most 200 MB in all", [("peak", whole, _MEMORY_MB)], "MB"))
        if scenario.per_s:
            late = _median(_LATE, ours)
            lines.append(_line(scenario, "dispatch lateness p99 at most 5 ms", [("p99", late, _LATE_MS)], "ms"))
    return "## Targets\n\n" + "\n".join(lines)


def _line(scenario: Scenario, target: str, found: Sequence[tuple[str, float | None, float]], unit: str) -> str:
    missed = any(value is None or round(value, 2) > most for _, value, most in found)
    told = ", ".join(f"{title} {'unknown' if value is None else f'{value:.2f}'} {unit}" for title, value, _ in found)
    return f"* {scenario.title}: {target}: **{'missed' if missed else 'met'}** ({told})."


def _section(scenario: Scenario, rounds: Sequence[Round]) -> str:
    clients = sorted({one.trial.client for one in rounds}, key=lambda name: (name != "ours", name))
    table = _table(["client", "rounds", *(f.title for f in FIGURES)], [_row(name, rounds) for name in clients])
    ratios = [_shown(_ratio(figure, rounds), 2) for figure in RATIOS]
    paired = _table(["ours / aiohttp, streamed", *(f.title for f in RATIOS)], [["median of pairs", *ratios]])
    failed = sum(one.trial.failed for one in rounds)
    note = f"\n\n{failed} requests came back without a number of the server's." if failed else ""
    return f"## {scenario.title}\n\n{_loads(rounds)}\n\n{table}\n\n{paired}{note}"


def _loads(rounds: Sequence[Round]) -> str:
    """How busy the machine was, and what else of the product's was done."""
    loads = [f"{name} {', '.join(f'{one.load:.1f}' for one in rounds if one.trial.client == name)}" for name in PAIRED]
    text = f"Load when each began: {'; '.join(loads)}."
    seconds = sum(one.beside.get("seconds", 0.0) for one in rounds)
    if not seconds:
        return text
    renders, rows = (sum(one.beside[what] for one in rounds) for what in ("renders", "rows"))
    return f"{text} Meanwhile, in {seconds:.0f} s: all pages rendered {renders:.0f} times, {rows:.0f} rows stored."


def _row(client: str, rounds: Sequence[Round]) -> list[str]:
    own = [one.trial for one in rounds if one.trial.client == client]
    figures = [_shown(_median(figure, own), figure.digits) for figure in FIGURES]
    return [_NAMES.get(client, client), str(len(own)), *figures]


def _shown(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _median(figure: Figure, trials: Sequence[Trial]) -> float | None:
    values = [value for trial in trials if (value := figure.of(trial)) is not None]
    return statistics.median(values) if values else None


def _ratio(figure: Figure, rounds: Sequence[Round]) -> float | None:
    """Ours over the peer's, of the same round; the median of them."""
    by_round: dict[int, dict[str, float]] = {}
    for one in rounds:
        value = figure.of(one.trial)
        if value is not None:
            by_round.setdefault(one.number, {})[one.trial.client] = value
    ratios = [pair["ours"] / pair[PEER] for pair in by_round.values() if "ours" in pair and pair.get(PEER, 0.0) > 0]
    return statistics.median(ratios) if ratios else None


def _pools(pools: Mapping[str, Mapping[str, int]]) -> str:
    rows = [[name, ", ".join(f"{count} x {what}" for what, count in found.items())] for name, found in pools.items()]
    title = "## After 1,000 cancelled requests, 10 calls to a healthy server"
    return f"{title}\n\n{_table(['client', 'they came to'], rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
