"""OpenAI images: `POST /v1/images/generations`; the image comes as `b64_json` or behind a `url`.

The URL of a result is fetched without the key. GPT image models always answer `b64_json`; DALL-E by default a URL
that lives for an hour, which is why the fetch belongs to the measurement: until it is done, nobody has an image.
"""

import json
from collections.abc import Sequence
from typing import Any

from probes.images import examine, expected_pixels
from probes.model import Answer, Ask, Exchange, Fault, Limits, Request, Step, Target
from probes.providers._json import authorised, decode_base64, duration_s, items, number, obj, parse, text, unreadable


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """Generate; where the answer is a URL, fetch it."""
    if not so_far:
        return _reach(target) if ask.is_reach else _generate(target, ask)
    if len(so_far) == 1:
        return _read(target, ask, so_far[0])
    return _fetched(target, ask, so_far[0], so_far[1])


def _reach(target: Target) -> Request:
    """`models.list`: authenticated, free of charge."""
    return authorised(target, "GET", f"{target.base_url}/v1/models")


def _generate(target: Target, ask: Ask) -> Request:
    width, height = _pixels(ask)
    body = {"model": target.model, "prompt": ask.prompt, "n": 1, "size": f"{width}x{height}"}
    return authorised(target, "POST", f"{target.base_url}/v1/images/generations", json.dumps(body).encode())


def _pixels(ask: Ask) -> tuple[int, int]:
    return expected_pixels(ask.size or "1K", ask.aspect_ratio) or (1024, 1024)


def _read(_target: Target, ask: Ask, exchange: Exchange) -> Answer | Request:
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    reply = obj(value)
    if "error" in reply:
        return _error(exchange, reply["error"])
    if ask.is_reach:
        return _facts(exchange, malformed=None if isinstance(reply.get("data"), list) else "schema")
    return _generation(ask, exchange, [obj(item) for item in items(reply.get("data"))])


def _generation(ask: Ask, exchange: Exchange, data: list[dict[str, Any]]) -> Answer | Request:
    encoded = text(data[-1].get("b64_json")) if data else None
    url = text(data[-1].get("url")) if data else None
    if encoded is None and url is not None and exchange.status == 200:
        return Request("GET", url, carries_key=False)
    if encoded is None:
        return _facts(exchange, malformed="schema")
    image = decode_base64(encoded)
    return _facts(
        exchange,
        malformed="bad_base64" if image is None else None,
        image=image,
        images=len(data),
        expected=_pixels(ask),
    )


def _fetched(_target: Target, ask: Ask, generated: Exchange, fetched: Exchange) -> Answer:
    """The bytes behind the URL. Anything but 200 means that nobody has an image."""
    if fetched.status != 200:
        return _facts(generated, image=b"", images=0, expected=_pixels(ask))
    return _facts(generated, image=fetched.body, images=1, expected=_pixels(ask))


def _facts(
    exchange: Exchange,
    *,
    malformed: str | None = None,
    image: bytes | None = None,
    images: int = 0,
    expected: tuple[int, int] | None = None,
) -> Answer:
    return Answer(
        picture=examine(image) if image is not None else None,
        images=images if image else 0,
        malformed=malformed,
        expected=expected,
        limits=_limits(exchange),
        request_id=exchange.headers.get("x-request-id"),
        server_ms=number(exchange.headers.get("openai-processing-ms")),
        model_version=exchange.headers.get("openai-model"),
    )


def _error(exchange: Exchange, error: object) -> Answer:
    body = obj(error)
    fault = Fault(
        message=text(body.get("message")) or text(error) or "",
        code=text(body.get("code")),
        status=text(body.get("status")),
        type=text(body.get("type")),
    )
    return Answer(
        fault=fault,
        limits=_limits(exchange),
        request_id=exchange.headers.get("x-request-id"),
        server_ms=number(exchange.headers.get("openai-processing-ms")),
    )


def _limits(exchange: Exchange) -> Limits:
    headers = exchange.headers
    milliseconds = number(headers.get("retry-after-ms"))
    seconds = milliseconds / 1000 if milliseconds is not None else duration_s(headers.get("retry-after"))
    return Limits(
        retry_after_s=seconds,
        limit_requests=number(headers.get("x-ratelimit-limit-requests")),
        remaining_requests=number(headers.get("x-ratelimit-remaining-requests")),
        reset_s=duration_s(headers.get("x-ratelimit-reset-requests")),
    )
