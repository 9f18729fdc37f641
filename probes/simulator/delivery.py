"""What happens to a sound answer on its way to the client."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Final, Literal

from probes.simulator.faults import Fault
from probes.simulator.nouns import Reply

_SKEW: Final = timedelta(hours=1)
_MEGABYTE: Final = 2**20
_DRIP_PIECES: Final = 1200
_DRIP_S: Final = 0.5  # between two pieces
_ENDLESS_MEGABYTES: Final = 1024
_BOMB_MEGABYTES: Final = 256
_GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a body is sent: so much of it, then an end. `repeats`: it is sent so many times."""

    share: float = 1.0
    then: Literal["end", "close", "reset", "silence"] = "end"
    longer_s: float = 0.0
    pieces: int | None = None
    repeats: int = 1


WHOLE: Final = Delivery()
_DELIVERIES: Final = {
    Fault.TRUNCATED: Delivery(0.5, "close"),
    Fault.TRUNCATED_CHUNKED: Delivery(0.5, "close"),
    Fault.RESET_MIDWAY: Delivery(0.5, "reset"),
    Fault.STALL: Delivery(0.5, "silence"),
    Fault.ENDLESS: Delivery(repeats=_ENDLESS_MEGABYTES),
}


def delivered(reply: Reply, fault: Fault | None, now: datetime) -> tuple[Reply, Delivery]:
    """The answer as it leaves, and how. Its Date is of the provider's clock, not of the machine's."""
    dated = replace(reply, headers={"date": _http_date(now), **reply.headers})
    if fault is None:
        return dated, WHOLE
    if fault is Fault.DRIP:
        return dated, Delivery(longer_s=_DRIP_S * min(reply.length, _DRIP_PIECES), pieces=_DRIP_PIECES)
    return _changed(dated, fault, now), _DELIVERIES.get(fault, WHOLE)


def _changed(reply: Reply, fault: Fault, now: datetime) -> Reply:
    """What is said, as this fault would have it; most leave it as it is."""
    made: dict[Fault, Callable[[], Reply]] = {
        Fault.TRUNCATED_CHUNKED: lambda: replace(reply, chunked=True),
        Fault.ENDLESS: lambda: replace(reply, parts=(b" " * _MEGABYTE,), chunked=True),
        Fault.JSON_CUT: lambda: replace(reply, parts=_first_half(reply), chunked=False),
        Fault.CREATED: lambda: replace(reply, status=201),
        Fault.GZIPPED: lambda: _encoded(reply, gzip.compress(b"".join(reply.parts), 1, mtime=0)),
        Fault.GZIP_CORRUPT: lambda: _encoded(reply, b"".join(reply.parts)),
        Fault.GZIP_BOMB: lambda: _encoded(reply, bomb(_BOMB_MEGABYTES)),
        Fault.HUGE_HEADER: lambda: _with(reply, "x-padding", "x" * _MEGABYTE),
        Fault.CLOCK_SKEW: lambda: _with(reply, "date", _http_date(now + _SKEW)),
    }
    return made[fault]() if fault in made else reply


def _with(reply: Reply, name: str, value: str) -> Reply:
    return replace(reply, headers={**reply.headers, name: value})


def _first_half(reply: Reply) -> tuple[bytes, ...]:
    left, parts = reply.length // 2, []
    for part in reply.parts:
        parts.append(part[:left])
        left = max(0, left - len(part))
    return tuple(parts)


def _encoded(reply: Reply, body: bytes) -> Reply:
    return replace(reply, parts=(body,), headers={**reply.headers, "content-encoding": "gzip"}, chunked=False)


@lru_cache(maxsize=1)
def bomb(megabytes: int) -> bytes:
    """A sound gzip file of spaces, a thousandth of what it inflates to: one deflated megabyte, again and again."""
    spaces = b" " * _MEGABYTE
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(spaces) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(megabytes):
        checksum = zlib.crc32(spaces, checksum)
    size = megabytes * _MEGABYTE % 2**32
    return _GZIP_HEAD + block * megabytes + b"\x03\x00" + checksum.to_bytes(4, "little") + size.to_bytes(4, "little")


def _http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)
