"""One HTTP exchange: sent once, timed in phases, bounded in time and size, never re-sent, failures as data.

Times are stamped on the event loop (`probes.stamps`), the TLS handshake where the connection is made
(`probes.transport`); how it failed is worked out in `probes.wire_faults`.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

import aiohttp
import httpx

from probes.clock import Clock
from probes.idleness import Idleness
from probes.inflating import EncodingError, Inflater
from probes.model import Exchange, Request, WireFault
from probes.spool import Body, Spool
from probes.stamps import Stamps, current, phases_of
from probes.strangers import refusal
from probes.transport import Clients, RefusedError, drained, trust
from probes.wire_faults import deadline_fault, describe, fault_of

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
        self._client: Clients | None = None
        self._private: dict[str, Clients] = {}

    async def __aenter__(self) -> Self:
        """Open the pool; certificates are read here, before any clock is started."""
        private = {origin: trust(path) for origin, path in self._ca_files.items()}
        self._client = Clients.of(trust(self._ca_file))
        self._private = {origin: Clients.of(context) for origin, context in private.items()}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        for clients in (*self._private.values(), self._client):
            if clients is not None:
                await clients.unkept.aclose()
                await clients.usual.aclose()

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
        if self._client is None:
            raise RuntimeError("Wire is used outside of its context")
        if allowed is not None and (why := refusal(request.url)) is not None:
            return Exchange(None, error=why)
        clients = self._private.get(_origin(request.url), self._client) if self._private else self._client
        transport = clients.usual if allowed is None and not cold else clients.unkept
        stamps = Stamps(self._clock, allowed, idle=self._idle)
        stamps.mark("start")
        token = current.set(stamps)
        reading = _Reading(self._spool.body() if self._spool else Body())
        try:
            async with asyncio.timeout(self._clock.real_s(max(timeout_s, 0.0))):
                await self._transfer(transport, request, stamps, reading)
            fault, error = reading.fault, None
        except RefusedError as exc:
            fault, error = None, str(exc)
        except TimeoutError:
            fault, error = deadline_fault(stamps), f"no complete answer within {timeout_s:g} s"
        except EncodingError as exc:
            fault, error = WireFault.PROTOCOL, describe(exc)
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as exc:
            fault, error = fault_of(exc, stamps), describe(exc)
        except ValueError as exc:
            if request.carries_key:
                raise
            fault, error = WireFault.PROTOCOL, describe(exc)  # a URL of the provider's that is none
        finally:
            stamps.end()
            current.reset(token)
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
        )

    def forget(self, exchange: Exchange) -> None:
        """Its body is needed no more."""
        if self._spool is not None:
            self._spool.forget(exchange.kept_in)

    async def _transfer(
        self, transport: httpx.AsyncBaseTransport, request: Request, stamps: Stamps, reading: "_Reading"
    ) -> None:
        headers = {**_USUAL, **request.headers}
        if stamps.allowed is not None:
            headers = {name: value for name, value in headers.items() if name.lower() in _TO_STRANGERS}
        message = httpx.Request(request.method, _parsed(request.url), headers=headers, content=request.body)
        if message.url.userinfo:  # would become a header of its own
            raise ValueError("a URL with a user in it")
        response = await transport.handle_async_request(message)
        try:
            reading.status = response.status_code
            reading.headers = dict(response.headers)
            await self._read(response, reading, stamps)
        finally:
            stamps.end()
            await response.aclose()

    async def _read(self, response: httpx.Response, reading: "_Reading", stamps: Stamps) -> None:
        """To the last byte, or to the cap: never more than one small piece beyond it is held."""
        inflater = Inflater(response.headers.get("content-encoding", ""))
        if inflater.idle:
            await self._drain(response, reading, stamps)
            return
        async with aclosing(cast(AsyncGenerator[bytes, None], response.aiter_raw())) as chunks:
            async for chunk in chunks:
                stamps.mark("byte")
                # in a thread: milliseconds of work, in which others are due
                await asyncio.to_thread(self._inflate, inflater, chunk, reading.body)
                if reading.body.size > self._max_body_bytes:
                    reading.fault = WireFault.TOO_LARGE
                    return
        if not inflater.complete:
            reading.fault = WireFault.CUT

    async def _drain(self, response: httpx.Response, reading: "_Reading", stamps: Stamps) -> None:
        """The usual way: bytes go where they are kept while they arrive."""

        def take(piece: bytes) -> None:
            stamps.mark("byte")
            room = self._max_body_bytes - reading.body.size
            reading.body.add(piece[: room + 1])
            if len(piece) > room:
                raise _TooLargeError

        with suppress(_TooLargeError):
            await drained(response, take, lambda: stamps.mark("end"))
            return
        reading.fault = WireFault.TOO_LARGE

    def _inflate(self, inflater: Inflater, chunk: bytes, body: Body) -> None:
        """What the chunk opens to, up to the cap and one small piece beyond it."""
        for piece in inflater.pieces(chunk):
            body.add(piece)
            if body.size > self._max_body_bytes:
                return


class _TooLargeError(Exception):
    """More than we are willing to keep."""


@dataclass(slots=True)
class _Reading:
    """What has come in so far."""

    body: Body
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: WireFault | None = None


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    """Read once: a tenth of what it takes to send."""
    return httpx.URL(url)


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, the port that is meant included; empty for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"
