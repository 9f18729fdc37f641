"""Weeks of samples as a probe each ten minutes would have written them."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid5

import pandas as pd

from monitor.store import Store
from probes.ids import uuid7_of
from probes.model import COLUMNS, Sample, as_row

Span = tuple[str, str]  # ISO instants, UTC without zone

SERVICE = '[service]\ndata_dir = "data"\n'
STEP = timedelta(minutes=10)
PRICE_USD = 0.06


def configured(*providers: str) -> str:
    """The configuration of providers that were watched and that nobody asks."""
    return "".join(
        f"""
[providers.{name}]
adapter = "gemini"
base_url = "http://127.0.0.1:9/{name}"
model = "m"
environment = "simulated"
prices = {{ "1K" = {PRICE_USD} }}
"""
        for name in providers
    )


def utc(text: str) -> datetime:
    """`2026-11-17T09:40` as an aware instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def watched(
    provider: str,
    begin: str,
    end: str,
    *,
    down: Sequence[Span] = (),
    unseen: Sequence[Span] = (),
    location: str = "fra-1",
) -> list[Sample]:
    """An image of size 1K every ten minutes; 503 while `down`, no row at all while `unseen`."""
    return list(_watched(provider, utc(begin), utc(end), down, unseen, location))


def _watched(
    provider: str, now: datetime, end: datetime, down: Sequence[Span], unseen: Sequence[Span], location: str
) -> Iterator[Sample]:
    seq = 0
    while now < end:
        if not _within(now, unseen):
            yield _sample(provider, now, seq, ok=not _within(now, down), location=location)
        now, seq = now + STEP, seq + 1


def _within(now: datetime, spans: Sequence[Span]) -> bool:
    return any(utc(start) <= now < utc(end) for start, end in spans)


def _sample(provider: str, now: datetime, seq: int, *, ok: bool, location: str) -> Sample:
    run = uuid7_of(now, location, "run")
    return Sample(
        sample_id=uuid7_of(now, location, provider),
        run_id=run,
        seq=seq,
        block_id=uuid5(run, "block"),
        location=location,
        provider=provider,
        model="m",
        probe="baseline",
        mode="scheduled",
        size="1K",
        aspect_ratio="16:9",
        planned_at=now,
        sent_at=now,
        lateness_ms=2.0,
        total_ms=8000.0 + seq % 97 * 20,
        status=200 if ok else 503,
        outcome="ok" if ok else "overloaded",
        attribution="provider",
        rule="test",
        billed=ok,
        cost_usd=PRICE_USD if ok else 0.0,
        images=int(ok),
    )


def frame(samples: Sequence[Sample]) -> pd.DataFrame:
    """The table as the store hands it out."""
    return pd.DataFrame([as_row(sample) for sample in samples], columns=list(COLUMNS))


def keep(home: Path, *histories: Sequence[Sample]) -> None:
    """Put these rows into the store of this home."""
    (home / "data").mkdir(exist_ok=True)
    with Store.open(home / "data/upheld.duckdb") as store:
        for samples in histories:
            store.append(samples)


def database(*histories: Sequence[Sample]) -> bytes:
    """A store with these rows, as a file to lay into many homes."""
    with tempfile.TemporaryDirectory() as folder:
        keep(Path(folder), *histories)
        return Path(folder, "data/upheld.duckdb").read_bytes()


def settle(home: Path, config: str, stored: bytes) -> None:
    """A home with this configuration and this store."""
    (home / "upheld.toml").write_text(config, encoding="utf-8")
    (home / "data").mkdir()
    (home / "data/upheld.duckdb").write_bytes(stored)
