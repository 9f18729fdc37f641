"""Run the script: simulator in its own process, one compressed clock, real sockets, the real store."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from monitor.budget import Budget, Caps, Limits
from monitor.cli.demonstration import script
from monitor.config import Config, load, location_of
from monitor.config.sections import Probes
from monitor.service.errand import entry_of
from monitor.store import Writer
from probes.clock import SharedClock
from probes.conversation import Tools, open_tools
from probes.ids import uuid7
from probes.model import Plan, Target
from probes.progress import Progress
from probes.run_error import RunError
from probes.runner import run
from probes.simulator.loading import SHIPPED
from probes.simulator.loading import load as load_scenario
from probes.simulator.process import Simulator, running

SCENARIO = SHIPPED / "demo.toml"
TEMPLATE = Path(__file__).parent / "upheld.toml"
MARK = b"# Four simulated providers that we run ourselves; none of them exists. Written by `upheld demo`."
T = TypeVar("T")
Report = Callable[[str, int, int | None], None]  # stage, rows so far, rows planned (None: as many as it takes)


class NotItsOwn(Exception):  # noqa: N818 - reads as what it is
    """Wrong usage: the demonstration would take the place of something real."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Played:
    """What was played: the configuration that judges it, and from when to when.

    What the simulator really served lies beside the rows, as `truth.json`.
    """

    config: Config
    config_path: Path
    since: datetime
    until: datetime
    rate: float


def play(out: Path, report: Report, *, span_s: float = script.WEEK_S, now: datetime | None = None) -> Played:
    """Measure `span_s` seconds of four simulated providers that end about now; rows go to `out`/upheld.duckdb."""
    _refuse_what_is_not_ours(out)
    start = _whole_minute((now or datetime.now(UTC)) - timedelta(seconds=span_s))
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("upheld.duckdb*"):
        stale.unlink()
    with tempfile.TemporaryDirectory() as folder:
        clock_file = Path(folder) / "clock"
        clock = SharedClock.create(clock_file, start, script.WEEK_RATE, skip_idle=True)
        with running(SCENARIO, clock=clock_file, starts_at=start, span_s=span_s) as simulator:
            config_path = _write_config(out, simulator)
            config = load(config_path, {})
            asyncio.run(_measure(config, clock, simulator, report, span_s))
            (out / "truth.json").write_text(json.dumps(simulator.ledger(), indent=1), encoding="utf-8")
            return Played(config, config_path, start, clock.now(), script.WEEK_RATE)


def _refuse_what_is_not_ours(out: Path) -> None:
    """The demonstration begins by clearing its store: never that of somebody who measures.

    Raises:
        NotItsOwn: a configuration or a store lies there that no demonstration wrote.
    """
    config = out / "upheld.toml"
    found = [path.name for path in (config, out / "upheld.duckdb", out / "data") if path.exists()]
    if found and not (config.is_file() and config.read_bytes().startswith(MARK)):
        raise NotItsOwn(f"{out} holds {found[0]}, which is not of a demonstration; choose a folder of its own: --out")


def _whole_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _write_config(out: Path, simulator: Simulator) -> Path:
    path = out / "upheld.toml"
    path.write_text(TEMPLATE.read_text(encoding="utf-8").replace("BASE_URL", simulator.base_url), encoding="utf-8")
    return path


def _keys() -> dict[str, str]:
    """The environment that the configuration names its keys by, from the scenario."""
    providers = load_scenario(SCENARIO).providers
    return {
        f"UPHELD_DEMO_{name.upper()}": keys[0]
        for name, provider in providers.items()
        for keys in list(provider.projects.values())[:1]
    }


async def _measure(config: Config, clock: SharedClock, simulator: Simulator, report: Report, span_s: float) -> None:
    targets = config.targets(_keys())
    writer = Writer.start(config.service.data_dir / "upheld.duckdb")
    try:
        async with open_tools(clock, control_urls=[f"{simulator.base_url}/_sim/ledger"]) as tools:
            crew = _Crew(config, targets, tools, writer, report)
            await crew.run_together("a week of reach and baseline", _week(config.probes, list(targets), span_s))
            clock.set_rate(script.LOAD_RATE)
            for stage, plan in _loads(config.probes, targets):
                await crew.run_together(stage, [plan])
        await writer.flush()
    finally:
        await writer.stop()


def _week(probes: Probes, names: list[str], span_s: float) -> list[Plan]:
    """What runs side by side through the week."""
    reach, baseline = _of_ours(probes.reach), _of_ours(probes.baseline)
    return [script.week_of_reach(reach, names, span_s), script.week_of_baseline(baseline, names, span_s)]


def _loads(probes: Probes, targets: Mapping[str, Target]) -> Iterator[tuple[str, Plan]]:
    """One after the other, each with what it is called while it lasts."""
    burst, endurance = _of_ours(probes.burst), _of_ours(probes.endurance)
    yield f"{burst.concurrency} requests at once", script.at_once(burst, targets)
    yield f"{endurance.share_of_limit:.0%} of the advertised rate", script.steadily(endurance, targets)
    yield f"until {script.HELD_BACK}'s limit is known", script.to_the_limit()


def _of_ours(table: T | None) -> T:
    assert table is not None, "the demonstration's own configuration has all of them"  # noqa: S101 - for the type checker
    return table


class _Crew:
    """Runs plans side by side and adds up their progress."""

    def __init__(
        self, config: Config, targets: Mapping[str, Target], tools: Tools, writer: Writer, report: Report
    ) -> None:
        """Everything a run needs, once."""
        self._location = location_of(config)
        self._targets = targets
        self._tools = tools
        self._writer = writer
        self._report = report
        caps = Caps(config.budget.usd_per_day, config.budget.usd_per_month)
        self._budget = Budget(Limits(caps), tools.clock.now)

    async def run_together(self, stage: str, plans: list[Plan]) -> None:
        """All plans at once, from the same origin; progress is told under the name of the stage."""
        planned = None if any(plan.more for plan in plans) else sum(len(plan.shots) for plan in plans)
        done = [0] * len(plans)

        def teller(index: int) -> Callable[[Progress], None]:
            def tell(progress: Progress) -> None:
                done[index] = progress.done
                self._report(stage, sum(done), planned)

            return tell

        run_ids = [await self._enter(plan) for plan in plans]  # before time counts: it runs fast
        starts_at = self._tools.clock.now()
        async with asyncio.TaskGroup() as group:
            for index, (run_id, plan) in enumerate(zip(run_ids, plans, strict=True)):
                group.create_task(self._run(run_id, plan, starts_at, teller(index)))

    async def _enter(self, plan: Plan) -> UUID:
        run_id = uuid7(self._tools.clock.now())
        entry = entry_of(plan, run_id, self._tools.clock.now(), self._location, simulated=True)
        await self._writer.call(lambda store: store.start_run(entry))
        return run_id

    async def _run(self, run_id: UUID, plan: Plan, starts_at: datetime, tell: Callable[[Progress], None]) -> None:
        """Also where Ctrl-C ends it, what it found of its own error is stored."""
        errors: list[RunError] = []
        state = "stopped"
        try:
            summary = await run(
                plan,
                run_id=run_id,
                location=self._location,
                targets=self._targets,
                tools=self._tools,
                record=self._writer.put,
                gate=self._budget,
                starts_at=starts_at,
                progress=tell,
                measured=errors.append,
            )
            state = "stopped" if summary.stopped else "done"
        finally:
            ended, found = self._tools.clock.now(), next(iter(errors), None)
            await self._writer.call(lambda store: store.end_run(run_id, state, ended, found))
