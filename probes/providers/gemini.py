"""Gemini native: `generateContent`, spoken by Google (AI Studio keys), WisGate, laozhang.ai and APIYI.

Wire facts: ai.google.dev/gemini-api/docs/image-generation and google.rpc.Status. Two surprises matter. A model may
return draft images marked `thought` before the real one, so the image is the *last* part that is not a thought.
And Google answers a bad key with 400, so the class of an error follows from `details[].reason`, not from the status.
"""

import json
from collections.abc import Sequence
from typing import Any

from probes.images import examine, expected_pixels
from probes.model import Answer, Ask, Exchange, Fault, Limits, Request, Step, Target
from probes.providers._json import authorised, decode_base64, duration_s, items, number, obj, parse, text, unreadable

_API = "v1beta"
_WIRE_SIZE = {"0.5K": "512"}  # resellers advertise "0.5K"; the documented value is "512"


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """One request, one answer."""
    if not so_far:
        return _reach(target) if ask.is_reach else _generate(target, ask)
    return _read(target, ask, so_far[-1])


def _reach(target: Target) -> Request:
    """`models.get`: authenticated, free of charge."""
    return authorised(target, "GET", f"{target.base_url}/{_API}/models/{target.model}")


def _generate(target: Target, ask: Ask) -> Request:
    image_config = {"imageSize": _WIRE_SIZE.get(ask.size or "", ask.size)} | (
        {"aspectRatio": ask.aspect_ratio} if ask.aspect_ratio else {}
    )
    body = {
        "contents": [{"role": "user", "parts": [{"text": ask.prompt}]}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": image_config},
    }
    url = f"{target.base_url}/{_API}/models/{target.model}:generateContent"
    return authorised(target, "POST", url, json.dumps(body).encode())


def _read(_target: Target, ask: Ask, exchange: Exchange) -> Answer:
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    if isinstance(value, list) and len(value) == 1:  # some front ends wrap the error in an array
        value = value[0]
    reply = obj(value)
    if "error" in reply:
        return _error(exchange, reply["error"])
    if ask.is_reach:
        return _reached(exchange, reply)
    return _generation(ask, exchange, reply)


def _reached(exchange: Exchange, reply: dict[str, Any]) -> Answer:
    named = text(reply.get("name")) or text(reply.get("id"))
    problem = None if exchange.status != 200 or named else "schema"
    return Answer(malformed=problem, request_id=_request_id(exchange, reply), server_ms=_server_ms(exchange))


def _generation(ask: Ask, exchange: Exchange, reply: dict[str, Any]) -> Answer:
    candidates = items(reply.get("candidates"))
    candidate = obj(candidates[0]) if candidates else {}
    finals = [part for part in _parts(candidate) if not part.get("thought")]
    images = [inline for part in finals if (inline := obj(part.get("inlineData") or part.get("inline_data")))]
    data = decode_base64(text(images[-1].get("data")) or "") if images else None
    block = text(obj(reply.get("promptFeedback")).get("blockReason"))
    shaped = bool(candidates or block)
    return Answer(
        picture=examine(data) if data is not None else None,
        images=len(images) if data is not None else 0,
        finish=text(candidate.get("finishReason")),
        block=block,
        text=" ".join(filter(None, (text(part.get("text")) for part in finals)))[:200] or None,
        malformed="bad_base64" if images and data is None else None if shaped else "schema",
        expected=expected_pixels(ask.size or "", ask.aspect_ratio),
        limits=_limits(exchange),
        request_id=_request_id(exchange, reply),
        server_ms=_server_ms(exchange),
        model_version=text(reply.get("modelVersion")),
    )


def _parts(candidate: dict[str, Any]) -> list[dict[str, Any]]:
    return [obj(part) for part in items(obj(candidate.get("content")).get("parts"))]


def _error(exchange: Exchange, error: object) -> Answer:
    """A google.rpc.Status, or the OpenAI-shaped error that reseller gateways answer on the same route."""
    body = obj(error)
    details = [obj(detail) for detail in items(body.get("details"))]
    violations = [obj(v) for detail in details for v in items(detail.get("violations"))]
    quota = tuple(name for v in violations if (name := text(v.get("quotaId")) or text(v.get("quotaMetric"))))
    retry = next((delay for d in details if (delay := duration_s(text(d.get("retryDelay")))) is not None), None)
    fault = Fault(
        message=text(body.get("message")) or text(error) or "",
        code=text(body.get("code")),
        status=text(body.get("status")),
        reason=next((reason for d in details if (reason := text(d.get("reason")))), None),
        type=text(body.get("type")),
        quota=quota,
    )
    value = next((limit for v in violations if (limit := number(v.get("quotaValue"))) is not None), None)
    limits = _limits(exchange, retry_s=retry, limit=value, quota=",".join(quota) or None)
    return Answer(fault=fault, limits=limits, request_id=_request_id(exchange, {}), server_ms=_server_ms(exchange))


def _limits(
    exchange: Exchange, *, retry_s: float | None = None, limit: float | None = None, quota: str | None = None
) -> Limits:
    """Header first (resellers), then RetryInfo in the body (Google sends no Retry-After)."""
    header = duration_s(exchange.headers.get("retry-after"))
    return Limits(
        retry_after_s=header if header is not None else retry_s,
        limit_requests=limit if limit is not None else number(exchange.headers.get("x-ratelimit-limit-requests")),
        remaining_requests=number(exchange.headers.get("x-ratelimit-remaining-requests")),
        reset_s=duration_s(exchange.headers.get("x-ratelimit-reset-requests")),
        quota=quota,
    )


def _request_id(exchange: Exchange, reply: dict[str, Any]) -> str | None:
    return text(reply.get("responseId")) or exchange.headers.get("x-request-id")


def _server_ms(exchange: Exchange) -> float | None:
    """`server-timing: gfet4t7; dur=733`."""
    for entry in exchange.headers.get("server-timing", "").split(";"):
        name, _, value = entry.strip().partition("=")
        if name == "dur":
            return number(value)
    return None
