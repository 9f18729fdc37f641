"""What the service knows of each provider at this moment: its incident and its circuit breaker, by the rows it puts.

The rules are `monitor.incidents` and `monitor.breaker`. Every change is a row, written once and durable before
anybody is told; a start goes on from those rows.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from monitor import breaker as breakers
from monitor import incidents
from monitor.incidents import Change, Health, Incident
from monitor.service.guard import Check
from monitor.service.means import Keeper
from monitor.sights import IMAGE, REACH, Shows, Sight, sight_of
from monitor.store import StoreError, TransitionRow
from probes.gates import Refusal
from probes.ids import uuid7_of
from probes.model import NotSent, ProbeKind, Sample

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """An incident, or the suspicion of one, under its id."""

    incident_id: UUID
    state: Incident


class Watch:
    """Sees every row, keeps the state of every provider, and writes down what changes."""

    def __init__(self, keeper: Keeper, now: Callable[[], datetime], location: str, images: Collection[str]) -> None:
        """`images`: providers of whom an image may be paid for during an incident."""
        self._keeper = keeper
        self._now = now
        self._location = location
        self._images = images
        self._incidents: dict[str, Followed] = {}
        self._breakers: dict[str, breakers.Breaker] = {}
        self._owed: list[TransitionRow] = []
        self._writing: asyncio.Task[None] | None = None
        self.changed: Callable[[str], None] = lambda _: None  # told which provider's incident changed

    async def restore(self) -> None:
        """Go on from what was written down."""
        for row in await self._keeper.call(lambda store: store.transitions()):
            self._restore(row)
        self._incidents = {name: kept for name, kept in self._incidents.items() if kept.state.confirmed}

    def _restore(self, row: TransitionRow) -> None:
        if row.state == incidents.OPENED and row.incident_id is not None:
            kinds = row.kinds.split(",")
            first = Sight(kinds[0], "scheduled", Shows.DOWN, "", row.since_at, row.happened_at, row.why)
            health = {kind: Health(row.happened_at) for kind in kinds}
            self._incidents[row.provider] = self._followed(
                row.provider, row.incident_id, Incident(first, confirmed=True, health=health)
            )
        elif row.state == incidents.CLOSED:
            self._incidents.pop(row.provider, None)
        elif row.state == breakers.OPEN:
            self._breakers[row.provider] = breakers.Breaker(cause=row.kinds, opened_at=row.happened_at)
        elif row.state == breakers.CLOSED:
            self._breakers.pop(row.provider, None)

    # --- what is seen ---

    def see(self, row: Sample) -> None:
        """Take in a row, as it is put."""
        if (sight := sight_of(row)) is None:
            return
        known = self._incidents.get(row.provider)
        state, change = incidents.after(known.state if known else None, sight)
        self._enter(row.provider, known, state, change)
        breaker, change = breakers.after(self._breakers.get(row.provider, breakers.Breaker()), sight)
        if change is not None:
            cause = breaker.cause or self._breakers[row.provider].cause or breakers.DOWN
            self._note(self._of_breaker(row.provider, change, breaker.opened_at or change.at, cause))
        self._breakers[row.provider] = breaker

    def cannot_ask(self, provider: str, kind: str) -> None:
        """There is no money to ask for this during the incident."""
        if (known := self._incidents.get(provider)) is not None:
            state, change = incidents.without(known.state, kind, self._now())
            self._enter(provider, known, state, change)

    def incident(self, provider: str) -> Followed | None:
        """What is going on; None: nothing."""
        return self._incidents.get(provider)

    def open(self) -> list[str]:
        """Whose incident or suspicion is open."""
        return sorted(self._incidents)

    def _enter(self, provider: str, known: Followed | None, state: Incident | None, change: Change | None) -> None:
        began = state or (known.state if known else None)
        if began is None:
            return
        incident_id = known.incident_id if known else self._id_of(provider, began)
        if state is None:
            self._incidents.pop(provider, None)
        else:
            opened = change is not None and change.state == incidents.OPENED
            followed = self._followed(provider, incident_id, state) if opened else Followed(incident_id, state)
            self._incidents[provider] = followed
        if change is not None:
            self._note(_of_incident(provider, incident_id, began, change))
            self.changed(provider)

    def _followed(self, provider: str, incident_id: UUID, state: Incident) -> Followed:
        """If the control plane failed, nobody knows of the images: they are looked at as well, if that may be paid."""
        looked_at = incidents.also(state, IMAGE) if REACH in state.health and provider in self._images else state
        return Followed(incident_id, looked_at)

    def _id_of(self, provider: str, state: Incident) -> UUID:
        return uuid7_of(state.first.sent_at, self._location, provider, "incident")

    # --- the circuit breaker ---

    def check(self, probe: str) -> Check:
        """For a kind of probe, what to ask before it pays. What follows an incident has a budget of its own."""

        def held_back(provider: str, usd: float) -> Refusal | None:
            if usd <= 0 or probe == ProbeKind.RECOVERY:
                return None
            now, known = self._now(), self._breakers.get(provider, breakers.Breaker())
            self._breakers[provider], why = breakers.ask(known, probe, now)
            if why is not None:
                return Refusal(NotSent.BREAKER, why)
            if known.cause is not None:
                trial = Change(breakers.TRIAL, now, f"{probe}: one request let through")
                self._note(self._of_breaker(provider, trial, known.opened_at or now, known.cause))
            return None

        return held_back

    def breaker(self, provider: str) -> str:
        """closed, open or half_open."""
        return self._breakers.get(provider, breakers.Breaker()).state(self._now())

    def _of_breaker(self, provider: str, change: Change, since: datetime, cause: str) -> TransitionRow:
        transition_id = uuid7_of(change.at, self._location, provider, change.state, change.why)
        return TransitionRow(transition_id, None, provider, change.state, change.at, since, cause, change.why)

    # --- what is written down ---

    def _note(self, row: TransitionRow) -> None:
        level = logging.INFO if row.state in {breakers.TRIAL, incidents.SUSPECTED} else logging.WARNING
        log.log(level, "%s: %s: %s", row.provider, row.state.replace("_", " "), row.why)
        self._owed.append(row)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        try:
            await self.flush()
        except StoreError as error:
            log.error("changes are not noted yet: %s", error)  # noqa: TRY400 - one line; they go with the next one

    async def flush(self) -> None:
        """Return when all that changed is durable.

        Raises:
            StoreError: it is not; it is tried again with the next change.
        """
        while owed := tuple(self._owed):
            await self._keeper.call(lambda store, owed=owed: store.add_transitions(owed))  # type: ignore[misc]
            self._owed = [row for row in self._owed if row not in owed]


def _of_incident(provider: str, incident_id: UUID, state: Incident, change: Change) -> TransitionRow:
    transition_id = uuid7_of(change.at, str(incident_id), change.state)
    kinds = ",".join(_first_kind_first(state))
    return TransitionRow(
        transition_id, incident_id, provider, change.state, change.at, state.first.sent_at, kinds, change.why
    )


def _first_kind_first(state: Incident) -> Iterator[str]:
    yield state.first.kind
    yield from (kind for kind in state.kinds if kind != state.first.kind)
