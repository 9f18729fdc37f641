"""OpenAI images: `POST /v1/images/generations`; the image comes as `b64_json` or behind a `url`.

The URL of a result is fetched without the key. GPT image models always answer `b64_json`; DALL-E by default a URL
that lives for an hour, which is why the fetch belongs to the measurement: until it is done, nobody has an image.
"""

import json
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


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """Generate; where the answer is a URL, fetch it."""
    if not so_far:
        return _reach(target) if ask.is_reach else _generate(target, ask)
    return _read(ask, so_far[0], so_far[1:])


def _reach(target: Target) -> Request:
    """`models.list`: authenticated, free of charge."""
    return authorised(target, "GET", "v1/models")


def _generate(target: Target, ask: Ask) -> Request:
    width, height = _pixels(ask)
    body = {"model": target.model, "prompt": ask.prompt, "n": 1, "size": f"{width}x{height}"}
    return authorised(target, "POST", "v1/images/generations", json.dumps(body).encode())


def _pixels(ask: Ask) -> tuple[int, int]:
    return expected_pixels(ask.size or "1K", ask.aspect_ratio) or (1024, 1024)


def _read(ask: Ask, exchange: Exchange, fetched: Sequence[Exchange]) -> Step:
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    reply = obj(value)
    if reply.get("error"):  # some gateways send "error": null with a success
        return _error(exchange, reply["error"])
    if ask.is_reach:
        return _facts(exchange, malformed=None if isinstance(reply.get("data"), list) else "schema")
    return _generation(ask, exchange, [obj(item) for item in items(reply.get("data"))], fetched)


def _generation(
    ask: Ask, exchange: Exchange, data: list[dict[str, Any]], fetched: Sequence[Exchange]
) -> Answer | Request:
    encoded = text(data[-1].get("b64_json")) if data else None
    url = text(data[-1].get("url")) if data else None
    if encoded is not None:
        image = decode_base64(encoded)
        problem = "bad_base64" if image is None else None
        return _facts(exchange, ask, problem, picture=None if image is None else examine(image), images=len(data))
    if url is None or exchange.status != 200:
        return _facts(exchange, ask, "schema")
    found = fetch(url, fetched)
    return found if isinstance(found, Request) else _facts(exchange, ask, picture=found, images=len(data))


def _facts(
    exchange: Exchange,
    ask: Ask | None = None,
    malformed: str | None = None,
    *,
    picture: Picture | None = None,
    images: int = 0,
) -> Answer:
    return Answer(
        picture=picture,
        images=images if picture is not None and picture.size_bytes else 0,
        malformed=malformed,
        expected=_pixels(ask) if ask is not None else None,
        limits=_limits(exchange),
        request_id=exchange.headers.get("x-request-id"),
        server_ms=number(exchange.headers.get("openai-processing-ms")),
        model_version=exchange.headers.get("openai-model"),
    )


def _error(exchange: Exchange, error: object) -> Answer:
    body = obj(error)
    fault = Fault(
        message=said(body.get("message")) or said(error) or "",
        code=word(body.get("code")),
        status=word(body.get("status")),
        type=word(body.get("type")),
    )
    return Answer(
        fault=fault,
        limits=_limits(exchange),
        request_id=exchange.headers.get("x-request-id"),
        server_ms=number(exchange.headers.get("openai-processing-ms")),
    )


def _limits(exchange: Exchange) -> Limits:
    headers = exchange.headers
    return Limits(
        retry_after_s=retry_after_s(headers),
        limit_requests=number(headers.get("x-ratelimit-limit-requests")),
        remaining_requests=number(headers.get("x-ratelimit-remaining-requests")),
        reset_s=duration_s(headers.get("x-ratelimit-reset-requests")),
    )
