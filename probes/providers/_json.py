"""What every JSON dialect needs: reading bodies that may be anything, and walking them without surprise."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from probes.model import Answer, Exchange, Request, Target

JSON_HEADERS: Mapping[str, str] = {"content-type": "application/json", "accept": "application/json"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[hms])")
_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def parse(exchange: Exchange) -> tuple[Any, str | None]:
    """The body as JSON, and what is wrong with it: (value, None) or (None, "not_json" | "html" | "empty")."""
    body = exchange.body.strip()
    if not body:
        return None, "empty"
    try:
        return json.loads(body), None
    except (ValueError, RecursionError):
        return None, "html" if body[:1] == b"<" else "not_json"


def obj(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A string or number as text; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    return str(value) if isinstance(value, str | int | float) and str(value) else None


def number(value: object) -> float | None:
    """A finite number, also from text; None for anything else."""
    try:
        result = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return result if result is not None and abs(result) < 1e15 else None


def duration_s(value: str | None) -> float | None:
    """Seconds of "26", "26s", "0.5s", "120ms", "1m30s", "6m0s"; None for anything else (an HTTP date, too)."""
    if value is None:
        return None
    value = value.strip()
    if (plain := number(value)) is not None:
        return plain if plain >= 0 else None
    parts = _DURATION.findall(value)
    if not parts or "".join(n + u for n, u in parts) != value:
        return None
    return sum(float(n) * _UNIT_S[unit] for n, unit in parts)


def decode_base64(data: str) -> bytes | None:
    """Standard or URL-safe base64; None when it is neither."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        pass
    try:
        return base64.b64decode(data, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def authorised(target: Target, method: str, url: str, body: bytes = b"") -> Request:
    """A request with the target's key where this provider wants it: header, bearer token or query parameter."""
    headers = dict(JSON_HEADERS)
    if target.auth == "bearer":
        headers["authorization"] = f"Bearer {target.key.reveal()}"
    elif target.auth == "query":
        url = f"{url}{'&' if '?' in url else '?'}key={quote(target.key.reveal(), safe='')}"
    else:
        headers[target.auth] = target.key.reveal()
    return Request(method, url, headers, body)


def unreadable(exchange: Exchange, why: str) -> Answer:
    """The answer for a body that is not what the format promises."""
    return Answer(malformed=why, text=exchange.body[:200].decode("utf-8", "replace") or None)
