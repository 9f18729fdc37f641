"""Real encoded images, made by Pillow: what a provider would deliver, and what a bad one does."""

import io
import struct
import zlib
from functools import lru_cache

from PIL import Image


@lru_cache(maxsize=64)
def picture(width: int = 64, height: int = 64, kind: str = "PNG") -> bytes:
    """A noisy image, so that it does not compress to nothing."""
    return encoded(Image.effect_noise((width, height), 80).convert("RGB"), kind)


def flat(colour: str = "white", *, mode: str = "RGB", kind: str = "PNG") -> bytes:
    return encoded(Image.new(mode, (64, 64), colour), kind)


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@lru_cache(maxsize=64)
def cheap(width: int, height: int) -> bytes:
    """A PNG of any size in a moment: two shades of grey, one bit a pixel."""
    row = b"\0" + b"\xaa" * ((width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(row * height, 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims `side` x `side` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
