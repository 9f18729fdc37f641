"""Runs in compressed time, side by side: nobody skips over the start of another."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import cast

from probes.clock import SharedClock
from probes.control import Control
from probes.conversation import Tools
from probes.exchange import Wire
from probes.gates import FreeGate
from probes.ids import uuid7
from probes.model import Exchange, Plan, Request, Sample
from probes.reading import Reader
from probes.runner import run
from tests.probes.bench import START, target
from tests.probes.test_runner_rows import shots

HOUR_S = 3600.0


class SlowWire:
    """Answers after half a second of the shared clock."""

    def __init__(self, clock: SharedClock) -> None:
        self._clock = clock

    async def send(self, _request: Request, _timeout_s: float, *, cold: bool = False) -> Exchange:
        del cold
        await asyncio.sleep(self._clock.real_s(0.5))
        return Exchange(429, {}, b"")

    def forget(self, exchange: Exchange) -> None:
        """Its bodies are in memory."""


async def test_a_day_of_two_runs_passes_in_a_moment_and_every_request_is_on_time(tmp_path: Path) -> None:
    """One run at each full hour, the other half an hour later: a skip too far would be half an hour of lateness."""
    clock = SharedClock.create(tmp_path / "clock", START, 50.0, skip_idle=True)
    wire = cast(Wire, SlowWire(clock))
    tools = Tools(wire, Reader(), Control(wire, clock, ()), clock)
    rows: list[Sample] = []

    async def play(first_s: float) -> None:
        plan = Plan(shots(*(first_s + hour * HOUR_S for hour in range(24))), late_after_s=600.0)
        await run(
            plan,
            run_id=uuid7(),
            location="here",
            targets={"a": target()},
            tools=tools,
            record=rows.append,
            gate=FreeGate(),
            starts_at=START,
        )

    began_s = time.monotonic()
    await asyncio.gather(play(600.0), play(600.0 + HOUR_S / 2))
    assert [row.outcome for row in rows] == ["rate_limited"] * 48
    assert max(row.lateness_ms or 0.0 for row in rows) < 300_000
    assert clock.now() >= START + timedelta(hours=23)
    assert time.monotonic() - began_s < 10
