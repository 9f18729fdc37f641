"""Mutations of real answers: of bytes, of JSON values, of status, headers and the wire. All from one seeded chance."""

import json
import random
from dataclasses import replace
from typing import Any

from probes.model import Exchange, WireFault
from tests.fuzz.seeds import Seed

_TOKENS = (
    b'"', b"\\", b"\\u0000", b"\\ud800", b"NaN", b"-Infinity", b"1e999", b"-0", b"9" * 5000, b"\xff\xfe", b"\x00",
    b"[" * 3000, b'{"a":' * 3000, b"]]]}", b"null", b"\xf0\x9f\xa6\x8a", b"data:image/png;base64,", b"http://[::1",
)  # fmt: skip
_DEEP: Any = []
for _ in range(400):
    _DEEP = [_DEEP]
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, -1e-308, float("nan"), float("inf"), 10**40, 10**400, "", "0", "x", "A" * 20_000,
    "\ud800", "\x00", "🦊", [], {}, [[]], [{}], [None], {"": None}, _DEEP, "null", "[]", '{"resultUrls": [7]}',
    "https://[", "file:///etc/passwd", "http://169.254.169.254/", "data:,", "data:image/png;base64,", "SAFETY",
    "RESOURCE_EXHAUSTED", "channel:", "1e9s", "99999999999999s", 429, 503, "429", 200, "200", "success", "fail",
)  # fmt: skip
_STATUSES = (200, 200, 200, 201, 204, 206, 302, 307, 400, 401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 524, 529)
_HEADERS = (
    "retry-after", "retry-after-ms", "date", "location", "server-timing", "x-request-id", "openai-processing-ms",
    "content-type", "x-ratelimit-limit-requests", "x-ratelimit-reset-requests", "x-gemini-service-tier",
)  # fmt: skip
_HEADER_VALUES = (
    "", "0", "-1", "1e400", "nan", "9" * 400, "Sun, 22 Nov 2026 10:00:00 GMT", "Sun, 99 Nov 2026", "//", "http://[",
    "gfet4t7; dur=abc", "gfet4t7; dur=1e999", "\xff", "1h1m1s1ms", "x" * 8000,
)  # fmt: skip


def mutated(seed: Seed, others: list[Seed], chance: random.Random) -> tuple[Exchange, ...]:
    """The conversation with one to four things in it another way."""
    exchanges = list(seed.exchanges)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(exchanges))
        exchanges[at] = _exchange(exchanges[at], others, chance)
    return tuple(exchanges)


def _exchange(exchange: Exchange, others: list[Seed], chance: random.Random) -> Exchange:
    kind = chance.random()
    if kind < 0.45:
        return replace(exchange, body=_json(exchange.body, chance))
    if kind < 0.85:
        return replace(exchange, body=_bytes(exchange.body, chance.choice(others).exchanges[0].body, chance))
    if kind < 0.92:
        return replace(exchange, status=chance.choice(_STATUSES))
    if kind < 0.98:
        return replace(exchange, headers={**exchange.headers, chance.choice(_HEADERS): chance.choice(_HEADER_VALUES)})
    return replace(exchange, fault=chance.choice(list(WireFault)), status=chance.choice((None, 200)))


def _bytes(body: bytes, other: bytes, chance: random.Random) -> bytes:
    """Flipped, cut, repeated, spliced, or with something inserted."""
    at, length = chance.randrange(len(body) + 1), chance.randrange(64)
    match chance.randrange(6):
        case 0:
            flipped = bytearray(body)
            for _ in range(min(len(body), 1 + length // 16)):
                flipped[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
            return bytes(flipped)
        case 1:
            return body[:at]
        case 2:
            return body[:at] + body[at + length :]
        case 3:
            return body[:at] + body[at : at + length] * chance.randrange(1, 20) + body[at:]
        case 4:
            return body[:at] + other[chance.randrange(len(other) + 1) :]
        case _:
            return body[:at] + chance.choice(_TOKENS) + body[at + length * chance.randrange(2) :]


def _json(body: bytes, chance: random.Random) -> bytes:
    """One place of a JSON body holds something else, is gone, is renamed, or is wrapped."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _bytes(body, b"{}", chance)
    places = [(holder, key) for holder in _holders(value) for key in _keys(holder)]
    if not places:
        return json.dumps(chance.choice(_VALUES)).encode()
    holder, key = chance.choice(places)
    match chance.randrange(6):
        case 0 | 1 | 2:
            holder[key] = chance.choice(_VALUES)
        case 3:
            del holder[key]
        case 4:
            there, name = chance.choice(places)
            holder[key], there[name] = there.get(name) if isinstance(there, dict) else there[name], holder[key]
        case _:
            inner = holder[key]
            holder[key] = chance.choice(
                ([inner], {"x": inner}, str(inner), [inner] * 50, json.dumps(inner, default=str))
            )
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError):  # a value has come to hold itself
        return _bytes(body, b"{}", chance)


def _holders(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """Every object and array of a JSON value."""
    found, left = [], [value]
    while left:
        one = left.pop()
        if isinstance(one, dict | list):
            found.append(one)
            left += one.values() if isinstance(one, dict) else one
    return found


def _keys(holder: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))
