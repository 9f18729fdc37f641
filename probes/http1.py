"""One request and its answer on one connection: HTTP/1.1, its heads and chunks parsed by llhttp (`httptools`).

A body whose length is known, or that ends with the connection, does not pass through the parser: its bytes go from the
socket's buffer to where they are kept. Sent once, whatever happens.
"""

import asyncio
import math
import re
from collections.abc import Iterable

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from probes.connection import MOST_AT_ONCE, Connection
from probes.spool import Body, SpoolError
from probes.stamps import Stamps
from probes.wire_faults import CutError, DisconnectedError, ProtocolError

_HEAD_BYTES = 4096  # read at once, so that it is known when the first of them came
_MOST_HEAD_BYTES = 64 * 1024
_WITHOUT_BODY = frozenset((204, 304))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))


def head_of(method: str, target: str, host: str, headers: Iterable[tuple[str, str]], body_bytes: int) -> bytes:
    """The request up to its body.

    Raises:
        ValueError: a name or value that fits into no header (its text is not in the message).
    """
    lines = [f"{method} {target} HTTP/1.1", f"host: {host}"]
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or "\n" in value or "\r" in value or "\0" in value:
            raise ValueError("a header that would break the request apart")
        lines.append(f"{name}: {value}")
    if body_bytes or method in _WITH_BODY:
        lines.append(f"content-length: {body_bytes}")
    return "\r\n".join((*lines, "", "")).encode("ascii")


class Talk:
    """The user of a connection for one exchange; `over` is done when all is read, or raises why it cannot be."""

    def __init__(self, connection: Connection, stamps: Stamps, body: Body, most_bytes: int, *, bodiless: bool) -> None:
        """`most_bytes`: of the body; `bodiless`: of a HEAD request."""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.status: int | None = None  # once the whole head has come
        self.headers: dict[str, str] = {}
        self.too_large = False
        self.reusable = False  # the connection, for another request
        self.appetite = _HEAD_BYTES
        self._connection = connection
        self._stamps = stamps
        self._body = body
        self._most_bytes = most_bytes
        self._bodiless = bodiless
        self._parser = HttpResponseParser(self)
        self._fields: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._pieces: list[bytes] = []  # of the body, as the parser gives them
        self._left: float | None = None  # bytes that need no parser; infinite: until the end of the connection
        self._complete = False

    def begin(self, request: bytes) -> None:
        """Send it; what comes from now on is the answer."""
        self._stamps.mark("ready")
        self._connection.user = self
        self._connection.send(request)

    # --- of the connection ------------------------------------------------------------------------------------------

    def sent(self) -> None:
        """The kernel has taken the request."""
        if "sent" not in self._stamps.marks:
            self._stamps.mark("sent")

    def arrived(self, data: memoryview, late_s: float | None) -> None:
        """Bytes of the answer."""
        try:
            if self._left is None:
                self._parse(data, late_s)
            else:
                self._take(data, late_s)
            if self.too_large or self._is_whole():
                self._finish(late_s)
        except (ProtocolError, SpoolError) as exc:
            self._fail(exc)

    def ended(self, why: OSError | None) -> None:
        """The connection has ended: the answer with it, if nothing else could end it."""
        if self.over.done():
            return
        if why is None and self._left == math.inf:
            self._left = 0
            self._finish(None)
        elif why is not None:
            self._fail(why)
        elif self.status is None:
            self._fail(DisconnectedError("the server closed the connection without an answer"))
        else:
            self._fail(CutError("the connection was closed before the end of the answer"))

    # --- of the parser ----------------------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of a head, or of a trailer."""
        if self.status is None:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """A head: of the answer, or of a hint that comes before it."""
        if self._complete:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._fields.clear()
            return
        self.status = status
        self.headers = _joined(self._fields)
        self.reusable = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        """A piece of the body, without what chunks wrap around it."""
        if not self._complete:
            self._pieces.append(data)

    def on_message_begin(self) -> None:
        """What comes after the answer was not asked for: this connection says more than it should."""
        if self._complete:
            self.reusable = False

    def on_message_complete(self) -> None:
        """A hint is over, or the answer."""
        self._complete = self._complete or self.status is not None

    # --- within -----------------------------------------------------------------------------------------------------

    def _parse(self, data: memoryview, late_s: float | None) -> None:
        headless = self.status is None
        if headless:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.reusable, self._complete = False, True
        except HttpParserError as exc:
            self.reusable = False
            if not self._complete:
                raise ProtocolError(str(exc) or type(exc).__name__) from exc
        if self.status is None:
            if self._head_bytes > _MOST_HEAD_BYTES:
                raise ProtocolError("a head without end")
            return
        if headless:
            self._head_came(late_s)
        pieces, self._pieces = self._pieces, []
        for piece in pieces:
            self._take(memoryview(piece), late_s)

    def _head_came(self, late_s: float | None) -> None:
        if "sent" not in self._stamps.marks:  # it answers before it has heard all
            self.reusable = False
            self._stamps.mark("sent", late_s)
        self._stamps.mark("headers", late_s)
        self.appetite = MOST_AT_ONCE
        if self._bodiless or self.status in _WITHOUT_BODY:
            self.reusable, self._complete = self.reusable and not self._pieces, True
            self._pieces.clear()
        elif "transfer-encoding" not in self.headers and not self._complete:
            self._left = float(self.headers.get("content-length", "inf").partition(",")[0])

    def _take(self, data: memoryview, late_s: float | None) -> None:
        size, left, body = len(data), self._left, self._body
        self._stamps.touch(size, late_s)
        if left is not None:
            if size > left:
                self.reusable, data, size = False, data[: int(left)], int(left)
            self._left = left = left - size
        room = self._most_bytes - body.size
        if size > room:
            self.too_large, data = True, data[: room + 1]
        body.add(data)

    def _is_whole(self) -> bool:
        return self._complete if self._left is None else self._left == 0

    def _finish(self, late_s: float | None) -> None:
        """Its last byte is here."""
        self._stamps.mark("end", late_s)
        self.reusable = self.reusable and not self.too_large and self._left != math.inf
        self._connection.user = None
        if not self.over.done():
            self.over.set_result(None)

    def _fail(self, exc: Exception) -> None:
        self._stamps.end()
        self._connection.close()
        if not self.over.done():
            self.over.set_exception(exc)


def _joined(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case names; of one name, joined by commas. UTF-8 if all of it is, else Latin-1."""
    encoding = "utf-8"
    try:
        b"".join(value for _, value in fields).decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
    found: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode(encoding)
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
