"""Raw servers on loopback that misbehave exactly as told: no HTTP library decides what goes out."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Served:
    """One running server: where it is, and every request that it has read, as bytes."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    async def for_ever(self) -> None:
        """What a server does that never answers: wait until the test is over."""
        await asyncio.Event().wait()


@dataclass
class Call:
    """One request as read by the server, and the means to answer it."""

    served: Served
    writer: asyncio.StreamWriter
    request: bytes
    number: int  # of this request on its connection, from 0
    connection: int  # of the connection, from 0

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
        await self.writer.drain()

    def reset(self) -> None:
        """RST, not FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def hang_up(self) -> None:
        """FIN."""
        self.writer.close()


Script = Callable[[Call], Awaitable[None]]


def response(body: bytes = b"{}", *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole response; `content_type="..."` becomes the header `content-type`."""
    lines = {"content-length": str(len(body)), "content-type": "application/json"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


def answering(body: bytes = b"{}", **options: str) -> Script:
    """A server that gives everybody the same sound answer."""

    async def script(call: Call) -> None:
        await call.send(response(body, **options))

    return script


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + (await reader.readexactly(int(lengths[0])) if lengths else b"")


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run `talk` for every connection, on the port that is given; at the end all are cancelled and closed."""
    tasks: set[asyncio.Task[None]] = set()

    async def talk_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await talk(reader, writer)
        except asyncio.CancelledError:  # the test is over: what is not sent by now never will be
            writer.transport.abort()
            raise
        finally:
            writer.close()
            try:
                with suppress(OSError):
                    await writer.wait_closed()
            finally:
                writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk_and_close(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for _ in range(3):  # a connection that was just accepted has its task only in the next turn of the loop
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
        await server.wait_closed()


@asynccontextmanager
async def serving(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Served]:
    """Run `script` for every request; a connection stays open until the script or the client closes it."""
    served = Served(scheme="https" if tls else "http", host=host)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, number = served.connections, 0
        served.connections += 1
        while not writer.is_closing():
            request = await _read_request(reader)
            served.requests.append(request)
            served.arrived.set()
            await script(Call(served, writer, request, number, connection))
            number += 1

    async with listening(converse, tls=tls) as port:
        served.port = port
        yield served


def free_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
