"""OpenAI images: `POST /v1/images/generations` or `/edits`; the image comes as `b64_json` or behind a `url`.

The URL of a result is fetched without the key. GPT image models always answer `b64_json`; DALL-E by default a URL
that lives for an hour, which is why the fetch belongs to the measurement: until it is done, nobody has an image.
A tier that a model does not make is refused before anything is sent; the pixels expected are those asked for.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from probes.images import examine
from probes.model import OUR_READER, Answer, Ask, Exchange, Picture, Request, Step, Target
from probes.providers._fetch import fetch
from probes.providers._form import File, multipart
from probes.providers._json import authorised, decode_base64, items, obj, parse, text, unreadable, word
from probes.providers._openai import failed, limits, request_id, server_ms
from probes.providers._options import AdapterOptions
from probes.providers._pictures import ReferenceImage, picture_of
from probes.providers._sizes import Asked, asked

_PIXELS = re.compile(r"auto|[1-9]\d{1,3}x[1-9]\d{1,3}")


class Options(AdapterOptions):
    """What `[providers.NAME.options]` may say; what is left out is not sent."""

    operation: Literal["generations", "edits"] = Field(
        default="generations", description="route that is asked; edits need reference_images"
    )
    reference_images: list[ReferenceImage] = Field(
        default=[], max_length=16, description="files that an edit begins from"
    )
    mask: ReferenceImage | None = Field(default=None, description="PNG file whose transparent places are edited")
    size: str | None = Field(default=None, description="size to ask for whatever the tier, such as 1536x1024 or auto")
    quality: Literal["auto", "low", "medium", "high", "standard", "hd"] | None = Field(
        default=None, description="standard and hd are DALL-E 3's; the others are GPT image models'"
    )
    output_format: Literal["png", "jpeg", "webp"] | None = Field(default=None, description="GPT image models only")
    response_format: Literal["url", "b64_json"] | None = Field(default=None, description="DALL-E only")
    background: Literal["auto", "opaque", "transparent"] | None = Field(default=None, description="GPT image models")
    moderation: Literal["auto", "low"] | None = Field(default=None, description="GPT image models only")
    stream: Literal[False] = Field(default=False, description="streamed answers are not measured by this adapter")

    @field_validator("stream", mode="before")
    @classmethod
    def _not_streamed(cls, value: object) -> object:
        if value is not False:
            raise ValueError("streamed answers are not measured by this adapter; leave it out")
        return value

    @field_validator("size")
    @classmethod
    def _pixels_or_auto(cls, value: str | None) -> str | None:
        if value is not None and _PIXELS.fullmatch(value) is None:
            raise ValueError('must be width x height in pixels, such as "1536x1024", or "auto"')
        return value

    @model_validator(mode="after")
    def _edits_begin_from_images(self) -> Self:
        if self.operation == "edits" and not self.reference_images:
            raise ValueError('operation = "edits" needs reference_images, the names of one or more files')
        if self.operation == "generations" and (self.reference_images or self.mask):
            raise ValueError('reference_images and mask are used only with operation = "edits"')
        return self


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """Generate or edit; where the answer is a URL, fetch it."""
    if ask.is_reach:
        return _reached(so_far[0]) if so_far else authorised(target, "GET", "v1/models")
    options = Options.model_construct(**target.options)  # as the configuration has checked them
    size = asked(target.model, ask.size or "", ask.aspect_ratio, options.size)
    if size is None:
        return _not_made(target, ask)
    if not so_far:
        return _request(target, ask, options, size)
    return _read(options, size, so_far[0], so_far[1:])


def _not_made(target: Target, ask: Ask) -> Answer:
    """Our own plan cannot be carried out: nothing is sent, and nobody else is blamed."""
    asked_for = f"{ask.size} at {ask.aspect_ratio or '1:1'}"
    return Answer(malformed=OUR_READER, text=f"{target.model} makes no image of {asked_for}; choose another size")


def _reached(exchange: Exchange) -> Answer:
    """`models.list`: authenticated, free of charge."""
    value, problem = parse(exchange)
    reply = obj(value)
    if problem:
        return unreadable(exchange, problem)
    if reply.get("error"):
        return failed(exchange, reply["error"])
    return _facts(exchange, malformed=None if isinstance(reply.get("data"), list) else "schema")


def _request(target: Target, ask: Ask, options: Options, size: Asked) -> Request:
    """The body in JSON; of an edit, as a form with files."""
    named = options.model_dump(
        include={"quality", "output_format", "response_format", "background", "moderation"}, exclude_none=True
    )
    fields = {"model": target.model, "prompt": ask.prompt, "n": 1, "size": size.wire} | named
    if options.operation == "generations":
        return authorised(target, "POST", "v1/images/generations", json.dumps(fields).encode())
    content_type, body = multipart({name: str(value) for name, value in fields.items()}, _files(options))
    request = authorised(target, "POST", "v1/images/edits", body)
    return replace(request, headers={**request.headers, "content-type": content_type})


def _files(options: Options) -> list[File]:
    """The reference images and the mask, in the fields that the API knows."""
    field = "image[]" if len(options.reference_images) > 1 else "image"
    named = [(field, image) for image in options.reference_images]
    if options.mask is not None:
        named.append(("mask", options.mask))
    pictures = [(name, picture_of(data_url)) for name, data_url in named]
    return [
        File(name, f"{place}.{picture[0].rpartition('/')[2]}", *picture)
        for place, (name, picture) in enumerate(pictures)
        if picture is not None
    ]


def _read(options: Options, size: Asked, exchange: Exchange, fetched: Sequence[Exchange]) -> Answer | Request:
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    reply = obj(value)
    if reply.get("error"):  # some gateways send "error": null with a success
        return failed(exchange, reply["error"])
    data = items(reply.get("data"))
    if not data:  # a list without an image is a well-formed answer that holds none
        return _facts(exchange, size.expected, None if isinstance(reply.get("data"), list) else "schema")
    encoded, url = text(obj(data[-1]).get("b64_json")), text(obj(data[-1]).get("url"))
    if encoded is not None:
        image = decode_base64(encoded)
        found: Picture | Request | None = None if image is None else examine(image)
    elif url is None or exchange.status != 200:
        return _facts(exchange, size.expected, "schema")
    else:
        found = fetch(url, fetched)
    if isinstance(found, Request):
        return found
    less = _less(options, reply, found)
    return _facts(exchange, size.expected, "bad_base64" if found is None else None, found, len(data), less)


def _less(options: Options, reply: dict[str, Any], picture: Picture | None) -> str | None:
    """In what the answer is less than what was asked for by name; None where nothing was."""
    quality, wanted = word(reply.get("quality")), options.quality
    if wanted not in {None, "auto"} and quality is not None and quality != wanted:
        return "other_quality"
    made = picture.format if picture else None
    return "other_format" if options.output_format and made and made != options.output_format else None


def _facts(
    exchange: Exchange,
    expected: tuple[int, int] | None = None,
    malformed: str | None = None,
    picture: Picture | None = None,
    images: int = 0,
    degraded: str | None = None,
) -> Answer:
    return Answer(
        picture=picture,
        images=images if picture is not None and picture.size_bytes else 0,
        malformed=malformed,
        expected=expected,
        degraded=degraded,
        limits=limits(exchange),
        request_id=request_id(exchange),
        server_ms=server_ms(exchange),
        model_version=exchange.headers.get("openai-model"),
    )
