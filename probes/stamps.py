"""Readings of the clock while a request is under way (aiohttp's trace signals), and the phases they mark off."""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp

from probes.clock import Clock
from probes.idleness import Idleness
from probes.model import Phases

_TO_SEND = frozenset(("dns_start", "dns_end", "create_start", "connected", "ready", "sent"))


@dataclass(slots=True)
class Stamps:
    """Readings of the clock while one request is under way, seconds. Filled by the trace signals below."""

    clock: Clock
    allowed: frozenset[str] | None = None  # kinds of special address; None: whatever the configuration leads to
    marks: dict[str, float] = field(default_factory=dict)
    reused: bool = False
    encrypted: bool = False
    idle: Idleness | None = None  # of the event loop; None: nobody watches
    _asked_s: float = 0.0
    _sending_s: float = 0.0  # held up before all was sent
    _first_s: float = 0.0  # the headers, read so late
    _last_s: float = 0.0  # the last byte

    def mark(self, name: str) -> None:
        """Now; the last reading under a name counts."""
        self.marks[name] = self.clock.monotonic()
        if self.idle is not None:
            self._look_back(name, self.idle.until_s)

    def end(self) -> None:
        """It is over now, unless its last byte has said so before."""
        if "end" not in self.marks:
            self.mark("end")

    def _look_back(self, name: str, idle_s: float) -> None:
        """How much earlier this may have come about: since the loop was idle, but not before it was asked for."""
        now_s = time.perf_counter()
        late_s = now_s - max(idle_s, self._asked_s)
        if name in _TO_SEND:
            self._sending_s += late_s
            self._asked_s = now_s
        elif name == "start":
            self._asked_s = now_s
        elif name == "headers":
            self._first_s = late_s
        else:
            self._last_s = late_s

    @property
    def held_up_ms(self) -> float:
        """By at most so much, in real time, these readings are late: what waited, waited for us."""
        return (self._sending_s + max(self._first_s, self._last_s)) * 1000.0

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
