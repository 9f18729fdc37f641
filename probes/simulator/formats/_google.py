"""google.rpc.Status errors; shared by Google's formats.

Wordings were seen in public issues: keys (cequence-io/openai-scala-client#109), quotas (RooCodeInc/Roo-Code#3883),
capacity (BerriAI/litellm#18118), 500 (google-gemini/gemini-cli#7316), Vertex (a2aproject/a2a-samples#43).
Not confirmed: the sentence of a spend limit, the quota identifier of images, the reason of an expired token.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final, TypeAlias

from probes.simulator.endings import Ending, How
from probes.simulator.faults import Fault
from probes.simulator.gates import Violation, Which
from probes.simulator.nouns import Refusal, Reply, Visit

Hint: TypeAlias = Callable[[Violation], float | None]
HEADERS: Final = {
    "content-type": "application/json; charset=UTF-8",
    "server": "ESF",
    "vary": "Origin, X-Origin, Referer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
}
_TYPE: Final = "type.googleapis.com/google.rpc."
_DOCS: Final = "https://ai.google.dev/gemini-api/docs/rate-limits"
_DAILY_HINT_S: Final = 26.0  # Google names seconds for a quota that clears at midnight (inspect_ai#5526)
GEMINI: Final = "generativelanguage.googleapis.com"
VERTEX: Final = "aiplatform.googleapis.com"
_STATUS: Final[dict[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_EXPIRED: Final = "Deadline expired before operation could complete."
_CREDENTIALS: Final = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


@dataclass(frozen=True, slots=True)
class Words:
    """An error in words: code and sentence; a status and a reason where the code does not tell them."""

    code: int
    message: str
    status: str | None = None
    reason: str | None = None
    domain: str = "googleapis.com"


WORDS: Final[dict[How, Words]] = {
    Fault.UNAVAILABLE: Words(503, "The service is currently unavailable."),
    Fault.OVERLOADED: Words(503, "The model is overloaded. Please try again later."),
    Fault.OVERLOADED_ARRAY: Words(503, "The model is overloaded. Please try again later."),
    Fault.NO_CAPACITY: Words(
        503,
        "No capacity available for model {model} on the server",
        reason="MODEL_CAPACITY_EXHAUSTED",
        domain="cloudcode-pa.googleapis.com",
    ),
    Fault.DEADLINE_503: Words(503, _EXPIRED),
    Fault.DEADLINE: Words(504, _EXPIRED),
    Fault.INTERNAL: Words(
        500,
        (
            "An internal error has occurred. Please retry or report in "
            "https://developers.generativeai.google/guide/troubleshooting"
        ),
    ),
    Fault.INTERNAL_SHORT: Words(500, "Internal error encountered."),
    Fault.CANCELLED: Words(499, "The operation was cancelled."),
    Fault.CONTENDED: Words(429, "Resource exhausted, please try again later."),
    Fault.KEY_INVALID: Words(400, "API key not valid. Please pass a valid API key.", reason="API_KEY_INVALID"),
    Fault.KEY_EXPIRED: Words(400, "API key expired. Please renew the API key.", reason="API_KEY_INVALID"),
    Fault.PRECONDITION: Words(
        400,
        (
            "Gemini API free tier is not available in your country. Please enable billing on your project in Google "
            "AI Studio."
        ),
        status="FAILED_PRECONDITION",
    ),
    Fault.INVALID_ARGUMENT: Words(400, "Request contains an invalid argument."),
    Fault.FORBIDDEN: Words(403, "The caller does not have permission"),
    Fault.NOT_THERE: Words(
        404,
        (
            "models/{model} is not found for API version {version}, or is not supported for generateContent. "
            "Call ListModels to see the list of available models and their supported methods."
        ),
    ),
    Fault.TOO_LARGE: Words(413, "Request payload size exceeds the limit: 20971520 bytes."),
    Fault.KEY_ECHOED: Words(500, "Internal error encountered while calling {url}?key={key}"),
    Ending.NO_KEY: Words(
        403,
        (
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or "
            "other form of API consumer identity to call this API."
        ),
    ),
}
WORDS[Ending.BAD_KEY] = WORDS[Fault.KEY_INVALID]
WORDS[Ending.EXPIRED_KEY] = WORDS[Fault.KEY_EXPIRED]
WORDS_OF_VERTEX: Final[dict[How, Words]] = WORDS | {
    Fault.PROVISIONED_EXCEEDED: Words(429, "Too many requests. Exceeded the Provisioned Throughput."),
    Fault.KEY_INVALID: Words(401, _CREDENTIALS, reason="ACCESS_TOKEN_TYPE_UNSUPPORTED"),
    Ending.BAD_KEY: Words(401, _CREDENTIALS, reason="ACCESS_TOKEN_TYPE_UNSUPPORTED"),
    Fault.KEY_EXPIRED: Words(401, _CREDENTIALS, reason="ACCESS_TOKEN_EXPIRED"),
    Ending.EXPIRED_KEY: Words(401, _CREDENTIALS, reason="ACCESS_TOKEN_EXPIRED"),
    Ending.NO_KEY: Words(
        401,
        (
            "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "
            "other valid authentication credential."
        ),
        reason="CREDENTIALS_MISSING",
    ),
    Fault.PRECONDITION: Words(400, "Billing is disabled for this project.", status="FAILED_PRECONDITION"),
    Fault.NOT_THERE: Words(
        404,
        (
            "Publisher Model `{path}` was not found or your project does not have access to it. Please ensure you "
            "are using a valid model version."
        ),
    ),
}
_QUOTAS: Final = {  # metric, identifier; that of images is not confirmed by any source
    Which.RPM: ("generate_requests_per_model", "GenerateRequestsPerMinutePerProjectPerModel"),
    Which.RPD: ("generate_requests_per_model_per_day", "GenerateRequestsPerDayPerProjectPerModel"),
    Which.TPM: ("generate_content_paid_tier_input_token_count", "GenerateContentInputTokensPerModelPerMinute"),
    Which.IPM: ("generate_images_per_model", "GenerateImagesPerMinutePerProjectPerModel"),
}


def json_reply(status: int, body: object, server_s: float) -> Reply:
    """JSON as Google prints it: indented, with the server's time in a header."""
    return Reply(status, (json.dumps(body, indent=2, ensure_ascii=False).encode(), b"\n"), headers(server_s))


