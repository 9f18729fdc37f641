"""The words that providers use for their errors, and what they mean: Google, OpenAI and the gateways before them.

Sources: google.rpc.Code, the quota identifiers of Gemini, the error codes of OpenAI and of the one-api and new-api
gateways (`types/error.go`). Words of errors are compared in lower case.
"""

import re
from collections.abc import Iterable

from probes.model import Answer, Fault

RPC_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INTERNAL": 500,
    "DATA_LOSS": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
AUTH_WORDS = frozenset(
    (
        "api_key_invalid",
        "invalid_api_key",
        "unauthenticated",
        "permission_denied",
        "access_denied",
        "account_deactivated",
    )
)
BALANCE_WORDS = frozenset(
    (
        "insufficient_quota",
        "insufficient_user_quota",
        "pre_consume_token_quota_failed",
        "billing_hard_limit_reached",
        "billing_not_active",
    )
)
POLICY_WORDS = (
    "moderation_blocked",
    "content_policy_violation",
    "content_filter",
    "sensitive_words_detected",
    "prompt_blocked",
)
RATE_WORDS = frozenset(
    ("resource_exhausted", "rate_limit_exceeded", "too_many_requests", "token_concurrency_limit_reached")
)
OVERLOAD_WORDS = frozenset(("server_is_overloaded", "model_capacity_exhausted", "channel:no_available_key"))
GATEWAY_WORDS = frozenset(  # its own failures upstream; operators may remap the status that comes with them
    (
        "get_channel_failed",
        "do_request_failed",
        "bad_response",
        "bad_response_body",
        "empty_response",
        "model_price_error",
    )
)
NO_CHANNEL = ("无可用渠道", "no available channel")
BLOCKED_FINISH = frozenset(
    (
        "SAFETY",
        "IMAGE_SAFETY",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "IMAGE_RECITATION",
        "LANGUAGE",
        "MODEL_ARMOR",
        "JAILBREAK",
    )
)
_QUOTA_KINDS = (  # the first that matches names the kind; a token quota is "per minute", too
    ("rpd", re.compile(r"per[ _-]?day|\bRPD\b|daily", re.IGNORECASE)),
    ("tpm", re.compile(r"tokens?[ _]?(?:per|count)|\bTPM\b", re.IGNORECASE)),
    ("ipm", re.compile(r"(?<!-)images?[ _]?per|\bIPM\b", re.IGNORECASE)),
    ("concurrency", re.compile(r"concurren", re.IGNORECASE)),
    ("spend", re.compile(r"spend", re.IGNORECASE)),
    ("rpm", re.compile(r"per[ _-]?min|\bRPM\b", re.IGNORECASE)),
)
_DOMINANCE = ("rpd", "rpm", "ipm", "tpm", "concurrency", "spend")  # of several violated quotas
JUDGED_BY_RATE = frozenset(("rpm", "ipm", "unknown"))  # what our own requests per minute say something about


def inner_status(fault: Fault) -> int:
    """The HTTP status that an error object names by number or by google.rpc code; 0 for none."""
    if re.fullmatch(r"[45]\d\d", fault.code or "", re.ASCII):
        return int(fault.code or 0)
    return RPC_STATUS.get(fault.status or "", 0)


def quota_kind(answer: Answer) -> str:
    """Which limit a 429 means: rpd, rpm, ipm, tpm, concurrency, spend or unknown. A daily one dominates.

    By the quotas that the provider names; only where it names none, by type and code, and by the message last.
    """
    fault = answer.fault or Fault()
    by_code = _dominant([fault.type or "", fault.code or ""])
    return _dominant(fault.quota) or by_code or _dominant([fault.message]) or "unknown"


def _dominant(texts: Iterable[str]) -> str | None:
    found = {next((kind for kind, pattern in _QUOTA_KINDS if pattern.search(text)), None) for text in texts}
    return next((kind for kind in _DOMINANCE if kind in found), None)
