"""Any other HTTP image API, by configuration alone: one call, or submit, poll and fetch.

The options say how to ask (templates with names in braces, filled in strings only), and where in the answer the
image, the error and everything else sit (dotted paths, or `header:NAME`). Nothing of it is executed. Every call goes
below `base_url`, so the key goes nowhere else; an image behind a URL is fetched without it.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from probes.images import examine, expected_pixels
from probes.model import Answer, Ask, Exchange, Fault, Limits, Picture, Request, Step, Target
from probes.providers import _task
from probes.providers._fetch import take
from probes.providers._form import multipart
from probes.providers._http_options import Call, Error, Options, Task
from probes.providers._json import (
    authorised,
    decode_base64,
    duration_s,
    number,
    parse,
    retry_after_s,
    said,
    text,
    unreadable,
)
from probes.providers._templates import Values, filled, found, label, spelled

__all__ = ["Options", "step"]

_SIZE_NAMES = frozenset(("width", "height", "size", "aspect_ratio"))


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """Ask; poll where it is a task; fetch where the image is behind a URL."""
    options = Options.model_validate(target.options)
    if ask.is_reach:
        return _reached(options, so_far[0]) if so_far else _call(target, ask, options, options.reach)
    if not so_far:
        return _call(target, ask, options, options.request)
    if options.task is not None:
        return _task_step(target, ask, options, options.task, so_far)
    value, refused = _opened(options, so_far[0])
    return refused or _read(ask, options, value, so_far[0], so_far[1:])


def _call(target: Target, ask: Ask, options: Options, call: Call, task_id: str = "") -> Request:
    """The request that a call describes."""
    values, base_url = _values(target, ask, options, task_id), target.base_url.rstrip("/")
    path = spelled(call.url, values, safe="")
    if target.key and "key" not in call.names():
        request = authorised(target, call.method, path.lstrip("/"))
    else:
        request = Request(call.method, f"{base_url}{path}", {"accept": "application/json"})
    content_type, body = _body(call, values)
    headers = {name.lower(): spelled(value, values) for name, value in call.headers.items()}
    kept = {name: value for name, value in request.headers.items() if name != "content-type"}
    typed = {"content-type": content_type} if content_type else {}
    return replace(request, headers=kept | typed | headers, body=body)


def _values(target: Target, ask: Ask, options: Options, task_id: str) -> Values:
    width, height = expected_pixels(ask.size or "", ask.aspect_ratio) or (1024, 1024)
    return {
        "prompt": ask.prompt,
        "width": width,
        "height": height,
        "size": options.sizes.get(ask.size or "", ask.size or ""),
        "aspect_ratio": ask.aspect_ratio or "1:1",
        "model": target.model,
        "key": target.key.reveal(),
        "task_id": task_id,
    }


def _body(call: Call, values: Values) -> tuple[str | None, bytes]:
    """The content type and the body."""
    if call.form is not None:
        return multipart({name: spelled(value, values) for name, value in call.form.items()})
    if call.body is not None:
        return "application/json", json.dumps(filled(call.body, values)).encode()
    return None, b""


def _reached(options: Options, exchange: Exchange) -> Answer:
    value, refused = _opened(options, exchange, binary=False)
    if refused is not None:
        return refused
    right = options.reach.has is None or found(options.reach.has, value, exchange) is not None
    return _beside(options, value, exchange, Answer(malformed=None if right else "schema"))


# --- the answer -----------------------------------------------------------------------------------------------


def _opened(
    options: Options, exchange: Exchange, *, accepted: bool = False, binary: bool = True
) -> tuple[Any, Answer | None]:
    """The answer as JSON (None: it is an image), or why it cannot be read as one that succeeded.

    `accepted`: the task had been accepted, so that not to know it any more is no mistake of ours.
    """
    if binary and exchange.status == 200 and _is_binary(options, exchange):
        return None, None
    value, problem = parse(exchange)
    if problem:
        return None, unreadable(exchange, problem)
    fault = _fault(options.error, value, exchange)
    if fault is None:
        return value, None
    lost = _task.lost(fault.code or str(exchange.status), fault.message) if accepted else None
    said_by_policy = any(phrase.lower() in fault.message.lower() for phrase in options.error.policy_words)
    block = label(options.block, value, exchange) or ("policy" if said_by_policy else None)
    return None, _beside(options, value, exchange, Answer(fault=lost or fault, block=block))


def _is_binary(options: Options, exchange: Exchange) -> bool:
    """Whether the whole body is to be the image: neither JSON nor a page stands there."""
    return any(image.kind == "bytes" for image in options.images) and exchange.body.lstrip()[:1] not in {
        b"{",
        b"<",
        b"",
    }


def _fault(error: Error, value: object, exchange: Exchange) -> Fault | None:
    """The error that the answer tells; None where it tells of none."""
    there = found(error.at, value, exchange)
    state = label(error.ok, value, exchange)
    if not there and (error.ok is None or (state in error.ok_values and exchange.status == 200)):
        return None
    message = said(found(error.message, value, exchange)) or said(there) or ""
    code, kind = label(error.code, value, exchange), label(error.type, value, exchange)
    if not there and state is None and not message and code is None:
        return None  # not of this format at all
    if code in error.means:
        return Fault(message, status=error.means[code], type=kind or code)
    return Fault(message, code=code, status=label(error.status, value, exchange), type=kind)


def _read(
    ask: Ask,
    options: Options,
    value: object,
    exchange: Exchange,
    fetched: Sequence[Exchange],
    more: Answer | None = None,
) -> Answer | Request:
    """The image at the first place that has one, or what is there instead."""
    image, problem = _picture(options, value, exchange, fetched)
    if isinstance(image, Request):
        return image
    asks_size = bool(_SIZE_NAMES & options.request.names())
    answer = replace(
        more or Answer(),
        picture=image,
        images=_count(options, value, exchange) if image is not None and image.size_bytes else 0,
        malformed=problem,
        expected=expected_pixels(ask.size or "", ask.aspect_ratio) if asks_size else None,
        text=None if image else (said(found(options.text, value, exchange)) or "")[:200] or None,
        block=label(options.block, value, exchange),
        finish=label(options.finish, value, exchange),
    )
    explained = answer.text or answer.block or answer.finish or found(options.count, value, exchange) == []
    return _beside(
        options, value, exchange, replace(answer, malformed=None) if explained and problem == "schema" else answer
    )


def _picture(
    options: Options, value: object, exchange: Exchange, fetched: Sequence[Exchange]
) -> tuple[Picture | Request | None, str | None]:
    """The image, or the request for it, or what is wrong."""
    for image in options.images:
        if image.kind == "bytes":
            if value is None and exchange.body:
                return examine(exchange.body), None
            continue
        place = text(found(image.path, value, exchange))
        if place is None:
            continue
        if image.kind == "base64":
            data = decode_base64(place)
            return (None, "bad_base64") if data is None else (examine(data), None)
        if exchange.status != 200:
            return None, "schema"
        taken = take(place, fetched)
        return taken, "bad_base64" if taken is None else None
    return None, "schema"


def _count(options: Options, value: object, exchange: Exchange) -> int:
    listed = found(options.count, value, exchange)
    return len(listed) if isinstance(listed, list) and listed else 1


def _beside(options: Options, value: object, exchange: Exchange, answer: Answer) -> Answer:
    """The answer with what is said beside the image."""
    places = options.limits
    return replace(
        answer,
        limits=Limits(
            retry_after_s=retry_after_s(exchange.headers),
            limit_requests=number(found(places.requests, value, exchange)),
            remaining_requests=number(found(places.remaining, value, exchange)),
            reset_s=duration_s(text(found(places.reset, value, exchange))),
            quota=label(places.quota, value, exchange),
        ),
        request_id=answer.request_id or label(options.request_id, value, exchange),
        server_ms=number(found(options.server_ms, value, exchange)),
        model_version=label(options.model_version, value, exchange),
    )


# --- the task -------------------------------------------------------------------------------------------------


def _task_step(target: Target, ask: Ask, options: Options, task: Task, so_far: Sequence[Exchange]) -> Step:
    """Polls until the task is over; then what the last poll says."""
    created, later = so_far[0], so_far[1:]
    value, refused = _opened(options, created, binary=False)
    task_id = label(task.id, value, created)
    if refused is not None:
        return refused
    if task_id is None:
        return _beside(options, value, created, Answer(malformed="schema"))

    def stage_of(exchange: Exchange) -> _task.Stage:
        return _stage(options, task, exchange)

    seen = _task.course(created, later, stage_of)
    if not seen.over:
        poll = _call(target, ask, options, task.poll, task_id)
        return _task.poll_again(later, poll, task.poll_s, stage_of)
    return _task_over(ask, options, task, task_id, seen)


def _task_over(ask: Ask, options: Options, task: Task, task_id: str, seen: _task.Course) -> Answer | Request:
    """The last poll decides: refused, failed, or done."""
    last = seen.polls[-1]
    value, refused = _opened(options, last, accepted=True, binary=False)
    if refused is not None:
        return refused
    known = Answer(request_id=task_id, queue_ms=seen.queue_ms, run_ms=seen.run_ms)
    state = label(task.state, value, last)
    if state in task.done:
        return _read(ask, options, value, last, seen.fetched, known)
    if state is None:
        return _beside(options, value, last, replace(known, malformed="schema"))
    message = said(found(task.message, value, last)) or ""
    fault = _task.failed(label(task.code, value, last), message)
    return _beside(options, value, last, replace(known, fault=fault, block=_task.policy(message)))


def _stage(options: Options, task: Task, exchange: Exchange) -> _task.Stage:
    """What a poll says. Whatever cannot be read as a task that goes on is an end, and is read as such."""
    value, refused = _opened(options, exchange, accepted=True, binary=False)
    refused_code = refused.fault.code if refused is not None and refused.fault is not None else None
    if exchange.status == 429 or refused_code == "429":
        return _task.Stage.BUSY
    state = label(task.state, value, exchange)
    if refused is not None or state is None or state in {*task.done, *task.failed}:
        return _task.Stage.OVER
    return _task.Stage.RUNNING if state in task.running else _task.Stage.QUEUED
