"""Images in base64 are taken out of large answers before anybody parses them.

An answer of 20 MB is JSON around one string. Parsed as it is, it is held as bytes, as text, as a string in the text and
as an image at once. Here each long run of base64 is decoded where it lies, and its beginning is left in its place: what
an adapter reads is a few kilobytes, and `probes.providers._json.decode_base64` finds the image by that beginning.
"""

import binascii
import hashlib
import re
from collections.abc import Mapping
from contextvars import ContextVar

LARGE_BYTES = 1024 * 1024
_RUN = re.compile(rb'(?<=[",])[A-Za-z0-9+/_=-]{65536,}+(?=\\?"|\)|\\u003[dD])')  # a whole string, or a whole data URL
_TEXT = re.compile(rb"\s*(?:[{\[]|data:|event:)")  # JSON or a stream of it: in an image there are no images to look for
_LEFT_BYTES = 4096  # more than is kept of what anybody says (`_json.said`)
_PIECE_BYTES = 1024 * 1024
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")

current: ContextVar[Mapping[str, bytes]] = ContextVar("upheld_lifted", default={})  # noqa: B039 - nobody writes to it


def lifted(body: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The body with the beginnings of its images, and by these beginnings the images."""
    images: dict[str, bytes] = {}
    if len(body) < LARGE_BYTES or not _TEXT.match(body):
        return body, images
    parts, done = list[bytes](), 0
    for run in _RUN.finditer(body):
        image = _decoded(memoryview(body)[run.start() : run.end()])
        if image is None:
            continue
        beginning = body[run.start() : run.start() + _LEFT_BYTES] + hashlib.sha256(image).hexdigest().encode()
        images[beginning.decode()] = image
        parts += [body[done : run.start()], beginning]
        done = run.end()
    return b"".join((*parts, body[done:])) if parts else body, images


def _decoded(run: memoryview) -> bytes | None:
    """A megabyte at a time; None where it is no base64, which whoever reads the whole will say."""
    end = len(run)
    while end and run[end - 1] == ord("="):
        end -= 1
    image = bytearray()
    for start in range(0, end, _PIECE_BYTES):
        piece = bytes(run[start : min(start + _PIECE_BYTES, end)]).translate(_TO_STANDARD)
        if b"=" in piece:
            return None
        left_over = len(piece) % 4  # of the last one; one character alone is no byte
        piece = piece[:-1] if left_over == 1 else piece + b"=" * (-left_over % 4)
        image += binascii.a2b_base64(piece)
    return bytes(image)
