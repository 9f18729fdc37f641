"""Kie.ai: a task API. `createTask`, then `recordInfo` until the task is over, then the file behind a URL.

Wire facts (docs.kie.ai): errors come inside HTTP 200, by the `code` of the envelope; `resultJson` and `param` are
JSON in strings, and `resultJson` may be there before the task is done, so only `state` is trusted. A refused poll
(429, ten a second per key) says nothing of the task: it is polled again, later. Cloudflare stands in front and may
refuse a client by its User-Agent ("error code: 1010"); ours stays what it is, and the refusal is named as such.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from probes.images import expected_pixels
from probes.model import Answer, Ask, Exchange, Fault, Limits, Picture, Request, Step, Target
from probes.providers._fetch import fetch
from probes.providers._json import authorised, items, number, obj, parse, retry_after_s, said, text, unreadable, word
from probes.providers._options import AdapterOptions
from probes.providers._task import Course, Stage, course, failed, lost, policy, poll_again

_RUNNING, _OVER = frozenset(("generating",)), frozenset(("success", "fail"))
# Codes of the envelope that mean something else than the HTTP status of that number: what they mean, as google.rpc
# and the classifier say it. 408: upstream took over ten minutes; 433: our own cap on this key; 455: maintenance.
_MEANS: Mapping[str, tuple[str | None, str]] = {
    "408": ("DEADLINE_EXCEEDED", "task_timeout"),
    "433": (None, "billing_hard_limit_reached"),
    "455": ("INTERNAL", "maintenance"),
}


class Options(AdapterOptions):
    """What `[providers.NAME.options]` may say."""

    poll_s: float = Field(default=3.0, ge=2.0, le=30.0, description="seconds between polls; Kie asks for 2 to 5")
    output_format: Literal["png", "jpg"] | None = Field(default=None, description="file format to ask for")
    image_input: list[str] = Field(default=[], max_length=14, description="URLs of reference images, public ones")


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """Submit, poll, fetch."""
    if ask.is_reach:
        return _reached(so_far[0]) if so_far else authorised(target, "GET", "api/v1/chat/credit")
    options = Options.model_construct(**target.options)  # as the configuration has checked them
    if not so_far:
        return _create(target, ask, options)
    created, later = so_far[0], so_far[1:]
    data, refused = _envelope(created)
    if refused is not None:
        return refused
    task_id = word(obj(data).get("taskId"))
    if task_id is None:
        return Answer(malformed="schema", limits=_limits(created))
    seen = course(created, later, _stage)
    if not seen.over:
        info = authorised(target, "GET", f"api/v1/jobs/recordInfo?taskId={quote(task_id, safe='', errors='replace')}")
        return poll_again(later, info, options.poll_s, _stage)
    return _finished(ask, options, task_id, seen)


def _create(target: Target, ask: Ask, options: Options) -> Request:
    asked: dict[str, Any] = {"prompt": ask.prompt, "image_input": list(options.image_input), "resolution": ask.size}
    asked |= {"aspect_ratio": ask.aspect_ratio} if ask.aspect_ratio else {}
    asked |= {"output_format": options.output_format} if options.output_format else {}
    body = json.dumps({"model": target.model, "input": asked}).encode()
    return authorised(target, "POST", "api/v1/jobs/createTask", body)


def _reached(exchange: Exchange) -> Answer:
    """The credits that are left: authenticated, free of charge."""
    data, refused = _envelope(exchange)
    return refused or Answer(malformed=None if number(data) is not None else "schema", limits=_limits(exchange))


# --- the envelope ---------------------------------------------------------------------------------------------


def _envelope(exchange: Exchange, *, accepted: bool = False) -> tuple[object, Answer | None]:
    """`data` of `{"code": 200, "msg": "success", "data": ...}`, or the answer that says why there is none.

    `accepted`: the task had been accepted, so that a refusal to tell of it is no mistake of ours.
    """
    value, problem = parse(exchange)
    if problem:
        return None, unreadable(exchange, problem)
    reply = obj(value)
    code = word(reply.get("code"))
    if code == "200" and exchange.status == 200:
        return reply.get("data"), None
    message = said(reply.get("msg")) or said(reply.get("message")) or said(reply.get("error"))
    if code is None and message is None:
        return None, Answer(malformed="schema", limits=_limits(exchange))
    code = (str(exchange.status) if accepted else None) if code in {None, "200"} else code
    fault = _fault(code, message or "", accepted=accepted)
    return None, Answer(fault=fault, block=_policy(code, fault.message), limits=_limits(exchange))


def _fault(code: str | None, message: str, *, accepted: bool) -> Fault:
    """The envelope's code in neutral words; the number itself stays in `type` where it would be misread."""
    status, kind = _MEANS.get(code or "", (None, None))
    if kind is not None:
        return Fault(message, status=status, type=kind)
    return (lost(code, message) if accepted else None) or Fault(message, code=code)


