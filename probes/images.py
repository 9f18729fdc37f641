"""The image in an answer: does it decode, and is it what was asked for?

Called in a worker process, after all times are taken: decoding costs milliseconds that must not be measured.
"""

import hashlib
import io
import re
import warnings
from typing import cast

from PIL import Image

from probes.model import Picture

MAX_PIXELS = 64_000_000  # four times the largest tier; a decompression bomb ends as `undecodable`
_TIER_SIDE = {"512": 512, "0.5K": 512, "1K": 1024, "2K": 2048, "4K": 4096}
_AREA = {"1:8": 1.125, "8:1": 1.125}  # documented as 384 x 3072; all other ratios keep the area of the square
_FORMATS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}  # no other decoder ever sees foreign bytes
_PNG_END = b"IEND\xaeB`\x82"  # the last chunk with its checksum
_RATIO = re.compile(r"([1-9]\d?):([1-9]\d?)")
_JPEG_END = b"\xff\xd9"
_TAIL_BYTES = 64  # some writers add a few bytes after the end


def examine(data: bytes) -> Picture:
    """Decode the whole image and measure it. Never raises; what is wrong stands in `problem`."""
    sha256 = hashlib.sha256(data).hexdigest()
    if not data:
        return Picture(problem="empty", sha256=sha256)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decode(data, sha256)
    except Exception:  # noqa: BLE001 - whatever a decoder raises on hostile bytes, it is one finding
        return Picture(size_bytes=len(data), sha256=sha256, problem=_why_undecodable(data))


def _decode(data: bytes, sha256: str) -> Picture:
    with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as image:
        width, height, name = image.width, image.height, _FORMATS[image.format or ""]
        if width * height > MAX_PIXELS:
            return Picture(name, width, height, len(data), sha256, "undecodable")
        image.load()
        problem = "truncated" if _ends_early(data) else _content_problem(image)
    return Picture(name, width, height, len(data), sha256, problem)


def _content_problem(image: Image.Image) -> str | None:
    """A canvas of one colour, or one that cannot be seen, is no picture of anything that was asked for."""
    if image.mode in {"RGB", "L", "1"}:  # known without a copy of each band; its one colour that may be clear is flat
        return None if image.getcolors(1) is None else "single_colour"
    seen = image if image.mode == "RGBA" else image.convert("RGBA")
    bands = cast(tuple[tuple[int, int], ...], seen.getextrema())
    flat = all(low == high for low, high in bands[:3])
    invisible = bands[3:] == ((0, 0),)
    return "single_colour" if flat or invisible else None


def _ends_early(data: bytes) -> bool:
    """PNG without its last chunk, JPEG without its end-of-image marker, WebP shorter than it says: decoders forgive."""
    if data.startswith(b"\x89PNG"):
        return _PNG_END not in data[-_TAIL_BYTES:]
    if data.startswith(b"\xff\xd8"):
        return _JPEG_END not in data[-_TAIL_BYTES:]
    if data.startswith(b"RIFF"):
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _why_undecodable(data: bytes) -> str:
    return "truncated" if _ends_early(data) else "undecodable"


def expected_pixels(size: str, aspect_ratio: str | None) -> tuple[int, int] | None:
    """Width and height of a tier, to the nearest 16 px; None where nothing definite was asked for.

    That is an unknown tier, or a ratio such as "auto" that leaves the choice to the provider. No ratio is 1:1.
    Source: ai.google.dev/gemini-api/docs/image-generation. Compare with `as_asked`, which allows for the
    rounding of each upstream.
    """
    side, ratio = _TIER_SIDE.get(size), _RATIO.fullmatch(aspect_ratio or "1:1")
    if side is None or ratio is None:
        return None
    across, down = int(ratio[1]), int(ratio[2])
    scale = (side * side * _AREA.get(ratio[0], 1.0) / (across * down)) ** 0.5
    return round(across * scale / 16) * 16, round(down * scale / 16) * 16


def as_asked(picture: Picture, expected: tuple[int, int]) -> bool:
    """Right tier (area within 10 %) and right ratio (within 3 %)."""
    if not picture.width or not picture.height:
        return False
    width, height = expected
    area = picture.width * picture.height / (width * height)
    ratio = (picture.width / picture.height) / (width / height)
    return 0.9 <= area <= 1.1 and 0.97 <= ratio <= 1.03
