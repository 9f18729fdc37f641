"""Images through `POST /v1/chat/completions`, where gateways hide them in a chat answer, each in its own way.

In `message.content` as Markdown, with a data URL or a web URL; in `message.images[]` (OpenRouter); as parts of a
`content` array; as JSON in text with `mime_type` and `b64` (WisGate's older guide). The last image counts. A web URL
is fetched without the key. Text alone is no image; `content_filter` is a refusal by policy.

The chat format has no place for a size. Where the gateway takes one beside it, the option `image_config` says in
which dialect; with "none" no size is asked for, and none is expected.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from probes.images import examine, expected_pixels
from probes.model import Answer, Ask, Exchange, Picture, Request, Step, Target
from probes.providers._fetch import take
from probes.providers._json import authorised, decode_base64, items, obj, parse, said, text, unreadable, word
from probes.providers._openai import failed, limits, request_id, server_ms
from probes.providers._options import AdapterOptions

_MAX_IMAGES = 1000
_ENCODED = ("b64", "b64_json", "data")
Modality = Literal["image", "text"]
_BOTH: list[Modality] = ["image", "text"]
_WIRE_SIZE = {"0.5K": "512"}  # resellers advertise "0.5K"; the documented value is "512"


class Options(AdapterOptions):
    """What `[providers.NAME.options]` may say."""

    image_config: Literal["openrouter", "google", "none"] = Field(
        default="openrouter",
        description="where size and ratio are asked for: image_config (openrouter), extra_body.google.image_config "
        "(google), or nowhere (none: then no size is expected)",
    )
    modalities: list[Modality] = Field(default=_BOTH, description="what the model may answer with; empty: not sent")


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """Ask in a chat; where the answer leads to a URL, fetch it."""
    if ask.is_reach:
        return _reached(so_far[0]) if so_far else authorised(target, "GET", "v1/models")
    options = Options.model_construct(**target.options)  # as the configuration has checked them
    return _read(options, ask, so_far[0], so_far[1:]) if so_far else _ask(target, ask, options)


def _ask(target: Target, ask: Ask, options: Options) -> Request:
    """One message. Never streamed: the time of the whole answer is measured."""
    body: dict[str, Any] = {
        "model": target.model,
        "messages": [{"role": "user", "content": ask.prompt}],
        "stream": False,
    }
    if options.modalities:
        body["modalities"] = list(options.modalities)
    config = {"image_size": _WIRE_SIZE.get(ask.size or "", ask.size)}
    config |= {"aspect_ratio": ask.aspect_ratio} if ask.aspect_ratio else {}
    if options.image_config == "openrouter":
        body["image_config"] = config
    elif options.image_config == "google":
        body["extra_body"] = {"google": {"image_config": config}}
    return authorised(target, "POST", "v1/chat/completions", json.dumps(body).encode())


def _reached(exchange: Exchange) -> Answer:
    """`models.list`: authenticated, free of charge."""
    value, problem = parse(exchange)
    reply = obj(value)
    if problem:
        return unreadable(exchange, problem)
    if reply.get("error"):
        return failed(exchange, reply["error"])
    return _beside(exchange, reply, Answer(malformed=None if isinstance(reply.get("data"), list) else "schema"))


def _read(options: Options, ask: Ask, exchange: Exchange, fetched: Sequence[Exchange]) -> Answer | Request:
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    reply = obj(value)
    choices = items(reply.get("choices"))
    choice = obj(choices[0]) if choices else {}
    error = reply.get("error") or choice.get("error")  # OpenRouter puts an upstream's error into the choice
    if error:
        return failed(exchange, error)
    message = obj(choice.get("message"))
    images = list(_images(message))[-_MAX_IMAGES:]
    found = _picture(images[-1], exchange, fetched) if images else None
    if isinstance(found, Request):
        return found
    answer = Answer(
        malformed="bad_base64" if images and found is None else None if message else "schema",
        picture=found,
        images=len(images),
        finish=word(choice.get("native_finish_reason")) or word(choice.get("finish_reason")),
        block="content_filter" if choice.get("finish_reason") == "content_filter" else None,
        text=None if images else _words(message),
        expected=None if options.image_config == "none" else expected_pixels(ask.size or "", ask.aspect_ratio),
    )
    return _beside(exchange, reply, answer)


def _picture(image: str, exchange: Exchange, fetched: Sequence[Exchange]) -> Picture | Request | None:
    """The image, the request for it if it is elsewhere, or None if it is no base64."""
    if image.startswith("base64,"):
        data = decode_base64(image.removeprefix("base64,"))
        return None if data is None else examine(data)
    return take(image, fetched) if exchange.status == 200 or image.startswith("data:") else Picture(problem="empty")


# --- where the images are: each is a URL (also data:), or "base64," and the data --------------------------------


def _images(message: dict[str, Any]) -> Iterator[str]:
    """All images of a message, in the order of its parts."""
    content = message.get("content")
    if isinstance(content, str):
        yield from _in_text(content)
    for part in [*items(content), *items(message.get("images"))]:
        yield from _in_part(part)


def _in_part(part: object) -> Iterator[str]:
    """`{"type": "image_url", "image_url": {"url"}}` and its neighbours; text parts may hold Markdown."""
    if isinstance(part, str):
        yield from _in_text(part)
        return
    table = obj(part)
    place = table.get("image_url") or table.get("url")
    url = text(obj(place).get("url")) or text(place)
    encoded = next((data for name in _ENCODED if (data := text(table.get(name)))), None)
    if url is not None:
        yield url
    elif encoded is not None:
        yield f"base64,{encoded}"
    elif isinstance(table.get("text"), str):
        yield from _in_text(table["text"])


def _in_text(content: str) -> Iterator[str]:
    """Markdown images, JSON that holds one, or a data URL alone. Linear in the length: texts are megabytes."""
    stripped = content.strip()
    if stripped.startswith("data:image/"):
        yield stripped
    elif stripped.startswith(("{", "```")) and (encoded := _in_json(stripped)):
        yield f"base64,{encoded}"
    else:
        yield from _in_markdown(content)


def _in_markdown(content: str) -> Iterator[str]:
    """The URLs of `![...](url)` or `![...](url "title")`. One whose end is missing was cut, and is taken as it is."""
    at = content.find("![")
    while at >= 0:
        start = content.find("](", at)
        if start < 0:
            return
        end = content.find(")", start)
        end = len(content) if end < 0 else end
        url = content[start + 2 : end].strip().partition(" ")[0].strip("<>")
        if url.startswith(("data:", "http://", "https://")):
            yield url
        at = content.find("![", end)


def _in_json(content: str) -> str | None:
    """The data in `{"mime_type": "image/png", "b64": "..."}`, also in a fence; None where it is other JSON."""
    body = content.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        table = obj(json.loads(body))
    except (ValueError, RecursionError):
        return None
    mime = word(table.get("mime_type")) or word(table.get("mimeType")) or ""
    return next((text(table[name]) for name in _ENCODED if name in table), None) if mime.startswith("image/") else None


def _words(message: dict[str, Any]) -> str | None:
    """What was said instead of an image."""
    content = message.get("content")
    parts = [content, message.get("refusal"), *(obj(part).get("text") for part in items(content))]
    return " ".join(filter(None, map(said, parts)))[:200] or None


def _beside(exchange: Exchange, reply: dict[str, Any], answer: Answer) -> Answer:
    """The answer with what this format says beside the image; an image without a byte is none."""
    return replace(
        answer,
        images=answer.images if answer.picture is not None and answer.picture.size_bytes else 0,
        limits=limits(exchange),
        request_id=request_id(exchange) or word(reply.get("id")),
        server_ms=server_ms(exchange),
        model_version=word(reply.get("model")),
    )
