"""Real JPEGs, each with pixels of its own, at the cost of one row of blocks.

A JPEG with a restart marker after every row of blocks can be put together from rows that were encoded apart: nothing
refers across the marker. All rows but the first are encoded once for each size and kept. Weight is comments.
"""

import hashlib
import io
import random
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image

from probes.simulator.png import Colour

_QUALITY: Final = 85
_BLOCK: Final = 8
_SEGMENTS: Final = 32
_START_OF_SCAN, _FIRST_RESTART, _END = b"\xff\xda", b"\xff\xd0", b"\xff\xd9"
_MODE: Final[dict[Colour, str]] = {"rgb": "RGB", "grey": "L"}
_MOST_IN_COMMENT: Final = 65_533
SOFTWARE: Final = b"Upheld simulator"


@dataclass(frozen=True, slots=True)
class _Canvas:
    """What all pictures of one size share."""

    head: bytes  # up to the first row
    rest: bytes  # from the marker after it


def jpeg(width: int, height: int, colour: Colour, weight: int, name: str) -> bytes:
    """The picture of this name, of about `weight` bytes if that is more than it needs."""
    canvas = _canvas(width, height, colour)
    row = _first_row(width, min(height, _BLOCK), colour, name)
    light = len(canvas.head) + len(row) + len(canvas.rest)
    return canvas.head[:2] + _comments(weight - light) + canvas.head[2:] + row + canvas.rest


@lru_cache(maxsize=32)
def _canvas(width: int, height: int, colour: Colour) -> _Canvas:
    slope = Image.linear_gradient("L").resize((width, height)).convert(_MODE[colour])
    whole = _encoded(slope)
    begin = _scan_begin(whole)
    restart = whole.find(_FIRST_RESTART, begin)
    return _Canvas(whole[:begin], _END if restart < 0 else whole[restart:])


def _first_row(width: int, height: int, colour: Colour, name: str) -> bytes:
    """One row of blocks in colours of its own, as entropy-coded data."""
    channels = len(_MODE[colour])
    digest = hashlib.shake_128(name.encode()).digest(_SEGMENTS * channels)
    few = Image.frombytes(_MODE[colour], (_SEGMENTS, 1), digest)
    encoded = _encoded(few.resize((width, height), Image.Resampling.BILINEAR))
    return encoded[_scan_begin(encoded) : -len(_END)]


def _encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY, subsampling=0, restart_marker_rows=1)
    return file.getvalue()


def _scan_begin(whole: bytes) -> int:
    marker = whole.index(_START_OF_SCAN)
    return marker + 2 + int.from_bytes(whole[marker + 2 : marker + 4])


def _comments(room: int) -> bytes:
    """A word about the maker, and grain that does not compress."""
    source, found = random.Random(room), _comment(SOFTWARE)  # noqa: S311 - grain
    while room > len(found) + 4:
        found += _comment(source.randbytes(min(_MOST_IN_COMMENT, room - len(found) - 4)))
    return found


def _comment(data: bytes) -> bytes:
    return b"\xff\xfe" + struct.pack(">H", len(data) + 2) + data
