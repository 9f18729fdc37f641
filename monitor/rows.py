"""A row of `samples` in its three forms: the `Sample`, the values as stored, and the line of text.

`to_values` is the one normal form (naive UTC times, plain text, finite numbers); the store writes it, the hash
chain covers it. `from_mapping` is the one door for rows that others wrote: import and spool both come through it,
and it names every fault of a row, not only the first.
"""

import difflib
import json
import math
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from probes.model import COLUMNS, NO_CREDENTIAL, Attribution, Mode, NotSent, Outcome, ProbeKind, Sample

HASHES = ("prev_hash", "hash")  # the store's own; a row's text does not count them
REQUIRED = frozenset(f.name for f in fields(Sample) if f.default is MISSING)
NOT_NULL = REQUIRED | {"images"}
_HINTS = typing.get_type_hints(Sample)
KINDS: dict[str, type] = {
    name: next(t for t in (typing.get_args(_HINTS[name]) or (_HINTS[name],)) if t is not type(None)) for name in COLUMNS
}
TEXT_COLUMNS = tuple(name for name in COLUMNS if KINDS[name] is str)
TIME_COLUMNS = tuple(name for name in COLUMNS if KINDS[name] is datetime)
VOCABULARY: dict[str, frozenset[str]] = {
    "probe": frozenset(ProbeKind),
    "mode": frozenset(Mode),
    "outcome": frozenset(Outcome),
    "attribution": frozenset(Attribution),
}
_BIG = {"image_bytes", "response_bytes"}  # BIGINT in the table; other integers are INTEGER


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one cell (or, with no column, with the row), and what would be right."""

    column: str | None
    reason: str

    def __str__(self) -> str:
        """`column: reason`."""
        return f"{self.column}: {self.reason}" if self.column else self.reason


class RowError(ValueError):
    """A row that cannot be kept; `faults` names every reason."""

    def __init__(self, faults: Iterable[RowFault]) -> None:
        """All faults of the row at once."""
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def nearest(name: str, known: Iterable[str]) -> str:
    """`; nearest known: x`, or nothing where no known name is near."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; nearest known: {near[0]}" if near else ""


# --- one cell: anything -> its normal value, or ValueError with what would be right --------------------------


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004 - one class for every bad cell
    if value.isascii() and "\0" not in value:
        return str(value)  # an enumerated word becomes plain text
    # A provider's JSON can hold half a surrogate pair or a NUL, which no UTF-8 column takes
    return str(value).replace("\0", "�").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _time(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"{value!r} is no ISO 8601 time like 2026-11-22T10:00:00Z") from None
    if not isinstance(value, datetime):
        raise ValueError(f"{value!r} is no ISO 8601 time like 2026-11-22T10:00:00Z")  # noqa: TRY004 - as above
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no zone; append Z if it is UTC")
    return value.astimezone(UTC).replace(tzinfo=None)


def _uuid(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value).strip())  # also takes the UUIDs of other libraries
    except ValueError:
        raise ValueError(f"{value!r} is no UUID") from None


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or "_" in str(value):
        raise ValueError(f"{value!r} is no number")  # Python reads 1_000, nobody else does
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is no number") from None
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no finite number")
    return number


def _int(value: object) -> int:
    number = _float(value)
    if not number.is_integer():
        raise ValueError(f"{value!r} is no whole number")
    text = str(value).strip()
    return int(text) if text.lstrip("+-").isdecimal() else int(number)  # beyond 2**53 a float would round


def _bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise ValueError(f"{value!r} is neither true nor false")


_READ: dict[type, Callable[[object], Any]] = {
    str: _text,
    datetime: _time,
    UUID: _uuid,
    float: _float,
    int: _int,
    bool: _bool,
}


