"""A probe on a schedule: which runs a slot consists of, and the rows of those requests that are not sent. Pure."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from monitor.judge.facts import Maintenance
from monitor.slots import Schedule
from probes import outcomes
from probes.ids import uuid7_of
from probes.model import NotSent, Plan, ProbeKind, Sample, Shot, Target, Verdict, in_order
from probes.sampling import planned_row


@dataclass(frozen=True, slots=True)
class Part:
    """One run of a slot. `name`: the provider, or "all" where providers are probed together."""

    name: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Job:
    """What is done at each slot of a schedule. The parts follow from the slot alone, so they can be found again.

    `at_once`: the parts begin together; else one after another, because they would disturb each other.
    `exclusive`: no other exclusive part may press the same provider meanwhile.
    `resumable`: a restart in the middle takes it up. `overlap`: earlier slots that may still be answering.
    """

    probe: ProbeKind
    schedule: Schedule
    interval: timedelta
    parts: Callable[[datetime], tuple[Part, ...]]
    targets: Mapping[str, Target]
    at_once: bool = True
    exclusive: bool = False
    resumable: bool = False
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class Division:
    """The shots of a part that are to be sent, and those that fall into announced maintenance, with their seq."""

    plan: Plan
    maintained: tuple[tuple[int, Shot], ...]

    def numbered(self) -> Iterator[tuple[int, Shot]]:
        """All shots with their place: first what is sent, as the runner counts, then the others."""
        yield from enumerate(in_order(self.plan.shots))
        yield from self.maintained


def run_id_of(location: str, probe: str, part: str, slot: datetime) -> UUID:
    """The run of a part of a slot: the same after a restart."""
    return uuid7_of(slot, location, probe, part)


def seed_of(location: str, probe: str, slot: datetime) -> int:
    """The seed of a slot's plan: the same after a restart, another for each slot."""
    named = f"{location}\0{probe}\0{slot.astimezone(UTC).isoformat()}"
    return int.from_bytes(hashlib.sha256(named.encode()).digest()[:4])


def divide(plan: Plan, slot: datetime, windows: Mapping[str, Sequence[Maintenance]]) -> Division:
    """Take out of a plan what falls into announced maintenance of its provider."""
    sent: list[Shot] = []
    kept_back: list[Shot] = []
    for shot in in_order(plan.shots):
        planned = slot + timedelta(seconds=shot.offset_s)
        inside = any(window.start <= planned < window.end for window in windows.get(shot.provider, ()))
        (kept_back if inside else sent).append(shot)
    maintained = tuple(enumerate(kept_back, start=len(sent)))
    return Division(replace(plan, shots=tuple(sent)), maintained)


@dataclass(frozen=True, slots=True)
class Unsent:
    """Makes the rows of requests of one run that were not sent."""

    job: Job
    location: str
    run_id: UUID
    started_at: datetime

    @classmethod
    def of(cls, job: Job, location: str, part: Part, slot: datetime) -> "Unsent":
        """For a part of a slot that never began."""
        return cls(job, location, run_id_of(location, job.probe, part.name, slot), slot)

    def row(self, seq: int, shot: Shot, verdict: Verdict, error: str) -> Sample:
        """One row."""
        return planned_row(
            shot,
            seq,
            model=self.job.targets[shot.provider].model,
            run_id=self.run_id,
            location=self.location,
            started_at=self.started_at,
            verdict=verdict,
            error=error,
        )

    def rows(self, numbered: Iterator[tuple[int, Shot]], reason: NotSent, error: str) -> Iterator[Sample]:
        """A row for each shot."""
        verdict = outcomes.not_sent(reason)
        return (self.row(seq, shot, verdict, error) for seq, shot in numbered)

    def one_per_provider(self, shots: Sequence[Shot], reason: NotSent, error: str) -> Iterator[Sample]:
        """A row for the first shot of each provider, which says for how many it stands."""
        verdict = outcomes.not_sent(reason)
        for provider in dict.fromkeys(shot.provider for shot in shots):
            own = [(seq, shot) for seq, shot in enumerate(shots) if shot.provider == provider]
            yield self.row(*own[0], verdict, error if len(own) == 1 else f"{error}; stands for {len(own)} requests")
