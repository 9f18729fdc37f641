"""The store's ledgers in memory, for weeks of schedule: `test_memory.py` holds it to what the real one does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from monitor.store import AttemptRow, DeliveryRow, ProgressRow, RunRow, SlotRow, TransitionRow
from probes.ids import uuid7
from probes.model import Sample
from probes.run_error import RunError


class Memory:
    """What the service calls of `monitor.store.Store`."""

    def __init__(self) -> None:
        self.samples: dict[UUID, Sample] = {}
        self._slots: dict[tuple[str, datetime], SlotRow] = {}
        self._last: dict[str, datetime] = {}
        self._runs: dict[UUID, RunRow] = {}
        self._deliveries: dict[tuple[str, str], DeliveryRow] = {}
        self._spending: dict[UUID, tuple[str, float, datetime, datetime | None]] = {}
        self._progress: dict[UUID, ProgressRow] = {}
        self._transitions: dict[UUID, TransitionRow] = {}
        self._attempts: dict[UUID, AttemptRow] = {}
        self.snapshots = 0

    def append(self, samples: Sequence[Sample]) -> int:
        new = [sample for sample in samples if sample.sample_id not in self.samples]
        self.samples |= {sample.sample_id: sample for sample in reversed(new)}
        return len(new)

    def snapshot(self, to: Path) -> None:
        del to
        self.snapshots += 1

    def claim_slot(self, probe: str, slot_at: datetime, at: datetime) -> bool:
        if (probe, slot_at) in self._slots:
            return False
        self._slots[probe, slot_at] = SlotRow(probe, slot_at, at, None, None, None)
        self._last[probe] = max(slot_at, self._last.get(probe, slot_at))
        return True

    def finish_slot(self, probe: str, slot_at: datetime, state: str, run_id: UUID | None, at: datetime) -> None:
        self.claim_slot(probe, slot_at, at)
        row = self._slots[probe, slot_at]
        self._slots[probe, slot_at] = replace(row, finished_at=at, state=state, run_id=run_id)

    def last_slot(self, probe: str) -> datetime | None:
        return self._last.get(probe)

    def slots(self) -> list[SlotRow]:
        return sorted(self._slots.values(), key=lambda row: (row.slot_at, row.probe))

    def open_slots(self) -> list[SlotRow]:
        return [row for row in self.slots() if row.state is None]

    def start_run(self, run: RunRow) -> None:
        self._runs.setdefault(run.run_id, run)

    def end_run(self, run_id: UUID, state: str, at: datetime, error: RunError | None = None) -> None:
        run = self._runs.get(run_id)
        if run is None or run.ended_at == at:
            return
        worst = error.beside(run.error) if error and run.error else error or run.error
        self._runs[run_id] = replace(run, state=state, ended_at=at, error=worst)

    def runs(self, since: datetime) -> list[RunRow]:
        rows = (run for run in self._runs.values() if run.started_at >= since)
        return sorted(rows, key=lambda run: run.started_at)

    def claim_delivery(self, kind: str, key: str, at: datetime) -> bool:
        if (kind, key) in self._deliveries:
            return False
        self._deliveries[kind, key] = DeliveryRow(kind, key, at, None, None)
        return True

    def finish_delivery(self, kind: str, key: str, at: datetime, error: str | None) -> None:
        self._deliveries[kind, key] = replace(self._deliveries[kind, key], finished_at=at, error=error)

    def release_delivery(self, kind: str, key: str) -> None:
        if (kind, key) in self._deliveries and self._deliveries[kind, key].finished_at is None:
            del self._deliveries[kind, key]

    def deliveries(self) -> list[DeliveryRow]:
        return sorted(self._deliveries.values(), key=lambda row: (row.claimed_at, row.key))

    def reserve(self, provider: str, usd: float, at: datetime, reservation_id: UUID | None = None) -> UUID:
        reservation_id = reservation_id or uuid7(at)
        self._spending.setdefault(reservation_id, (provider, usd, at, None))
        return reservation_id

    def settle(self, reservation_id: UUID, usd: float | None, at: datetime) -> None:
        provider, reserved, reserved_at, _ = self._spending[reservation_id]
        self._spending[reservation_id] = (provider, reserved if usd is None else usd, reserved_at, at)

    def spent(self, since: datetime) -> dict[str, float]:
        found: dict[str, int] = {}
        for provider, usd, at, settled_at in self._spending.values():
            if max(at, settled_at or min(since, at + timedelta(days=1))) >= since:
                found[provider] = found.get(provider, 0) + round(usd * 1e9)
        return {provider: found[provider] / 1_000_000_000 for provider in sorted(found)}

    def progress(self, run_id: UUID) -> ProgressRow | None:
        return self._progress.get(run_id)

    def enter_progress(self, row: ProgressRow) -> None:
        self._progress.setdefault(row.run_id, row)
        self.move_progress(row.run_id, row.sends_until)

    def move_progress(self, run_id: UUID, sends_until: datetime) -> None:
        if run_id in self._progress:
            self._progress[run_id] = replace(self._progress[run_id], sends_until=sends_until)

    def stored_of(self, run_id: UUID, since: datetime) -> dict[int, float | None]:
        rows = (row for row in self.samples.values() if row.run_id == run_id and row.planned_at >= since)
        return {row.seq: row.cost_usd for row in sorted(rows, key=lambda row: row.seq)}

    def add_transitions(self, rows: Sequence[TransitionRow]) -> None:
        for row in rows:
            self._transitions.setdefault(row.transition_id, row)

    def transitions(self, since: datetime | None = None) -> list[TransitionRow]:
        rows = (row for row in self._transitions.values() if since is None or row.happened_at >= since)
        return sorted(rows, key=lambda row: (row.happened_at, row.transition_id))

    def begin_attempt(self, row: AttemptRow) -> None:
        self._attempts[row.run_id] = row

    def end_attempt(self, run_id: UUID, usd: float | None, at: datetime) -> None:
        if run_id in self._attempts:
            self._attempts[run_id] = replace(self._attempts[run_id], actual_usd=usd, ended_at=at)

    def open_attempts(self) -> list[AttemptRow]:
        rows = (row for row in self._attempts.values() if row.ended_at is None)
        return sorted(rows, key=lambda row: (row.planned_at, row.run_id))

    def incident_usd(self, incident_id: UUID) -> float:
        rows = [row for row in self._attempts.values() if row.incident_id == incident_id]
        return sum(row.reserved_usd if row.actual_usd is None else row.actual_usd for row in rows)

    def close(self) -> None:
        """Nothing to close."""
