"""Off the event loop: adapters read large answers, and images are decoded, in a worker process.

Parsing eight megabytes of JSON and decoding a 4K image take tens of milliseconds, in which no other request could
be sent or stamped on time. All times of an exchange are taken before it comes here.
"""

import asyncio
import ctypes
import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from probes import lifting
from probes.images import examine
from probes.model import OUR_READER, Answer, Ask, Exchange, Step, Target
from probes.providers import load, names
from probes.spool import opened, remove

_SMALLEST_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
_FIRSTS = 256  # prompts x sizes x providers
_POLITE = 5  # of 19: behind what measures, before what renders
_M_MMAP_THRESHOLD = -3  # malloc.h
_SMALL_BYTES = 4096  # read on the loop: cheaper than sending it away


@dataclass(frozen=True, slots=True)
class Read:
    """What an adapter made of a conversation, and the fingerprint of its last body."""

    step: Step
    body_sha256: str | None


def read(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Read:
    """Ask the adapter what comes next. A fault of ours in reading is an answer too, and blamed on nobody else."""
    try:
        so_far = tuple(map(opened, so_far))
    except OSError as exc:
        return Read(Answer(malformed=OUR_READER, text=f"an answer's file could not be read: {exc.strerror}"), None)
    body = so_far[-1].body if so_far else b""
    sha256 = hashlib.sha256(body).hexdigest() if body else None
    del body
    so_far, images = _lifted(so_far)
    token = lifting.current.set(images)
    try:
        return Read(load(target.adapter).step(target, ask, so_far), sha256)
    except Exception as exc:  # noqa: BLE001 - the boundary: whatever a provider sends ends as a row
        return Read(
            Answer(malformed=OUR_READER, text=f"adapter {target.adapter!r} failed: {type(exc).__name__}"), sha256
        )
    finally:
        lifting.current.reset(token)


def _lifted(so_far: Sequence[Exchange]) -> tuple[tuple[Exchange, ...], dict[str, bytes]]:
    """The exchanges without their images, and these."""
    without, images = list[Exchange](), dict[str, bytes]()
    for exchange in so_far:
        body, found = lifting.lifted(exchange.body)
        without.append(replace(exchange, body=body) if found else exchange)
        images |= found
    return tuple(without), images


class Reader:
    """A worker process for `read`. Use as `async with Reader() as reader`; it is started when first needed."""

    def __init__(self, workers: int = 1, spool: Path | None = None) -> None:
        """`workers`: processes; one keeps up with about 60 images of 1K a second. `spool`: goes if we are killed."""
        self._workers = workers
        self._spool = spool
        self._firsts: dict[tuple[int, Ask], tuple[Target, Read]] = {}
        self._pool: ProcessPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        """Start the process and load what reading needs, here and there, so that no answer waits for it."""
        _warm_up()
        self._pool = _new_pool(self._workers, self._spool)
        await asyncio.get_running_loop().run_in_executor(self._pool, _warm_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process; what is being read is finished first."""
        if self._pool is not None:
            await asyncio.to_thread(self._pool.shutdown)

    def _first(self, target: Target, ask: Ask) -> Read:
        """The first request: made once for all that ask the same, so that a hundred at once go out the sooner."""
        known, told = self._firsts.get((id(target), ask), (None, None))
        if known is not target or told is None:
            told = read(target, ask, ())
            if len(self._firsts) >= _FIRSTS:
                self._firsts.clear()
            self._firsts[id(target), ask] = target, told
        return told

    async def read(self, target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Read:
        """As `read`, away from the event loop where the body is not small."""
        if not so_far:
            return self._first(target, ask)
        pool = self._pool
        if pool is None or sum(exchange.size for exchange in so_far) <= _SMALL_BYTES:
            return read(target, ask, so_far)
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, read, target, ask, tuple(so_far))
        except BrokenProcessPool:
            if self._pool is pool:  # all that were waiting hear of it; one of them hires the next process
                self._pool = _new_pool(self._workers, self._spool)
            return Read(Answer(malformed=OUR_READER, text="the reading process died"), None)


def _new_pool(workers: int, spool: Path | None) -> ProcessPoolExecutor:
    """Spawned, not forked: the parent has threads."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _live_as_long_as_the_parent, (spool,))


def _live_as_long_as_the_parent(spool: Path | None) -> None:
    """Ctrl-C is for the parent, which finishes what is in flight; if it is killed, nothing of it is left behind.

    What is measured comes first: reading takes the time that measuring leaves over.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_POLITE)
    _give_back_what_is_freed()
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(), spool), daemon=True).start()


def _give_back_what_is_freed() -> None:
    """Blocks of a megabyte and more go back to the system at once; else GNU's C library learns to keep them."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)


def _end_with(parent: BaseProcess | None, spool: Path | None) -> None:
    if parent is not None:
        parent.join()
        if spool is not None:
            remove(spool)
        os._exit(0)


def _warm_up() -> None:
    """Import every adapter, and the image library with its plugins."""
    for name in names():
        load(name)
    examine(_SMALLEST_PNG)
