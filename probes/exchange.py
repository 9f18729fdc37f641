"""One HTTP exchange: sent once, timed in phases, bounded in time and size, never re-sent, failures as data.

httpx is the interface, aiohttp the transport (`docs/decisions/0001-http-client.md`): httpx's own pool is poisoned
by cancelled requests, and only cancellation bounds a total deadline. Times are stamped by aiohttp's trace signals
on the event loop; the TLS handshake is stamped where the connection is made.
"""

import asyncio
import errno
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import SimpleNamespace, TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

import aiohappyeyeballs
import aiohttp
import httpx
import yarl
from aiohttp import ClientConnectorCertificateError, ClientConnectorError, ClientConnectorSSLError
from aiohttp.client_exceptions import cert_errors, ssl_errors
from httpx_aiohttp import AiohttpTransport

from probes.clock import Clock
from probes.inflating import EncodingError, Inflater
from probes.model import Exchange, Phases, Request, WireFault
from probes.strangers import refusal, refused_address

MAX_BODY_BYTES = 96 * 1024 * 1024
_ERROR_CHARS = 500
_USER_AGENT = "upheld/0.1"
_TO_STRANGERS = frozenset(("accept", "accept-encoding", "range", "user-agent"))  # no key, no cookie, whoever set it


@dataclass(slots=True)
class _Stamps:
    """Readings of the clock while one request is under way, seconds. Filled by the trace signals below."""

    clock: Clock
    allowed: frozenset[str] | None = None  # kinds of special address; None: whatever the configuration leads to
    marks: dict[str, float] = field(default_factory=dict)
    reused: bool = False
    encrypted: bool = False

    def mark(self, name: str) -> None:
        self.marks[name] = self.clock.monotonic()

    def between_ms(self, start: str, end: str) -> float | None:
        if start not in self.marks or end not in self.marks:
            return None
        return (self.marks[end] - self.marks[start]) * 1000.0


_current: ContextVar[_Stamps] = ContextVar("upheld_stamps")


class RefusedError(Exception):
    """A stranger's URL that we do not connect to; the message says why."""


