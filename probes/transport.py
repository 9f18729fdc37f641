"""Connections: httpx as the interface, aiohttp as the transport (`docs/decisions/0001-http-client.md`).

httpx's own pool is poisoned by cancelled requests, and only cancellation bounds a total deadline.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Self, cast

import aiohappyeyeballs
import aiohttp
import httpx
import yarl
from aiohttp import ClientConnectorCertificateError, ClientConnectorError, ClientConnectorSSLError
from aiohttp.client_exceptions import cert_errors, ssl_errors
from aiohttp.client_proto import ResponseHandler
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream

from probes.stamps import current, mark, tracing
from probes.strangers import refused_address

_OWN = "aiohttp"  # where aiohttp's response stands among the extensions of httpx's
_READ_AHEAD_BYTES = 512 * 1024  # above what one read of a socket gives, so that reading is not stopped after each


class RefusedError(Exception):
    """A stranger's URL that we do not connect to; the message says why."""


@lru_cache(maxsize=4)
def trust(ca_file: str | None) -> ssl.SSLContext:
    """Whom to believe: the system's authorities and, if given, one of our own. Read once, it takes 20 ms and more."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


@dataclass(frozen=True, slots=True)
class Clients:
    """The pools of one trust: connections are kept and used again; or each has one request, as to strangers."""

    usual: httpx.AsyncBaseTransport
    unkept: httpx.AsyncBaseTransport

    @classmethod
    def of(cls, context: ssl.SSLContext) -> Self:
        """Strangers' connections are judged each for itself, so none is kept."""
        return cls(_transport(context), _transport(context, force_close=True))


def _transport(context: ssl.SSLContext, *, force_close: bool = False) -> httpx.AsyncBaseTransport:
    """Without httpx's client around it, which knows of redirects, cookies and time limits, and logs every URL."""
    return _Transport(client=_session(context, force_close=force_close), verify=context)


def _session(context: ssl.SSLContext, *, force_close: bool) -> aiohttp.ClientSession:
    """A session that sends what it is told, once, and remembers nothing from one request to the next."""
    session = aiohttp.ClientSession(
        connector=_TimedConnector(limit=0, ssl=context, force_close=force_close),
        read_bufsize=_READ_AHEAD_BYTES,
        trace_configs=[tracing()],
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

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        """As aiohttp's, with our protocol at each connection."""
        super().__init__(**options)
        self._factory = partial(_Protocol, loop=self._loop)  # type: ignore[assignment]  # partial is invariant

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
            mark("connected")
            current.get().encrypted = bool(kwargs.get("ssl"))
            return await self._loop.create_connection(*args, **kwargs, sock=sock)
        except cert_errors as exc:
            raise ClientConnectorCertificateError(req.connection_key, exc) from exc
        except ssl_errors as exc:
            raise ClientConnectorSSLError(req.connection_key, exc) from exc
        except OSError as exc:
            raise client_error(req.connection_key, exc) from exc


def _judge(addr_infos: list[Any]) -> None:
    """Refuse a stranger's addresses as resolved: what is connected to next is one of these, and nothing else."""
    allowed = current.get().allowed
    if allowed is not None and (why := refused_address((info[4][0] for info in addr_infos), allowed)) is not None:
        raise RefusedError(why)


class _Transport(AiohttpTransport):
    """As it is, with aiohttp's own response beside: `drained` reads a body where it arrives."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        stream = cast(AiohttpResponseStream, response.stream)
        response.extensions[_OWN] = stream._aiohttp_response  # noqa: SLF001 - it has no other name
        return response


class _Protocol(ResponseHandler):
    """Hands a body on at the moment when it arrives, if somebody asked for it."""

    drain: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        drain = self.drain  # at its end, the answer gives the connection to whoever waits for one
        super().data_received(data)
        if drain is not None:
            drain()


async def drained(response: httpx.Response, take: Callable[[bytes], None], ended: Callable[[], None]) -> None:
    """Give every piece of the body to `take`, and call `ended` at its last byte, both as soon as it is there.

    No task is woken for a piece and none waits in a buffer: through iterators, a hundred answers of 20 MB cost twice
    the time and hold 50 MB. What `take` raises ends the reading, and is raised here.
    """
    answer: aiohttp.ClientResponse = response.extensions[_OWN]
    content, connection = answer.content, answer.connection
    protocol = connection.protocol if connection is not None else None

    busy = False

    def drain() -> None:
        nonlocal busy
        if busy:  # reading makes room, and so aiohttp's parser gives more: the loop below takes it
            return
        busy = True
        try:
            while content.exception() is None and (piece := content.read_nowait()):
                take(piece)
        except Exception as exc:  # noqa: BLE001 - to be raised where it is awaited, not in the event loop
            content.set_exception(exc)
        finally:
            busy = False

    drain()  # what came with the headers
    content.on_eof(ended)
    if isinstance(protocol, _Protocol) and content.exception() is None and not content.is_eof():
        protocol.drain = drain
        try:
            await content.wait_eof()
        finally:
            if protocol.drain is drain:
                protocol.drain = None
    if (failure := content.exception()) is not None:
        raise failure
