"""Money across processes: a probe by hand beside a running service spends from the same caps.

Only the service has the store. So a probe leaves a note of all that it may spend before it sends anything, in
`data_dir/spool/money/`; the service counts the note as spent before its own next paid request, and puts it right
when the probe has added what was really spent. The other way round, the service publishes in `data_dir/money.json`
what it has spent, and a probe begins from there. A probe that is killed leaves its note standing: as spent.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from monitor.budget import Budget, day_start, month_start
from monitor.store import Store, StoreError
from monitor.store.database import write_whole

PUBLISHED = "money.json"


@dataclass(frozen=True, slots=True)
class Spent:
    """USD by provider, in one UTC day and one UTC month."""

    day: Mapping[str, float]
    month: Mapping[str, float]


class Notes:
    """The notes below one data folder."""

    def __init__(self, data_dir: Path) -> None:
        """The folder is made when the first note is left."""
        self._folder = data_dir / "spool" / "money"
        self._published = data_dir / PUBLISHED

    # --- for who has no store ---

    def leave(self, note: UUID, provider: str, usd: float, at: datetime) -> None:
        """Say that so much may be spent; on disk on return.

        Raises:
            StoreError: nobody could be told; then nothing may be spent.
        """
        self._write(self._folder / f"{note}.json", {"provider": provider, "usd": usd, "at": at.isoformat()})

    def settle(self, note: UUID, usd: float) -> None:
        """Say how much it was."""
        self._write(self._folder / f"{note}.paid", {"usd": usd})

    def spent(self, now: datetime) -> Spent:
        """What the service last said that it has spent in the day and month of `now`; nothing where it said nothing."""
        said = _read(self._published) or {}
        day = said.get("day", {}) if said.get("day_start") == day_start(now).isoformat() else {}
        month = said.get("month", {}) if said.get("month_start") == month_start(now).isoformat() else {}
        return Spent(day, month)

    # --- for the owner of the store ---

    def publish(self, budget: Budget, now: datetime) -> None:
        """Say what is spent or in flight."""
        day, month = budget.taken()
        starts = {"day_start": day_start(now).isoformat(), "month_start": month_start(now).isoformat()}
        self._write(self._published, {**starts, "day": day, "month": month})

    def take(self, store: Store) -> list[tuple[str, float]]:
        """On the store's thread: enter new notes and what became of others; what to charge whom, and give back.

        A kill between the store and the mark counts a note twice, never not at all.
        """
        return [charge for path in sorted(self._folder.glob("*.json")) for charge in self._one(path, store)]

    def _one(self, path: Path, store: Store) -> Iterator[tuple[str, float]]:
        said, counted, paid = _read(path), path.with_suffix(".counted"), _read(path.with_suffix(".paid"))
        if said is None:
            return
        note, provider, usd, at = UUID(path.stem), said["provider"], float(said["usd"]), _instant(said["at"])
        if not counted.exists():
            store.reserve(provider, usd, at, note)
            counted.touch()
            yield provider, usd
        if paid is not None:
            store.settle(note, float(paid["usd"]), datetime.now(UTC))
            yield provider, float(paid["usd"]) - usd
            for done in (path, counted, path.with_suffix(".paid")):
                done.unlink(missing_ok=True)

    def _write(self, path: Path, said: Mapping[str, Any]) -> None:
        try:
            write_whole(path, io.BytesIO(json.dumps(said).encode()))
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}") from error


def _read(path: Path) -> dict[str, Any] | None:
    """A file that is written whole or not at all; None where there is none, or it is not ours."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