class Wire:
    """The one place where requests leave. Use as `async with Wire(clock) as wire: await wire.send(...)`."""

    def __init__(
        self,
        clock: Clock,
        *,
        ca_file: str | None = None,
        ca_files: Mapping[str, str] | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        """`ca_file`: a private certificate authority in PEM, beside those of the system.

        `ca_files`: by base URL, one that is believed, instead of `ca_file`, at that URL's host and port alone.
        """
        self._clock = clock
        self._ca_file = ca_file
        self._ca_files = {_origin(url): path for url, path in (ca_files or {}).items()}
        self._max_body_bytes = max_body_bytes
        self._client: _Clients | None = None
        self._private: dict[str, _Clients] = {}

    async def __aenter__(self) -> Self:
        """Open the pool; certificates are read here, before any clock is started."""
        private = {origin: _trust(path) for origin, path in self._ca_files.items()}
        self._client = _Clients.of(_trust(self._ca_file))
        self._private = {origin: _Clients.of(context) for origin, context in private.items()}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        for clients in (*self._private.values(), self._client):
            if clients is not None:
                await clients.to_strangers.aclose()
                await clients.usual.aclose()

    async def send(self, request: Request, timeout_s: float, *, allowed: frozenset[str] | None = None) -> Exchange:
        """Send once and read to the last byte, within `timeout_s` seconds of the clock in all.

        Never raises for what the network or the provider does: that is the `fault` of the exchange. `allowed` is
        given where a provider chose the URL: the kinds of special address it may lead to (`probes.strangers`). One
        that is refused is an exchange with neither status nor fault, and nothing was sent.

        Raises:
            ValueError: our own request cannot be sent as it is (a key that fits into no header).
        """
        if self._client is None:
            raise RuntimeError("Wire is used outside of its context")
        if allowed is not None and (why := refusal(request.url)) is not None:
            return Exchange(None, error=why)
        clients = self._private.get(_origin(request.url), self._client) if self._private else self._client
        client = clients.usual if allowed is None else clients.to_strangers
        stamps = _Stamps(self._clock, allowed)
        token = _current.set(stamps)
        reading = _Reading()
        try:
            async with asyncio.timeout(self._clock.real_s(max(timeout_s, 0.0))):
                await self._transfer(client, request, stamps, reading)
            fault, error = reading.fault, None
        except RefusedError as exc:
            fault, error = None, str(exc)
        except TimeoutError:
            fault, error = _deadline_fault(stamps), f"no complete answer within {timeout_s:g} s"
        except EncodingError as exc:
            fault, error = WireFault.PROTOCOL, describe(exc)
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as exc:
            fault, error = _fault_of(exc, stamps), describe(exc)
        except ValueError as exc:
            if request.carries_key:
                raise
            fault, error = WireFault.PROTOCOL, describe(exc)  # a URL of the provider's that is none
        finally:
            stamps.marks.setdefault("end", self._clock.monotonic())
            _current.reset(token)
        return Exchange(reading.status, reading.headers, b"".join(reading.chunks), _phases(stamps), fault, error)

    async def _transfer(
        self, client: httpx.AsyncClient, request: Request, stamps: _Stamps, reading: "_Reading"
    ) -> None:
        headers = {"user-agent": _USER_AGENT, "accept-encoding": "identity", **request.headers}
        if stamps.allowed is not None:
            headers = {name: value for name, value in headers.items() if name.lower() in _TO_STRANGERS}
        message = client.build_request(request.method, request.url, headers=headers, content=request.body)
        stamps.mark("start")
        response = await client.send(message, stream=True)
        try:
            reading.status = response.status_code
            reading.headers = dict(response.headers)
            await self._read(response, reading)
        finally:
            stamps.mark("end")
            await response.aclose()

    async def _read(self, response: httpx.Response, reading: "_Reading") -> None:
        """To the last byte, or to the cap: never more than one small piece beyond it is held."""
        inflater = Inflater(response.headers.get("content-encoding", ""))
        async with aclosing(cast(AsyncGenerator[bytes, None], response.aiter_raw())) as chunks:
            async for chunk in chunks:
                _mark("byte")
                for piece in inflater.pieces(chunk):
                    reading.add(piece)
                    if reading.size > self._max_body_bytes:
                        reading.fault = WireFault.TOO_LARGE
                        return
        if not inflater.complete:
            reading.fault = WireFault.CUT


@dataclass(slots=True)
class _Reading:
    """What has come in so far."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    fault: WireFault | None = None

    def add(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        self.size += len(chunk)


@lru_cache(maxsize=4)
def _trust(ca_file: str | None) -> ssl.SSLContext:
    """Whom to believe: the system's authorities and, if given, one of our own. Read once, it takes 20 ms and more."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


@dataclass(frozen=True, slots=True)
class _Clients:
    """The pools of one trust: for where the configuration leads to, and for where a provider says."""

    usual: httpx.AsyncClient
    to_strangers: httpx.AsyncClient

    @classmethod
    def of(cls, context: ssl.SSLContext) -> Self:
        """Strangers' connections are judged each for itself, so none is kept."""
        return cls(_client(context), _client(context, force_close=True))


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, the port that is meant included; empty for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _client(context: ssl.SSLContext, *, force_close: bool = False) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=AiohttpTransport(client=_session(context, force_close=force_close), verify=context),
        timeout=None,  # noqa: S113 - a total deadline bounds each exchange, which per-read timeouts do not
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def _session(context: ssl.SSLContext, *, force_close: bool) -> aiohttp.ClientSession:
    """A session that sends what it is told, once, and remembers nothing from one request to the next."""
    session = aiohttp.ClientSession(
        connector=_TimedConnector(limit=0, ssl=context, force_close=force_close),
        trace_configs=[_tracing()],
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    session._retry_connection = False  # noqa: SLF001 - aiohttp re-sends idempotent requests; a hidden retry is a wrong number
    object.__setattr__(session, "_build_url", _as_it_is)  # aiohttp respells URLs, which breaks signed ones
    return session


def _as_it_is(url: str | yarl.URL) -> yarl.URL:
    """The URL as httpx has spelled it, byte for byte."""
    parsed = yarl.URL(url, encoded=True)
    if parsed.host is None:
        raise aiohttp.InvalidURL(url)
    return parsed


class _TimedConnector(aiohttp.TCPConnector):
    """Stamps the end of the TCP connect, so that the TLS handshake can be told apart from it; judges addresses.

    aiohttp reports both as one; the override is its own method with three lines more (aiohttp 3.14).
    """

    async def _wrap_create_connection(  # type: ignore[override]  # narrower than the private signature on purpose
        self,
        *args: Any,  # noqa: ANN401 - aiohttp's own signature
        addr_infos: list[Any],
        req: Any,  # noqa: ANN401 - aiohttp's own signature
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own signature
        client_error: type[ClientConnectorError] = ClientConnectorError,
        **kwargs: Any,  # noqa: ANN401 - aiohttp's own signature
    ) -> tuple[asyncio.Transport, Any]:
        del timeout  # the exchange has one total deadline
        _judge(addr_infos)
        try:
            sock = await aiohappyeyeballs.start_connection(
                addr_infos=addr_infos,
                local_addr_infos=self._local_addr_infos,
                happy_eyeballs_delay=self._happy_eyeballs_delay,
                interleave=self._interleave,
                loop=self._loop,
            )
            _mark("connected")
            _current.get().encrypted = bool(kwargs.get("ssl"))
            return await self._loop.create_connection(*args, **kwargs, sock=sock)
        except cert_errors as exc:
            raise ClientConnectorCertificateError(req.connection_key, exc) from exc
        except ssl_errors as exc:
            raise ClientConnectorSSLError(req.connection_key, exc) from exc
        except OSError as exc:
            raise client_error(req.connection_key, exc) from exc


def _judge(addr_infos: list[Any]) -> None:
    """Refuse a stranger's addresses as resolved: what is connected to next is one of these, and nothing else."""
    allowed = _current.get().allowed
    if allowed is not None and (why := refused_address((info[4][0] for info in addr_infos), allowed)) is not None:
        raise RefusedError(why)


def _mark(name: str) -> None:
    stamps = _current.get(None)
    if stamps is not None:
        stamps.mark(name)


def _tracing() -> aiohttp.TraceConfig:
    """Trace signals -> marks. `headers_sent` and `body_sent` overwrite each other: the last byte sent counts."""
    config = aiohttp.TraceConfig()

    def on(name: str) -> Any:  # noqa: ANN401 - aiohttp types each signal on its own
        async def handler(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
            _mark(name)

        return handler

    async def on_reuse(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
        _current.get().reused = True
        _mark("ready")

    config.on_dns_resolvehost_start.append(on("dns_start"))
    config.on_dns_resolvehost_end.append(on("dns_end"))
    config.on_connection_create_start.append(on("create_start"))
    config.on_connection_create_end.append(on("ready"))
    config.on_connection_reuseconn.append(on_reuse)
    config.on_request_headers_sent.append(on("sent"))
    config.on_request_chunk_sent.append(on("sent"))
    config.on_request_end.append(on("headers"))
    return config


def _phases(stamps: _Stamps) -> Phases:
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


def _deadline_fault(stamps: _Stamps) -> WireFault:
    """What was being waited for. A body of which nothing came in the last half of its time had stalled."""
    marks, now_s = stamps.marks, stamps.clock.monotonic()
    if "ready" not in marks:
        return WireFault.TIMEOUT_TLS if stamps.encrypted else WireFault.TIMEOUT_CONNECT
    if "headers" not in marks:
        return WireFault.TIMEOUT_TTFB
    silent_s = now_s - marks.get("byte", marks["headers"])
    return WireFault.READ_STALL if silent_s > (now_s - marks["headers"]) / 2 else WireFault.TIMEOUT_TOTAL


_BY_TYPE: tuple[tuple[type[BaseException], WireFault], ...] = (
    (aiohttp.ClientConnectorDNSError, WireFault.DNS),
    (aiohttp.ClientSSLError, WireFault.TLS),
    (ssl.SSLError, WireFault.TLS),
    (aiohttp.ServerDisconnectedError, WireFault.DISCONNECT),
    (aiohttp.ClientPayloadError, WireFault.CUT),
    (aiohttp.ClientResponseError, WireFault.PROTOCOL),
    (aiohttp.InvalidURL, WireFault.PROTOCOL),
    (httpx.InvalidURL, WireFault.PROTOCOL),
    (httpx.DecodingError, WireFault.PROTOCOL),
    (httpx.UnsupportedProtocol, WireFault.PROTOCOL),
    (ConnectionRefusedError, WireFault.REFUSED),
    (ConnectionError, WireFault.RESET),  # without a number, when a handshake is cut off
)
_BY_ERRNO = {
    errno.ECONNREFUSED: WireFault.REFUSED,
    errno.ECONNRESET: WireFault.RESET,
    errno.EPIPE: WireFault.RESET,
}
# on a connection that had been made, all of these are a reset; once an answer has begun, it is cut
_BROKEN = frozenset((WireFault.RESET, WireFault.DISCONNECT, WireFault.NETWORK, WireFault.TLS))


def _causes(exc: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = exc
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _fault_of(exc: BaseException, stamps: _Stamps) -> WireFault:
    """The kind of a failure, from the exception and all that caused it, and from how far the exchange had come."""
    causes = list(_causes(exc))
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno is not None}
    if errno.ETIMEDOUT in numbers:
        return _deadline_fault(stamps)
    by_type = (fault for cause in causes for kind, fault in _BY_TYPE if isinstance(cause, kind))
    by_errno = (_BY_ERRNO[number] for number in numbers if number in _BY_ERRNO)
    fault = next(by_type, None) or next(by_errno, WireFault.NETWORK)
    if fault not in _BROKEN or "ready" not in stamps.marks:
        return fault
    if "headers" in stamps.marks:
        return WireFault.CUT
    return WireFault.DISCONNECT if fault is WireFault.DISCONNECT else WireFault.RESET


def describe(exc: BaseException) -> str:
    """One line of an exception, for the row; in aiohttp's words where the transport has translated them."""
    told = next((cause for cause in _causes(exc) if isinstance(cause, aiohttp.ClientError)), exc)
    return f"{type(told).__name__}: {told}"[:_ERROR_CHARS]
