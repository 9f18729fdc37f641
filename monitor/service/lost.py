"""What a killed service had begun and not stored, as rows. Pure.

The plan of a slot follows from configuration and slot, so the requests that have no row are known. Of those that
were due before now it is not known whether they were sent and billed; none is sent again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from monitor.judge.facts import Maintenance
from monitor.service.gaps import MOST_ROWS
from monitor.service.job import Job, Part, Unsent, divide, run_id_of
from probes import outcomes
from probes.model import NotSent, Sample, Shot, Verdict

MAYBE_SENT = "the service was killed while this slot ran; whether this request was sent is not known"
NEVER_SENT = "the service was killed before this was due"

Stored = Mapping[int, datetime]  # what is stored of a run: place in the plan -> planned time


class _Lost(NamedTuple):
    seq: int
    shot: Shot
    verdict: Verdict
    error: str


def lost_rows(
    job: Job,
    location: str,
    slot: datetime,
    maintenance: Mapping[str, Sequence[Maintenance]],
    stored: Mapping[UUID, Stored],
    now: datetime,
) -> Iterator[Sample]:
    """A row for each request of the slot that has none; one for each provider where they are very many.

    Args:
        stored: rows of the slot's runs, by run.
        now: requests planned later than this were never sent.
    """
    for part in job.parts(slot):
        run_id = run_id_of(location, job.probe, part.name, slot)
        yield from _of_part(job, location, part, slot, maintenance, stored.get(run_id, {}), now)


def _of_part(
    job: Job,
    location: str,
    part: Part,
    slot: datetime,
    maintenance: Mapping[str, Sequence[Maintenance]],
    known: Stored,
    now: datetime,
) -> Iterator[Sample]:
    numbered = list(divide(part.plan, slot, maintenance).numbered())
    started_at = _started_at(numbered, known, slot)
    unsent = Unsent(job, location, run_id_of(location, job.probe, part.name, slot), started_at)
    missing = [_judged(seq, shot, started_at, now) for seq, shot in numbered if seq not in known]
    for lost in missing if len(missing) <= MOST_ROWS else _first_of_each(missing):
        yield unsent.row(*lost)


def _judged(seq: int, shot: Shot, started_at: datetime, now: datetime) -> _Lost:
    if started_at + timedelta(seconds=shot.offset_s) <= now:
        return _Lost(seq, shot, outcomes.abandoned(), MAYBE_SENT)
    return _Lost(seq, shot, outcomes.not_sent(NotSent.SHUTDOWN), NEVER_SENT)


def _first_of_each(missing: Sequence[_Lost]) -> Iterator[_Lost]:
    """One for each provider and verdict, which says for how many it stands."""
    for provider, error in dict.fromkeys((lost.shot.provider, lost.error) for lost in missing):
        same = [lost for lost in missing if (lost.shot.provider, lost.error) == (provider, error)]
        yield same[0]._replace(error=f"{error}; stands for {len(same)} requests")


def _started_at(numbered: Sequence[tuple[int, Shot]], known: Stored, slot: datetime) -> datetime:
    """When the run began: as the rows that it left say; else the slot's time."""
    for seq, shot in numbered:
        if seq in known:
            return known[seq] - timedelta(seconds=shot.offset_s)
    return slot
