"""Plan -> a row for every planned request: the only place that fires.

Open loop: start times are fixed in advance and lateness is recorded, so slowness cannot hide. A request that could
not be sent is a row, too, with its reason. Nothing here retries.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from probes import outcomes
from probes.conversation import Tools, converse
from probes.gates import Gate, Refusal
from probes.instrument import Watch
from probes.model import (
    Continuation,
    Done,
    Mode,
    NotSent,
    Outcome,
    Plan,
    Record,
    Sample,
    Seen,
    Shot,
    Target,
    Verdict,
    Wait,
    WireFault,
    in_order,
)
from probes.progress import Progress, RunSummary
from probes.rates import RateWindow
from probes.run_error import RunError
from probes.sampling import broken_row, planned_row, price_usd, sample_id_of, told_row
from probes.wire_faults import describe

COLD_ONE_IN = 10
_SERVER_TROUBLE = frozenset((Outcome.SERVER_ERROR, Outcome.OVERLOADED, Outcome.TIMEOUT, Outcome.CONNECTION))
_WIRE_TROUBLE = frozenset(WireFault) - {WireFault.TOO_LARGE, WireFault.PROTOCOL}  # may be our own network


async def run(  # noqa: PLR0913 - all but one by name, and nothing of it belongs together
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
    measured: Callable[[RunError], None] | None = None,
) -> RunSummary:
    """Fire every shot of the plan at its time and record a row for each, sent or not.

    A run of requests that are all alike ends where one is refused for good, by its own cap or count of failures or by
    the gate: the others are recorded as `not_sent` for the same reason, and nobody waits for their times.

    Offsets count from `starts_at` (now, if None): a slot's own time, so that lateness is counted from there.
    When `stop` is set, what has not been sent is recorded as `not_sent`, `shutdown`, and what is in flight finishes;
    cancelling the call instead abandons what is in flight, too, as rows. `measured` is called with what the run found
    of its own error however it ends, since a cancelled call returns no summary.

    Raises:
        KeyError: the plan names a provider that has no target; nothing is sent.
    """
    if strangers := plan.providers - set(targets):
        raise KeyError(f"no target for {', '.join(sorted(strangers))}")
    context = _Context(run_id, location, targets, tools, record, gate, progress)
    clock = tools.clock
    now, now_s = clock.now(), clock.monotonic()
    started_at = starts_at or now
    origin_s = now_s - (now - started_at).total_seconds()
    begun, spent_usd = plan.taken_up_from, plan.spent_before_usd
    running = _Run(plan, context, stop or asyncio.Event(), started_at, origin_s, begun, spent_usd)
    if tools.instrument is None:
        return await running.execute()
    try:
        async with tools.instrument.watch() as running.watch:
            summary = await running.execute()
    finally:
        error = running.watch.told() if running.watch else None
        if measured and error:
            measured(error)
    return replace(summary, error=error)


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
    begun: int  # places in the plan below this were dispatched, or are somebody else's
    spent_usd: float
    in_flight: int = 0
    sent: int = 0
    reserved_usd: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    errors_in_row: Counter[str] = field(default_factory=Counter)
    stopped: str | None = None
    over: tuple[NotSent, str] | None = None  # why nothing that lies ahead can be sent
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # all is to stop, or it is over
    freed: asyncio.Event = field(default_factory=asyncio.Event)  # a place became free, or all is to stop
    watch: Watch | None = None  # of our own error
    rowless: set[int] = field(default_factory=set)  # dispatched, and no row yet
    seen: list[Seen] = field(default_factory=list)  # of a run that goes by its answers, by place
    news: asyncio.Event = field(default_factory=asyncio.Event)  # something came back, or all is to stop
    decided: bool = False  # such a run asks for nothing more

    async def execute(self) -> RunSummary:
        grown = [] if self.plan.more is None else list(in_order(self.plan.shots))
        shots = grown or in_order(self.plan.shots)
        obeying, ending = asyncio.create_task(self._stopped()), asyncio.create_task(self.ended.wait())
        try:
            async with asyncio.TaskGroup() as group:
                for seq in range(self.begun, len(shots)):
                    hold = await self._hold_from(self.origin_s + shots[seq].offset_s, ending)
                    if hold is None or self._ends:
                        _let_go(hold)
                        break
                    self._dispatch(group, seq, shots[seq], hold)
                    await asyncio.sleep(0)  # one at a time: those before it, and what has come, are not kept waiting
                if self.plan.more is not None and self.begun:
                    await self._go_on(self.plan.more, group, grown)
                    self.decided = True
                    self._tell()
        finally:
            obeying.cancel()
            ending.cancel()
            self._give_up(shots)
        return RunSummary(self.context.run_id, len(shots), self.sent, dict(self.outcomes), self.spent_usd, self.stopped)

    async def _stopped(self) -> None:
        """End with the order to stop, and wake those who wait for a place."""
        await self.stop.wait()
        self.ended.set()
        self.freed.set()
        self.news.set()

    @property
    def _ends(self) -> bool:
        return self.stop.is_set() or self.over is not None

    def _dispatch(self, group: asyncio.TaskGroup, seq: int, shot: Shot, hold: AbstractContextManager[None]) -> None:
        """Its time has come."""
        self.begun = seq + 1
        self.rowless.add(seq)
        if self.plan.more is not None:
            self.seen.append(Seen(shot.offset_s))
        task = group.create_task(self._fire(seq, shot))
        task.add_done_callback(lambda _: _let_go(hold))  # also if never begun

    async def _go_on(self, more: Continuation, group: asyncio.TaskGroup, shots: list[Shot]) -> None:
        """Send what the answers so far ask for, until they ask for nothing more."""
        clock = self.context.tools.clock
        while not self.stop.is_set() and self.stopped is None:
            self.news.clear()
            following = more.next(self.seen, clock.monotonic() - self.origin_s)
            if isinstance(following, Done):
                self.stopped = following.why
                return
            when_s = following.until_s if isinstance(following, Wait) else following.offset_s
            news = asyncio.create_task(self.news.wait())
            try:
                hold = await self._hold_from(self.origin_s + when_s, news)
            finally:
                news.cancel()
            if hold is None or isinstance(following, Wait):
                _let_go(hold)
                continue
            shots.append(following)
            self._dispatch(group, len(shots) - 1, following, hold)

    def _give_up(self, shots: Sequence[Shot]) -> None:
        """A row for every request that has none: the run was stopped or cancelled before it was due.

        Of a run that will be taken up again, what lies ahead is left to whoever does that.
        """
        if self.rowless or self.begun < len(shots):
            self.stopped = self.stopped or "stopped before its plan ended"
        reason, why = self.over or (NotSent.SHUTDOWN, "stopped before it was due")
        ahead = () if self.plan.resumable else range(self.begun, len(shots))
        for seq in (*sorted(self.rowless), *ahead):
            self._keep(self._row(seq, shots[seq], outcomes.not_sent(reason), error=why))

    async def _hold_from(self, when_s: float, stopper: "asyncio.Task[Any]") -> AbstractContextManager[None] | None:
        """Wait for the time of a shot and hold the clock from then on; None if `stopper` came first."""
        clock = self.context.tools.clock
        if self._ends or clock.monotonic() >= when_s:
            return await clock.hold_from(clock.monotonic())
        sleeper = asyncio.create_task(clock.hold_from(when_s))
        try:
            await asyncio.wait({sleeper, stopper}, return_when=asyncio.FIRST_COMPLETED)
            return sleeper.result() if sleeper.done() else None
        except asyncio.CancelledError:
            sleeper.add_done_callback(_nobody_took_it)
            raise
        finally:
            if not sleeper.done():
                sleeper.cancel()

    async def _fire(self, seq: int, shot: Shot) -> None:
        planned_s = self.origin_s + shot.offset_s
        target = self.context.targets[shot.provider]
        refusal = await self._refusal(shot, target, planned_s)
        if refusal is None:
            return await self._send(seq, shot, target)
        reason, why = refusal
        if self.plan.more is not None:
            self.stopped = self.stopped or why  # what follows would be refused, too
            self.news.set()
        elif self._is_for_good(reason, shot, target):
            self.over = refusal
            self.ended.set()
        return self._keep(self._row(seq, shot, outcomes.not_sent(reason), error=why))

    def _is_for_good(self, reason: NotSent, shot: Shot, target: Target) -> bool:
        """Whether nothing that lies ahead can be sent either: only an answer could change that, and none is to come."""
        if self.in_flight or self.plan.resumable or not self.plan.is_uniform:
            return False
        if reason is NotSent.BREAKER:  # our own: that of a service lets trials through
            limit = self.plan.stop_after_errors
            return limit is not None and self.errors_in_row[shot.provider] >= limit
        usd, until = price_usd(target, shot), self.started_at + timedelta(seconds=self.plan.duration_s)
        return reason is NotSent.BUDGET and (self._exceeds(usd) or self.context.gate.lasting(shot.provider, usd, until))

    def _exceeds(self, usd: float) -> bool:
        """Whether the run's own cap has no room for so much, with what is in flight."""
        cap = self.plan.max_usd
        return cap is not None and self.spent_usd + self.reserved_usd + usd > cap + 1e-9

    async def _refusal(self, shot: Shot, target: Target, planned_s: float) -> tuple[NotSent, str] | None:
        """Why this request must not be sent; None, with its price reserved and its place taken, if it may."""
        if (late := await self._late(planned_s)) is not None:
            return NotSent.LATE, late
        if self.stop.is_set():
            return NotSent.SHUTDOWN, "stopped before it was sent"
        limit = self.plan.stop_after_errors
        if limit is not None and self.errors_in_row[shot.provider] >= limit:
            self.stopped = f"{limit} failures of {shot.provider} in a row"
            return NotSent.BREAKER, self.stopped
        cost_usd = price_usd(target, shot)
        if self._exceeds(cost_usd):
            self.stopped = f"cap of this run, ${self.plan.max_usd:.2f}, reached"
            return NotSent.BUDGET, self.stopped
        refusal = self.context.gate.reserve(shot.provider, cost_usd)
        if refusal is None:
            self.reserved_usd += cost_usd
            self.in_flight += 1
            return None
        if isinstance(refusal, str):
            self.stopped, refusal = refusal, Refusal(NotSent.BUDGET, refusal)
        return refusal.reason, refusal.why

    async def _late(self, planned_s: float) -> str | None:
        """Wait for a free place in flight, as long as the plan allows a request to be late; then say why it is."""
        clock, patience_s = self.context.tools.clock, self.plan.late_after_s
        if patience_s is None:
            await self._place()
            return None
        left_s = planned_s + patience_s - clock.monotonic()
        if left_s < 0:
            return f"due {patience_s - left_s:.1f} s ago"
        try:
            async with asyncio.timeout(clock.real_s(left_s)):
                await self._place()
        except TimeoutError:
            return f"{self.plan.max_in_flight} requests were still in flight"
        return None

    async def _place(self) -> None:
        """Return when there is a free place, or when there is no more need of one."""
        while self.in_flight >= self.plan.max_in_flight and not self.stop.is_set():
            self.freed.clear()
            await self.freed.wait()

    async def _send(self, seq: int, shot: Shot, target: Target) -> None:
        tools = self.context.tools
        sent_s = tools.clock.monotonic()
        below = _below_limit(tools.rates, shot, target, sent_s)
        if self.plan.more is not None:
            self.seen[seq] = Seen(sent_s - self.origin_s)
        sample: Sample | None = None  # made when all is over: others are due at the same moment
        try:
            sample = await self._ask(seq, shot, target, below)
        except Exception as exc:  # noqa: BLE001 - the boundary: what is wrong with us is a row, too, and ends no run
            sample = broken_row(self._begun(seq, shot, sent_s), outcomes.broken(), target, describe(exc))
        finally:
            row = sample or self._begun(seq, shot, sent_s)
            self.sent += row.sent_at is not None
            self._settle(row, shot, price_usd(target, shot))

    def _is_cold(self, seq: int, shot: Shot) -> bool:
        """Whether this request must open a connection: one in ten of the scheduled ones for an image, by its identity.

        Else it is not known what a first request costs: under way every few minutes, most find a connection open.
        """
        if shot.mode is not Mode.SCHEDULED or shot.ask.is_reach:
            return False
        planned_at = self.started_at + timedelta(seconds=shot.offset_s)
        return sample_id_of(planned_at, self.context.run_id, seq).int % COLD_ONE_IN == 0

    def _begun(self, seq: int, shot: Shot, sent_s: float) -> Sample:
        """The row of a request that was begun: until more is known, it was abandoned."""
        return self._row(
            seq,
            shot,
            outcomes.abandoned(),
            error="abandoned in flight at shutdown",
            sent_after_s=sent_s - self.origin_s,
        )

    async def _ask(self, seq: int, shot: Shot, target: Target, below: bool | None) -> Sample:  # noqa: FBT001 - as measured, not a switch
        tools = self.context.tools
        flying = partial(self.watch.flying, shot.ask) if self.watch else nullcontext
        conversation = await converse(tools, target, shot.ask, cold=self._is_cold(seq, shot), flying=flying)
        if conversation.began_s is None:  # nothing was handed over: our own credential gave no token
            blank = self._row(seq, shot, outcomes.broken(), error=None)
        else:
            blank = self._begun(seq, shot, conversation.began_s)
        if self.watch is not None and blank.lateness_ms is not None:
            self.watch.lateness.add(blank.lateness_ms)
            self.watch.held_up_ms = max(self.watch.held_up_ms, conversation.held_up_ms)
        control_ok = await tools.control.ok() if conversation.last.fault in _WIRE_TROUBLE else None
        verdict = outcomes.classify(
            shot.ask,
            conversation.last,
            conversation.answer,
            control_ok=control_ok,
            below_limit=below,
            accepted=conversation.accepted,
            patient=target.timeout_s >= target.advised_timeout_s.get(shot.ask.size or "", 0.0),
        )
        return told_row(blank, verdict, conversation, target=target, shot=shot, control_ok=control_ok)

    def _settle(self, sample: Sample, shot: Shot, reserved_usd: float) -> None:
        """Book what it cost and keep the row; also when the request was abandoned."""
        self.in_flight -= 1
        self.reserved_usd -= reserved_usd
        self.spent_usd += reserved_usd if sample.cost_usd is None else sample.cost_usd
        self.context.gate.settle(shot.provider, reserved_usd, sample.cost_usd)
        trouble = sample.outcome in _SERVER_TROUBLE
        self.errors_in_row[shot.provider] = self.errors_in_row[shot.provider] + 1 if trouble else 0
        self.freed.set()
        if self.plan.more is not None:
            self._note(sample)
        self._keep(sample)

    def _note(self, sample: Sample) -> None:
        """For a run that goes by its answers."""
        ended_s = self.context.tools.clock.monotonic() - self.origin_s
        self.seen[sample.seq] = replace(
            self.seen[sample.seq],
            ended_s=ended_s,
            outcome=sample.outcome,
            detail=sample.detail,
            retry_after_s=sample.retry_after_s,
        )
        self.news.set()

    def _row(
        self, seq: int, shot: Shot, verdict: Verdict, *, error: str | None, sent_after_s: float | None = None
    ) -> Sample:
        """The row of a request as planned, with nothing measured yet."""
        return planned_row(
            shot,
            seq,
            model=self.context.targets[shot.provider].model,
            run_id=self.context.run_id,
            location=self.context.location,
            started_at=self.started_at,
            verdict=verdict,
            error=error,
            sent_after_s=sent_after_s,
        )

    def _keep(self, sample: Sample) -> None:
        self.rowless.discard(sample.seq)
        self.outcomes[sample.outcome] += 1
        self.context.record(sample)
        self._tell()

    def _tell(self) -> None:
        """Where the run stands. One that goes by its answers has at least one more request before it, until its end."""
        if self.context.progress is None:
            return
        planned = len(self.plan.shots) if self.plan.more is None else len(self.seen) + (not self.decided)
        done = sum(self.outcomes.values())
        self.context.progress(Progress(planned, done, self.in_flight, dict(self.outcomes), self.spent_usd))


def _let_go(hold: AbstractContextManager[None] | None) -> None:
    """Leave a hold on the clock."""
    with hold or nullcontext():
        return


def _nobody_took_it(sleeper: "asyncio.Task[AbstractContextManager[None]]") -> None:
    """The run was cancelled at the very moment when its sleeper woke: leave the hold that it brought."""
    if not sleeper.cancelled() and sleeper.exception() is None:
        _let_go(sleeper.result())


def _below_limit(rates: RateWindow, shot: Shot, target: Target, at_s: float) -> bool | None:
    """Whether the requests of the last minute, this one included, stay within the advertised rate."""
    if shot.ask.is_reach:
        return None
    in_last_minute = rates.add(shot.provider, at_s)
    return None if target.advertised_rpm is None else in_last_minute <= target.advertised_rpm
