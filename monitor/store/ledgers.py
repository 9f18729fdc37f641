"""The small tables around `samples`: runs, slots, deliveries, spending, published.

Each write is one statement, durable when the method returns. Checks before inserts are safe because the file has
one owner and the owner uses it from one thread.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from monitor.store.transactions import Statement, Transactions, aware, naive, stored
from probes.ids import uuid7
from probes.run_error import RunError


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A planned time of a probe, as the ledger knows it. `state` None: claimed and not finished."""

    probe: str
    slot_at: datetime
    claimed_at: datetime
    finished_at: datetime | None
    state: str | None
    run_id: UUID | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """Something that is told once. `finished_at` None: claimed; whether it was told is not known."""

    kind: str
    key: str
    claimed_at: datetime
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a plan. `ended_at` None: it runs, or its process was killed."""

    run_id: UUID
    probe: str
    slot_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    state: str
    location: str
    simulated: bool
    error: RunError | None = None  # what it found of its own error; None: nobody measured it


@dataclass(frozen=True, slots=True)
class Published:
    """What an imported monitor itself published of a provider."""

    provider: str
    label: str
    text: str
    source: str


# Whole nano-dollars: a thousand prices of $0.058 are exactly $58. What was reserved before the moment and spent after
# it counts as well: settled after it, or (of a killed process) never, within a day.
SPENT_SQL = (
    "SELECT provider, sum(round(coalesce(actual_usd, reserved_usd) * 1e9)::HUGEINT) FROM spending"
    " WHERE greatest(reserved_at, coalesce(settled_at, least(?, reserved_at + INTERVAL 1 DAY))) >= ?"
    " GROUP BY provider ORDER BY provider"
)
PUBLISHED_SQL = "SELECT provider, label, text FROM published ORDER BY rowid"


def in_usd(rows: Iterable[tuple[Any, ...]]) -> dict[str, float]:
    """Provider -> USD, from rows of `SPENT_SQL`."""
    return {provider: int(nano) / 1_000_000_000 for provider, nano in rows}


def by_provider(rows: Iterable[tuple[Any, ...]]) -> dict[str, dict[str, str]]:
    """Provider -> label -> text, from rows of `PUBLISHED_SQL`."""
    said: dict[str, dict[str, str]] = {}
    for provider, label, text in rows:
        said.setdefault(provider, {})[label] = text
    return said


_RUN_COLUMNS = ", ".join(field.name for field in fields(RunRow) if field.name != "error")
_ERROR_COLUMNS = ", ".join(field.name for field in fields(RunError))


def _run(row: tuple[Any, ...]) -> RunRow:
    size = len(fields(RunRow)) - 1
    return replace(RunRow(*row[:size]), error=_error(row[size:]))


def _error(cells: tuple[Any, ...]) -> RunError | None:
    return None if all(cell is None for cell in cells) else RunError(*cells)


class Ledgers(Transactions):
    """The methods of `Store` that are about runs, slots, deliveries, spending and what was published."""

    # --- slots ---

    def claim_slot(self, probe: str, slot_at: datetime, at: datetime) -> bool:
        """Take a slot, durably, before anything is sent; False: it was taken before (perhaps by a killed process)."""
        slot = [probe, stored(slot_at)]
        if self._read("SELECT 1 FROM slots WHERE probe = ? AND slot_at = ?", slot):
            return False
        self._write(("INSERT INTO slots VALUES (?, ?, ?, NULL, NULL, NULL)", [*slot, stored(at)]))
        return True

    def finish_slot(self, probe: str, slot_at: datetime, state: str, run_id: UUID | None, at: datetime) -> None:
        """Say what became of a slot (run, late, skipped, missed, lost); one never claimed is entered as such."""
        self.claim_slot(probe, slot_at, at)
        sql = "UPDATE slots SET finished_at = ?, state = ?, run_id = ? WHERE probe = ? AND slot_at = ?"
        self._write((sql, [stored(at), state, run_id, probe, stored(slot_at)]))

    def last_slot(self, probe: str) -> datetime | None:
        """The latest slot of this probe in the ledger, whatever became of it."""
        (found,) = self._read("SELECT max(slot_at) FROM slots WHERE probe = ?", [probe])
        return aware(found)[0]  # type: ignore[no-any-return]  # a cell of the database

    def open_slots(self) -> list[SlotRow]:
        """Claimed and never finished, oldest first: at a start, those of a killed process."""
        return self.slots("state IS NULL")

    def slots(self, where: str = "true", parameters: Sequence[object] = ()) -> list[SlotRow]:
        """Rows of the ledger by time; `where` is SQL of ours."""
        sql = f"SELECT * FROM slots WHERE {where} ORDER BY slot_at, probe"  # noqa: S608 - never user text
        return [SlotRow(*aware(row)) for row in self._read(sql, parameters)]

    # --- runs ---

    def start_run(self, run: RunRow) -> None:
        """Enter a run when it begins; entering it again changes nothing."""
        if self._read("SELECT 1 FROM runs WHERE run_id = ?", [run.run_id]):
            return
        cells = naive([run.run_id, run.probe, run.slot_at, run.started_at, run.ended_at])
        row = [*cells, run.state, run.location, run.simulated]
        self._write((f"INSERT INTO runs ({_RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row))  # noqa: S608 - names of ours

    def end_run(self, run_id: UUID, state: str, at: datetime, error: RunError | None = None) -> None:
        """Say how a run ended (done, stopped, failed), and what it found of its own error.

        Of a run that a restart took up, the error of its first part counts as well. Ending it again at the same moment
        changes nothing.
        """
        sql = f"SELECT ended_at, {_ERROR_COLUMNS} FROM runs WHERE run_id = ?"  # noqa: S608 - names of ours
        for ended_at, *cells in self._read(sql, [run_id]):
            if ended_at == stored(at):
                return
            before = _error(tuple(cells))
            error = error.beside(before) if error and before else error
        found = {} if error is None else asdict(error)
        setting = ", ".join(f"{name} = ?" for name in ("ended_at", "state", *found))
        self._write((f"UPDATE runs SET {setting} WHERE run_id = ?", [stored(at), state, *found.values(), run_id]))  # noqa: S608 - as above

    def runs(self, since: datetime) -> list[RunRow]:
        """Runs that began at or after `since`, oldest first."""
        sql = f"SELECT {_RUN_COLUMNS}, {_ERROR_COLUMNS} FROM runs WHERE started_at >= ? ORDER BY started_at"  # noqa: S608 - as above
        return [_run(aware(row)) for row in self._read(sql, [stored(since)])]

    # --- deliveries ---

    def claim_delivery(self, kind: str, key: str, at: datetime) -> bool:
        """Take a delivery before it is made; False: claimed before, whether it was then made or not."""
        if self._read("SELECT 1 FROM deliveries WHERE kind = ? AND key = ?", [kind, key]):
            return False
        self._write(("INSERT INTO deliveries VALUES (?, ?, ?, NULL, NULL)", [kind, key, stored(at)]))
        return True

    def finish_delivery(self, kind: str, key: str, at: datetime, error: str | None) -> None:
        """It is over for good: made (`error` None), or refused for a reason that no retry mends."""
        sql = "UPDATE deliveries SET finished_at = ?, error = ? WHERE kind = ? AND key = ?"
        self._write((sql, [stored(at), error, kind, key]))

    def release_delivery(self, kind: str, key: str) -> None:
        """Give an unfinished claim back, so that it is tried again; a finished one stays."""
        self._write(("DELETE FROM deliveries WHERE kind = ? AND key = ? AND finished_at IS NULL", [kind, key]))

    def deliveries(self) -> list[DeliveryRow]:
        """All of them, oldest first; those with `finished_at` None were claimed and not finished."""
        return [DeliveryRow(*aware(row)) for row in self._read("SELECT * FROM deliveries ORDER BY claimed_at, key")]

    # --- money ---

    def reserve(self, provider: str, usd: float, at: datetime, reservation_id: UUID | None = None) -> UUID:
        """Count money as spent before it is: what a killed process had in flight stays counted. A given id: once."""
        if reservation_id is not None and self._knows_reservation(reservation_id):
            return reservation_id
        reservation_id = reservation_id or uuid7(at)
        row = [reservation_id, provider, usd, stored(at)]
        self._write(("INSERT INTO spending VALUES (?, ?, ?, ?, NULL, NULL)", row))
        return reservation_id

    def _knows_reservation(self, reservation_id: UUID) -> bool:
        return bool(self._read("SELECT 1 FROM spending WHERE reservation_id = ?", [reservation_id]))

    def settle(self, reservation_id: UUID, usd: float | None, at: datetime) -> None:
        """Say what it did cost; None: the bill is not known, and it counts as reserved."""
        sql = "UPDATE spending SET actual_usd = ?, settled_at = ? WHERE reservation_id = ?"
        self._write((sql, [usd, stored(at), reservation_id]))

    def spent(self, since: datetime) -> dict[str, float]:
        """USD by provider since then: what was billed, else what was reserved. Exact to 1e-9 USD."""
        return in_usd(self._read(SPENT_SQL, [stored(since)] * 2))

    # --- what others published ---

    def put_published(self, provider: str, label: str, text: str, source: str) -> None:
        """Keep what an imported monitor itself says of a provider; saying it anew replaces it."""
        self.put_all_published([Published(provider, label, text, source)])

    def put_all_published(self, sayings: Sequence[Published]) -> None:
        """As `put_published`, all of them or none."""
        insert = "INSERT INTO published VALUES (?, ?, ?, ?)"
        delete = "DELETE FROM published WHERE provider = ? AND label = ?"
        statements: list[Statement] = []
        for said in sayings:
            statements.append((delete, [said.provider, said.label]))
            statements.append((insert, [said.provider, said.label, said.text, said.source]))
        self._write(*statements)

    def published(self) -> dict[str, dict[str, str]]:
        """Provider -> label -> text, in the order in which it was put."""
        return by_provider(self._read(PUBLISHED_SQL))
