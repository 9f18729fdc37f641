"""Holes as rows: what a schedule asked for and nobody sent. Pure.

A hole of a few hours has one row for each request. A long one would fill the store with rows that say the same, so
above `MOST_ROWS` there is one row for each slot and provider, and above `MOST_SLOT_ROWS` one for each UTC day and
provider; each says for how many it stands. Time without rows is unknown time either way, never up.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from monitor.service.job import Job, Part, Unsent
from probes import outcomes
from probes.model import NotSent, Record, Sample, in_order

MOST_ROWS = 10_000
MOST_SLOT_ROWS = 100_000
MOST_ENTRIES = 1_500  # a day of minutes
_STOPPED = outcomes.not_sent(NotSent.SHUTDOWN).rule


def rows(job: Job, location: str, slots: Sequence[datetime], reason: NotSent, error: str) -> Iterator[Sample]:
    """Rows for slots none of whose requests was sent; at most about `MOST_SLOT_ROWS`, and some for each day above."""
    if not slots:
        return
    parts = job.parts(slots[0])
    if len(slots) * sum(len(part.plan.shots) for part in parts) <= MOST_ROWS:
        yield from _each_request(job, location, slots, reason, error)
    elif len(slots) * len(_providers(parts)) <= MOST_SLOT_ROWS:
        for slot in slots:
            yield from _each_provider(job, location, slot, reason, error)
    else:
        yield from _each_day(job, location, slots, reason, error)


def _each_request(job: Job, location: str, slots: Sequence[datetime], reason: NotSent, error: str) -> Iterator[Sample]:
    for slot in slots:
        for part in job.parts(slot):
            unsent = Unsent.of(job, location, part, slot)
            yield from unsent.rows(enumerate(in_order(part.plan.shots)), reason, error)


def _each_provider(job: Job, location: str, slot: datetime, reason: NotSent, error: str) -> Iterator[Sample]:
    for part in job.parts(slot):
        shots = in_order(part.plan.shots)
        yield from Unsent.of(job, location, part, slot).one_per_provider(shots, reason, error)


def _each_day(job: Job, location: str, slots: Sequence[datetime], reason: NotSent, error: str) -> Iterator[Sample]:
    for _, same_day in groupby(slots, key=datetime.date):
        day = list(same_day)
        span = f"{error}; one of {len(day)} slots from {day[0]:%Y-%m-%d %H:%M:%S} to {day[-1]:%H:%M:%S} UTC"
        yield from _each_provider(job, location, day[0], reason, span)


def _providers(parts: Sequence[Part]) -> set[str]:
    return {shot.provider for part in parts for shot in part.plan.shots}


def day_rows(job: Job, location: str, days: Sequence[datetime], reason: NotSent, error: str) -> Iterator[Sample]:
    """Rows for the first slots of days of which no slot was begun."""
    for slot in days:
        yield from _each_provider(job, location, slot, reason, f"{error}; stands for all slots of {slot:%Y-%m-%d} UTC")


class Curtailed:
    """Hands rows on, but holds back those of requests that an order to stop left unsent, until it is known how many.

    Days of an endurance run that is ended early would else be a hundred thousand rows that say the same.
    """

    def __init__(self, put: Record) -> None:
        """`put`: where rows go."""
        self._put = put
        self._unsent: list[Sample] = []

    def __call__(self, row: Sample) -> None:
        """Take a row."""
        if row.rule == _STOPPED:
            self._unsent.append(row)
        else:
            self._put(row)

    def release(self) -> None:
        """At the end of the run: all that was held back; of very many, one for each provider."""
        held, self._unsent = self._unsent, []
        for row in held if len(held) <= MOST_ROWS else _first_of_each(held):
            self._put(row)


def _first_of_each(rows: Sequence[Sample]) -> Iterator[Sample]:
    for provider, count in Counter(row.provider for row in rows).items():
        first = next(row for row in rows if row.provider == provider)
        yield replace(first, error=f"{first.error}; stands for {count} requests")


def entered(slots: Sequence[datetime]) -> Sequence[datetime]:
    """Which slots of a hole are entered in the ledger, each a durable write: all, or of very many the newest ones.

    The rows say what the others were; the newest is always entered, so that no slot is looked at twice.
    """
    return slots[-MOST_ENTRIES:]
