"""Putting an answer on the wire: in pieces over its download time, cut short, reset, or never."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from math import ceil
from typing import Never

from aiohttp import web

from probes.simulator.nouns import Reply
from probes.simulator.timeline import Timeline

_PIECE_BYTES = 16_384
_MOST_PIECES = 16
_NO_LINGER = struct.pack("ii", 1, 0)  # close() then sends RST


async def send(
    request: web.Request, reply: Reply, timeline: Timeline, begin_s: float, end_s: float, *, share: float = 1.0
) -> web.StreamResponse:
    """Headers and first bytes at `begin_s`, last bytes at `end_s`.

    With `share` below 1 only so much of the body is sent before the connection is closed, although Content-Length
    promised all of it.
    """
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = reply.length
    await timeline.until(begin_s)
    await response.prepare(request)
    count = min(_MOST_PIECES, max(2, ceil(reply.length / _PIECE_BYTES))) if end_s > begin_s or share < 1 else 1
    last = count - 1
    for index, piece in enumerate(pieces(reply.parts, count)):
        if index >= count * share:
            close(request)
            break
        await timeline.until(begin_s + (end_s - begin_s) * index / max(1, last))
        await response.write(piece)
    return response


def pieces(parts: tuple[bytes, ...], count: int) -> Iterator[bytes]:
    """The body in `count` pieces of one length (the last may be shorter); only a piece at a time is copied."""
    size = max(1, ceil(sum(map(len, parts)) / count))
    buffered: list[memoryview] = []
    have = 0
    for whole in parts:
        part, start = memoryview(whole), 0
        while have + len(part) - start >= size:
            stop = start + size - have
            yield b"".join([*buffered, part[start:stop]])
            buffered, have, start = [], 0, stop
        if start < len(part):
            buffered, have = [*buffered, part[start:]], have + len(part) - start
    if have:
        yield b"".join(buffered)


def close(request: web.Request) -> None:
    """Send what was written, then FIN, in the middle of an answer."""
    if request.transport is not None:
        request.transport.close()


async def reset(request: web.Request) -> Never:
    """RST instead of an answer."""
    if request.transport is not None:
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        request.transport.abort()
    await hang()


async def hang() -> Never:
    """No answer: returns only by cancellation, when the client has gone."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError("a future that nobody keeps cannot have a result")
