"""When bytes arrived, as the kernel says: however late we come to read them, the stamp is of their arrival.

Linux notes the time of each packet (`SO_TIMESTAMPNS`, for TCP since 4.14) and hands out that of the last one read; of
a handshake it knows how long it took (`TCP_INFO`). Elsewhere nothing is told, and the time of reading has to do.
"""

import socket
import struct
import sys
import time

_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python has no name for it
_ROOM_BYTES = socket.CMSG_SPACE(16)
_TIMESPEC = struct.Struct("@qq")
_RTT_OFFSET, _RTT = 68, struct.Struct("@I")  # tcpi_rtt in `struct tcp_info` (linux/tcp.h), microseconds
_RETRANSMITTED_OFFSET = 100  # tcpi_total_retrans
KNOWN = sys.platform == "linux" and struct.calcsize("@l") == 8


def ask_for(sock: socket.socket) -> None:
    """From now on the kernel notes when bytes arrive at this socket."""
    if KNOWN:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def receive(sock: socket.socket, room: memoryview) -> tuple[int, float | None]:
    """Read into `room`: how many bytes, and how many seconds ago the last of them arrived (None: nobody knows).

    Raises:
        OSError: as `recv_into` does.
    """
    if not KNOWN:
        return sock.recv_into(room), None
    size, beside, _, _ = sock.recvmsg_into([room], _ROOM_BYTES)
    if len(beside) != 1 or len(beside[0][2]) != _TIMESPEC.size:
        return size, None
    seconds, nanoseconds = _TIMESPEC.unpack(beside[0][2])
    return size, max((time.time_ns() - seconds * 1_000_000_000 - nanoseconds) / 1e9, 0.0)


def handshake_s(sock: socket.socket) -> float | None:
    """How long it took until this connection was made, if the kernel knows: no packet had to be sent twice."""
    if not KNOWN:
        return None
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RETRANSMITTED_OFFSET + _RTT.size)
    if len(told) < _RETRANSMITTED_OFFSET + _RTT.size or _RTT.unpack_from(told, _RETRANSMITTED_OFFSET)[0]:
        return None
    microseconds: int = _RTT.unpack_from(told, _RTT_OFFSET)[0]
    return microseconds / 1e6 if microseconds else None
