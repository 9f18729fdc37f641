"""The tables of what the service watches over: progress of long runs, incidents, the circuit breaker.

As in `ledgers`: each write is one transaction, durable when the method returns, by the one owner of the file.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from uuid import UUID

from monitor.store.transactions import Transactions, aware, naive, stored


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far a run may send: nothing planned later than `sends_until` has been sent. `plan`: JSON, as it was begun."""

    run_id: UUID
    begun_at: datetime
    sends_until: datetime
    plan: str


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """A change of state that is told once (claim its `transition_id` as a delivery).

    `state`: suspected, dismissed, opened, closed; breaker_open, breaker_trial, breaker_closed (no `incident_id`).
    `since_at`: when the first failed request was sent. `kinds`: what failed, `reach`, `image` or `image,reach`.
    """

    transition_id: UUID
    incident_id: UUID | None
    provider: str
    state: str
    happened_at: datetime
    since_at: datetime
    kinds: str
    why: str


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A request for the sake of an incident. `ended_at` None: in flight, or its process was killed."""

    run_id: UUID
    incident_id: UUID
    provider: str
    mode: str
    size: str | None
    planned_at: datetime
    reserved_usd: float
    actual_usd: float | None = None
    ended_at: datetime | None = None


class Watching(Transactions):
    """Methods of `Store` that are about what the service watches over."""

    # --- long runs ---

    def progress(self, run_id: UUID) -> ProgressRow | None:
        """How far a run may have sent; None: it never began."""
        rows = self._read("SELECT * FROM progress WHERE run_id = ?", [run_id])
        return ProgressRow(*aware(rows[0])) if rows else None

    def enter_progress(self, row: ProgressRow) -> None:
        """Say from when and how far a run may send; entering it again moves only how far."""
        if self._read("SELECT 1 FROM progress WHERE run_id = ?", [row.run_id]):
            self.move_progress(row.run_id, row.sends_until)
        else:
            self._write(("INSERT INTO progress VALUES (?, ?, ?, ?)", naive(astuple(row))))

    def move_progress(self, run_id: UUID, sends_until: datetime) -> None:
        """Say anew how far it may send."""
        self._write(("UPDATE progress SET sends_until = ? WHERE run_id = ?", [stored(sends_until), run_id]))

    def stored_of(self, run_id: UUID, since: datetime) -> dict[int, float | None]:
        """Rows of a run that are stored: place in the plan -> what it cost (None: not known)."""
        sql = "SELECT seq, cost_usd FROM samples WHERE planned_at >= ? AND run_id = ? ORDER BY seq"
        return dict(self._read(sql, [stored(since), run_id]))

    # --- transitions ---

    def add_transitions(self, rows: Sequence[TransitionRow]) -> None:
        """Keep them, all or none; one that is kept already stays as it is."""
        known = {row[0] for row in self._read("SELECT transition_id FROM transitions")}
        insert = "INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        given: dict[UUID, TransitionRow] = {}
        for row in rows:
            given.setdefault(row.transition_id, row)
        new = [(insert, naive(astuple(row))) for key, row in given.items() if key not in known]
        if new:
            self._write(*new)

    def transitions(self, since: datetime | None = None) -> list[TransitionRow]:
        """All of them, or those that happened at or after `since`, oldest first."""
        sql = "SELECT * FROM transitions WHERE happened_at >= ? ORDER BY happened_at, transition_id"
        floor = since or datetime(1970, 1, 1, tzinfo=UTC)
        return [TransitionRow(*aware(row)) for row in self._read(sql, [stored(floor)])]

    # --- requests for the sake of an incident ---

    def begin_attempt(self, row: AttemptRow) -> None:
        """Before it is sent: from here on its money counts."""
        self._write(("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", naive(astuple(row))))

    def end_attempt(self, run_id: UUID, usd: float | None, at: datetime) -> None:
        """After its row is stored; None: the bill is not known, and counts as reserved."""
        self._write(
            ("UPDATE attempts SET actual_usd = ?, ended_at = ? WHERE run_id = ?", [usd, stored(at), run_id]),
        )

    def open_attempts(self) -> list[AttemptRow]:
        """Begun and never ended, oldest first: at a start, those of a killed process."""
        sql = "SELECT * FROM attempts WHERE ended_at IS NULL ORDER BY planned_at, run_id"
        return [AttemptRow(*aware(row)) for row in self._read(sql)]

    def incident_usd(self, incident_id: UUID) -> float:
        """What an incident has cost so far; bills that are not known at list price."""
        sql = "SELECT coalesce(sum(coalesce(actual_usd, reserved_usd)), 0.0) FROM attempts WHERE incident_id = ?"
        return float(self._read(sql, [incident_id])[0][0])
