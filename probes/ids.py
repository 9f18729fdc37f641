"""Identifiers that sort by time (UUIDv7, RFC 9562) and, where needed, follow from what they name."""

import hashlib
from datetime import datetime
from uuid import UUID

import uuid_utils

_RANDOM_MASK = (1 << 74) - 1


def uuid7(at: datetime | None = None) -> UUID:
    """A fresh UUIDv7; of the given instant where one is given (compressed or imported time)."""
    if at is None:
        return UUID(int=uuid_utils.uuid7().int)
    return _assemble(at, uuid_utils.uuid4().int)


def uuid7_of(at: datetime, *parts: str) -> UUID:
    """The same UUIDv7 for the same instant and parts, so that doing a thing twice names it once."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return _assemble(at, int.from_bytes(digest[:16]))


def _assemble(at: datetime, random: int) -> UUID:
    """48 bits of Unix milliseconds, version 7, and 74 other bits around the variant."""
    milliseconds = round(at.timestamp() * 1000) & ((1 << 48) - 1)
    random &= _RANDOM_MASK
    high = (milliseconds << 16) | (0x7 << 12) | (random >> 62)
    low = (0b10 << 62) | (random & ((1 << 62) - 1))
    return UUID(int=(high << 64) | low)
