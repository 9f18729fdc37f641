"""Our own columns, from CSV, JSON lines or Parquet: what `upheld export` writes, and what others write like it.

Needed are `planned_at`, `provider` (or `--provider`), `probe` and `outcome`. What else is missing is null, or has
the default that `docs/imports.md` names. Every fault of every line is named, and then nothing is imported.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from monitor.imports import Imported, ImportRefused, LineFault, Options, refuse
from monitor.imports._table import Line, Table, read_table
from monitor.rows import RowError, canonical, from_mapping, to_values
from probes.ids import uuid7_of
from probes.model import Attribution, Mode, Outcome, Sample

NEEDED = ("provider", "probe", "planned_at", "outcome")
NIL = UUID(int=0)  # stands for an identifier that the file does not give
LOCATION, RULE = "imported", "imported"
ATTRIBUTION = {  # whose doing an outcome is where the file does not say (wire formats, section 2)
    Outcome.BLOCKED: Attribution.POLICY,
    Outcome.CLIENT_ERROR: Attribution.CLIENT,
    Outcome.AUTH: Attribution.CLIENT,
    Outcome.BALANCE: Attribution.CLIENT,
    Outcome.RATE_LIMITED: Attribution.UNKNOWN,  # it depends on what we had been promised
    Outcome.CONNECTION: Attribution.UNKNOWN,  # it depends on our own network
    Outcome.NOT_SENT: Attribution.MONITOR,
}
_NEVER_NEGATIVE = (  # what was measured; what a provider said of itself may be any number
    "seq", "lateness_ms", "dns_ms", "connect_ms", "tls_ms", "upload_ms", "wait_ms", "download_ms", "total_ms",
    "status", "cost_usd", "images", "width", "height", "image_bytes", "response_bytes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as read, with the line that it is from."""

    line: int
    sample: Sample
    has_seq: bool


def read(path: Path, options: Options) -> Imported:
    """The rows of a file, in the order of time.

    Raises:
        ImportRefused: with every fault of the file.
    """
    table = read_table(path)
    absent = {name for name in NEEDED if name not in table.columns} - ({"provider"} if options.provider else set())
    faults = list(table.faults)
    faults += [LineFault(str(path), None, None, _no_column(name)) for name in NEEDED if name in absent]
    blamed = absent | {fault.column for fault in table.faults if fault.line is None}  # named once for the file
    rows: list[_Row] = []
    for line in table.lines:
        found = _row(line, path, options, table)
        if isinstance(found, _Row):
            rows.append(found)
        else:
            faults += [fault for fault in found if fault.column not in blamed]
    faults += _conflicts(path, rows, table.unit)
    if faults:
        raise ImportRefused(faults)
    if not rows:
        raise refuse(path, "no rows")
    return Imported(tuple(_identified(rows)), notes=tuple(_notes(rows, options, table.columns)))


def _no_column(name: str) -> str:
    return f"no column {name}" + ("; --provider names it for all rows" if name == "provider" else "")


# --- a line ---------------------------------------------------------------------------------------------------


def _row(line: Line, path: Path, options: Options, table: Table) -> _Row | list[LineFault]:
    def fault(column: str | None, reason: str) -> LineFault:
        return LineFault(str(path), line.number, column, reason, table.unit)

    if line.fault:
        return [line.fault]
    try:
        sample = from_mapping(_completed(line.cells, options, table.columns))
    except RowError as error:
        return [fault(found.column, found.reason) for found in error.faults]
    negative = [
        fault(name, f"{value} is negative")
        for name in _NEVER_NEGATIVE
        if (value := getattr(sample, name)) is not None and value < 0
    ]
    return negative or _Row(line.number, sample, "seq" in line.cells)


def _completed(cells: Mapping[str, object], options: Options, columns: frozenset[str]) -> dict[str, Any]:
    """The cells with the defaults of what they do not say."""
    defaults: dict[str, Any] = {
        "sample_id": NIL,
        "run_id": NIL,
        "seq": 0,
        "location": LOCATION,
        "model": "",
        "mode": Mode.IMPORTED,
        "rule": RULE,
        "attribution": ATTRIBUTION.get(cells.get("outcome"), Attribution.PROVIDER),  # type: ignore[call-overload]  # any text
        "provider": options.provider,
    }
    if "sent_at" not in columns and cells.get("outcome") != Outcome.NOT_SENT:
        defaults["sent_at"] = _sent_at(cells)
    return defaults | dict(cells) | {"prev_hash": None, "hash": None}  # the chain is this store's own


def _sent_at(cells: Mapping[str, object]) -> datetime:
    """Planned time and lateness, for a file that does not say when requests left."""
    planned_at, lateness_ms = cells.get("planned_at"), cells.get("lateness_ms", 0)
    try:
        moment = planned_at if isinstance(planned_at, datetime) else datetime.fromisoformat(str(planned_at).strip())
        return moment.astimezone(UTC) + timedelta(milliseconds=float(str(lateness_ms)))
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)  # the row is refused for the cell that says no time


# --- identity -------------------------------------------------------------------------------------------------


def _text(sample: Sample) -> str:
    return canonical(to_values(sample))


def _conflicts(path: Path, rows: Sequence[_Row], unit: str) -> Iterator[LineFault]:
    """Rows of one given id that say different things. The same row twice is one row."""
    first: dict[UUID, _Row] = {}
    for row in rows:
        before = first.setdefault(row.sample.sample_id, row)
        if row.sample.sample_id != NIL and before.sample != row.sample:
            reason = f"{unit} {before.line} says something else of the same sample_id"
            yield LineFault(str(path), row.line, "sample_id", reason, unit)


def _identified(rows: Sequence[_Row]) -> list[Sample]:
    """All rows with ids that follow from what they say, whatever their order in the file.

    Two rows without an id that say the same are two requests (many refusals look alike), told apart by a count.
    """
    seen: Counter[str] = Counter()
    known: dict[UUID, tuple[Sample, bool]] = {}
    for row in rows:
        sample_id = row.sample.sample_id
        if sample_id == NIL:
            text = _text(row.sample)
            seen[text] += 1
            digest = hashlib.sha256(text.encode()).hexdigest()
            sample_id = uuid7_of(row.sample.planned_at, "imported row", digest, str(seen[text]))
        sample = replace(row.sample, sample_id=sample_id, run_id=_run_of(row.sample))
        known.setdefault(sample_id, (sample, row.has_seq))
    return _numbered(known.values())


def _run_of(sample: Sample) -> UUID:
    """The run that the row names, else one for each day of a provider's probe."""
    if sample.run_id != NIL:
        return sample.run_id
    day = sample.planned_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return uuid7_of(day, "imported run", sample.location, sample.provider, sample.probe, sample.mode)


def _numbered(rows: Iterable[tuple[Sample, bool]]) -> list[Sample]:
    """Rows by time; those without `seq` are counted within their run."""
    counts: defaultdict[UUID, int] = defaultdict(int)
    numbered = []
    for sample, has_seq in sorted(rows, key=lambda row: (row[0].planned_at, row[0].sample_id)):
        numbered.append(sample if has_seq else replace(sample, seq=counts[sample.run_id]))
        counts[sample.run_id] += 1
    return numbered


def _notes(rows: Sequence[_Row], options: Options, columns: frozenset[str]) -> Iterator[str]:
    given = [row.sample.sample_id for row in rows if row.sample.sample_id != NIL]
    if twice := len(given) - len(set(given)):
        yield f"{twice} rows stand there twice and count once"
    if options.provider and "provider" in columns and all(row.sample.provider != options.provider for row in rows):
        yield f"--provider {options.provider} was not needed: every row names its provider"
