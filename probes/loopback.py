"""A server with a known delay, in a process of its own: what we measure of it, less what it did, is our own error.

Run as a script, with the standard library alone, so that it starts in a blink and weighs little. It answers one
request at a time: it holds each for `DELAY_MS`, sends as many bytes as the path says (`/1000000`), and writes into the
last `TAIL_BYTES` of them how long it took from the arrival of the request to this very moment, ms.
"""

import os
import socket
import struct
import sys
import threading
import time

DELAY_MS = 20.0
TAIL_BYTES = 32
MOST_BYTES = 32 * 1024 * 1024
_SO_TIMESTAMPNS, _TIMESPEC = (
    35,
    struct.Struct("@qq"),
)  # as in `probes.arrivals`, which a script on its own cannot import
_PIECE = bytes(1024 * 1024)


def serve(listener: socket.socket) -> None:
    """Answer whoever connects, for ever."""
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(5.0)  # a client that was ended in between holds nobody up
            try:
                _answer(connection)
            except OSError:
                continue


def _answer(connection: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        data, beside, _, _ = connection.recvmsg(4096, 64)
        if not data:
            return
        head += data
    read_s = time.monotonic() - _age_s(beside)
    size = min(max(int(head.split(b" ", 2)[1].lstrip(b"/") or b"0"), TAIL_BYTES), MOST_BYTES)
    time.sleep(DELAY_MS / 1000)
    connection.sendall(f"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n".encode())
    for start in range(0, size - TAIL_BYTES, len(_PIECE)):
        connection.sendall(_PIECE[: size - TAIL_BYTES - start])
    connection.sendall(f"{(time.monotonic() - read_s) * 1000:{TAIL_BYTES}.3f}".encode())


def _age_s(beside: list[tuple[int, int, bytes]]) -> float:
    """How long ago it arrived: that this process was woken late is no error of who asked."""
    if len(beside) != 1 or len(beside[0][2]) != _TIMESPEC.size:
        return 0.0
    seconds, nanoseconds = map(int, _TIMESPEC.unpack(beside[0][2]))
    return max((time.time_ns() - seconds * 1_000_000_000 - nanoseconds) / 1e9, 0.0)


def _end_with_user() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_user, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as made:
        if sys.platform == "linux":
            made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)  # and so of whoever connects
        sys.stdout.write(f"{made.getsockname()[1]}\n")
        sys.stdout.flush()
        serve(made)
