"""Rows on their way to the owner: files that other processes leave in `data_dir/spool/`, whole or not at all.

A spool file is JSON lines: rows of `samples` without hashes, `{"published": {...}}` for what an imported monitor says
itself, and `{"run": {...}}` for a run that began or ended, with what it found of its own error. The owner stores a file
and then removes it; killed in between, it stores it again, which changes nothing. A file that cannot be read is moved
to `spool/damaged/` with the reason beside it.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from monitor.rows import from_mapping, to_jsonl
from monitor.store.database import write_whole
from monitor.store.errors import StoreError
from monitor.store.ledgers import Published, RunRow
from monitor.store.store import Store
from probes.model import Sample
from probes.run_error import RunError

MAX_ROWS = 10_000  # per file, so that the owner never stores more at once


@dataclass(frozen=True, slots=True)
class Spooled:
    """What one file holds."""

    samples: tuple[Sample, ...]
    published: tuple[Published, ...]
    runs: tuple[RunRow, ...] = ()


def spool(
    data_dir: Path, samples: Sequence[Sample], published: Sequence[Published] = (), runs: Sequence[RunRow] = ()
) -> Path:
    """Leave rows for the owner of the store; on disk on return.

    Returns:
        The folder of the spool.

    Raises:
        RowError: a row cannot be kept; nothing was left. StoreError: the files could not be written.
    """
    folder = data_dir / "spool"
    texts = [to_jsonl(samples[start : start + MAX_ROWS]) for start in range(0, len(samples), MAX_ROWS)]
    others = [{"published": asdict(said)} for said in published] + [{"run": asdict(row)} for row in runs]
    if others:
        texts.append("".join(json.dumps(other, ensure_ascii=False, default=str) + "\n" for other in others))
    for text in texts:
        _leave(folder, text.encode())
    return folder


def _leave(folder: Path, content: bytes) -> Path:
    path = folder / f"{hashlib.sha256(content).hexdigest()[:32]}.jsonl"  # the same rows again are the same file
    try:
        write_whole(path, io.BytesIO(content))
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
    return path


def waiting(data_dir: Path) -> list[Path]:
    """Files that wait for the owner, oldest first."""
    try:
        with os.scandir(data_dir / "spool") as entries:
            found = [(entry.stat().st_mtime_ns, entry.name) for entry in entries if entry.name.endswith(".jsonl")]
    except OSError:
        return []  # no spool, or not readable just now
    return [data_dir / "spool" / name for _, name in sorted(found)]


def read(path: Path) -> Spooled:
    """What a spool file holds.

    Raises:
        RowError: it is damaged; the faults name the lines.
    """
    samples, published, runs = [], [], []
    for number, line in _lines(path):
        try:
            row = json.loads(line)
            if isinstance(row, dict) and "published" in row:
                published.append(Published(**row["published"]))
            elif isinstance(row, dict) and "run" in row:
                runs.append(_run(row["run"]))
            else:
                samples.append(from_mapping(row))
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise DamagedSpool(f"{path.name}, line {number}: {error}") from error
    return Spooled(tuple(samples), tuple(published), tuple(runs))


def _run(cells: dict[str, Any]) -> RunRow:
    """A run as `asdict` and JSON left it."""
    moments = {
        name: None if cells[name] is None else datetime.fromisoformat(cells[name])
        for name in ("slot_at", "started_at", "ended_at")
    }
    error = None if cells["error"] is None else RunError(**cells["error"])
    return RunRow(**{**cells, **moments, "run_id": UUID(cells["run_id"]), "error": error})


class DamagedSpool(StoreError):  # noqa: N818 - reads as what it is
    """A spool file that cannot be read."""


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DamagedSpool(f"{path.name}: no UTF-8: {error}") from error
    return enumerate(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), start=1)


def drain(store: Store) -> list[StoreError]:
    """Store what waits beside the database. What could not be stored, or was set aside: each with its reason."""
    failures = []
    for path in waiting(store.path.parent):
        try:
            take(path, store)
        except StoreError as error:
            failures.append(error)
        except OSError as error:
            failures.append(StoreError(f"{path}: {error.strerror or error}"))
    return failures


def take(path: Path, store: Store) -> None:
    """Store what the file holds and remove it; set it aside where it is damaged.

    Raises:
        StoreError: it was set aside, or could not be stored (then it waits where it is).
    """
    try:
        spooled = read(path)
    except DamagedSpool as error:
        raise DamagedSpool(f"{set_aside(path, str(error))}: set aside: {error}") from error
    store.append(spooled.samples)
    store.put_all_published(spooled.published)
    for run in spooled.runs:
        store.start_run(run)
        if run.ended_at is not None:
            store.end_run(run.run_id, run.state, run.ended_at, run.error)
    path.unlink()


def set_aside(path: Path, reason: str) -> Path:
    """Move a file that cannot be stored to `damaged/`, its reason beside it; nothing is thrown away."""
    aside = path.parent / "damaged" / path.name
    aside.parent.mkdir(exist_ok=True)
    aside.with_suffix(".reason.txt").write_text(reason + "\n", encoding="utf-8")
    return path.replace(aside)


def keep_damaged(data_dir: Path, text: str, reason: str) -> Path:
    """Keep the text of a row that cannot be stored in `damaged/`, as `set_aside` does."""
    return set_aside(_leave(data_dir / "spool", f"{text}\n".encode()), reason)
