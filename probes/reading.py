"""Off the event loop: adapters read large answers, and images are decoded, in a worker process.

Parsing eight megabytes of JSON and decoding a 4K image take tens of milliseconds, in which no other request could
be sent or stamped on time. All times of an exchange are taken before it comes here.
"""

import asyncio
import pickle
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from probes.model import OUR_READER, Answer, Ask, Exchange, Target
from probes.reading_process import LENGTH, Read, packed, read, warm_up

_FIRSTS = 256  # prompts x sizes x providers
_SMALL_BYTES = 4096  # read on the loop: cheaper than sending it away
_COMMAND = "import sys; sys.path[:] = sys.argv[2:]; from probes.reading_process import main; main(sys.argv[1] or None)"


class Reader:
    """Worker processes for `read`. Use as `async with Reader() as reader`."""

    def __init__(self, workers: int = 1, spool: Path | None = None) -> None:
        """`workers`: processes; one keeps up with about 60 images of 1K a second. `spool`: goes if we are killed."""
        self._workers = workers
        self._spool = spool
        self._firsts: dict[tuple[int, Ask], tuple[Target, Read, bytes]] = {}
        self._idle: asyncio.Queue[_Worker] | None = None

    async def __aenter__(self) -> Self:
        """Start the processes and load what reading needs, here and there, so that no answer waits for it."""
        started = [_Worker(self._spool) for _ in range(self._workers)]
        warm_up()
        self._idle = asyncio.Queue()
        for worker in started:
            await worker.is_ready()
            self._idle.put_nowait(worker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes; what is being read is finished first."""
        if self._idle is not None:
            for _ in range(self._workers):
                await (await self._idle.get()).end()

    async def read(self, target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Read:
        """As `read`, away from the event loop where the body is not small."""
        if not so_far:
            return self._known(target, ask)[1]
        if self._idle is None or sum(exchange.size for exchange in so_far) <= _SMALL_BYTES:
            return read(target, ask, so_far)
        asked = self._known(target, ask)[2]
        reading = asyncio.create_task(self._by_worker(self._idle, (asked, tuple(map(packed, so_far)))))
        return await asyncio.shield(reading)  # else who is cancelled would leave an answer behind for the next one

    def _known(self, target: Target, ask: Ask) -> tuple[Target, Read, bytes]:
        """The first request, and the question as it is sent: made once for all that ask the same."""
        known = self._firsts.get((id(target), ask))
        if known is None or known[0] is not target:
            known = target, read(target, ask, ()), pickle.dumps((target, ask), pickle.HIGHEST_PROTOCOL)
            if len(self._firsts) >= _FIRSTS:
                self._firsts.clear()
            self._firsts[id(target), ask] = known
        return known

    async def _by_worker(self, idle: "asyncio.Queue[_Worker]", question: tuple[Any, ...]) -> Read:
        worker = await idle.get()
        try:
            return await worker.ask(question)
        except (OSError, asyncio.IncompleteReadError):
            await worker.end()
            worker = _Worker(self._spool)
            await worker.is_ready()
            return Read(Answer(malformed=OUR_READER, text="the reading process died"), None)
        finally:
            idle.put_nowait(worker)


@dataclass(slots=True, eq=False)
class _Worker:
    """One process, and the socket to it. No thread stands between: each would compete with the event loop."""

    spool: Path | None
    process: "subprocess.Popen[bytes]" = field(init=False)
    _socket: socket.socket = field(init=False)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def __post_init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-c", _COMMAND, str(self.spool or ""), *sys.path]
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own code, by our own interpreter
                command, stdin=theirs.fileno(), start_new_session=True
            )

    async def is_ready(self) -> None:
        """Wait until it has loaded what it needs."""
        self._streams = await asyncio.open_connection(sock=self._socket)
        with suppress(OSError, asyncio.IncompleteReadError):  # then the first question will tell
            await self._answer()

    async def ask(self, question: tuple[Any, ...]) -> Read:
        """What it makes of a conversation.

        Raises:
            OSError, asyncio.IncompleteReadError: it has died.
        """
        assert self._streams is not None, "it is ready"  # noqa: S101 - for the type checker
        message = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        self._streams[1].write(LENGTH.pack(len(message)) + message)
        answer: Read = await self._answer()
        return answer

    async def _answer(self) -> Any:  # noqa: ANN401 - what was pickled
        assert self._streams is not None, "it is ready"  # noqa: S101 - for the type checker
        (length,) = LENGTH.unpack(await self._streams[0].readexactly(LENGTH.size))
        return pickle.loads(await self._streams[0].readexactly(length))  # noqa: S301 - from a process of our own

    async def end(self) -> None:
        """It ends by itself when it hears no more."""
        if self._streams is not None:
            self._streams[1].close()
            with suppress(OSError):
                await self._streams[1].wait_closed()
        await asyncio.to_thread(self.process.wait)
