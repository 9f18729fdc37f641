"""The store's ledgers in memory, for weeks of schedule: `test_memory.py` holds it to what the real one does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from monitor.store import DeliveryRow, RunRow, SlotRow
from probes.ids import uuid7
from probes.model import Sample


class Memory:
    """What the service calls of `monitor.store.Store`."""

    def __init__(self) -> None:
        self.samples: dict[UUID, Sample] = {}
        self._slots: dict[tuple[str, datetime], SlotRow] = {}
        self._last: dict[str, datetime] = {}
        self._runs: dict[UUID, RunRow] = {}
        self._deliveries: dict[tuple[str, str], DeliveryRow] = {}
        self._spending: dict[UUID, tuple[str, float, datetime]] = {}
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

    def end_run(self, run_id: UUID, state: str, at: datetime) -> None:
        if run_id in self._runs:
            self._runs[run_id] = replace(self._runs[run_id], state=state, ended_at=at)

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
        self._spending[reservation_id] = (provider, usd, at)
        return reservation_id

    def settle(self, reservation_id: UUID, usd: float | None, at: datetime) -> None:
        del at
        provider, reserved, reserved_at = self._spending[reservation_id]
        self._spending[reservation_id] = (provider, reserved if usd is None else usd, reserved_at)

    def spent(self, since: datetime) -> dict[str, float]:
        found: dict[str, int] = {}
        for provider, usd, at in self._spending.values():
            if at >= since:
                found[provider] = found.get(provider, 0) + round(usd * 1e9)
        return {provider: found[provider] / 1_000_000_000 for provider in sorted(found)}

    def close(self) -> None:
        """Nothing to close."""
