"""Samples for tests of what keeps them: `sample` with little said, `full_sample` with every column set."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from probes.ids import uuid7_of
from probes.model import Attribution, Mode, Outcome, ProbeKind, Sample

START = datetime(2026, 11, 22, 10, tzinfo=UTC)


def sample(number: int = 0, **changed: Any) -> Sample:  # noqa: ANN401 - any column's value
    """The `number`-th row of a run, a minute after the one before; anything can be said otherwise."""
    planned_at = changed.get("planned_at", START + timedelta(minutes=number))
    row: dict[str, Any] = {
        "sample_id": uuid7_of(planned_at, "sample", str(number)),
        "run_id": uuid7_of(START, "run"),
        "seq": number,
        "location": "fra-1",
        "provider": "wisgate",
        "model": "gemini-3-pro-image-preview",
        "probe": ProbeKind.BASELINE,
        "mode": Mode.SCHEDULED,
        "size": "1K",
        "planned_at": planned_at,
        "sent_at": planned_at + timedelta(milliseconds=2),
        "lateness_ms": 2.0,
        "total_ms": 8000.0 + number,
        "status": 200,
        "outcome": Outcome.OK,
        "attribution": Attribution.PROVIDER,
        "rule": "ok.image",
        "images": 1,
    }
    return Sample(**(row | changed))


def full_sample(**changed: Any) -> Sample:  # noqa: ANN401 - any column's value
    """A row with every column but the hashes set, to values that are easily mangled."""
    row: dict[str, Any] = {
        "block_id": UUID(int=(1 << 128) - 1),
        "aspect_ratio": "16:9",
        "dns_ms": 0.1,
        "connect_ms": 1e-05,
        "tls_ms": 0.1 + 0.2,
        "upload_ms": 1e22,
        "wait_ms": 5e-324,
        "download_ms": 123456.789,
        "conn_reused": False,
        "detail": "=1+1",
        "billed": True,
        "cost_usd": 0.058,
        "width": 5504,
        "height": 3072,
        "image_format": "png",
        "image_bytes": 1 << 40,
        "response_bytes": 9_007_199_254_740_993,
        "retry_after_s": 0.0,
        "limit_requests": 300.0,
        "remaining_requests": 299.0,
        "reset_s": 60.0,
        "quota": "@GenerateRequestsPerDay",
        "request_id": "'quoted', \"twice\"",
        "server_ms": -0.0,
        "model_version": "übermodell-3 \U0001f600",
        "control_ok": True,
        "error": "line one\r\nline two,\tand a tab\x0b\x7f",
        "body_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "queue_ms": 1234.5,
        "run_ms": 28_500.25,
    }
    return sample(**(row | changed))
