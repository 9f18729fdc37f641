"""How an exchange failed below HTTP, from the exception and from how far it had come."""

import errno
import ssl
from collections.abc import Iterator

import httpx

from probes.inflating import EncodingError
from probes.model import WireFault
from probes.stamps import Stamps

_ERROR_CHARS = 500


class NameLookupError(OSError):
    """No address for this name."""


class DisconnectedError(Exception):
    """The connection was closed before there was an answer."""


class CutError(Exception):
    """The connection was closed within the answer."""


class ProtocolError(Exception):
    """What came is no HTTP, or what was named is no URL."""


def deadline_fault(stamps: Stamps) -> WireFault:
    """What was being waited for. A body of which nothing came in the last half of its time had stalled."""
    marks, now_s = stamps.marks, stamps.clock.monotonic()
    if "ready" not in marks:
        return WireFault.TIMEOUT_TLS if stamps.encrypted else WireFault.TIMEOUT_CONNECT
    if "headers" not in marks:
        return WireFault.TIMEOUT_TTFB
    silent_s = now_s - (stamps.byte_s or marks["headers"])
    return WireFault.READ_STALL if silent_s > (now_s - marks["headers"]) / 2 else WireFault.TIMEOUT_TOTAL


_BY_TYPE: tuple[tuple[type[BaseException], WireFault], ...] = (
    (NameLookupError, WireFault.DNS),
    (ssl.SSLError, WireFault.TLS),
    (DisconnectedError, WireFault.DISCONNECT),
    (CutError, WireFault.CUT),
    (ProtocolError, WireFault.PROTOCOL),
    (httpx.InvalidURL, WireFault.PROTOCOL),
    (EncodingError, WireFault.PROTOCOL),
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


def fault_of(exc: BaseException, stamps: Stamps) -> WireFault:
    """The kind of a failure, from the exception and all that caused it, and from how far the exchange had come."""
    causes = list(_causes(exc))
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno is not None}
    if errno.ETIMEDOUT in numbers:
        return deadline_fault(stamps)
    by_type = (fault for cause in causes for kind, fault in _BY_TYPE if isinstance(cause, kind))
    by_errno = (_BY_ERRNO[number] for number in numbers if number in _BY_ERRNO)
    fault = next(by_type, None) or next(by_errno, WireFault.NETWORK)
    if fault not in _BROKEN or "ready" not in stamps.marks:
        return fault
    if "headers" in stamps.marks:
        return WireFault.CUT
    return WireFault.DISCONNECT if fault is WireFault.DISCONNECT else WireFault.RESET


# what an exchange may end in; everything else is our own mistake
FAILURES = (OSError, httpx.InvalidURL, DisconnectedError, CutError, ProtocolError, EncodingError)


def describe(exc: BaseException) -> str:
    """One line of an exception, for the row."""
    return f"{type(exc).__name__}: {exc}"[:_ERROR_CHARS]