def _policy(code: str | None, message: str) -> str | None:
    """A refusal by policy is told in words only, beside a code that says little."""
    return policy(message) if code in {None, "400", "422", "500", "501"} else None


def _limits(exchange: Exchange) -> Limits:
    return Limits(retry_after_s=retry_after_s(exchange.headers))


# --- the task -------------------------------------------------------------------------------------------------


def _stage(exchange: Exchange) -> Stage:
    """What a poll says. Whatever cannot be read as a task that goes on is an end, and is read as such."""
    if exchange.status == 429 or _code_of(exchange) == "429":
        return Stage.BUSY
    data, refused = _envelope(exchange, accepted=True)
    state = word(obj(data).get("state"))
    if refused is not None or state is None or state in _OVER:
        return Stage.OVER
    return Stage.RUNNING if state in _RUNNING else Stage.QUEUED


def _code_of(exchange: Exchange) -> str | None:
    value, _ = parse(exchange)
    return word(obj(value).get("code"))


def _finished(ask: Ask, options: Options, task_id: str, seen: Course) -> Answer | Request:
    """The last poll decides: refused, failed, or done with URLs in a string of JSON."""
    value, refused = _envelope(seen.polls[-1], accepted=True)
    if refused is not None:
        return refused
    data = obj(value)
    if word(data.get("state")) != "success":
        return _told(task_id, data, seen, _failed(data))
    urls, expected = _result_urls(data.get("resultJson")), expected_pixels(ask.size or "", ask.aspect_ratio)
    if not urls:  # done, and nothing made; or nothing that says so
        return _told(task_id, data, seen, Answer(malformed="schema" if urls is None else None, expected=expected))
    found = fetch(urls[-1], seen.fetched)
    if isinstance(found, Request):
        return found
    answer = Answer(
        picture=found,
        images=len(urls) if found.size_bytes else 0,
        expected=expected,
        degraded=_other_format(options, found),
    )
    return _told(task_id, data, seen, answer)


def _failed(data: Mapping[str, Any]) -> Answer:
    """A task that ended without an image. Its failCode is an upstream's word: only 5xx is taken at its number."""
    if word(data.get("state")) is None:
        return Answer(malformed="schema")
    code, message = word(data.get("failCode")), said(data.get("failMsg")) or ""
    return Answer(fault=failed(code, message), block=policy(message))


def _result_urls(result: object) -> list[str] | None:
    """`{"resultUrls": [...]}` in a string; None where it is anything else."""
    try:
        table = json.loads(result) if isinstance(result, str) else result
    except (ValueError, RecursionError):
        return None
    urls = obj(table).get("resultUrls")
    return [url for url in map(text, items(urls)) if url] if isinstance(urls, list) else None


def _other_format(options: Options, picture: Picture) -> str | None:
    wanted = {"jpg": "jpeg"}.get(options.output_format or "", options.output_format)
    return "other_format" if wanted and picture.format and picture.format != wanted else None


def _told(task_id: str, data: Mapping[str, Any], seen: Course, answer: Answer) -> Answer:
    """The answer with what is known of the task: its name, its stages on our clock, its time on theirs."""
    return replace(
        answer,
        request_id=task_id,
        server_ms=_server_ms(data),
        model_version=word(data.get("model")),
        queue_ms=seen.queue_ms,
        run_ms=seen.run_ms,
        limits=_limits(seen.polls[-1]),
    )


def _server_ms(data: Mapping[str, Any]) -> float | None:
    """`costTime`, or what lies between `createTime` and `completeTime`; ms, by their clock."""
    cost, began, ended = (number(data.get(name)) for name in ("costTime", "createTime", "completeTime"))
    if cost:
        return cost
    return ended - began if began and ended and ended >= began else None
