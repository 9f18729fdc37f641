"""A run that outlasts a restart: where it goes on, and rows for what fell into the gap. Pure.

Before anything is sent, a run says durably how far it may send (`progress`), and nothing planned later is sent before
it has said so anew. So after a kill it is known of each request without a row: planned within that bound, it may have
been sent; planned between the bound and now, nobody was there to send it; planned later, it is still to be sent. It
goes on where the plan stands now: nothing is made up for, for a hurried rest would be another rate.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from monitor.service.job import Job, Part, Unsent
from monitor.service.lost import MAYBE_SENT, NEVER_SENT
from monitor.store import ProgressRow
from probes import outcomes
from probes.model import Mode, NotSent, Plan, Sample, Shot, Verdict
from probes.plans.endurance import Steady

AHEAD = timedelta(seconds=30)  # how far ahead of its clock a run says that it may send
RENEW_S = 10.0
NOBODY = "nobody was there to send it: the service was down while this run went on"
MARGIN = timedelta(seconds=1)
CHANGED = "not sent: the run was cut short by a restart, and its configuration is another one now"

_NOT_SENT = outcomes.not_sent(NotSent.SHUTDOWN)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a run: its offsets count from `begun_at`, places below `from_seq` are accounted for.

    `sent_until`: nothing planned later has been sent.
    """

    begun_at: datetime
    sent_until: datetime
    from_seq: int
    spent_usd: float


class Runs(Protocol):
    """Where progress and rows are kept (`monitor.store.Store`)."""

    def progress(self, run_id: UUID) -> ProgressRow | None:
        """How far a run may have sent."""
        ...

    def stored_of(self, run_id: UUID, since: datetime) -> dict[int, float | None]:
        """Its rows."""
        ...


def described(shots: Steady) -> str:
    """The plan as JSON, from which `Steady` can be made again."""
    return json.dumps({field.name: getattr(shots, field.name) for field in fields(shots)}, sort_keys=True)


def made_of(plan: str) -> Steady:
    """The shots that `described` described."""
    said = json.loads(plan)
    return Steady(**{**said, "mode": Mode(said["mode"])})


def going_on(plan: Plan, rest: Rest) -> Plan:
    """The plan for whoever takes it up."""
    return replace(plan, taken_up_from=rest.from_seq, spent_before_usd=rest.spent_usd)


@dataclass(frozen=True, slots=True)
class Gap:
    """A run that was cut short: what it said that it may send, and which of its rows are stored.

    `stored`: place in the plan -> what it cost (None: not known). `price`: of one request, for bills that nobody
    knows. `goes_on`: whether the rest is still what the configuration asks for.
    """

    shots: Steady
    progress: ProgressRow
    stored: Mapping[int, float | None]
    unsent: Unsent
    price: float
    goes_on: bool

    def rows(self, now: datetime) -> Iterator[Sample]:
        """A row for each request before the rest that has none; of the rest as well, if it does not go on."""
        behind = self._due(max(now, self.progress.sends_until))
        stepped_back = self.progress.sends_until > now + AHEAD
        for seq in range(len(self.shots) if not self.goes_on else behind):
            if seq not in self.stored:
                shot = self.shots[seq]
                verdict, why = (
                    self._judged(shot, now, stepped_back=stepped_back) if seq < behind else (_NOT_SENT, CHANGED)
                )
                yield self.unsent.row(seq, shot, verdict, why)

    def rest(self, now: datetime) -> Rest | None:
        """What is left: after now, and after all that may have been sent (a clock may have been set back meanwhile)."""
        sent_until = max(now, self.progress.sends_until)
        from_seq = self._due(sent_until)
        if from_seq >= len(self.shots) or not self.goes_on:
            return None
        maybe = sum(seq not in self.stored for seq in range(self._due(self.progress.sends_until)))
        known = sum(self.price if usd is None else usd for usd in self.stored.values())
        return Rest(self.progress.begun_at, sent_until, from_seq, known + maybe * self.price)

    def _judged(self, shot: Shot, now: datetime, *, stepped_back: bool) -> tuple[Verdict, str]:
        planned = self.progress.begun_at + timedelta(seconds=shot.offset_s)
        if planned > self.progress.sends_until:
            return outcomes.not_sent(NotSent.MISSED), NOBODY
        if planned <= now or stepped_back:
            return outcomes.abandoned(), MAYBE_SENT
        return _NOT_SENT, NEVER_SENT

    def _due(self, at: datetime) -> int:
        """How many were planned by a time."""
        return self.shots.due((at - self.progress.begun_at).total_seconds())


def interrupted(store: Runs, job: Job, part: Part, location: str, slot: datetime, shots: Steady) -> Gap | None:
    """The gap of a part of a slot that was left open; None: it is accounted for as a whole.

    Args:
        store: on its thread.
        shots: as the configuration asks for them now.
    """
    unsent = Unsent.of(job, location, part, slot)
    progress = store.progress(unsent.run_id)
    if progress is None:  # claimed, and never begun: or its rows say why it was not to begin
        if store.stored_of(unsent.run_id, slot - MARGIN):
            return None
        progress = ProgressRow(unsent.run_id, slot, slot - MARGIN, described(shots))
    as_begun = made_of(progress.plan)
    target = job.targets[as_begun.asked]
    return Gap(
        shots=as_begun,
        progress=progress,
        stored=store.stored_of(unsent.run_id, progress.begun_at - MARGIN),
        unsent=replace(unsent, started_at=progress.begun_at),
        price=target.usd_per_image.get(as_begun.size, 0.0),
        goes_on=as_begun == shots,
    )
