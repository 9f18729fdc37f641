"""Errors of the one-api and new-api family of gateways, on any route: OpenAI's shape, often in Chinese.

Source: QuantumNous/new-api `types/error.go`, `controller/relay.go`, `service/error.go`; texts as in public issues
(QuantumNous/new-api#6929, popjane/free_chatgpt_api#78). Every message holds the request id.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from probes.simulator.endings import Ending, How
from probes.simulator.faults import Fault
from probes.simulator.nouns import Refusal, Reply, Visit

_SATURATED: Final = "当前分组上游负载已饱和，请稍后再试"
_OWN: Final = "new_api_error"
_UPSTREAM: Final = "upstream_error"


@dataclass(frozen=True, slots=True)
class Words:
    """An error in words. The code may be a number."""

    status: int
    message: str
    kind: str = _OWN
    code: str | int = ""


WORDS: Final[dict[How, Words]] = {
    Fault.GATEWAY_UPSTREAM: Words(500, "bad response status code 500", code="bad_response_status_code"),
    Fault.GATEWAY_INT_CODE: Words(503, "The model is overloaded. Please try again later.", _UPSTREAM, 503),
    Fault.GATEWAY_REMAPPED: Words(400, "The model is overloaded. Please try again later.", _UPSTREAM, 503),
    Fault.GATEWAY_NO_CHANNEL: Words(
        503, "分组 default 下模型 {model} 无可用渠道（distributor）", code="model_not_found"
    ),
    Fault.GATEWAY_NO_KEY_LEFT: Words(503, "no available key", code="channel:no_available_key"),
    Fault.GATEWAY_CHANNEL_KEY: Words(500, "invalid channel key", code="channel:invalid_key"),
    Fault.GATEWAY_SLOW_CHANNEL: Words(504, "channel response time exceeded", code="channel:response_time_exceeded"),
    Fault.GATEWAY_UNREACHED: Words(500, "do request failed", code="do_request_failed"),
    Fault.GATEWAY_EMPTY: Words(500, "empty response", code="empty_response"),
    Fault.GATEWAY_BAD_BODY: Words(500, "bad response body", code="bad_response_body"),
    Fault.GATEWAY_UNREAD: Words(413, "request body too large", code="read_request_body_failed"),
    Fault.GATEWAY_DENIED: Words(403, "您没有权限访问此模型", code="access_denied"),
    Fault.GATEWAY_BALANCE_403: Words(403, "用户额度不足, 剩余额度: ＄-0.000002", code="insufficient_user_quota"),
    Fault.GATEWAY_OUT_OF_CREDIT: Words(429, _SATURATED, "insufficient_quota", "insufficient_user_quota"),
    Fault.GATEWAY_SATURATED: Words(429, _SATURATED, _UPSTREAM, "bad_response_status_code"),
    Fault.GATEWAY_CONCURRENCY: Words(429, "令牌并发数已达上限", code="token_concurrency_limit_reached"),
    Fault.GATEWAY_SENSITIVE: Words(400, "user sensitive words detected", code="sensitive_words_detected"),
    Fault.GATEWAY_PROMPT_BLOCKED: Words(400, "request blocked by upstream: prompt", code="prompt_blocked"),
    Fault.GATEWAY_NO_PRICE: Words(500, "模型 {model} 倍率或价格未配置", code="model_price_error"),
    Fault.GATEWAY_NOT_MADE: Words(501, "API not implemented", code="api_not_implemented"),
}
_INSTEAD_OF_OWN: Final[dict[How, Words]] = {  # what a gateway says where the provider itself would speak
    Ending.NO_KEY: Words(401, "未提供令牌"),
    Ending.BAD_KEY: Words(401, "无效的令牌"),
    Ending.EXPIRED_KEY: Words(401, "该令牌已过期"),
    Ending.THROTTLED: Words(429, "您已达到请求数限制：1分钟内最多请求{allowed:g}次", code="rate_limit_exceeded"),
    Fault.UNAVAILABLE: Words(503, "The service is currently unavailable.", _UPSTREAM, 503),
    Fault.OVERLOADED: WORDS[Fault.GATEWAY_INT_CODE],
    Fault.INTERNAL: WORDS[Fault.GATEWAY_UPSTREAM],
    Fault.NO_CAPACITY: WORDS[Fault.GATEWAY_NO_CHANNEL],
    Fault.DEADLINE: WORDS[Fault.GATEWAY_SLOW_CHANNEL],
    Fault.KEY_INVALID: Words(401, "无效的令牌"),
    Fault.KEY_EXPIRED: Words(401, "该令牌已过期"),
    Fault.KEY_ECHOED: Words(500, "do request failed: Post {url}?key={key}: EOF", code="do_request_failed"),
}


def refuse(visit: Visit, refusal: Refusal, *, always: bool) -> Reply | None:
    """A refusal in a gateway's words; `always`: also where the provider has words of its own. None: it has none."""
    words = WORDS.get(refusal.how) or (_INSTEAD_OF_OWN.get(refusal.how) if always else None)
    if words is None:
        return None
    allowed = min((violation.allowed for violation in refusal.violations), default=0.0)
    said = words.message.format(
        model=visit.model, allowed=allowed, key=visit.key, url=visit.request.url.with_query(None)
    )
    return error(visit, words, said)


def no_channel(visit: Visit, model: str) -> Reply:
    """What a gateway says of a model that nobody upstream offers: 503, not 404."""
    words = WORDS[Fault.GATEWAY_NO_CHANNEL]
    return error(visit, words, words.message.format(model=model))


def error(visit: Visit, words: Words, said: str) -> Reply:
    """The error object, with the request id in its message."""
    identifier = request_id(visit)
    body = {"message": f"{said} (request id: {identifier})", "type": words.kind, "param": "", "code": words.code}
    text = json.dumps({"error": body}, ensure_ascii=False).encode()
    headers = {"content-type": "application/json; charset=utf-8", "x-oneapi-request-id": identifier}
    return Reply(words.status, (text,), headers)


def request_id(visit: Visit) -> str:
    """Time and letters, as new-api makes it."""
    letters = hashlib.sha256(visit.draw.name.encode()).hexdigest()[:8]
    return f"{visit.arrived_at:%Y%m%d%H%M%S%f}{letters}"
