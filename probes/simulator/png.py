"""Real PNGs, each with pixels of its own, at a cost that does not disturb what is measured.

Only the first row of a picture is made anew. Every further row says "like the row above, plus a little" (PNG filter
Up), so that its pixels follow from the first row although its bytes are the same in all pictures of one canvas.
Those bytes are deflated once, in blocks that end in a full flush (nothing refers back across it), and kept, with
their checksum and their base64. A picture is: new row + kept rows + combined Adler-32. 40 microseconds at 1K.
"""

import binascii
import hashlib
import random
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, islice
from typing import Final, Literal

Colour = Literal["rgb", "grey"]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final[dict[Colour, int]] = {"rgb": 3, "grey": 1}
_COLOUR_TYPE: Final[dict[Colour, int]] = {"rgb": 2, "grey": 0}
_FILTER_SUB, _FILTER_UP = b"\x01", b"\x02"
_STEPS: Final = ((1, 2, 255), (2, 255, 1), (255, 1, 2))  # added from row to row, by band; 255 is -1
_BAND_ROWS: Final = 32
_SEGMENTS: Final = 32  # of equal slope in the first row
_EMPTY_BLOCK: Final = b"\x00\x00\x00\xff\xff"  # a stored deflate block of nothing; 5 bytes to align with
_LAST_BLOCK: Final = b"\x03\x00"
_ADLER_BASE: Final = 65521
_SOFTWARE: Final = b"Software\x00Upheld simulator"


@dataclass(frozen=True, slots=True)
class Run:
    """Deflated rows that refer to nothing before them, and the checksum and length of what they inflate to."""

    deflated: bytes
    adler: int
    length: int


