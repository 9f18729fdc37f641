"""The image in an answer: does it decode, and is it what was asked for?

Called in a worker process, after all times are taken: decoding costs milliseconds that must not be measured.
"""

import hashlib
import io
import warnings

from PIL import Image

from probes.model import Picture

MAX_PIXELS = 64_000_000  # four times the largest tier; a decompression bomb ends as `undecodable`
_TIER_SIDE = {"512": 512, "0.5K": 512, "1K": 1024, "2K": 2048, "4K": 4096}
_FORMATS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp", "GIF": "gif"}


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
    with Image.open(io.BytesIO(data)) as image:
        width, height, name = image.width, image.height, _FORMATS.get(image.format or "", image.format)
        if width * height > MAX_PIXELS:
            return Picture(name, width, height, len(data), sha256, "undecodable")
        image.load()
        problem = "truncated" if _ends_early(data) else _content_problem(image)
    return Picture(name, width, height, len(data), sha256, problem)


def _content_problem(image: Image.Image) -> str | None:
    """A canvas of one colour is no picture of anything that was asked for."""
    extrema = image.convert("RGB").getextrema()
    flat = all(isinstance(band, tuple) and band[0] == band[1] for band in extrema)
    return "single_colour" if flat else None


def _ends_early(data: bytes) -> bool:
    """PNG without IEND, JPEG without its end-of-image marker: decoders forgive both."""
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-32:]
    if data.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in data[-32:]
    return False


def _why_undecodable(data: bytes) -> str:
    known = data.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF"))
    return "truncated" if known and (_ends_early(data) or data.startswith(b"RIFF")) else "undecodable"


def expected_pixels(size: str, aspect_ratio: str | None) -> tuple[int, int] | None:
    """Width and height of a tier as Google documents them, to the nearest 16 px; None for an unknown tier.

    Source: ai.google.dev/gemini-api/docs/image-generation. Compare with `as_asked`, which allows for the
    rounding of each upstream.
    """
    side = _TIER_SIDE.get(size)
    if side is None:
        return None
    across, down = _ratio(aspect_ratio)
    scale = (side * side / (across * down)) ** 0.5
    return round(across * scale / 16) * 16, round(down * scale / 16) * 16


def _ratio(aspect_ratio: str | None) -> tuple[float, float]:
    across, _, down = (aspect_ratio or "1:1").partition(":")
    try:
        return float(across), float(down)
    except ValueError:
        return 1.0, 1.0


def as_asked(picture: Picture, expected: tuple[int, int]) -> bool:
    """Right tier (area within 10 %) and right ratio (within 3 %)."""
    if not picture.width or not picture.height:
        return False
    width, height = expected
    area = picture.width * picture.height / (width * height)
    ratio = (picture.width / picture.height) / (width / height)
    return 0.9 <= area <= 1.1 and 0.97 <= ratio <= 1.03
