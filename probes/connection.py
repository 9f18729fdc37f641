"""One connection, with TLS or without: what arrives is handed on in the call in which it is read, with its time.

No task is woken for a piece and none waits in a buffer: all connections read into the same two buffers, and whoever
uses a connection has done with the bytes when it returns.
"""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Protocol, cast

from probes import arrivals

MOST_AT_ONCE = 256 * 1024  # what a processor's own cache holds: with twice as much, a burst takes 1.4 times the CPU
_RAW = memoryview(bytearray(MOST_AT_ONCE))
_PLAIN = memoryview(bytearray(MOST_AT_ONCE))
_RECORD_BYTES = 16 * 1024  # of TLS: an answer cannot be opened in smaller pieces


class User(Protocol):
    """Who has the connection now."""

    @property
    def appetite(self) -> int:
        """How many bytes it takes at once; the fewer, the better is known when the first of them came."""
        ...  # pragma: no cover - a protocol

    def arrived(self, data: memoryview, late_s: float | None) -> None:
        """These bytes have come, so long ago; they are gone after the call."""
        ...  # pragma: no cover - a protocol

    def ended(self, why: OSError | None) -> None:
        """Nothing more will come; None: the other side said so."""
        ...  # pragma: no cover - a protocol

    def sent(self) -> None:
        """The kernel has taken all that was to be sent."""
        ...  # pragma: no cover - a protocol


