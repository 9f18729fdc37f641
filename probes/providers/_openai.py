"""What the APIs that are shaped like OpenAI's share: the error object, the limits in headers, the names of things."""

from probes.model import Answer, Exchange, Fault, Limits
from probes.providers._json import duration_s, number, obj, retry_after_s, said, word


def failed(exchange: Exchange, error: object) -> Answer:
    """The answer for `{"error": {"message", "type", "param", "code"}}`; gateways also say it as a bare text."""
    body = obj(error)
    fault = Fault(
        message=said(body.get("message")) or said(error) or "",
        code=word(body.get("code")),
        status=word(body.get("status")),
        type=word(body.get("type")),
    )
    return Answer(
        fault=fault,
        limits=limits(exchange),
        request_id=request_id(exchange),
        server_ms=server_ms(exchange),
        model_version=exchange.headers.get("openai-model"),
    )


def limits(exchange: Exchange) -> Limits:
    """Requests allowed, left and when they come back; there is no header for a day."""
    headers = exchange.headers
    return Limits(
        retry_after_s=retry_after_s(headers),
        limit_requests=number(headers.get("x-ratelimit-limit-requests")),
        remaining_requests=number(headers.get("x-ratelimit-remaining-requests")),
        reset_s=duration_s(headers.get("x-ratelimit-reset-requests")),
    )


def request_id(exchange: Exchange) -> str | None:
    """What to name to their support."""
    return exchange.headers.get("x-request-id")


def server_ms(exchange: Exchange) -> float | None:
    """How long they worked on it, by their own clock."""
    return number(exchange.headers.get("openai-processing-ms"))
