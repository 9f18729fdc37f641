"""OpenAI's errors and headers; shared by its formats.

Sources: developers.openai.com/api/docs/guides/rate-limits and /error-codes, read 2026-11-22; the moderation wording
as seen in public issues (jeffstric/ZJT#480), "Invalid value" in openai-php/client#641.
"""

import hashlib
import json
from collections.abc import Mapping
from math import ceil
from typing import Final

from probes.simulator.faults import Ending
from probes.simulator.limits import Left, Violation, Which
from probes.simulator.nouns import Reply, Visit

_USER_ERROR: Final = "invalid_request_error"
_WORDS: Final[dict[Ending, tuple[int, str, str, str | None]]] = {  # status, message, type, code
    Ending.OUTAGE: (503, "The server is temporarily unable to handle the request.", "server_error", None),
    Ending.OVERLOADED: (
        503,
        (
            "The server is currently overloaded with other requests. Sorry about that! You can retry your request, or "
            "contact us through our help center at help.openai.com if the error persists."
        ),
        "server_error",
        "server_is_overloaded",
    ),
    Ending.INTERNAL: (
        500,
        "The server had an error while processing your request. Sorry about that!",
        "server_error",
        None,
    ),
    Ending.DEADLINE: (504, "The server took too long to make the image.", "server_error", None),
    Ending.NO_KEY: (
        401,
        (
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
            "auth (i.e. Authorization: Bearer YOUR_KEY)."
        ),
        _USER_ERROR,
        None,
    ),
}
_WORDS[Ending.NO_CAPACITY] = _WORDS[Ending.OVERLOADED]
_LIMIT_NAMES: Final = {
    Which.RPM: "requests per min (RPM)",
    Which.RPD: "requests per day (RPD)",
    Which.CONCURRENCY: "concurrent requests",
}


def headers(visit: Visit, server_s: float) -> dict[str, str]:
    """What every answer carries."""
    return {
        "content-type": "application/json",
        "openai-organization": "org-simulated",
        "openai-version": "2020-10-01",
        "openai-processing-ms": str(round(server_s * 1000)),
        "x-request-id": request_id(visit),
    }


def request_id(visit: Visit) -> str:
    """As OpenAI writes it, from the request's own name."""
    return "req_" + hashlib.sha256(visit.draw.name.encode()).hexdigest()[:32]


def rate_headers(stated_rpm: float, left: Left) -> dict[str, str]:
    """The request limit of the project, as it is stated, and what is left of it."""
    return {
        "x-ratelimit-limit-requests": f"{stated_rpm:.0f}",
        "x-ratelimit-remaining-requests": str(left.requests),
        "x-ratelimit-reset-requests": go_duration(left.whole_in_s),
    }


def error(
    visit: Visit,
    status: int,
    message: str,
    kind: str = _USER_ERROR,
    code: str | None = None,
    param: str | None = None,
    more: Mapping[str, str] | None = None,
) -> Reply:
    """The error object, with all four of its fields."""
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return Reply(status, (json.dumps(body, indent=2).encode(), b"\n"), headers(visit, visit.quick_s) | dict(more or {}))


def plain_error(visit: Visit, ending: Ending) -> Reply:
    """An error that needs no more than its name."""
    status, message, kind, code = _WORDS[ending]
    return error(visit, status, message, kind, code)


def bad_key(visit: Visit) -> Reply:
    """401; the key is shown with its middle starred out."""
    text = (
        f"Incorrect API key provided: {_starred(visit.key or '')}. You can find your API key at "
        "https://platform.openai.com/account/api-keys."
    )
    return error(visit, 401, text, code="invalid_api_key")


def moderated(visit: Visit) -> Reply:
    """400: a policy refused."""
    text = (
        "Your request was rejected by the safety system. If you believe this is an error, contact us at "
        f"help.openai.com and include the request ID {request_id(visit)}. safety_violations=[sexual]."
    )
    return error(visit, 400, text, "image_generation_user_error", "moderation_blocked")


def limited(visit: Visit, violation: Violation, hint_s: float | None, more: Mapping[str, str]) -> Reply:
    """429 that names one limit, with the wait in words and in two headers."""
    text = (
        f"Rate limit reached for {visit.model} in organization org-simulated on {_LIMIT_NAMES[violation.which]}: "
        f"Limit {violation.allowed:g}, Used {violation.allowed:g}, Requested 1."
    )
    if hint_s is None:
        return error(visit, 429, text, "requests", "rate_limit_exceeded", more=more)
    text += f" Please try again in {go_duration(hint_s)}."
    wait = {"retry-after": str(ceil(hint_s)), "retry-after-ms": str(ceil(hint_s * 1000))}
    return error(visit, 429, text, "requests", "rate_limit_exceeded", more={**more, **wait})


def go_duration(seconds: float) -> str:
    """As Go prints it: `120ms`, `12.5s`, `1m30s`, `2h0m0s`."""
    if seconds < 1:
        return f"{ceil(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    lead = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{lead}{rest:.3f}".rstrip("0").rstrip(".") + "s"


def _starred(key: str) -> str:
    return key if len(key) < 12 else f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"
