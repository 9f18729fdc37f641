"""Money across processes: a probe by hand beside a running service spends from the same caps.

Only the service has the store. So a probe leaves a note of all that it may spend before it sends anything, in
`data_dir/spool/money/`, and holds a lock on it for as long as it lives; the service looks at the notes before each
paid request. The other way round, the service writes in `data_dir/money.json` what it has spent and what it has taken
from the store to spend next, before it spends it; a probe looks there before each paid request. Both write first and
look then, so at least one of two sees the other, and together they stay within the caps. A note whose probe is gone
is entered in the store by the service: at what was really spent, or in full where the probe was killed.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from monitor.budget import STARTS, Amounts
from monitor.store import Store, StoreError

PUBLISHED = "money.json"


@dataclass(frozen=True, slots=True)
class Note:
    """What a probe by hand may spend, or (`paid`) has spent."""

    name: UUID
    provider: str
    usd: float
    at: datetime
    paid: bool = False


class Notes:
    """The notes below one data folder."""

    def __init__(self, data_dir: Path) -> None:
        """The folder is made when the first note is left."""
        self._folder = data_dir / "spool" / "money"
        self._published = data_dir / PUBLISHED

    def leave(self, name: UUID, provider: str, usd: float, at: datetime) -> IO[bytes]:
        """Say that so much may be spent; on disk on return, and alive until what is returned is closed.

        Raises:
            StoreError: nobody could be told; then nothing may be spent.
        """
        said = {"provider": provider, "usd": usd, "at": at.isoformat()}
        return _write_locked(self._folder / f"{name}.json", said)

    def settle(self, name: UUID, usd: float) -> None:
        """Say how much it was."""
        _write_locked(self._folder / f"{name}.paid", {"usd": usd}).close()

    def standing(self) -> list[Note]:
        """Every note that the owner of the store has not entered yet."""
        with suppress(OSError):  # no folder: no note was ever left
            return [note for path in sorted(self._folder.iterdir()) if (note := _note(path)) is not None]
        return []

    def enter(self, store: Store, now: datetime) -> list[Note]:
        """On the store's thread: enter the notes of probes that are gone; `drop` them when they are counted.

        A kill in between changes nothing: a note is entered under its own name, once.
        """
        ended = [note for note in self.standing() if note.paid or not self._is_alive(note)]
        for note in ended:
            store.reserve(note.provider, note.usd, note.at, note.name)
            if note.paid:
                store.settle(note.name, note.usd, now)
        return ended

    def drop(self, notes: Iterable[Note]) -> None:
        """These are counted elsewhere now."""
        for note in notes:
            for suffix in (".json", ".paid"):
                (self._folder / f"{note.name}{suffix}").unlink(missing_ok=True)

    def publish(self, said: Mapping[str, Any]) -> None:
        """Say what is spent by who owns the store. Not synced: with the machine, both sides are gone."""
        part = self._published.with_name(f".{PUBLISHED}.part")
        try:
            self._published.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(said), encoding="utf-8")
            part.replace(self._published)
        except OSError as error:
            raise StoreError(f"{self._published}: {error.strerror or error}") from error

    def published(self) -> Mapping[str, Any]:
        """What was said last; nothing where nobody ever said a thing."""
        said = _read(self._published) or {}
        return said if "starts" in said else {}

    def _is_alive(self, note: Note) -> bool:
        """Whether its probe still runs: it holds a lock, which the system drops with the process."""
        with suppress(FileNotFoundError), (self._folder / f"{note.name}.json").open("rb") as file:
            return not _lock(file)
        return False


@dataclass(slots=True)
class OwnersView:
    """`monitor.budget.Others` for who owns the store: the notes of probes that it has not entered."""

    notes: Notes

    def taken(self, now: datetime) -> Amounts:
        """All that stands counts in every period: nobody knows when it will be spent."""
        del now
        return dict.fromkeys(STARTS, _by_provider(self.notes.standing()))

    def tell(self, spent: Amounts, open_usd: Mapping[str, float], now: datetime) -> None:
        """For the probes."""
        starts = {name: start(now).isoformat() for name, start in STARTS.items()}
        self.notes.publish({"starts": starts, "spent": spent, "open": open_usd})


@dataclass(slots=True)
class ProbesView:
    """`monitor.budget.Others` for a probe beside the owner: what the owner said, and notes other than its own."""

    notes: Notes
    own: set[UUID] = field(default_factory=set)

    def taken(self, now: datetime) -> Amounts:
        """The notes are read first: one that is entered meanwhile is in what the owner said by then."""
        others = [note for note in self.notes.standing() if note.name not in self.own]
        said = self.notes.published()
        starts, spent = said.get("starts", {}), said.get("spent", {})
        return {
            name: _sum(
                spent.get(name, {}) if starts.get(name) == start(now).isoformat() else {},
                said.get("open", {}),
                _by_provider(others),
            )
            for name, start in STARTS.items()
        }

    def tell(self, spent: Amounts, open_usd: Mapping[str, float], now: datetime) -> None:
        """Nothing: the note said it all."""


def _note(path: Path) -> Note | None:
    if path.suffix != ".json" or (said := _read(path)) is None:
        return None
    paid = _read(path.with_suffix(".paid"))
    usd = float(said["usd"] if paid is None else paid["usd"])
    return Note(UUID(path.stem), said["provider"], usd, _instant(said["at"]), paid is not None)


def _by_provider(notes: Iterable[Note]) -> dict[str, float]:
    return _sum(*({note.provider: note.usd} for note in notes))


def _sum(*amounts: Mapping[str, float]) -> dict[str, float]:
    names = {name: None for each in amounts for name in each}
    return {name: sum(each.get(name, 0.0) for each in amounts) for name in names}


def _write_locked(path: Path, said: Mapping[str, Any]) -> IO[bytes]:
    """A file that appears whole, on disk, and locked by this process."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("wb")
        _lock(file)
        file.write(json.dumps(said).encode())
        file.flush()
        os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
    return file


def _lock(file: IO[bytes]) -> bool:
    """Take the lock of an open file; False: another open file has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> dict[str, Any] | None:
    """A file that is written whole or not at all; None where there is none, or it is not ours."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
