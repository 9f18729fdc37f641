"""A relay before the simulator: `http://relay/FAULT/NAME/...` becomes `/NAME/...` with the header that asks for FAULT.

It moves bytes and endings (a close, a reset) as they are; only what begins a conversation (a POST) is changed.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from probes.simulator.faults import Fault
from probes.simulator.provoked import FAULT_HEADER
from tests.end_to_end.expectations import NO_FAULT
from tests.probes.servers import listening

_FAULTS = frozenset((NO_FAULT, *map(str, Fault)))


def asking(head: bytes) -> bytes:
    """The head of a request, its first folder of a fault turned into a header; one request for each connection.

    A path without such a folder is one that the simulator named itself: that of an image.
    """
    line, _, rest = head.partition(b"\r\n")
    method, path, version = line.split(b" ")
    _, fault, tail = path.split(b"/", 2) if path.count(b"/") > 1 else (b"", b"", path[1:])
    if fault.decode("latin-1") not in _FAULTS:
        fault, tail = NO_FAULT.encode(), path[1:]
    headers = [one for one in rest.split(b"\r\n") if not one.lower().startswith(b"connection:")]
    wanted = method == b"POST" and fault != NO_FAULT.encode()
    more = [b"connection: close"] + ([b"%s: %s" % (FAULT_HEADER.encode(), fault)] if wanted else [])
    return b"\r\n".join([b"%s /%s %s" % (method, tail, version), *more, *headers])


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Bytes until the end; a reset is passed on as one."""
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
        sink.write_eof()
    except OSError:
        sink.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sink.transport.abort()


@asynccontextmanager
async def relaying(base_url: str) -> AsyncIterator[str]:
    """Relay to the simulator at `base_url`; gives the relay's own base URL."""
    to = urlsplit(base_url)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        upstream_reader, upstream = await asyncio.open_connection(to.hostname, to.port)
        try:
            upstream.write(asking(head))
            sending = asyncio.create_task(_pump(reader, upstream))
            try:
                await _pump(upstream_reader, writer)
            finally:
                sending.cancel()
        finally:
            upstream.close()
            with suppress(OSError):
                await upstream.wait_closed()

    async with listening(talk) as port:
        yield f"http://127.0.0.1:{port}"
