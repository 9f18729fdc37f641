"""A `GenerateContentResponse` in one piece or in many: JSON, an array of chunks, or server-sent events.

`streamGenerateContent?alt=sse` answers events (`data: {...}`), without `alt` an array. The parts of all chunks in
their order are the parts of the answer; usage and finish reason come in the last one. An error may come as one more
event after HTTP 200 has been said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from probes.model import Exchange
from probes.providers._json import items, obj, parse, parse_bytes

_EVENTS = re.compile(rb"\s*(?:data|event|id|retry)?:")  # how a body of events begins, comments included
_LINE = re.compile(rb"\r\n|\n|\r")
_KEPT_FROM_LAST = ("usageMetadata", "modelVersion", "responseId", "createTime")


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer as one object. `problem`: what is wrong with the body, as `parse` names it; then there is none."""

    reply: dict[str, Any]
    problem: str | None = None
    in_chunks: bool = False


def merged(exchange: Exchange) -> Whole:
    """The whole answer, however it was sent."""
    is_stream = _EVENTS.match(exchange.body) is not None
    value, problem = _events(exchange.body) if is_stream else parse(exchange)
    if problem:
        return Whole({}, problem)
    if not isinstance(value, list):
        return Whole(obj(value))
    chunks = [obj(chunk) for chunk in value]
    if len(chunks) == 1 and not is_stream:  # some front ends wrap the error in an array
        return Whole(chunks[0])
    return Whole(_joined(chunks), in_chunks=True)


def _events(body: bytes) -> tuple[list[Any], str | None]:
    """The JSON of each event. Only the last one may have been cut; one that is broken before it is no JSON."""
    data = [event for event in _data(body) if event.strip() not in {b"", b"[DONE]"}]
    chunks = []
    for event in data:
        value, problem = parse_bytes(event)
        if problem:
            return [], "not_json" if problem == "cut" and event is not data[-1] else problem
        chunks.append(value)
    return chunks, None if chunks else "empty"


def _data(body: bytes) -> Iterator[bytes]:
    """The data of each event, by the rules of server-sent events; the last one need not be closed by an empty line."""
    lines: list[bytes] = []
    for line in _LINE.split(body):
        name, _, value = line.partition(b":")
        if name == b"data":
            lines.append(value.removeprefix(b" "))
        elif not line and lines:
            yield b"\n".join(lines)
            lines = []
    if lines:
        yield b"\n".join(lines)


def _joined(chunks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One answer with the parts of all."""
    firsts = [obj(items(chunk.get("candidates"))[0]) for chunk in chunks if items(chunk.get("candidates"))]
    parts = [part for first in firsts for part in items(obj(first.get("content")).get("parts"))]
    finish = next((first["finishReason"] for first in reversed(firsts) if first.get("finishReason")), None)
    candidate = {"content": {"parts": parts}, "finishReason": finish}
    whole = {name: chunk[name] for chunk in chunks for name in _KEPT_FROM_LAST if chunk.get(name)}
    for name in ("error", "promptFeedback"):
        if found := next((chunk[name] for chunk in chunks if chunk.get(name)), None):
            whole[name] = found
    return whole | ({"candidates": [candidate]} if firsts else {})
