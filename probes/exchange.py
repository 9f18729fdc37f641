"""One HTTP exchange: sent once, timed in phases, bounded in time and size, never re-sent, failures as data.

The exchange itself is `probes.http1`, over connections of `probes.dialing` and `probes.pool`; how it failed is worked
out in `probes.wire_faults`.
"""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from probes.clock import Clock
from probes.dialing import Names, Place, RefusedError, dialled, trust
from probes.http1 import Talk, head_of
from probes.idleness import Idleness
from probes.inflating import Inflater
from probes.model import Exchange, Request, WireFault
from probes.pool import Pool
from probes.spool import Body, Spool, pieces
from probes.stamps import Stamps, phases_of
from probes.strangers import refusal
from probes.wire_faults import FAILURES, ProtocolError, deadline_fault, describe, fault_of

MAX_BODY_BYTES = 96 * 1024 * 1024
_USUAL = {"accept": "*/*", "accept-encoding": "identity", "connection": "keep-alive", "user-agent": "upheld/0.1"}
_TO_STRANGERS = frozenset(("accept", "accept-encoding", "range", "user-agent"))  # no key, no cookie, whoever set it


class Wire:
    """The one place where requests leave. Use as `async with Wire(clock) as wire: await wire.send(...)`."""

    def __init__(
        self,
        clock: Clock,
        *,
        ca_file: str | None = None,
        ca_files: Mapping[str, str] | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        spool: Spool | None = None,
        idle: Idleness | None = None,
    ) -> None:
        """`ca_file`: a private certificate authority in PEM, beside those of the system.

        `ca_files`: by base URL, one that is believed, instead of `ca_file`, at that URL's host and port alone.
        `spool`: where large bodies go (`Exchange.kept_in`), until `forget`; else they are in memory.
        `idle`: of the running loop, so that exchanges say for how long they were held up.
        """
        self._clock = clock
        self._ca_file = ca_file
        self._ca_files = {_origin(url): path for url, path in (ca_files or {}).items()}
        self._max_body_bytes = max_body_bytes
        self._spool = spool
        self._idle = idle
        self._trust: ssl.SSLContext | None = None
        self._private: dict[str, ssl.SSLContext] = {}
        self._names = Names()
        self._pool = Pool()

    async def __aenter__(self) -> Self:
        """Certificates are read here, before any clock is started."""
        self._private = {origin: trust(path) for origin, path in self._ca_files.items()}
        self._trust = trust(self._ca_file)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self._pool.close()

    async def send(
        self, request: Request, timeout_s: float, *, allowed: frozenset[str] | None = None, cold: bool = False
    ) -> Exchange:
        """Send once and read to the last byte, within `timeout_s` seconds of the clock in all.

        Never raises for what the network or the provider does: that is the `fault` of the exchange. `allowed` is
        given where a provider chose the URL: the kinds of special address it may lead to (`probes.strangers`). One
        that is refused is an exchange with neither status nor fault, and nothing was sent. `cold`: on a connection
        of its own, though another may be open.

        Raises:
            ValueError: our own request cannot be sent as it is (a key that fits into no header).
            SpoolError: our own disk takes no more.
        """
        if self._trust is None:
            raise RuntimeError("Wire is used outside of its context")
        if allowed is not None and (why := refusal(request.url)) is not None:
            return Exchange(None, error=why)
        if timeout_s <= 0:
            return Exchange(None, fault=WireFault.TIMEOUT_CONNECT, error="no time was left to ask")
        stamps = Stamps(self._clock, self._idle)
        stamps.mark("start")
        reading = _Reading(self._new_body())
        fault, error = None, None
        try:
            async with asyncio.timeout(self._clock.real_s(timeout_s)) as bound:
                await self._transfer(request, stamps, reading, allowed=allowed, cold=cold)
            fault = await self._opened(reading)
        except RefusedError as exc:
            error = str(exc)
        except FAILURES as exc:
            late = isinstance(exc, TimeoutError) and bound.expired()
            fault = deadline_fault(stamps) if late else fault_of(exc, stamps)
            error = f"no complete answer within {timeout_s:g} s" if late else describe(exc)
        except ValueError as exc:
            if request.carries_key:
                raise
            fault, error = WireFault.PROTOCOL, describe(exc)  # a URL of the provider's that is none
        finally:
            stamps.end()
            body, kept_in = reading.body.kept()
        return Exchange(
            reading.status,
            reading.headers,
            body,
            phases_of(stamps),
            fault,
            error,
            kept_in=kept_in,
            body_bytes=reading.body.size,
            held_up_ms=stamps.held_up_ms,
            noticed_late_ms=stamps.noticed_late_s * 1000.0,
            woken_late_ms=stamps.woken_late_s * 1000.0,
        )

    def forget(self, exchange: Exchange) -> None:
        """Its body is needed no more."""
        if self._spool is not None:
            self._spool.forget(exchange.kept_in)

    async def _transfer(
        self, request: Request, stamps: Stamps, reading: "_Reading", *, allowed: frozenset[str] | None, cold: bool
    ) -> None:
        """Connections to strangers are judged each for itself, so none is kept."""
        message, place = self._message(request, allowed)
        unkept = cold or allowed is not None
        connection = None if unkept else self._pool.take(place)
        stamps.reused = connection is not None
        if connection is None:
            connection = await dialled(place, stamps, self._names, allowed=allowed, anew=unkept)
        bodiless = request.method == "HEAD"
        reading.talk = talk = Talk(connection, stamps, reading.body, self._max_body_bytes, bodiless=bodiless)
        kept = False
        try:
            talk.begin(message)
            await talk.over
            kept = talk.reusable and not unkept and request.headers.get("connection") != "close"
        finally:
            stamps.end()
            if kept:
                self._pool.keep(place, connection)
            else:
                connection.close()

    def _message(self, request: Request, allowed: frozenset[str] | None) -> tuple[bytes, Place]:
        address = _parsed(request.url)
        headers = {**_USUAL, **request.headers}
        if allowed is not None:
            headers = {name: value for name, value in headers.items() if name.lower() in _TO_STRANGERS}
            headers["connection"] = "close"
        head = head_of(request.method, address.target, address.authority, headers.items(), len(request.body))
        return head + request.body, Place(address.host, address.port, self._trusted(request.url, address))

    def _trusted(self, url: str, address: "_Address") -> ssl.SSLContext | None:
        if not address.encrypted:
            return None
        return self._private.get(_origin(url), self._trust) if self._private else self._trust

    def _new_body(self) -> Body:
        return self._spool.body() if self._spool else Body()

    async def _opened(self, reading: "_Reading") -> WireFault | None:
        """The body, inflated in a thread where it was compressed: milliseconds of work, in which others are due."""
        if reading.talk is not None and reading.talk.too_large:
            return WireFault.TOO_LARGE
        if (encoding := reading.headers.get("content-encoding", "identity")) == "identity":
            return None
        compressed, reading.body = reading.body, self._new_body()  # of what cannot be opened, nothing is left
        data, kept_in = compressed.kept()
        try:
            chunks = pieces(data, kept_in, compressed.size)
            return await asyncio.to_thread(self._inflate, Inflater(encoding), chunks, reading.body)
        finally:
            if self._spool is not None:
                self._spool.forget(kept_in)

    def _inflate(self, inflater: Inflater, compressed: Iterable[bytes], body: Body) -> WireFault | None:
        """What it opens to, up to the cap and one small piece beyond it."""
        for chunk in compressed:
            for piece in inflater.pieces(chunk):
                body.add(piece)
                if body.size > self._max_body_bytes:
                    return WireFault.TOO_LARGE
        return None if inflater.complete else WireFault.CUT