class Connection:
    """A connected socket. Failing to send is told when reading has ended: the answer may say why."""

    __slots__ = ("_failed", "_fd", "_loop", "_out", "_sock", "_tls", "_writing", "closed", "user")

    def __init__(self, sock: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        """It is read from now on; `user` is to be set before anything can come."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.user: User | None = None
        self.closed = False
        self._sock = sock
        self._fd = sock.fileno()
        self._loop = loop
        self._tls: _Tls | None = None
        self._out = memoryview(b"")
        self._writing = False
        self._failed: OSError | None = None
        loop.add_reader(self._fd, self._readable)

    def encrypt(self, context: ssl.SSLContext, host: str) -> "asyncio.Future[float]":
        """Shake hands; the result is for how many seconds in all we let the other side's part of it lie."""
        shaken: asyncio.Future[float] = self._loop.create_future()
        self.user = shaking = _Shaking(self, _Tls(context, host), shaken)
        shaking.go_on()
        return shaken

    def is_silent(self) -> bool:
        """Whether it is open and nothing has come that nobody asked for; what has come is dealt with here."""
        if not self.closed:
            try:
                self._sock.recv(1, socket.MSG_PEEK)
            except (BlockingIOError, InterruptedError):
                return True
            except OSError:
                self.close()
            else:
                self._readable()
        return not self.closed

    def send(self, data: bytes) -> None:
        """Send all of this; `user.sent` says when it is done, perhaps before this returns."""
        if self._tls is not None:
            data = self._tls.sealed(data)
        self._push(data)

    def close(self) -> None:
        """For good, at once."""
        if self.closed:
            return
        self.closed = True
        self.user = None
        self._loop.remove_reader(self._fd)
        self._stop_writing()
        if self._tls is not None:
            with suppress(OSError):
                self._sock.send(self._tls.farewell())
        self._sock.close()

    # --- sending ----------------------------------------------------------------------------------------------------

    def _push(self, data: bytes) -> None:
        self._out = memoryview(bytes(self._out) + data) if self._out else memoryview(data)
        if not self._writing:
            self._flush()

    def _flush(self) -> None:
        try:
            while self._out:
                self._out = self._out[self._sock.send(self._out) :]
        except (BlockingIOError, InterruptedError):
            if not self._writing:
                self._loop.add_writer(self._fd, self._flush)
                self._writing = True
            return
        except OSError as exc:
            self._failed, self._out = exc, memoryview(b"")
            self._stop_writing()
            return
        self._stop_writing()
        if self.user is not None:
            self.user.sent()

    def _stop_writing(self) -> None:
        if self._writing:
            self._loop.remove_writer(self._fd)
            self._writing = False

    # --- receiving --------------------------------------------------------------------------------------------------

    def _readable(self) -> None:
        if self.user is None:
            return  # somebody is about to take it
        room = _RAW[: self.user.appetite]
        try:
            size, late_s = arrivals.receive(self._sock, room)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as exc:
            self._end(exc)
            return
        if self._tls is not None:
            self._open_records(room[:size], late_s)
        elif size:
            self._give(room[:size], late_s)
        else:
            self._end(None)

    def _open_records(self, raw: memoryview, late_s: float | None) -> None:
        assert self._tls is not None, "seen by `_readable`"  # noqa: S101 - for the type checker
        tls = self._tls
        tls.incoming.write(raw)
        left = True
        while left and not self.closed:
            try:
                size, left = tls.opened(_PLAIN)
            except ssl.SSLError as exc:
                self._end(exc)
                return
            if size:
                self._give(_PLAIN[:size], late_s)
        if self.closed:
            return
        if tls.over or not raw:  # most forget to say farewell
            self._end(None)
        elif answer := tls.outgoing.read():  # a change of keys is answered
            self._push(answer)

    def _give(self, data: memoryview, late_s: float | None) -> None:
        if self.user is not None:
            self.user.arrived(data, late_s)

    def _end(self, why: OSError | None) -> None:
        user, why = self.user, self._failed or why
        self.close()
        if user is not None:
            user.ended(why)

    def begin_tls(self, tls: "_Tls") -> None:
        """Hands have been shaken: from now on all is encrypted."""
        self._tls = tls


class _Tls:
    """Encryption apart from the socket, so that the times of what arrives are known."""

    __slots__ = ("_object", "incoming", "outgoing", "over")

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.over = False  # the other side has said farewell
        self._object = context.wrap_bio(self.incoming, self.outgoing, server_hostname=host)

    def shake(self) -> bool:
        """One step further; whether it is done."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def sealed(self, data: bytes) -> bytes:
        left = memoryview(data)
        while left:
            left = left[self._object.write(left) :]
        return self.outgoing.read()

    def opened(self, room: memoryview) -> tuple[int, bool]:
        """How many bytes of plain text, and whether there is more than there was room for."""
        size = 0
        try:
            while len(room) - size >= _RECORD_BYTES:
                more = cast(int, self._object.read(len(room) - size, room[size:]))  # typeshed: bytes, as without room
                if not more:
                    self.over = True
                    return size, False
                size += more
        except ssl.SSLWantReadError:
            return size, False
        except ssl.SSLZeroReturnError:
            self.over = True
            return size, False
        return size, True

    def farewell(self) -> bytes:
        with suppress(ssl.SSLError, ValueError):
            self._object.unwrap()
        return self.outgoing.read()


class _Shaking:
    """The user of a connection until its handshake is over."""

    appetite = MOST_AT_ONCE

    def __init__(self, connection: Connection, tls: _Tls, shaken: "asyncio.Future[float]") -> None:
        self._connection, self._tls, self._shaken = connection, tls, shaken
        self._late_s = 0.0

    def go_on(self) -> None:
        try:
            done = self._tls.shake()
        except (ssl.SSLError, ValueError) as exc:  # a name that cannot be one is a ValueError
            self._connection.send(self._tls.outgoing.read())  # tells the other side why
            self._fail(exc)
            return
        if (said := self._tls.outgoing.read()) and not self._connection.closed:
            self._connection.send(said)
        if done and not self._shaken.done():
            self._connection.user = None
            self._connection.begin_tls(self._tls)
            self._shaken.set_result(self._late_s)

    def arrived(self, data: memoryview, late_s: float | None) -> None:
        self._late_s += late_s or 0.0
        self._tls.incoming.write(data)
        self.go_on()

    def ended(self, why: OSError | None) -> None:
        self._fail(why or ConnectionResetError("closed within the TLS handshake"))

    def sent(self) -> None:
        """Nobody waits for it."""

    def _fail(self, exc: Exception) -> None:
        self._connection.close()
        if not self._shaken.done():
            self._shaken.set_exception(exc)