def headers(server_s: float) -> Mapping[str, str]:
    """Google's headers; `server_s` is what its front end says it took."""
    return {**HEADERS, "server-timing": f"gfet4t7; dur={round(server_s * 1000)}"}


def error(
    code: int, message: str, server_s: float, details: list[dict[str, Any]] | None = None, status: str | None = None
) -> Reply:
    """A google.rpc.Status."""
    body = {"code": code, "message": message, "status": status or _STATUS[code]}
    return json_reply(code, {"error": body | ({"details": details} if details else {})}, server_s)


def worded(visit: Visit, how: How, *, vertex: bool = False) -> Reply:
    """An error that needs no more than its name."""
    words = (WORDS_OF_VERTEX if vertex else WORDS)[how]
    message = words.message.format(
        model=visit.request.match_info.get("model", visit.model),
        version=visit.request.match_info.get("version", "v1beta"),
        url=visit.request.url.with_query(None),
        path=visit.request.path.partition(":")[0].partition("/projects/")[2],
        key=visit.key,
    )
    details = _reasons(words, message, visit.model, VERTEX if vertex else GEMINI) if words.reason else None
    reply = error(words.code, message, visit.quick_s, details, words.status)
    return _in_array(reply) if how is Fault.OVERLOADED_ARRAY else reply


def _reasons(words: Words, message: str, model: str, service: str) -> list[dict[str, Any]]:
    """Whether a 400 is a bad key is told by these alone."""
    capacity = words.reason == "MODEL_CAPACITY_EXHAUSTED"
    info = {
        "@type": f"{_TYPE}ErrorInfo",
        "reason": words.reason,
        "domain": words.domain,
        "metadata": {"model": model} if capacity else {"service": service},
    }
    text = {"@type": f"{_TYPE}LocalizedMessage", "locale": "en-US", "message": message}
    return [info] if capacity else [info, text]


def _in_array(reply: Reply) -> Reply:
    """As streams without SSE, and some front ends, wrap errors."""
    return replace(reply, parts=(b"[", *reply.parts, b"]\n"))


def exhausted(visit: Visit, refusal: Refusal, hint: Hint, *, vertex: bool = False) -> Reply:
    """429 that names every violated quota, and how long to wait (`hint` by violation; None: it does not say)."""
    if vertex:
        return worded(visit, Fault.CONTENDED, vertex=True)
    named = [violation for violation in refusal.violations if violation.which in _QUOTAS]
    if any(violation.which is Which.SPEND for violation in refusal.violations):
        return error(429, "You exceeded your current spend limit. Please try again later.", visit.quick_s)
    if not refusal.detailed or not named:
        return error(429, "Resource has been exhausted (e.g. check quota).", visit.quick_s)
    hints = [_hint_s(violation, hint(violation)) for violation in refusal.violations]
    delay_s = max((hint_s for hint_s in hints if hint_s is not None), default=None)
    details: list[dict[str, Any]] = [
        {"@type": f"{_TYPE}Help", "links": [{"description": "Learn more about Gemini API quotas", "url": _DOCS}]},
        {"@type": f"{_TYPE}QuotaFailure", "violations": [_quota(violation, visit.model) for violation in named]},
    ]
    if delay_s is not None:
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{ceil(delay_s)}s"})
    message = (
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        f"error, head to: {_DOCS}."
    )
    return error(429, message, visit.quick_s, details)


def _hint_s(violation: Violation, hint_s: float | None) -> float | None:
    return _DAILY_HINT_S if violation.which is Which.RPD and hint_s is not None else hint_s


def _quota(violation: Violation, model: str) -> dict[str, Any]:
    metric, identifier = _QUOTAS[violation.which]
    return {
        "quotaMetric": f"{GEMINI}/{metric}",
        "quotaId": identifier,
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": f"{violation.allowed:g}",
    }


def bad_request(found: list[tuple[str, str]], server_s: float) -> Reply:
    """400 with every violation, one to a line."""
    fields = [{"field": path, "description": text} if path else {"description": text} for path, text in found]
    details = [{"@type": f"{_TYPE}BadRequest", "fieldViolations": fields}]
    return error(400, "\n".join(text for _, text in found), server_s, details)
