"""Putting an answer on the wire: in pieces over its download time, cut short, reset, or never."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from itertools import islice
from math import ceil
from typing import Final, Never

from aiohttp import web

from probes.simulator.delivery import WHOLE, Delivery
from probes.simulator.nouns import Reply
from probes.simulator.timeline import Timeline

_PIECE_BYTES = 16_384
_MOST_PIECES = 16
_NOT_HTTP: Final = b"220 mail.example.com ESMTP\r\n"
_BEGUN_HEADER: Final = b"HTTP/1.1 200 OK\r\nx-padding: "
_BETWEEN_BYTES_S: Final = 0.5
_NO_LINGER = struct.pack("ii", 1, 0)  # close() then sends RST


async def send(
    request: web.Request, reply: Reply, timeline: Timeline, begin_s: float, end_s: float, how: Delivery = WHOLE
) -> web.StreamResponse:
    """Headers and first bytes at `begin_s`, last bytes at `end_s`; or less, or more, as `how` has it."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    if reply.chunked:
        response.enable_chunked_encoding()
    else:
        response.content_length = reply.length
    if reply.last:
        response.force_close()
    await timeline.until(begin_s)
    await response.prepare(request)
    count = _of_one_length(reply.length, how.pieces or _count(reply, how, longer=end_s > begin_s))
    for index, piece in enumerate(islice(pieces(reply.parts, count), ceil(count * how.share))):
        await timeline.until(begin_s + (end_s - begin_s) * index / max(1, count - 1))
        for _ in range(how.repeats):
            await response.write(piece)
    await _end(request, how)
    return response


def _count(reply: Reply, how: Delivery, *, longer: bool) -> int:
    """In how many pieces to send: one, if there is no reason for more."""
    if not longer and how.share == 1:
        return 1
    return min(_MOST_PIECES, max(2, ceil(reply.length / _PIECE_BYTES)))


def _of_one_length(length: int, most: int) -> int:
    """How many pieces of one length there really are when there may be so many: the last must come at the end."""
    return max(1, ceil(length / max(1, ceil(length / most))))


async def _end(request: web.Request, how: Delivery) -> None:
    match how.then:
        case "close":
            close(request)
        case "reset":
            await reset(request)
        case "silence":
            await hang()


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


async def shut(request: web.Request) -> Never:
    """FIN instead of an answer."""
    close(request)
    await hang()


async def babble(request: web.Request) -> Never:
    """Bytes of another protocol, then FIN."""
    if request.transport is not None:
        request.transport.write(_NOT_HTTP)
    await shut(request)


async def dribble(request: web.Request, timeline: Timeline) -> Never:
    """A header that grows by a byte at a time, until the client goes."""
    if request.transport is not None:
        request.transport.write(_BEGUN_HEADER)
        while not request.transport.is_closing():
            request.transport.write(b"x")
            await timeline.until(timeline.read() + _BETWEEN_BYTES_S)
    await hang()


async def hang() -> Never:
    """No answer: returns only by cancellation, when the client has gone."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError("a future that nobody keeps cannot have a result")
