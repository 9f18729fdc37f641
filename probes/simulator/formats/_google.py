"""google.rpc.Status errors and the strict JSON of Google's front ends; shared by its formats.

Wordings were seen in public issues: unknown names (yym68686/uni-api#129), keys (cequence-io/openai-scala-client#109),
quotas (RooCodeInc/Roo-Code#3883), capacity (BerriAI/litellm#18118), 500 (google-gemini/gemini-cli#7316).
"""

import json
import re
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, Final

from probes.simulator.faults import Ending
from probes.simulator.limits import Violation, Which
from probes.simulator.nouns import Reply

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
_SERVICE: Final = "generativelanguage.googleapis.com"
_BAD_KEY: Final = "API key not valid. Please pass a valid API key."
_STATUS: Final[dict[int, str]] = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_PLAIN: Final[dict[Ending, tuple[int, str]]] = {
    Ending.OUTAGE: (503, "The service is currently unavailable."),
    Ending.OVERLOADED: (503, "The model is overloaded. Please try again later."),
    Ending.DEADLINE: (504, "Deadline expired before operation could complete."),
    Ending.INTERNAL: (
        500,
        (
            "An internal error has occurred. Please retry or report in "
            "https://developers.generativeai.google/guide/troubleshooting"
        ),
    ),
    Ending.NO_KEY: (
        403,
        (
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or "
            "other form of API consumer identity to call this API."
        ),
    ),
}


def json_reply(status: int, body: object, server_s: float) -> Reply:
    """JSON as Google prints it: indented, with the server's time in a header."""
    return Reply(status, (json.dumps(body, indent=2, ensure_ascii=False).encode(), b"\n"), headers(server_s))


def headers(server_s: float) -> Mapping[str, str]:
    """Google's headers; `server_s` is what its front end says it took."""
    return {**HEADERS, "server-timing": f"gfet4t7; dur={round(server_s * 1000)}"}


def error(code: int, message: str, server_s: float, details: list[dict[str, Any]] | None = None) -> Reply:
    """A google.rpc.Status."""
    status = {"code": code, "message": message, "status": _STATUS[code]}
    return json_reply(code, {"error": status | ({"details": details} if details else {})}, server_s)


def plain_error(ending: Ending, server_s: float) -> Reply:
    """An error that needs no more than its name."""
    return error(*_PLAIN[ending], server_s)


def bad_key(server_s: float) -> Reply:
    """A wrong key is 400 at Google, not 401; only the reason in the details tells."""
    info = {
        "@type": f"{_TYPE}ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": _SERVICE},
    }
    text = {"@type": f"{_TYPE}LocalizedMessage", "locale": "en-US", "message": _BAD_KEY}
    return error(400, _BAD_KEY, server_s, [info, text])


def no_capacity(model: str, server_s: float) -> Reply:
    """503 that says so: the model has no machines left."""
    info = {
        "@type": f"{_TYPE}ErrorInfo",
        "reason": "MODEL_CAPACITY_EXHAUSTED",
        "domain": "cloudcode-pa.googleapis.com",
        "metadata": {"model": model},
    }
    return error(503, f"No capacity available for model {model} on the server", server_s, [info])


def exhausted(model: str, violations: list[tuple[Violation, float | None]], server_s: float) -> Reply:
    """429 that names every violated quota, and how long to wait (by violation; None: no hint)."""
    if all(violation.which is Which.CONCURRENCY for violation, _ in violations):
        return bare_exhausted(server_s)  # there is no such quota to name
    hints = [_hint_s(violation, hint_s) for violation, hint_s in violations]
    delay_s = max((hint for hint in hints if hint is not None), default=None)
    details: list[dict[str, Any]] = [
        {
            "@type": f"{_TYPE}Help",
            "links": [{"description": "Learn more about Gemini API quotas", "url": _DOCS}],
        },
        {
            "@type": f"{_TYPE}QuotaFailure",
            "violations": [_quota(v, model) for v, _ in violations if v.which is not Which.CONCURRENCY],
        },
    ]
    if delay_s is not None:
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{ceil(delay_s)}s"})
    message = (
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        f"error, head to: {_DOCS}."
    )
    return error(429, message, server_s, details)


def bare_exhausted(server_s: float) -> Reply:
    """429 without details: nobody can say which limit it was."""
    return error(429, "Resource has been exhausted (e.g. check quota).", server_s)


def _hint_s(violation: Violation, hint_s: float | None) -> float | None:
    return _DAILY_HINT_S if violation.which is Which.RPD and hint_s is not None else hint_s


def _quota(violation: Violation, model: str) -> dict[str, Any]:
    per = "Day" if violation.which is Which.RPD else "Minute"
    return {
        "quotaMetric": f"{_SERVICE}/generate_requests_per_model" + ("_per_day" if per == "Day" else ""),
        "quotaId": f"GenerateRequestsPer{per}PerProjectPerModel",
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": f"{violation.allowed:g}",
    }


# --- strict JSON ----------------------------------------------------------------------------------------------

Shape = Mapping[str, Any]  # field (snake_case) -> None for anything, a Shape for a message, [Shape] for a list of them


def parse(body: bytes) -> dict[str, Any] | str:
    """The object, or what is wrong with it."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return "Invalid JSON payload received. Unexpected token."
    if isinstance(value, dict):
        return value
    return 'Invalid JSON payload received. Unknown name "": Root element must be a message.'


def violations_of(value: Mapping[str, Any], shape: Shape, path: str = "") -> Iterator[tuple[str, str]]:
    """Where and what: every name that the message does not have, and every value that is no message."""
    at = f" at '{path}'" if path else ""
    for name, inner in value.items():
        field = snake(name)
        if field not in shape:
            yield path, f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.'
        else:
            yield from _inner_violations(inner, shape[field], f"{path}.{field}" if path else field)


def _inner_violations(value: object, shape: object, path: str) -> Iterator[tuple[str, str]]:
    if shape is None or value is None:
        return
    if isinstance(shape, list):
        for index, item in enumerate(many(value)):
            yield from _inner_violations(item, shape[0], f"{path}[{index}]" if isinstance(value, list) else path)
    elif isinstance(value, dict) and isinstance(shape, Mapping):
        yield from violations_of(value, shape, path)
    else:
        yield path, f"Invalid value at '{path}' (Map), {json.dumps(value)}"


def many(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """A list; the lone message that proto JSON takes where a list is due; nothing for null."""
    return value if isinstance(value, list) else [] if value is None else [value]


def bad_request(found: list[tuple[str, str]], server_s: float) -> Reply:
    """400 with every violation, one to a line."""
    fields = [{"field": path, "description": text} if path else {"description": text} for path, text in found]
    details = [{"@type": f"{_TYPE}BadRequest", "fieldViolations": fields}]
    return error(400, "\n".join(text for _, text in found), server_s, details)


def snake(name: str) -> str:
    """`imageConfig` -> `image_config`; both are accepted on the wire."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def snaked(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same message with all names in snake_case."""
    if isinstance(value, dict):
        return {snake(name): snaked(inner) for name, inner in value.items()}
    return [snaked(item) for item in value] if isinstance(value, list) else value
