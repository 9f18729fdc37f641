"""What reads answers: an adapter is asked what comes next, an image is decoded. Run as a process, or called.

As a process it takes questions from its standard input, a socket, and answers each there, one after another. It ends
when whoever started it closes the other end, or is killed; then it removes the folder of large answers, too.
"""

import ctypes
import hashlib
import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probes import lifting
from probes.images import examine
from probes.model import OUR_READER, Answer, Ask, Exchange, Step, Target
from probes.providers import load, names
from probes.spool import opened, remove

LENGTH = struct.Struct("!I")  # before each question and each answer
_SMALLEST_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
_LOOKED_AT = ("status", "headers", "body", "fault", "error", "began_ms", "ended_ms", "kept_in", "body_bytes")
_POLITE = 10  # of 19: behind what measures, before what renders
_M_MMAP_THRESHOLD = -3  # malloc.h


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


def warm_up() -> None:
    """Import every adapter, and the image library with its plugins."""
    for name in names():
        load(name)
    examine(_SMALLEST_PNG)


def main(spool: str | None) -> None:
    """Answer until the other end is closed. Ctrl-C is for who measures, and finishes what is in flight."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_POLITE)
    _give_back_what_is_freed()
    warm_up()
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as asker, suppress(EOFError, ConnectionError):
        tell(asker, None)
        while True:
            (length,) = LENGTH.unpack(_exactly(asker, LENGTH.size))
            asked, so_far = pickle.loads(_exactly(asker, length))  # noqa: S301 - from who started us
            target, ask = pickle.loads(asked)  # noqa: S301 - as above
            tell(asker, read(target, ask, [Exchange(**cells) for cells in so_far]))
    if spool is not None:
        remove(Path(spool))


def packed(exchange: Exchange) -> dict[str, Any]:
    """What an adapter may look at, as plain values: they cost a third of the object's own way into a message."""
    return {name: getattr(exchange, name) for name in _LOOKED_AT}


def tell(asker: socket.socket, what: Read | None) -> None:
    """One answer; None: ready."""
    message = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    asker.sendall(LENGTH.pack(len(message)) + message)


def _exactly(asker: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        if not (more := asker.recv(length - len(data))):
            raise EOFError
        data += more
    return bytes(data)


def _give_back_what_is_freed() -> None:
    """Blocks of a megabyte and more go back to the system at once; else GNU's C library learns to keep them."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)
