"""Frame of samples -> typed columns: the only place of the judge that sees pandas.

Times become int64 microseconds since 1970 (UTC), so that seconds in a state add up exactly; words become codes
into a tuple of names. Rows are unique by `sample_id` and sorted by time, so neither order nor repetition matters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.int8]

SECOND = 1_000_000  # microseconds
NEVER = np.iinfo(np.int64).min  # no time; numpy's own NaT
GOOD = ("ok", "ok_degraded")
OURS = ("scheduled", "imported")  # modes that enter availability and latency; imported: somebody else's schedule

SERVERS_FAULT = ("server_error", "overloaded")
ONLY_IF_ANSWERED = (*GOOD, "ok_no_image", "image_invalid", "rate_limited", *SERVERS_FAULT)  # outcomes

LOAD_PROBES = ("burst", "endurance")
LOAD_MODES = ("ramp", "sustain")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """The aware UTC time of `micros`."""
    return _EPOCH + timedelta(microseconds=int(at))


def distinct(ordered: Ints) -> Ints:
    """Sorted values without repeats; `numpy.unique` does not know that they are sorted, and takes ten times longer."""
    return ordered[np.append(True, np.diff(ordered) != 0)] if len(ordered) else ordered


@dataclass(frozen=True, slots=True)
class Words:
    """A text column: codes into `names`, -1 for null."""

    codes: Codes
    names: tuple[str, ...]

    def isin(self, *names: str) -> Flags:
        """Which rows have one of these words."""
        table = np.array([name in names for name in self.names] + [False])  # code -1 finds the last
        return table[self.codes]

    def starts(self, prefix: str) -> Flags:
        """Which rows' word begins so."""
        table = np.array([name.startswith(prefix) for name in self.names] + [False])
        return table[self.codes]

    def at(self, index: int) -> str | None:
        """The word of one row."""
        code = int(self.codes[index])
        return self.names[code] if code >= 0 else None

    def counts(self) -> dict[str, int]:
        """How often each word occurs, sorted by word; null is not counted."""
        found = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names)).tolist()
        return {name: n for name, n in sorted(zip(self.names, found, strict=True)) if n}

    def split(self) -> Iterator[tuple[str | None, Ints]]:
        """Each word that occurs (None for null) with the indices of its rows, sorted by word."""
        order = np.argsort(self.codes, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(self.codes[order]) != 0)) if len(order) else order
        present = self.codes[order[starts]]
        groups = np.split(order, starts[1:]) if len(present) else []
        named = [(self.names[code] if code >= 0 else None, rows) for code, rows in zip(present, groups, strict=True)]
        yield from sorted(named, key=lambda pair: pair[0] or "")


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length, sorted by `t`. NaN is null; yes and no are 1 and 0, -1 is null."""

    t: Ints  # planned_at; sent_at where that is null
    sent_at: Ints  # NEVER where null
    provider: Words
    probe: Words
    mode: Words
    outcome: Words
    detail: Words
    attribution: Words
    rule: Words
    size: Words
    location: Words
    model: Words
    run: Words  # null where nothing was loaded on purpose
    model_version: Words  # of image requests: the model that the answer names
    block: Codes  # one number for each interleaved block; -1 for what is in none
    seq: Floats
    status: Floats
    lateness_ms: Floats
    total_ms: Floats
    dns_ms: Floats
    connect_ms: Floats
    tls_ms: Floats
    upload_ms: Floats
    wait_ms: Floats
    download_ms: Floats
    cost_usd: Floats
    retry_after_s: Floats
    limit_requests: Floats
    control_ok: Truths
    billed: Truths
    conn_reused: Truths

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.t)

    def take(self, which: Flags | Ints | slice) -> "Rows":
        """The rows of a mask, of indices or of a slice."""
        if isinstance(which, np.ndarray) and which.dtype == np.bool_ and which.all():
            return self  # often so, and copying a million rows is what takes the time here
        taken: dict[str, Any] = {}
        for column in fields(self):
            values = getattr(self, column.name)
            taken[column.name] = (
                replace(values, codes=values.codes[which]) if isinstance(values, Words) else values[which]
            )
        return Rows(**taken)

    def between(self, start: int, end: int) -> "Rows":
        """Rows planned in [start, end), microseconds."""
        first, last = np.searchsorted(self.t, [start, end])
        return self.take(slice(int(first), int(last)))

    @property
    def sent(self) -> Flags:
        """Requests that left: all but `not_sent`, and those abandoned in flight."""
        left: Flags = self.sent_at != NEVER
        return left | ~self.outcome.isin("not_sent")

    @property
    def good(self) -> Flags:
        """Requests that gave what was asked (`ok_degraded` fails correctness instead)."""
        return self.outcome.isin(*GOOD)

    @property
    def scheduled(self) -> Flags:
        """Rows that enter availability and latency."""
        return self.mode.isin(*OURS)

    @property
    def escalated(self) -> Flags:
        """Requests that we sent because something had failed, or was agreed to fail."""
        return self.mode.isin("confirm", "incident", "drill")

    @property
    def loading(self) -> Flags:
        """Rows of runs that offer a rate on purpose."""
        return self.probe.isin(*LOAD_PROBES) | self.mode.isin(*LOAD_MODES)

    @property
    def counted(self) -> Flags:
        """The denominator of user and HTTP availability, for rows of any probe: see `docs/methods.md`."""
        left_out = self.outcome.isin("blocked", "client_error", "auth", "balance", "not_sent", "rate_limited")
        return ~left_out & ~self.attribution.isin("monitor") & (self.outcome.codes >= 0)

    @property
    def answered(self) -> Flags:
        """Requests that got an HTTP answer: by its status, or, where nobody kept that, by what only an answer makes.

        A status of 0 is how others write that there was none.
        """
        told: Flags = self.status >= 100
        return told | (np.isnan(self.status) & self.outcome.isin(*ONLY_IF_ANSWERED))

    @property
    def answered_5xx(self) -> Flags:
        """Requests that were answered with 5xx; without a status, those whose outcome says so."""
        told: Flags = self.status >= 500
        return told | (np.isnan(self.status) & self.outcome.isin(*SERVERS_FAULT))

    @property
    def start(self) -> Ints:
        """When each request left; planned time where that is not known."""
        return np.where(self.sent_at != NEVER, self.sent_at, self.t)

    @property
    def end(self) -> Ints:
        """When each answer was complete; the start where that is not known."""
        return self.start + np.rint(np.nan_to_num(self.total_ms) * 1000.0).astype(np.int64)


def rows_of(frame: pd.DataFrame) -> Rows:
    """The columns of a frame of `samples`; a missing column is all null, a row without any time is left out."""
    sent_at = _times(frame, "sent_at")
    planned_at = _times(frame, "planned_at")
    t = np.where(planned_at != NEVER, planned_at, sent_at)
    order = np.argsort(t, kind="stable")
    order = order[t[order] != NEVER]
    order = order[_first_of_each_id(frame, t[order], order)]
    columns: dict[str, Any] = {name: _words(frame, name) for name in _WORDS}
    columns |= {name: _numbers(frame, name) for name in _NUMBERS}
    loaded = columns["probe"].isin(*LOAD_PROBES) | columns["mode"].isin(*LOAD_MODES)
    columns |= {"run": _where(frame, "run_id", loaded), "t": t, "sent_at": sent_at}
    columns |= {"model_version": _where(frame, "model_version", ~columns["probe"].isin("reach"))}
    columns["block"] = _where(frame, "block_id", columns["probe"].isin("baseline")).codes
    columns |= {name: _truths(frame, name) for name in _TRUTHS}
    return Rows(**columns).take(order)


_WORDS = (
    "provider", "probe", "mode", "outcome", "detail", "attribution", "rule", "size", "location", "model",
)  # fmt: skip
_NUMBERS = (
    "seq", "status", "lateness_ms", "total_ms", "dns_ms", "connect_ms", "tls_ms", "upload_ms", "wait_ms",
    "download_ms", "cost_usd", "retry_after_s", "limit_requests",
)  # fmt: skip
_TRUTHS = ("control_ok", "billed", "conn_reused")


NEEDED: tuple[str, ...] = (
    "sample_id", "run_id", "block_id", "model_version", "planned_at", "sent_at", *_TRUTHS, *_WORDS, *_NUMBERS,
)  # fmt: skip  # of the columns of `samples`; a reader may leave the others out


def _first_of_each_id(frame: pd.DataFrame, t: Ints, order: Ints) -> Flags:
    """False for a row that repeats a `sample_id`. Repeats share their time, so only rows that do are looked at."""
    keep = np.ones(len(order), dtype=bool)
    if "sample_id" not in frame or len(order) < 2:
        return keep
    same = t[1:] == t[:-1]
    shares = np.flatnonzero(np.append(same, False) | np.append(False, same))
    ids = frame["sample_id"].iloc[order[shares]].astype(str)  # rows of UUIDs and rows of text are the same rows
    keep[shares] = ~(ids.duplicated() & frame["sample_id"].iloc[order[shares]].notna()).to_numpy()
    return keep


def _times(frame: pd.DataFrame, name: str) -> Ints:
    if name not in frame:
        return np.full(len(frame), NEVER, dtype=np.int64)
    times = pd.to_datetime(frame[name], utc=True)
    return times.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _words(frame: pd.DataFrame, name: str) -> Words:
    if name not in frame:
        return Words(np.full(len(frame), -1, dtype=np.int32), ())
    codes, names = pd.factorize(frame[name], sort=True)  # sorted: codes must not depend on the order of rows
    return Words(codes.astype(np.int32), tuple(str(word) for word in names))


def _where(frame: pd.DataFrame, name: str, which: Flags) -> Words:
    """The identifiers of these rows alone; null for all others, since hashing every UUID is slow."""
    codes = np.full(len(frame), -1, dtype=np.int32)
    if name not in frame or not which.any():
        return Words(codes, ())
    chosen = frame[name][which]
    found, names = pd.factorize(chosen.astype(object).where(chosen.isna(), chosen.astype(str)), sort=True)
    codes[which] = found
    return Words(codes, tuple(names))


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame or (frame[name].dtype == object and frame[name].isna().all()):
        return np.full(len(frame), np.nan)
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _truths(frame: pd.DataFrame, name: str) -> Truths:
    if name not in frame:
        return np.full(len(frame), -1, dtype=np.int8)
    return np.asarray(frame[name].astype("boolean").to_numpy(dtype=np.int8, na_value=-1), dtype=np.int8)
