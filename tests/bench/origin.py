"""The server of the benchmark, in a process of its own: it answers when it was told to, and says when it did.

`python -m tests.bench.origin BODY --from-ms 1000 --to-ms 1000 --count 100` prints its port. When its standard input
closes it prints, for each request in the order of arrival, when it had read it, and when it wrote the first and the
last byte of the answer: seconds of CLOCK_MONOTONIC, which all processes of a Linux machine share.
"""

import argparse
import asyncio
import json
import random
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_SEED = 20_261_122


@dataclass(slots=True)
class Served:
    """One answer. `due_s`: when its first byte was to be written."""

    read_s: float
    due_s: float
    first_s: float = 0.0
    last_s: float = 0.0


class Origin:
    """Answers every request with the same body, the n-th of them after the n-th of its delays."""

    def __init__(self, body: bytes, delays_s: Sequence[float]) -> None:
        self._body = memoryview(body)
        self._delays_s = delays_s
        self.served: list[Served] = []

    async def serve(self, listener: socket.socket) -> None:
        loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = asyncio.create_task(self._talk(connection))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _talk(self, connection: socket.socket) -> None:
        with connection:
            while await _read_request(connection):
                await self._answer(connection)

    async def _answer(self, connection: socket.socket) -> None:
        """Raw sockets: what is measured is the client, so the server must cost little."""
        loop, number, now_s = asyncio.get_running_loop(), len(self.served), time.monotonic()
        served = Served(now_s, now_s + self._delays_s[number % len(self._delays_s)])
        self.served.append(served)
        head = (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            f"x-request-id: {number}\r\ncontent-length: {len(self._body)}\r\n\r\n"
        )
        await asyncio.sleep(served.due_s - time.monotonic())
        served.first_s = time.monotonic()
        try:
            await loop.sock_sendall(connection, head.encode())
            await loop.sock_sendall(connection, self._body)
        except OSError:  # the client has gone
            return
        served.last_s = time.monotonic()


async def _read_request(connection: socket.socket) -> bool:
    """Read one request to its end; False where the client has closed."""
    loop, data = asyncio.get_running_loop(), b""
    while b"\r\n\r\n" not in data:
        try:
            more = await loop.sock_recv(connection, 65_536)
        except OSError:
            return False
        if not more:
            return False
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = (int(lengths[0]) if lengths else 0) - len(body)
    while left > 0:
        left -= len(await loop.sock_recv(connection, 65_536))
    return True


async def _main(body: bytes, delays_s: Sequence[float]) -> None:
    origin = Origin(body, delays_s)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.setblocking(False)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        serving = asyncio.create_task(origin.serve(listener))
        await asyncio.to_thread(sys.stdin.read)
        serving.cancel()
    sys.stdout.write(json.dumps([asdict(served) for served in origin.served]))


def delays_s(count: int, from_s: float, to_s: float) -> list[float]:
    """As many delays, evenly at random, the same in every trial."""
    rng = random.Random(_SEED)
    return [rng.uniform(from_s, to_s) for _ in range(count)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("body", type=Path)
    parser.add_argument("--from-ms", type=float, default=1000.0)
    parser.add_argument("--to-ms", type=float, default=1000.0)
    parser.add_argument("--count", type=int, default=100)
    said = parser.parse_args()
    asyncio.run(_main(said.body.read_bytes(), delays_s(said.count, said.from_ms / 1000, said.to_ms / 1000)))
