"""Frame of samples -> `Rows`: the only place of the judge that sees pandas.

Rows become unique by `sample_id` and sorted by time, so neither order nor repetition matters.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.judge.columns import (
    LOAD_MODES,
    LOAD_PROBES,
    NEVER,
    SHARED,
    Codes,
    Flags,
    Floats,
    Ints,
    Kinds,
    Rows,
    Truths,
    Wide,
)
from monitor.judge.words import Words

_TRUTHS = ("control_ok", "billed", "conn_reused")
_WIDE = (
    "seq", "dns_ms", "connect_ms", "tls_ms", "upload_ms", "wait_ms", "download_ms", "cost_usd", "retry_after_s",
    "limit_requests",
)  # fmt: skip
NEEDED: tuple[str, ...] = (
    "sample_id", "run_id", "block_id", "model_version", "planned_at", "sent_at", "status", "lateness_ms", "total_ms",
    *_TRUTHS, *SHARED, *_WIDE,
)  # fmt: skip  # of the columns of `samples`; a reader may leave the others out


def rows_of(frame: pd.DataFrame) -> Rows:
    """The columns of a frame of `samples`; a missing column is all null, a row without any time is left out."""
    sent_at = _times(frame, "sent_at")
    planned_at = _times(frame, "planned_at")
    t = np.where(planned_at != NEVER, planned_at, sent_at)
    order = np.argsort(t, kind="stable")
    order = order[t[order] != NEVER]
    order = order[_first_of_each_id(frame, t[order], order)]
    kind, kinds = _kinds(frame)
    rows = Rows(
        t=t,
        sent_at=sent_at,
        lateness_ms=_numbers(frame, "lateness_ms"),
        total_ms=_numbers(frame, "total_ms"),
        kind=kind,
        place=np.arange(len(t), dtype=np.int32),
        kinds=kinds,
        wide=_wide(frame, kind, kinds),
    )
    return rows.take(order)


def _kinds(frame: pd.DataFrame) -> tuple[Codes, Kinds]:
    """The kind of each row, and what the kinds are."""
    words = {name: _words(frame, name) for name in SHARED}
    status, truths = _numbers(frame, "status"), {name: _truths(frame, name) for name in _TRUTHS}
    answers = pd.factorize(status)[0]
    kind = np.zeros(len(frame), dtype=np.int64)
    parts: list[npt.NDArray[np.integer[Any]]] = [codes for codes, _ in words.values()]
    for codes in (*parts, answers, *truths.values()):
        kind = pd.factorize(kind * (int(codes.max(initial=-1)) + 2) + codes + 1)[0]  # small again each time
    first = np.zeros(int(kind.max(initial=-1)) + 1, dtype=np.int64)
    first[kind[::-1]] = np.arange(len(kind))[::-1]
    shared = Kinds(
        words={name: (np.append(codes[first], np.int32(-1)), names) for name, (codes, names) in words.items()},
        status=np.append(status[first], np.nan),
        control_ok=np.append(truths["control_ok"][first], np.int8(-1)),
        billed=np.append(truths["billed"][first], np.int8(-1)),
        conn_reused=np.append(truths["conn_reused"][first], np.int8(-1)),
    )
    return kind.astype(np.int32), shared


def _wide(frame: pd.DataFrame, kind: Codes, kinds: Kinds) -> Wide:
    probe, mode = (Words(kind, *kinds.words[name]) for name in ("probe", "mode"))
    loaded = probe.isin(*LOAD_PROBES) | mode.isin(*LOAD_MODES)
    numbers: dict[str, Any] = {name: np.append(_numbers(frame, name), np.nan) for name in _WIDE}
    block = _where(frame, "block_id", probe.isin("baseline"))
    return Wide(
        run=_where(frame, "run_id", loaded),
        model_version=_where(frame, "model_version", ~probe.isin("reach")),
        block=block.kinds,
        blocks=np.array([name.encode() for name in block.names], dtype=np.bytes_),
        **numbers,
    )


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


def _words(frame: pd.DataFrame, name: str) -> tuple[Codes, tuple[str, ...]]:
    if name not in frame:
        return np.full(len(frame), -1, dtype=np.int32), ()
    codes, names = pd.factorize(frame[name], sort=True)  # sorted: codes must not depend on the order of rows
    return codes.astype(np.int32), tuple(str(word) for word in names)


def _where(frame: pd.DataFrame, name: str, which: Flags) -> Words:
    """The identifiers of these rows alone, and a last null; null for others, since hashing every UUID is slow."""
    codes = np.full(len(frame) + 1, -1, dtype=np.int32)
    if name not in frame or not which.any():
        return Words.of(codes, ())
    chosen = frame[name][which]
    found, names = pd.factorize(chosen.astype(object).where(chosen.isna(), chosen.astype(str)), sort=True)
    codes[:-1][which] = found
    return Words.of(codes, tuple(names))


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame or (frame[name].dtype == object and frame[name].isna().all()):
        return np.full(len(frame), np.nan)
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _truths(frame: pd.DataFrame, name: str) -> Truths:
    if name not in frame:
        return np.full(len(frame), -1, dtype=np.int8)
    return np.asarray(frame[name].astype("boolean").to_numpy(dtype=np.int8, na_value=-1), dtype=np.int8)