def _cell(name: str, value: object) -> Any:  # noqa: ANN401 - the column's type
    """The normal value of one cell; ValueError says what is wrong with it."""
    if value == "" and name != "model":  # an imported monitor may know no model; other empty text says nothing
        value = None
    if value is None:
        if name in NOT_NULL:
            raise ValueError("missing")
        return None
    value = _READ[KINDS[name]](value)
    if name in VOCABULARY and value not in VOCABULARY[name]:  # these are never null
        raise ValueError(f"{value!r} is not known{nearest(str(value), VOCABULARY[name])}; {_known(VOCABULARY[name])}")
    if isinstance(value, int) and abs(value) >= 1 << (63 if name in _BIG else 31):
        raise ValueError(f"{value} is too large")
    return value


def _known(words: Iterable[str]) -> str:
    return "known: " + ", ".join(sorted(words))


# --- a row ----------------------------------------------------------------------------------------------------


def to_values(sample: Sample) -> tuple[Any, ...]:
    """The row as stored, in the order of `COLUMNS`: naive UTC times, plain text, `""` where null is meant gone.

    A number that is not finite is not known, so null: the measurement must not be lost for it.

    Raises:
        RowError: a value has the wrong type, a time has no zone, a required value is missing.
    """
    values, faults = [], []
    for name in COLUMNS:
        value = getattr(sample, name)
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        try:
            values.append(_cell(name, value))
        except ValueError as error:
            faults.append(RowFault(name, str(error)))
    if faults:
        raise RowError(faults)
    return tuple(values)


def from_values(values: Iterable[Any]) -> Sample:
    """The `Sample` of a stored row: times become aware again."""
    row: dict[str, Any] = {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in zip(COLUMNS, values, strict=True)
    }
    return Sample(**row)


def from_mapping(row: Mapping[str, object]) -> Sample:
    """Column -> value (text, or native types) as a `Sample`; a column that is absent is null.

    Raises:
        RowError: with every fault of the row: unknown columns, wrong types, unknown words, missing values.
    """
    values: dict[str, Any] = {}
    faults = [RowFault(name, f"unknown column{nearest(name, COLUMNS)}") for name in row if name not in KINDS]
    for name in COLUMNS:
        try:
            value = row.get(name)
            if name == "images" and value is None:
                value = 0
            values[name] = _cell(name, value)
        except ValueError as error:
            faults.append(RowFault(name, str(error)))
    faults += _contradictions(values)
    if faults:
        raise RowError(faults)
    return from_values(values[name] for name in COLUMNS)


def _contradictions(values: Mapping[str, Any]) -> list[RowFault]:
    """Cells that are sound alone but not together."""
    if "outcome" not in values or "sent_at" not in values:
        return []
    never = values["outcome"] == Outcome.NOT_SENT  # with a sent_at: abandoned in flight
    unlocked = values["outcome"] == Outcome.AUTH and values.get("detail") == NO_CREDENTIAL
    if never and values.get("detail") not in {*NotSent}:
        return [RowFault("detail", f"{values.get('detail')!r} is no reason for not_sent; {_known(NotSent)}")]
    if not never and values["sent_at"] is None and not unlocked:
        said = f"missing; only not_sent and {NO_CREDENTIAL} have none, and outcome is {values['outcome']}"
        return [RowFault("sent_at", said)]
    return []


# --- text -----------------------------------------------------------------------------------------------------


def iso(moment: datetime) -> str:
    """A naive UTC or aware time as ISO 8601 with microseconds and Z."""
    naive = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="microseconds") + "Z"


def _plain(value: object) -> object:
    """What JSON says of a stored value."""
    if isinstance(value, datetime):
        return iso(value)
    return str(value) if isinstance(value, UUID) else value


def canonical(values: Iterable[Any]) -> str:
    """The text that the hash chain covers: one JSON object of the row, as `docs/samples.md` specifies.

    Columns in the table's order, those that are null and the two hashes left out (so that a column added later
    changes no old hash), no spaces, UTF-8, floats by `repr`, times as `iso`.
    """
    row = {
        name: _plain(value)
        for name, value in zip(COLUMNS, values, strict=True)
        if value is not None and name not in HASHES
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def to_jsonl(samples: Iterable[Sample]) -> str:
    """One JSON object per line, without the hashes: whoever stores the rows links them anew."""
    return "".join(canonical(to_values(sample)) + "\n" for sample in samples)
