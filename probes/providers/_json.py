"""What every JSON dialect needs: reading bodies that may be anything, and walking them without surprise."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from probes import lifting
from probes.model import Answer, Exchange, Fault, Request, Target

JSON_HEADERS: Mapping[str, str] = {"content-type": "application/json", "accept": "application/json"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[hms])")
_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CUT_LITERAL = re.compile(r"(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-)?", re.ASCII)
_CLOUDFLARE = re.compile(
    rb"\s*error code: (\d{3,4})\s*"
)  # said by whoever stands in front, not by the API: 1010 and the like
_WORD_CHARS = 200
_SAID_CHARS = 2000


def parse(exchange: Exchange) -> tuple[Any, str | None]:
    """The body as JSON, and what is wrong with it: (value, None) or (None, "not_json" | "cut" | "html" | "empty")."""
    return parse_bytes(exchange.body)


def parse_bytes(body: bytes) -> tuple[Any, str | None]:
    """As `parse`, of a part of a body."""
    body = body.strip()
    if not body:
        return None, "empty"
    try:
        return json.loads(body), None
    except (ValueError, RecursionError) as exc:
        return None, "html" if body[:1] == b"<" else "cut" if _ends_early(body, exc) else "not_json"


def _ends_early(body: bytes, error: Exception) -> bool:
    """Whether this was JSON as far as it went: the complaint is about the end, not about what stands there."""
    if body[:1] not in {b"{", b"["}:
        return False
    if isinstance(error, UnicodeDecodeError):
        return error.end >= len(body) and "unexpected end" in error.reason
    if not isinstance(error, json.JSONDecodeError):
        return False
    left = error.doc[error.pos :]
    escape = error.msg.startswith("Invalid \\uXXXX") and len(left) <= len("uXXXX")
    return error.msg.startswith("Unterminated string") or escape or _CUT_LITERAL.fullmatch(left.strip()) is not None


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


def word(value: object) -> str | None:
    """A short text: a label or code. What is longer than 200 characters is none."""
    label = text(value)
    return label if label and len(label) <= _WORD_CHARS else None


def said(value: object) -> str | None:
    """The beginning of a text: a message of a stranger, who may send megabytes."""
    message = text(value)
    return message[:_SAID_CHARS] if message else None


def number(value: object) -> float | None:
    """A finite number, also from text; None for anything else."""
    if isinstance(value, str):
        value = value.strip()  # of more than `float` takes for white space
        if len(value) > _WORD_CHARS or _NUMBER.fullmatch(value) is None:
            return None
    elif not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if abs(result) < 1e15 else None


def duration_s(value: str | None) -> float | None:
    """Seconds of "26", "26s", "0.5s", "120ms", "1m30s", "6m0s"; None for anything else (an HTTP date, too)."""
    if value is None:
        return None
    value = value.strip()[:_WORD_CHARS]
    if (plain := number(value)) is not None:
        return plain if plain >= 0 else None
    parts = _DURATION.findall(value)
    if not parts or "".join(n + u for n, u in parts) != value:
        return None
    return number(sum(float(n) * _UNIT_S[unit] for n, unit in parts))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """What `retry-after-ms` or `Retry-After` ask for, seconds. A date counts from the `Date` of the same answer."""
    milliseconds = number(headers.get("retry-after-ms"))
    if milliseconds is not None and milliseconds >= 0:
        return milliseconds / 1000
    said = headers.get("retry-after")
    seconds = duration_s(said)
    return seconds if seconds is not None or said is None else _seconds_until(said, headers.get("date", ""))


def _seconds_until(then: str, now: str) -> float | None:
    """Between two HTTP dates, by the provider's own clock; None unless both are dates."""
    try:
        return max((parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def decode_base64(data: str) -> bytes | None:
    """Standard or URL-safe base64; None when it is neither.

    Missing padding is forgiven: where it is missing because the text was cut, the image says so.
    """
    data = data.rstrip("=")
    if (image := lifting.current.get().get(data)) is not None:
        return image
    left_over = len(data) % 4
    padded = data + ("", "A==", "==", "=")[left_over]  # one character alone is no byte: it is only checked
    for alphabet in (b"+/", b"-_"):
        try:
            decoded = base64.b64decode(padded, altchars=alphabet, validate=True)
        except (binascii.Error, ValueError):
            continue
        return decoded[:-1] if left_over == 1 else decoded
    return None


def authorised(target: Target, method: str, path: str, body: bytes = b"") -> Request:
    """A request with the target's key where this provider wants it: header, bearer token or query parameter."""
    url, headers = f"{target.base_url.rstrip('/')}/{path}", dict(JSON_HEADERS)
    if target.auth == "bearer":
        headers["authorization"] = f"Bearer {target.key.reveal()}"
    elif target.auth == "query":
        url = f"{url}{'&' if '?' in url else '?'}key={quote(target.key.reveal(), safe='')}"
    else:
        headers[target.auth] = target.key.reveal()
    return Request(method, url, headers, body)


def unreadable(exchange: Exchange, why: str) -> Answer:
    """The answer for a body that is not what the format promises."""
    text = exchange.body[:200].decode("utf-8", "replace") or None
    front = _CLOUDFLARE.fullmatch(exchange.body[:100])
    if front is None or exchange.status == 200:
        return Answer(malformed=why, text=text)
    return Answer(fault=Fault(text or "", reason=f"cloudflare_{front[1].decode()}"), malformed=why, text=text)