@dataclass(frozen=True, slots=True)
class Canvas:
    """What all pictures of one size share: every row but the first, ready to send."""

    width: int
    height: int
    colour: Colour
    chunk: bytes  # a whole IDAT chunk, a multiple of 3 bytes long
    chunk_base64: bytes
    adler: int
    length: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One PNG in three parts: the middle one is the canvas and is not copied."""

    canvas: Canvas
    before: bytes  # a multiple of 3 bytes long, so that base64 of the parts is base64 of the whole
    after: bytes
    mime: str = "image/png"

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """The file."""
        return self.before, self.canvas.chunk, self.after

    def base64_parts(self) -> tuple[bytes, bytes, bytes]:
        """The file in base64."""
        encode = binascii.b2a_base64
        return encode(self.before, newline=False), self.canvas.chunk_base64, encode(self.after, newline=False)


def picture(canvas: Canvas, name: str) -> Picture:
    """The picture of this name: the same name gives the same pixels, another name others."""
    row = _first_row(canvas, hashlib.shake_128(name.encode()).digest(_SEGMENTS * 3 + 3))
    first = _deflated(row)
    adler = _combined(zlib.adler32(row), canvas.adler, canvas.length)
    return Picture(canvas, _before(canvas, first), chunk(b"IDAT", struct.pack(">I", adler)) + chunk(b"IEND", b""))


@lru_cache(maxsize=64)
def canvas(width: int, height: int, colour: Colour, weight: int) -> Canvas:
    """The shared rows of a size; `weight` is about the bytes of a whole file, as far as noise has room in it.

    Raises:
        ValueError: so many bytes cannot be in a picture of this size (`most` says how many can).
    """
    if weight > most(width, height, colour):
        raise ValueError(f"a {colour} PNG of {width}x{height} has at most {most(width, height, colour)} bytes")
    row_bytes = width * _CHANNELS[colour]
    plain = _bands(row_bytes, colour, height - 1)
    noise = max(0, weight - sum(len(run.deflated) for run in plain))
    rows = min(height - 1, -(-noise // (row_bytes + 1)))
    runs = [*_bands(row_bytes, colour, height - 1 - rows), *_noise(row_bytes, rows, noise)]
    return _canvas(width, height, colour, runs)


def most(width: int, height: int, colour: Colour) -> int:
    """Bytes of the heaviest file of this size: nine tenths of its pixels as noise."""
    return height * (width * _CHANNELS[colour] + 1) * 9 // 10


def _canvas(width: int, height: int, colour: Colour, runs: list[Run]) -> Canvas:
    adler, length = 1, 0
    for run in runs:
        adler, length = _combined(adler, run.adler, run.length), length + run.length
    deflated = b"".join(run.deflated for run in runs)
    missing = -(len(deflated) + len(_LAST_BLOCK) + 12) % 3
    whole = chunk(b"IDAT", deflated + _EMPTY_BLOCK * (missing * 2 % 3) + _LAST_BLOCK)  # 2 * 5 bytes are 1 modulo 3
    return Canvas(width, height, colour, whole, binascii.b2a_base64(whole, newline=False), adler, length)


def _bands(row_bytes: int, colour: Colour, rows: int) -> list[Run]:
    """`rows` rows of gentle slopes; each kind of band is deflated once."""
    kinds = [_band(row_bytes, colour, step, _BAND_ROWS) for step in range(len(_STEPS))]
    whole, rest = divmod(rows, _BAND_ROWS)
    bands = list(islice(cycle(kinds), whole))
    return [*bands, _band(row_bytes, colour, whole % len(_STEPS), rest)] if rest else bands


def _band(row_bytes: int, colour: Colour, step: int, rows: int) -> Run:
    pixel = bytes(_STEPS[step][: _CHANNELS[colour]])
    return _run((_FILTER_UP + pixel * (row_bytes // len(pixel))) * rows, level=9)


def _noise(row_bytes: int, rows: int, noise: int) -> list[Run]:
    """Grain that does not compress, the same in every process: what gives an answer its weight."""
    source = random.Random(row_bytes)  # noqa: S311 - grain of a picture
    whole = [_FILTER_UP + source.randbytes(row_bytes) for _ in range(rows - 1)]
    rest = max(0, min(row_bytes, noise - (row_bytes + 1) * len(whole)))
    last = _FILTER_UP + source.randbytes(rest) + bytes(row_bytes - rest)
    return [_run(b"".join(whole), level=0), _run(last, level=1)] if rows else []


def _run(raw: bytes, *, level: int) -> Run:
    return Run(_deflated(raw, level), zlib.adler32(raw), len(raw))


def _deflated(raw: bytes, level: int = 1) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    return deflate.compress(raw) + deflate.flush(zlib.Z_FULL_FLUSH)


def _first_row(canvas: Canvas, digest: bytes) -> bytes:
    """Segments of slopes -2 to 2 for each channel, from a colour of its own: all from the digest."""
    channels = _CHANNELS[canvas.colour]
    slopes = [bytes((digest[3 + 3 * i + c] % 5 - 2) % 256 for c in range(channels)) for i in range(_SEGMENTS)]
    each, rest = divmod(canvas.width - 1, _SEGMENTS)
    return _FILTER_SUB + digest[:channels] + b"".join(slope * each for slope in slopes) + slopes[-1] * rest


def _before(canvas: Canvas, first: bytes) -> bytes:
    """Everything up to the canvas, padded to a multiple of 3 by spaces in its comment."""
    shape = (canvas.width, canvas.height, 8, _COLOUR_TYPE[canvas.colour], 0, 0, 0)
    start = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *shape))
    data = chunk(b"IDAT", b"\x78\x01" + first)
    padding = -(len(start) + 12 + len(_SOFTWARE) + len(data)) % 3
    return start + chunk(b"tEXt", _SOFTWARE + b" " * padding) + data


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file: length, kind, data, checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _combined(first: int, second: int, second_length: int) -> int:
    """Adler-32 of two texts from the Adler-32 of each (zlib's `adler32_combine`, which Python does not offer)."""
    low, high = first & 0xFFFF, first >> 16
    sum_low = (low + (second & 0xFFFF) - 1) % _ADLER_BASE
    sum_high = (high + (second >> 16) + second_length * (low - 1)) % _ADLER_BASE
    return sum_high << 16 | sum_low
