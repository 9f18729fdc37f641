"""OpenAI's errors and headers; shared by its formats.

Sources: developers.openai.com/api/docs/guides/rate-limits and /error-codes, read 2026-11-22; the moderation wording
as seen in public issues (jeffstric/ZJT#480), "Invalid value" in openai-php/client#641.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending, How
from probes.simulator.faults import EVERYWHERE, GATEWAY, Fault
from probes.simulator.formats import _gateway as gateway
from probes.simulator.gates import Which
from probes.simulator.limits import Left
from probes.simulator.nouns import Refusal, Reply, Visit

_USER_ERROR: Final = "invalid_request_error"
_SERVER_ERROR: Final = "server_error"


@dataclass(frozen=True, slots=True)
class Words:
    """An error in words."""

    status: int
    message: str
    kind: str = _USER_ERROR
    code: str | None = None


_OVERLOADED: Final = (
    "The server is currently overloaded with other requests. Sorry about that! You can retry your request, or contact "
    "us through our help center at help.openai.com if the error persists."
)
_BAD_KEY: Final = (
    "Incorrect API key provided: {starred}. You can find your API key at https://platform.openai.com/account/api-keys."
)
_MODERATED: Final = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com "
    "and include the request ID {request_id}. safety_violations=[sexual]."
)
WORDS: Final[dict[How, Words]] = {
    Fault.UNAVAILABLE: Words(503, "The server is temporarily unable to handle the request.", _SERVER_ERROR),
    Fault.OVERLOADED: Words(503, _OVERLOADED, _SERVER_ERROR, "server_is_overloaded"),
    Fault.NO_CAPACITY: Words(503, _OVERLOADED, _SERVER_ERROR, "server_is_overloaded"),
    Fault.OVERLOADED_529: Words(529, _OVERLOADED, "overloaded_error", "server_is_overloaded"),
    Fault.INTERNAL: Words(
        500, "The server had an error while processing your request. Sorry about that!", _SERVER_ERROR
    ),
    Fault.INTERNAL_SHORT: Words(500, "The server had an error.", _SERVER_ERROR, "internal_error"),
    Fault.DEADLINE: Words(504, "The server took too long to make the image.", _SERVER_ERROR),
    Fault.OUT_OF_CREDIT: Words(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    Fault.PAYMENT_REQUIRED: Words(402, "Insufficient credits.", "insufficient_quota", "insufficient_quota"),
    Fault.KEY_INVALID: Words(401, _BAD_KEY, code="invalid_api_key"),
    Fault.KEY_EXPIRED: Words(401, "Your API key has expired.", code="invalid_api_key"),
    Fault.FORBIDDEN: Words(403, "You are not allowed to generate images with this model.", code="unsupported_country"),
    Fault.INVALID_ARGUMENT: Words(400, "Invalid value: 'size'.", code="invalid_value"),
    Fault.NOT_THERE: Words(
        404, "The model '{model}' does not exist or you do not have access to it.", code="model_not_found"
    ),
    Fault.TOO_LARGE: Words(413, "Maximum content size limit (26214400) exceeded.", _SERVER_ERROR),
    Fault.KEY_ECHOED: Words(500, "Upstream request failed: Authorization: Bearer {key}", _SERVER_ERROR),
    Fault.BLOCKED: Words(400, _MODERATED, "image_generation_user_error", "moderation_blocked"),
    Fault.IMAGE_SAFETY: Words(400, _MODERATED, "image_generation_user_error", "moderation_blocked"),
    Ending.NO_KEY: Words(
        401,
        (
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
            "auth (i.e. Authorization: Bearer YOUR_KEY)."
        ),
    ),
    Ending.BAD_KEY: Words(401, _BAD_KEY, code="invalid_api_key"),
}
SPEAKS: Final = (
    EVERYWHERE
    | GATEWAY
    | {how for how in WORDS if isinstance(how, Fault)}
    | {
        Fault.RATE_LIMITED,
        Fault.RATE_LIMITED_TOKENS,
        Fault.RATE_LIMITED_IMAGES,
        Fault.RATE_LIMITED_DAY,
        Fault.RATE_LIMITED_BARE,
    }
)
_LIMIT_NAMES: Final = {
    Which.RPM: "requests per min (RPM)",
    Which.TPM: "tokens per min (TPM)",
    Which.IPM: "images per min (IPM)",
    Which.RPD: "requests per day (RPD)",
    Which.SPEND: "USD",
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


def worded(visit: Visit, how: How) -> Reply:
    """An error that needs no more than its name."""
    words = WORDS[how]
    message = words.message.format(
        model=visit.model, key=visit.key, starred=_starred(visit.key or ""), request_id=request_id(visit)
    )
    return error(visit, words.status, message, words.kind, words.code)


def refuse(visit: Visit, refusal: Refusal, desk: Desk) -> Reply:
    """OpenAI's error object, or what a gateway says in its place; 429 with headers."""
    if said := gateway.refuse(visit, refusal, always=desk.spec.errors == "gateway"):
        return said
    return limited(visit, refusal, desk) if refusal.how is Ending.THROTTLED else worded(visit, refusal.how)


def limited(visit: Visit, refusal: Refusal, desk: Desk) -> Reply:
    """429 that names one limit, the one that lasts longest, with the wait in words and in two headers."""
    worst = max(refusal.violations, key=lambda violation: violation.wait_s or 0.0)
    hint_s = desk.hint_s(worst) if refusal.detailed else None
    text = (
        f"Rate limit reached for {visit.model} in organization org-simulated on {_LIMIT_NAMES[worst.which]}: "
        f"Limit {worst.allowed:g}, Used {worst.allowed:g}, Requested 1."
    )
    kind = "tokens" if worst.which is Which.TPM else "requests"
    more = project_headers(visit, desk)
    if hint_s is not None:
        text += f" Please try again in {go_duration(hint_s)}."
        more |= {"retry-after": str(ceil(hint_s)), "retry-after-ms": str(ceil(hint_s * 1000))}
    return error(visit, 429, text, kind, "rate_limit_exceeded", more=more)


def project_headers(visit: Visit, desk: Desk) -> dict[str, str]:
    """What every answer tells of the limit on requests; nothing where there is none."""
    rate = visit.gate.rate if visit.gate else None
    if desk.stated_rpm is None or rate is None:
        return {}
    return rate_headers(desk.stated_rpm, rate.left(desk.timeline.read()))


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
