"""The answers that the server gives: a Gemini answer with a real PNG in it, of a given size to within a percent.

`python -m tests.bench.bodies FILE SIDE MEGABYTES`: an image of SIDE x SIDE pixels. So many of its rows are noise that
the whole answer has that size; the others are smooth.
"""

import base64
import json
import random
import struct
import sys
import zlib
from pathlib import Path


def png(side: int, size_bytes: int) -> bytes:
    rng = random.Random(side)
    noisy = min(size_bytes // (3 * side), side)
    smooth = bytes(3 * side)
    rows = (b"\x00" + (rng.randbytes(3 * side) if number < noisy else smooth) for number in range(side))
    packer = zlib.compressobj(1)
    data = b"".join([packer.compress(row) for row in rows] + [packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def answer(side: int, size_bytes: int) -> bytes:
    """`size_bytes`: of the whole answer, in base64."""
    data = base64.b64encode(png(side, size_bytes * 3 // 4)).decode()
    part = {"inlineData": {"mimeType": "image/png", "data": data}}
    return json.dumps({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}).encode()


if __name__ == "__main__":
    path, side, megabytes = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    path.write_bytes(answer(side, int(megabytes * 1e6)))
