"""Gemini native: `generateContent`, spoken by Google (AI Studio keys), WisGate, laozhang.ai and APIYI.

Wire facts: ai.google.dev/gemini-api/docs/image-generation and google.rpc.Status. Two surprises matter. A model may
return draft images marked `thought` before the real one, so the image is the *last* part that is not a thought.
And Google answers a bad key with 400, so the class of an error follows from `details[].reason`, not from the status.
Some resellers answer a URL (`fileData`) instead of the image (`inlineData`).
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from probes.images import examine, expected_pixels
from probes.model import Answer, Ask, Exchange, Fault, Limits, Picture, Request, Step, Target
from probes.providers._fetch import fetch
from probes.providers._json import (
    authorised,
    decode_base64,
    duration_s,
    items,
    number,
    obj,
    parse,
    retry_after_s,
    said,
    text,
    unreadable,
    word,
)

_API = "v1beta"
_WIRE_SIZE = {"0.5K": "512"}  # resellers advertise "0.5K"; the documented value is "512"
_MAX_QUOTAS = 20


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """One request, one answer; where the answer is a URL, fetch it."""
    if not so_far:
        return _reach(target) if ask.is_reach else _generate(target, ask)
    return _read(ask, so_far[0], so_far[1:])


def _reach(target: Target) -> Request:
    """`models.get`: authenticated, free of charge."""
    return authorised(target, "GET", f"{_API}/models/{target.model}")


def _generate(target: Target, ask: Ask) -> Request:
    image_config = {"imageSize": _WIRE_SIZE.get(ask.size or "", ask.size)} | (
        {"aspectRatio": ask.aspect_ratio} if ask.aspect_ratio else {}
    )
    body = {
        "contents": [{"role": "user", "parts": [{"text": ask.prompt}]}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": image_config},
    }
    return authorised(target, "POST", f"{_API}/models/{target.model}:generateContent", json.dumps(body).encode())


def _read(ask: Ask, exchange: Exchange, fetched: Sequence[Exchange]) -> Step:
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    if isinstance(value, list) and len(value) == 1:  # some front ends wrap the error in an array
        value = value[0]
    reply = obj(value)
    if reply.get("error"):  # some gateways send "error": null with a success
        return _error(exchange, reply["error"])
    if ask.is_reach:
        return _reached(exchange, reply)
    return _generation(ask, exchange, reply, fetched)


def _reached(exchange: Exchange, reply: dict[str, Any]) -> Answer:
    named = text(reply.get("name")) or text(reply.get("id"))
    problem = None if exchange.status != 200 or named else "schema"
    return Answer(malformed=problem, request_id=_request_id(exchange, reply), server_ms=_server_ms(exchange))


def _generation(ask: Ask, exchange: Exchange, reply: dict[str, Any], fetched: Sequence[Exchange]) -> Answer | Request:
    candidates = items(reply.get("candidates"))
    candidate = obj(candidates[0]) if candidates else {}
    finals = [part for part in _parts(candidate) if not part.get("thought")]
    images = [part for part in finals if _inline(part) or _file(part)]
    found = _picture(images[-1], exchange, fetched) if images else None
    if isinstance(found, Request):
        return found
    block = word(obj(reply.get("promptFeedback")).get("blockReason"))
    shaped = bool(candidates or block)
    return Answer(
        picture=found,
        images=len(images) if found is not None and found.size_bytes else 0,
        finish=word(candidate.get("finishReason")),
        block=block,
        text=" ".join(filter(None, (said(part.get("text")) for part in finals)))[:200] or None,
        malformed="bad_base64" if images and found is None else None if shaped else "schema",
        expected=expected_pixels(ask.size or "", ask.aspect_ratio),
        limits=_limits(exchange),
        request_id=_request_id(exchange, reply),
        server_ms=_server_ms(exchange),
        model_version=word(reply.get("modelVersion")),
    )


def _parts(candidate: dict[str, Any]) -> list[dict[str, Any]]:
    return [obj(part) for part in items(obj(candidate.get("content")).get("parts"))]


def _inline(part: dict[str, Any]) -> dict[str, Any]:
    return obj(part.get("inlineData") or part.get("inline_data"))


def _file(part: dict[str, Any]) -> dict[str, Any]:
    return obj(part.get("fileData") or part.get("file_data"))


def _picture(part: dict[str, Any], exchange: Exchange, fetched: Sequence[Exchange]) -> Picture | Request | None:
    """The image of a part; the request for it, if it is elsewhere; None if it is no base64."""
    file = _file(part)
    url = text(file.get("fileUri")) or text(file.get("file_uri"))
    if url is not None and not _inline(part):
        return fetch(url, fetched) if exchange.status == 200 else Picture(problem="empty")
    data = decode_base64(text(_inline(part).get("data")) or "")
    return None if data is None else examine(data)


def _error(exchange: Exchange, error: object) -> Answer:
    """A google.rpc.Status, or the OpenAI-shaped error that reseller gateways answer on the same route."""
    body = obj(error)
    details = [obj(detail) for detail in items(body.get("details"))]
    violations = [obj(v) for detail in details for v in items(detail.get("violations"))][:_MAX_QUOTAS]
    quota = tuple(name for v in violations if (name := word(v.get("quotaId")) or word(v.get("quotaMetric"))))
    retry = next((delay for d in details if (delay := duration_s(text(d.get("retryDelay")))) is not None), None)
    fault = Fault(
        message=said(body.get("message")) or said(error) or "",
        code=word(body.get("code")),
        status=word(body.get("status")),
        reason=next((reason for d in details if (reason := word(d.get("reason")))), None),
        type=word(body.get("type")),
        quota=quota,
    )
    limits = _limits(exchange, retry_s=retry, limit=_request_quota(violations), quota=",".join(quota) or None)
    return Answer(fault=fault, limits=limits, request_id=_request_id(exchange, {}), server_ms=_server_ms(exchange))


def _request_quota(violations: Sequence[dict[str, Any]]) -> float | None:
    """The value of the first violated quota that counts requests (a number of tokens is another matter)."""
    counted = (v for v in violations if "requests" in f"{word(v.get('quotaId'))} {word(v.get('quotaMetric'))}".lower())
    return next((value for v in counted if (value := number(v.get("quotaValue"))) is not None), None)


def _limits(
    exchange: Exchange, *, retry_s: float | None = None, limit: float | None = None, quota: str | None = None
) -> Limits:
    """Header first (resellers), then RetryInfo in the body (Google sends no Retry-After)."""
    header = retry_after_s(exchange.headers)
    return Limits(
        retry_after_s=header if header is not None else retry_s,
        limit_requests=limit if limit is not None else number(exchange.headers.get("x-ratelimit-limit-requests")),
        remaining_requests=number(exchange.headers.get("x-ratelimit-remaining-requests")),
        reset_s=duration_s(exchange.headers.get("x-ratelimit-reset-requests")),
        quota=quota,
    )


def _request_id(exchange: Exchange, reply: dict[str, Any]) -> str | None:
    return word(reply.get("responseId")) or exchange.headers.get("x-request-id")


def _server_ms(exchange: Exchange) -> float | None:
    """`server-timing: gfet4t7; dur=733`; the first duration where several are given."""
    for entry in re.split("[;,]", exchange.headers.get("server-timing", "")):
        name, _, value = entry.strip().partition("=")
        if name == "dur":
            return number(value)
    return None
