"""A server that knows what it did: answers as scripted, and says when it had read, when it began and when it ended.

`python -m tests.probes.true_server SCRIPT [CERTIFICATE]` prints its port. SCRIPT is JSON: for each request in the order
of arrival the delay of the headers, ms, the pieces of the body, and the pause before each but the first, ms. When its
standard input closes, it prints the stamps (seconds of CLOCK_MONOTONIC, which processes share), and how late its own
event loop has come at worst: so well does it know.
"""

import asyncio
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_TICK_S = 0.002


@dataclass(frozen=True)
class Answer:
    """What is sent for one request, and when."""

    head_ms: float
    pause_ms: float
    pieces: list[str]


@dataclass
class Stamps:
    read_s: float
    head_s: float = 0.0
    last_s: float = 0.0


@dataclass
class Truth:
    """What the server says when all is over; `lag_ms`: it knows its own times no better than that."""

    port: int
    stamps: list[Stamps] = field(default_factory=list)
    lag_ms: float = 0.0


@contextmanager
def telling(script: Sequence[Answer], folder: Path, certificate: Path | None = None) -> Iterator[Truth]:
    """Run it beside us; the truth is filled in when the block is left."""
    path = folder / "script.json"
    path.write_text(json.dumps([asdict(answer) for answer in script]))
    more = [str(certificate)] if certificate else []
    command = [sys.executable, "-m", "tests.probes.true_server", str(path), *more]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        truth = Truth(int(process.stdout.readline()))
        try:
            yield truth
        except BaseException:
            process.kill()
            raise
        told = json.loads(process.communicate()[0])
        truth.stamps, truth.lag_ms = [Stamps(**stamps) for stamps in told["stamps"]], told["lag_ms"]


class _Server:
    def __init__(self, script: list[dict[str, Any]]) -> None:
        self.script = script
        self.stamps: list[Stamps] = []
        self.lag_ms = 0.0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=1, low=0)  # what is drained is with the kernel
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                await reader.readexactly(int(lengths[0]) if lengths else 0)
                await self.answer(writer)
        writer.close()

    async def answer(self, writer: asyncio.StreamWriter) -> None:
        number, stamps = len(self.stamps), Stamps(time.monotonic())
        self.stamps.append(stamps)
        said = self.script[number]
        pieces = [piece.encode() for piece in said["pieces"]]
        await asyncio.sleep(said["head_ms"] / 1000)
        stamps.head_s = time.monotonic()
        writer.write(
            f"HTTP/1.1 200 OK\r\nx-request-id: {number}\r\ncontent-length: {sum(map(len, pieces))}\r\n\r\n".encode()
        )
        for index, piece in enumerate(pieces):
            if index:
                writer.write(pieces[index - 1][-1:])
                await writer.drain()
                await asyncio.sleep(said["pause_ms"] / 1000)
            writer.write(piece[:-1])
        await writer.drain()
        stamps.last_s = time.monotonic()
        writer.write(pieces[-1][-1:])

    async def tick(self) -> None:
        while True:
            due_s = time.monotonic() + _TICK_S
            await asyncio.sleep(_TICK_S)
            self.lag_ms = max(self.lag_ms, (time.monotonic() - due_s) * 1000)


async def _main(script: list[dict[str, Any]], certificate: str | None) -> None:
    told, context = _Server(script), None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(told.talk, "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    ticking = asyncio.create_task(told.tick())
    await asyncio.to_thread(sys.stdin.read)
    ticking.cancel()
    stamps = [asdict(stamps) for stamps in told.stamps]
    sys.stdout.write(json.dumps({"stamps": stamps, "lag_ms": told.lag_ms + _TICK_S * 1000}))


if __name__ == "__main__":
    asyncio.run(_main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2] if sys.argv[2:] else None))
