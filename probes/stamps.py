"""Readings of the clock while a request is under way (aiohttp's trace signals), and the phases they mark off."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp

from probes.clock import Clock
from probes.model import Phases


@dataclass(slots=True)
class Stamps:
    """Readings of the clock while one request is under way, seconds. Filled by the trace signals below."""

    clock: Clock
    allowed: frozenset[str] | None = None  # kinds of special address; None: whatever the configuration leads to
    marks: dict[str, float] = field(default_factory=dict)
    reused: bool = False
    encrypted: bool = False

    def mark(self, name: str) -> None:
        """Now; the last reading under a name counts."""
        self.marks[name] = self.clock.monotonic()

    def between_ms(self, start: str, end: str) -> float | None:
        """From one reading to another; None where either is missing."""
        if start not in self.marks or end not in self.marks:
            return None
        return (self.marks[end] - self.marks[start]) * 1000.0


current: ContextVar[Stamps] = ContextVar("upheld_stamps")


def mark(name: str) -> None:
    """Now, for the request of this task."""
    stamps = current.get(None)
    if stamps is not None:
        stamps.mark(name)


def tracing() -> aiohttp.TraceConfig:
    """Trace signals -> marks. `headers_sent` and `body_sent` overwrite each other: the last byte sent counts."""
    config = aiohttp.TraceConfig()

    def on(name: str) -> Any:  # noqa: ANN401 - aiohttp types each signal on its own
        async def handler(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
            mark(name)

        return handler

    async def on_reuse(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
        current.get().reused = True
        mark("ready")

    config.on_dns_resolvehost_start.append(on("dns_start"))
    config.on_dns_resolvehost_end.append(on("dns_end"))
    config.on_connection_create_start.append(on("create_start"))
    config.on_connection_create_end.append(on("ready"))
    config.on_connection_reuseconn.append(on_reuse)
    config.on_request_headers_sent.append(on("sent"))
    config.on_request_chunk_sent.append(on("sent"))
    config.on_request_end.append(on("headers"))
    return config


def phases_of(stamps: Stamps) -> Phases:
    """Where the time went."""
    marks = stamps.marks
    connect_from = "dns_end" if "dns_end" in marks else "create_start"
    return Phases(
        dns_ms=stamps.between_ms("dns_start", "dns_end"),
        connect_ms=stamps.between_ms(connect_from, "connected"),
        tls_ms=stamps.between_ms("connected", "ready") if stamps.encrypted else None,
        upload_ms=stamps.between_ms("ready", "sent"),
        wait_ms=stamps.between_ms("sent", "headers"),
        download_ms=stamps.between_ms("headers", "end"),
        total_ms=stamps.between_ms("start", "end"),
        conn_reused=stamps.reused if "ready" in marks else None,
    )
