"""What Gemini and Vertex AI share: `GenerateContentRequest`, `GenerateContentResponse` and `google.rpc.Status`.

Wire facts: ai.google.dev/gemini-api/docs/image-generation and google.rpc.Status. Two surprises matter. A model may
return draft images marked `thought` before the real one, so the image is the *last* part that is not a thought.
And Google answers a bad key with 400, so the class of an error follows from `details[].reason`, not from the status.
Some resellers answer a URL (`fileData`) instead of the image (`inlineData`).
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

from pydantic import Field, model_validator

from probes.images import examine, expected_pixels
from probes.model import Answer, Ask, Exchange, Fault, Limits, Picture, Request
from probes.providers._chunks import merged
from probes.providers._fetch import fetch
from probes.providers._json import (
    decode_base64,
    duration_s,
    items,
    number,
    obj,
    retry_after_s,
    said,
    text,
    unreadable,
    word,
)
from probes.providers._options import AdapterOptions
from probes.providers._pictures import ReferenceImage

MAX_REFERENCES = 14
MAX_REQUEST_BYTES = 20_971_520  # as Google's own refusal says it
_SPARE_BYTES = 65_536  # of a request, for everything but the reference images
_WIRE_SIZE = {"0.5K": "512"}  # resellers advertise "0.5K"; the documented value is "512"
_MAX_QUOTAS = 20
_HERE = b'{"inlineData": null}'  # where the reference images go; no text can contain it, because quotes are escaped
_TIERS = ("flex", "standard", "priority")  # each serves better than the one before
_THROUGHPUT = "provisioned throughput"
_CODES = (  # google.rpc.Code by number: how the items of a batch give it
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)


class ImageOptions(AdapterOptions):
    """The options of both."""

    reference_images: list[ReferenceImage] = Field(
        default_factory=list,
        max_length=MAX_REFERENCES,
        description="files that every request shows to the model; at most 14",
    )
    stream: bool = Field(default=False, description="ask by streamGenerateContent, answered in pieces")

    @model_validator(mode="after")
    def _fit_into_a_request(self) -> Self:
        """As base64, all of them together, beside a prompt."""
        size, most = sum(map(len, self.reference_images)), MAX_REQUEST_BYTES - _SPARE_BYTES
        if size > most:
            made, room = size / 1e6, most / 1e6
            raise ValueError(f"reference_images make {made:.1f} MB in base64; a request has room for {room:.1f} MB")
        return self


# --- the request --------------------------------------------------------------------------------------------------


def image_body(ask: Ask, references: Sequence[str] = (), more: Mapping[str, Any] | None = None) -> bytes:
    """A `GenerateContentRequest` for one image, as JSON; `references`: data URLs; `more`: further members."""
    image_config = {"imageSize": _WIRE_SIZE.get(ask.size or "", ask.size)} | (
        {"aspectRatio": ask.aspect_ratio} if ask.aspect_ratio else {}
    )
    parts: list[dict[str, Any]] = [{"text": ask.prompt}] + ([{"inlineData": None}] if references else [])
    body = {
        "contents": [{"role": "user", "parts": parts}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": image_config},
    } | dict(more or {})
    head, _, tail = json.dumps(body).encode().partition(_HERE)
    return b"".join((head, _inline_data(tuple(references)), tail)) if references else head


@lru_cache(maxsize=8)
def _inline_data(data_urls: tuple[str, ...]) -> bytes:
    """Made once: building megabytes of JSON for each request would hold up others that are due."""
    return b", ".join(map(_inline_part, data_urls))


def _inline_part(data_url: str) -> bytes:
    head, _, data = data_url.partition(",")
    mime = head.removeprefix("data:").removesuffix(";base64")
    return b'{"inlineData": {"mimeType": %b, "data": "%b"}}' % (json.dumps(mime).encode(), data.encode())


# --- the answer ---------------------------------------------------------------------------------------------------


def read(ask: Ask, exchange: Exchange, fetched: Sequence[Exchange], *, tier: str | None = None) -> Answer | Request:
    """The image of an answer, in one piece or many; the request for it, if it is elsewhere.

    `tier`: the service tier that was asked for.
    """
    whole = merged(exchange)
    if whole.problem:
        return unreadable(exchange, whole.problem)
    if whole.reply.get("error"):  # some gateways send "error": null with a success
        return failed(exchange, whole.reply["error"])
    found = generation(ask, exchange, whole.reply, fetched, tier=tier)
    just_stopped = whole.in_chunks and isinstance(found, Answer) and _says_nothing(found)
    return unreadable(exchange, "cut") if just_stopped else found


def _says_nothing(answer: Answer) -> bool:
    """No image, and no reason why: a stream that ends so was cut between two chunks."""
    return answer.picture is None and not (answer.finish or answer.block or answer.malformed)


def read_reach(exchange: Exchange, names: Sequence[str]) -> Answer:
    """The answer to a call that makes no image: sound if it has any of these members."""
    whole = merged(exchange)
    reply = whole.reply
    if whole.problem:
        return unreadable(exchange, whole.problem)
    if reply.get("error"):
        return failed(exchange, reply["error"])
    named = any(text(reply.get(name)) for name in names)
    problem = None if exchange.status != 200 or named else "schema"
    return Answer(malformed=problem, request_id=_request_id(exchange, reply), server_ms=_server_ms(exchange))


def generation(
    ask: Ask, exchange: Exchange, reply: dict[str, Any], fetched: Sequence[Exchange], *, tier: str | None = None
) -> Answer | Request:
    """A `GenerateContentResponse`."""
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
        degraded=_lower_tier(exchange, tier),
        limits=_limits(exchange),
        request_id=_request_id(exchange, reply),
        server_ms=_server_ms(exchange),
        model_version=word(reply.get("modelVersion")),
    )


def _lower_tier(exchange: Exchange, asked: str | None) -> str | None:
    """`tier_standard` where the answer comes from a lower service tier than was asked for."""
    served = exchange.headers.get("x-gemini-service-tier", "").strip().lower()
    if served not in _TIERS or _TIERS.index(served) >= _TIERS.index(asked or "standard"):
        return None
    return f"tier_{served}"


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


# --- errors and limits --------------------------------------------------------------------------------------------


def failed(exchange: Exchange, error: object) -> Answer:
    """A google.rpc.Status, or the OpenAI-shaped error that reseller gateways answer on the same route."""
    body = obj(error)
    details = [obj(detail) for detail in items(body.get("details"))]
    violations = [obj(v) for detail in details for v in items(detail.get("violations"))][:_MAX_QUOTAS]
    quota = tuple(name for v in violations if (name := word(v.get("quotaId")) or word(v.get("quotaMetric"))))
    retry = next((delay for d in details if (delay := duration_s(text(d.get("retryDelay")))) is not None), None)
    message = said(body.get("message")) or said(error) or ""
    fault = Fault(
        message=message,
        code=word(body.get("code")),
        status=word(body.get("status")) or _status_of(body.get("code")),
        reason=next((reason for d in details if (reason := word(d.get("reason")))), None),
        type=word(body.get("type")),
        quota=quota,
    )
    named = ",".join(quota) or ("provisioned_throughput" if _THROUGHPUT in message.lower() else None)
    limits = _limits(exchange, retry_s=retry, limit=_request_quota(violations), quota=named)
    return Answer(fault=fault, limits=limits, request_id=_request_id(exchange, {}), server_ms=_server_ms(exchange))


def _status_of(code: object) -> str | None:
    """The name of a google.rpc.Code given by its number, 1 to 16."""
    known = isinstance(code, int) and not isinstance(code, bool) and 0 < code < len(_CODES)
    return _CODES[code] if known and isinstance(code, int) else None


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
