"""Plan -> a row for every planned request: the only place that fires.

Open loop: start times are fixed in advance and lateness is recorded, so slowness cannot hide. A request that could
not be sent is a row, too, with its reason. Nothing here retries.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from probes import outcomes
from probes.conversation import Tools, converse
from probes.model import NotSent, Outcome, Plan, Record, Sample, Shot, Target, Verdict, WireFault
from probes.rates import RateWindow
from probes.sampling import planned_row, price_usd, told_row

_SERVER_TROUBLE = frozenset((Outcome.SERVER_ERROR, Outcome.OVERLOADED, Outcome.TIMEOUT, Outcome.CONNECTION))
_WIRE_TROUBLE = frozenset(WireFault) - {WireFault.CUT, WireFault.TOO_LARGE, WireFault.PROTOCOL}


class Gate(Protocol):
    """Money is asked for before each dispatch, and settled after."""

    def reserve(self, provider: str, usd: float) -> str | None:
        """None: allowed, and the amount is reserved. Else the reason why not, for the row."""
        ...

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """Give the reservation back and book what was paid (None: not known, so the reservation stands)."""
        ...


class FreeGate:
    """A gate that lets everything pass: for requests that cost nothing."""

    def reserve(self, provider: str, usd: float) -> str | None:
        """Allowed."""
        del provider, usd
        return None

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """Nothing to book."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands; handed out after every row."""

    planned: int
    done: int
    in_flight: int
    outcomes: Mapping[str, int]
    spent_usd: float


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to. `stopped`: why it ended before its plan did."""

    run_id: UUID
    planned: int
    sent: int
    outcomes: Mapping[str, int]
    spent_usd: float
    stopped: str | None


async def run(
    plan: Plan,
    *,
    run_id: UUID,
    location: str,
    targets: Mapping[str, Target],
    tools: Tools,
    record: Record,
    gate: Gate,
    starts_at: datetime | None = None,
    stop: asyncio.Event | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    """Fire every shot of the plan at its time and record a row for each, sent or not.

    Offsets count from `starts_at` (now, if None): a slot's own time, so that lateness is counted from there.
    When `stop` is set, what has not been sent is recorded as `not_sent`, `shutdown`, and what is in flight finishes;
    cancelling the call instead abandons what is in flight, as rows.
    """
    context = _Context(run_id, location, targets, tools, record, gate, progress)
    clock = tools.clock
    now, now_s = clock.now(), clock.monotonic()
    started_at = starts_at or now
    origin_s = now_s - (now - started_at).total_seconds()
    return await _Run(plan, context, stop or asyncio.Event(), started_at, origin_s).execute()


@dataclass(frozen=True, slots=True)
class _Context:
    run_id: UUID
    location: str
    targets: Mapping[str, Target]
    tools: Tools
    record: Record
    gate: Gate
    progress: Callable[[Progress], None] | None


@dataclass(slots=True)
class _Run:
    """The state of one run; lives as long as `run`."""

    plan: Plan
    context: _Context
    stop: asyncio.Event
    started_at: datetime
    origin_s: float
    in_flight: int = 0
    sent: int = 0
    spent_usd: float = 0.0
    reserved_usd: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    errors_in_row: Counter[str] = field(default_factory=Counter)
    stopped: str | None = None
    freed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def execute(self) -> RunSummary:
        clock = self.context.tools.clock
        stopper = asyncio.create_task(self.stop.wait())
        try:
            async with asyncio.TaskGroup() as group:
                for seq, shot in enumerate(sorted(self.plan.shots, key=lambda shot: shot.offset_s)):
                    await self._until(self.origin_s + shot.offset_s, stopper)
                    hold = ExitStack()
                    hold.enter_context(clock.busy())
                    group.create_task(self._fire(seq, shot, hold))
        finally:
            stopper.cancel()
        planned = len(self.plan.shots)
        return RunSummary(self.context.run_id, planned, self.sent, dict(self.outcomes), self.spent_usd, self.stopped)

    async def _until(self, when_s: float, stopper: "asyncio.Task[bool]") -> None:
        """Wait for the time of a shot, or for the order to stop."""
        clock = self.context.tools.clock
        if self.stop.is_set() or clock.monotonic() >= when_s:
            return
        sleeper = asyncio.create_task(clock.sleep_until(when_s))
        try:
            await asyncio.wait({sleeper, stopper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()

    async def _fire(self, seq: int, shot: Shot, hold: ExitStack) -> None:
        with hold:
            planned_s = self.origin_s + shot.offset_s
            target = self.context.targets[shot.provider]
            refusal = await self._refusal(shot, target, planned_s)
            if refusal is not None:
                reason, why = refusal
                return self._keep(self._row(seq, shot, target, outcomes.not_sent(reason), error=why))
            await self._send(seq, shot, target, planned_s)
        return None

    async def _refusal(self, shot: Shot, target: Target, planned_s: float) -> tuple[NotSent, str] | None:
        """Why this request must not be sent; None, with its price reserved and its place taken, if it may."""
        if self.stop.is_set():
            return NotSent.SHUTDOWN, "stopped before it was due"
        if not await self._place(planned_s):
            return NotSent.LATE, f"{self.plan.max_in_flight} requests were still in flight"
        limit = self.plan.stop_after_errors
        if limit is not None and self.errors_in_row[shot.provider] >= limit:
            self.stopped = f"{limit} failures of {shot.provider} in a row"
            return NotSent.BREAKER, self.stopped
        cost_usd = price_usd(target, shot)
        if self.plan.max_usd is not None and self.spent_usd + self.reserved_usd + cost_usd > self.plan.max_usd + 1e-9:
            self.stopped = f"cap of this run, ${self.plan.max_usd:.2f}, reached"
            return NotSent.BUDGET, self.stopped
        if (reason := self.context.gate.reserve(shot.provider, cost_usd)) is not None:
            self.stopped = reason
            return NotSent.BUDGET, reason
        self.reserved_usd += cost_usd
        self.in_flight += 1
        return None

    async def _place(self, planned_s: float) -> bool:
        """Wait for a free place in flight, as long as the plan allows a request to be late."""
        clock, patience_s = self.context.tools.clock, self.plan.late_after_s
        if self.in_flight < self.plan.max_in_flight:
            return True
        left_s = None if patience_s is None else clock.real_s(max(planned_s + patience_s - clock.monotonic(), 0.0))
        try:
            async with asyncio.timeout(left_s), self.freed:
                await self.freed.wait_for(lambda: self.in_flight < self.plan.max_in_flight)
        except TimeoutError:
            return False
        return True

    async def _send(self, seq: int, shot: Shot, target: Target, planned_s: float) -> None:
        tools = self.context.tools
        sent_s = tools.clock.monotonic()
        below = _below_limit(tools.rates, shot, target, sent_s)
        self.sent += 1
        blank = self._row(seq, shot, target, outcomes.abandoned(), error="abandoned in flight at shutdown")
        sent_at = self.started_at + timedelta(seconds=sent_s - self.origin_s)
        blank = replace(blank, sent_at=sent_at, lateness_ms=max(sent_s - planned_s, 0.0) * 1000.0)
        sample = blank
        try:
            conversation = await converse(tools, target, shot.ask)
            control_ok = await tools.control.ok() if conversation.last.fault in _WIRE_TROUBLE else None
            verdict = outcomes.classify(
                shot.ask, conversation.last, conversation.answer, control_ok=control_ok, below_limit=below
            )
            sample = told_row(blank, verdict, conversation, target=target, shot=shot, control_ok=control_ok)
        finally:
            await self._settle(sample, shot, price_usd(target, shot))

    async def _settle(self, sample: Sample, shot: Shot, reserved_usd: float) -> None:
        """Book what it cost and keep the row; also when the request was abandoned."""
        self.in_flight -= 1
        self.reserved_usd -= reserved_usd
        self.spent_usd += reserved_usd if sample.cost_usd is None else sample.cost_usd
        self.context.gate.settle(shot.provider, reserved_usd, sample.cost_usd)
        trouble = sample.outcome in _SERVER_TROUBLE
        self.errors_in_row[shot.provider] = self.errors_in_row[shot.provider] + 1 if trouble else 0
        self._keep(sample)
        async with self.freed:
            self.freed.notify()

    def _row(self, seq: int, shot: Shot, target: Target, verdict: Verdict, *, error: str | None) -> Sample:
        """The row of a request as planned, with nothing measured yet."""
        return planned_row(
            shot,
            seq,
            model=target.model,
            run_id=self.context.run_id,
            location=self.context.location,
            started_at=self.started_at,
            verdict=verdict,
            error=error,
        )

    def _keep(self, sample: Sample) -> None:
        self.outcomes[sample.outcome] += 1
        self.context.record(sample)
        if self.context.progress is not None:
            done = sum(self.outcomes.values())
            self.context.progress(
                Progress(len(self.plan.shots), done, self.in_flight, dict(self.outcomes), self.spent_usd)
            )


def _below_limit(rates: RateWindow, shot: Shot, target: Target, at_s: float) -> bool | None:
    """Whether the requests of the last minute, this one included, stay within the advertised rate."""
    if shot.ask.is_reach:
        return None
    in_last_minute = rates.add(shot.provider, at_s)
    return None if target.advertised_rpm is None else in_last_minute <= target.advertised_rpm
