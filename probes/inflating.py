"""Compressed answers, opened a bounded piece at a time.

We ask for `identity`; a server that compresses all the same is read, but its answer cannot grow without bound: what
an HTTP library opens in one call (16 KB, gzipped twice, are 16 GB) is here never more than 64 KB at a time.
"""

import zlib
from collections.abc import Iterator

_PIECE_BYTES = 64 * 1024
_GZIP_OR_ZLIB = 47  # window bits: 15, and 32 for "look at the header"
_KNOWN = frozenset(("gzip", "x-gzip", "deflate"))


class EncodingError(ValueError):
    """A content encoding that nobody asked for and that is not opened, or damage in one that is."""


class Inflater:
    """What `content-encoding` says, undone. Raises `EncodingError` for other encodings, also for two at once."""

    def __init__(self, encoding: str) -> None:
        """`encoding`: the header; empty or `identity` lets bytes pass."""
        name = encoding.strip().lower()
        if name not in _KNOWN | {"", "identity"}:
            raise EncodingError(f"content-encoding {name[:40]!r} was not asked for")
        self._engine = zlib.decompressobj(_GZIP_OR_ZLIB) if name in _KNOWN else None
        self._begun = False

    @property
    def idle(self) -> bool:
        """Whether bytes pass as they are."""
        return self._engine is None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What these bytes open to, in pieces of at most 64 KB."""
        if self._engine is None:
            yield data
            return
        self._begun = self._begun or bool(data)
        try:
            while not self._engine.eof and (piece := self._engine.decompress(data, _PIECE_BYTES)):
                data = self._engine.unconsumed_tail
                yield piece
        except zlib.error as exc:
            raise EncodingError(f"damaged {exc}") from exc

    @property
    def complete(self) -> bool:
        """Whether the compressed stream has come to its own end (an empty one has nothing to end)."""
        return self._engine is None or self._engine.eof or not self._begun