@dataclass(slots=True)
class _Reading:
    """What has come in so far."""

    body: Body
    talk: Talk | None = None  # None: there is no connection yet

    @property
    def status(self) -> int | None:
        return self.talk.status if self.talk is not None else None

    @property
    def headers(self) -> Mapping[str, str]:
        return self.talk.headers if self.talk is not None else {}


@dataclass(frozen=True, slots=True)
class _Address:
    """A URL, as it is spelled on the wire."""

    host: str
    port: int
    encrypted: bool
    authority: str
    target: str


@lru_cache(maxsize=256)
def _parsed(url: str) -> _Address:
    """Read once: a tenth of what it takes to send.

    Raises:
        ProtocolError, httpx.InvalidURL: it is none.
        ValueError: it names a user, which would become a header of its own.
    """
    parsed = httpx.URL(url)
    if parsed.userinfo:
        raise ValueError("a URL with a user in it")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ProtocolError("only http and https, with a host, are asked")
    encrypted = parsed.scheme == "https"
    port = parsed.port or (443 if encrypted else 80)
    if port > 65_535:
        raise ProtocolError(f"there is no port {port}")
    host, authority, target = (part.decode("ascii") for part in (parsed.raw_host, parsed.netloc, parsed.raw_path))
    return _Address(host, port, encrypted, authority, target)


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, the port that is meant included; empty for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"
