"""Large answers lie in files until they have been read: a hundred of 20 MB do not fit into a small machine's memory.

A body grows in memory up to 64 KB, and from there on in a file of its own. The event loop only hands bytes to the
kernel; the process that reads answers opens the file (`opened`). Whoever ended the conversation forgets its files: they
are written over by the next answers, which costs a sixth of what making and removing them does.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from probes.model import Exchange

IN_MEMORY_BYTES = 64 * 1024
_KEPT_FILES = 100  # to be written over; the others are removed


class SpoolError(RuntimeError):
    """Our own disk took no more: no answer of a provider's, and never its fault."""


class Spool:
    """A folder of our own for bodies; it goes with `close`, and with the process that reads if we are killed."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: where to make it; else `TMPDIR`, else /var/tmp, because /tmp may be memory."""
        self._names = count()
        self._free: list[str] = []
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="upheld-", dir=folder or _usual_folder()))
        except OSError as exc:
            raise SpoolError(f"no room for large answers: {exc.strerror} ({exc.filename})") from exc

    def body(self) -> "Body":
        """A body that may become large."""
        return Body(self)

    def place(self) -> str:
        """A file to write a body to; there may be an old one in it, also a longer one."""
        return self._free.pop() if self._free else f"{self.folder}/{next(self._names)}"

    def forget(self, path: str | None) -> None:
        """The body in this file is needed no more."""
        if path is None:
            return
        if len(self._free) < _KEPT_FILES:
            self._free.append(path)
            return
        with suppress(OSError):
            Path(path).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        remove(self.folder)


def _usual_folder() -> str | None:
    usable = "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK | os.X_OK)  # noqa: S108 - mkdtemp makes a name of its own there
    return "/var/tmp" if usable else None  # noqa: S108 - as above


def remove(folder: Path) -> None:
    """Remove a spool's folder; one that is gone is no matter."""
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class Body:
    """What has come in so far. Without a spool it stays in memory, however large."""

    spool: Spool | None = None
    path: str | None = None  # where it is, if not in memory
    size: int = 0
    _chunks: list[bytes] = field(default_factory=list)
    _file: int | None = None

    def add(self, chunk: bytes | memoryview) -> None:
        """Keep these bytes, too; a view is of no use after this.

        Raises:
            SpoolError: the disk is full, or not ours to write to.
        """
        self.size += len(chunk)
        if self._file is None:
            self._chunks.append(bytes(chunk))
            if self.spool is None or self.size <= IN_MEMORY_BYTES:
                return
            chunk, self._chunks = b"".join(self._chunks), []
        self._write(chunk)

    def _write(self, data: bytes | memoryview) -> None:
        try:
            if self._file is None:
                assert self.spool is not None, "seen by `add`"  # noqa: S101 - for the type checker
                self.path = self.spool.place()
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            written = os.write(self._file, data)
            while written < len(data):  # a signal, or the end of a disk, which the next call tells
                written += os.write(self._file, memoryview(data)[written:])
        except OSError as exc:
            raise SpoolError(f"an answer could not be kept: {exc.strerror}") from exc

    def kept(self) -> tuple[bytes, str | None]:
        """The body in memory, or the file that has it; nothing can be added any more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        return (b"", self.path) if self.path else (b"".join(self._chunks), None)


def pieces(data: bytes, kept_in: str | None, size: int) -> Iterator[bytes]:
    """A body in memory or in a file, piece by piece."""
    if kept_in is None:
        yield from (data[start : start + IN_MEMORY_BYTES] for start in range(0, len(data), IN_MEMORY_BYTES))
        return
    with Path(kept_in).open("rb") as file:
        while size > 0 and (piece := file.read(min(size, IN_MEMORY_BYTES))):
            size -= len(piece)
            yield piece


def opened(exchange: Exchange) -> Exchange:
    """The exchange with its body in memory.

    Raises:
        OSError: its file is gone.
    """
    if exchange.kept_in is None:
        return exchange
    with Path(exchange.kept_in).open("rb") as file:
        return replace(exchange, body=file.read(exchange.body_bytes), kept_in=None)
