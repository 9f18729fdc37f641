"""AUTOMATIC1111's Stable Diffusion web UI and its forks: `POST /sdapi/v1/txt2img`, self-hosted.

The image comes as base64 in `images[]` (what extensions add comes after it); `info` is JSON in a string, with the
seed and the checkpoint that was loaded. There is no key by default. With `--api-auth user:password` it is basic
authentication: the option `user`, and the password as key; behind a gateway, whatever `auth` says.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from probes.images import examine, expected_pixels
from probes.model import Answer, Ask, Exchange, Fault, Limits, Request, Step, Target
from probes.providers._json import (
    JSON_HEADERS,
    authorised,
    decode_base64,
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
from probes.providers._options import AdapterOptions

_REACH = {"options": "sdapi/v1/options", "ping": "internal/ping"}


class Options(AdapterOptions):
    """What `[providers.NAME.options]` may say."""

    user: str | None = Field(default=None, min_length=1, pattern="^[^:]+$", description="user of --api-auth, if any")
    reach: Literal["options", "ping"] = Field(
        default="options", description="call that shows that it is there: /sdapi/v1/options, or /internal/ping"
    )
    steps: int = Field(default=20, ge=1, le=150, description="sampling steps")
    cfg_scale: float = Field(default=7.0, ge=0.0, le=30.0, description="how closely the prompt is followed")
    sampler_name: str | None = Field(default=None, min_length=1, description="sampler; none: as the server is set")
    negative_prompt: str = Field(default="", description="what should not be in the image")
    checkpoint: bool = Field(
        default=False, description="whether `model` names a checkpoint that the server shall load for the request"
    )


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """One request, one answer."""
    options = Options.model_construct(**target.options)  # as the configuration has checked them
    if so_far:
        answer = _reached(options, so_far[0]) if ask.is_reach else _read(ask, so_far[0])
        return answer if options.user is None else _without(answer, _basic(target, options.user))
    if ask.is_reach:
        return _request(target, options, "GET", _REACH[options.reach])
    return _request(target, options, "POST", "sdapi/v1/txt2img", json.dumps(_asked(target, ask, options)).encode())


def _basic(target: Target, user: str) -> str:
    """User and password as basic authentication spells them."""
    return base64.b64encode(f"{user}:{target.key.reveal()}".encode()).decode()


def _without(answer: Answer, pair: str) -> Answer:
    """The answer without our user and password, which nobody else would know in this spelling."""
    fault = answer.fault and replace(answer.fault, message=answer.fault.message.replace(pair, "***"))
    return replace(answer, fault=fault, text=answer.text and answer.text.replace(pair, "***"))


def _request(target: Target, options: Options, method: str, path: str, body: bytes = b"") -> Request:
    """With the key where this server wants it, or without one."""
    if options.user is None and target.key:
        return authorised(target, method, path, body)
    headers = dict(JSON_HEADERS)
    if options.user is not None:
        headers["authorization"] = f"Basic {_basic(target, options.user)}"
    return Request(method, f"{target.base_url.rstrip('/')}/{path}", headers, body)


def _asked(target: Target, ask: Ask, options: Options) -> dict[str, Any]:
    width, height = _pixels(ask)
    asked: dict[str, Any] = {
        "prompt": ask.prompt,
        "negative_prompt": options.negative_prompt,
        "width": width,
        "height": height,
        "steps": options.steps,
        "cfg_scale": options.cfg_scale,
        "seed": -1,  # another image each time: the same bytes twice would be a cache's
        "batch_size": 1,
        "n_iter": 1,
    }
    if options.sampler_name is not None:
        asked["sampler_name"] = options.sampler_name
    if options.checkpoint:
        asked["override_settings"] = {"sd_model_checkpoint": target.model}
    return asked


def _pixels(ask: Ask) -> tuple[int, int]:
    return expected_pixels(ask.size or "", ask.aspect_ratio) or (1024, 1024)


def _reached(options: Options, exchange: Exchange) -> Answer:
    """`/sdapi/v1/options` names the checkpoint; `/internal/ping` answers an empty object."""
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    reply = obj(value)
    if exchange.status != 200 or _is_error(reply):
        return _refused(exchange, reply)
    loaded = word(reply.get("sd_model_checkpoint"))
    named = isinstance(value, dict) and (options.reach == "ping" or "sd_model_checkpoint" in reply)
    return _beside(exchange, Answer(malformed=None if named else "schema", model_version=loaded))


def _read(ask: Ask, exchange: Exchange) -> Answer:
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    reply = obj(value)
    if exchange.status != 200 or _is_error(reply):
        return _refused(exchange, reply)
    images = items(reply.get("images"))
    if not images:
        return _beside(exchange, Answer(malformed=None if isinstance(reply.get("images"), list) else "schema"))
    encoded = text(images[0]) or ""
    data = decode_base64(encoded.partition(",")[2] if encoded.startswith("data:") else encoded)
    picture = None if data is None else examine(data)
    info = _info(reply.get("info"))
    seed = word(info.get("seed"))
    answer = Answer(
        picture=picture,
        images=len(images) if picture is not None and picture.size_bytes else 0,
        malformed="bad_base64" if picture is None else None,
        expected=_pixels(ask),
        request_id=f"seed {seed}" if seed else None,
        model_version=word(info.get("sd_model_name")) or word(info.get("sd_model_hash")),
    )
    return _beside(exchange, answer)


def _info(value: object) -> dict[str, Any]:
    """JSON in a string; an empty object where it is anything else."""
    try:
        return obj(json.loads(value)) if isinstance(value, str) else obj(value)
    except (ValueError, RecursionError):
        return {}


def _is_error(reply: dict[str, Any]) -> bool:
    return "images" not in reply and ("detail" in reply or bool(reply.get("error")))


def _refused(exchange: Exchange, reply: dict[str, Any]) -> Answer:
    """FastAPI's `{"detail": "..."}` or `{"detail": [{"loc", "msg"}]}`; the server's own `{"error", "errors"}`."""
    detail = reply.get("detail")
    told = [said(detail), *(said(obj(each).get("msg")) for each in items(detail)[:5]), said(reply.get("errors"))]
    kind = word(reply.get("error"))
    message = "; ".join(filter(None, told)) or kind or ""
    return _beside(exchange, Answer(fault=Fault(message, type=kind)))


def _beside(exchange: Exchange, answer: Answer) -> Answer:
    """With the time that the server took by its own clock: seconds in `X-Process-Time`."""
    seconds = number(exchange.headers.get("x-process-time"))
    return replace(
        answer,
        server_ms=None if seconds is None else seconds * 1000.0,
        limits=Limits(retry_after_s=retry_after_s(exchange.headers)),
    )
