"""A generateContent answer: an image, or one of the many ways of not having one. Whole, or as events of a stream."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from probes.simulator.desk import Desk
from probes.simulator.endings import made_an_image
from probes.simulator.faults import Fault
from probes.simulator.formats import _google as google
from probes.simulator.formats._files import PLACED, Files
from probes.simulator.formats._filling import filled, mark
from probes.simulator.nouns import ImageAsk, Reply, Visit, Work
from probes.simulator.pictures import Drawn
from probes.simulator.sizes import TOKENS

_THOUGHT: Final = "**Composing the Scene**\n\nI'm settling the light and the framing before I draw the final image.\n"
_WITHHELD: Final = (
    "Unable to show the generated image. The image was filtered out because it violated Google's Generative AI "
    "Prohibited Use policy. You will not be charged for blocked images. Try rephrasing the prompt."
)
_SAID: Final = "I can describe the scene, but I can't draw it for you right now."
_OTHER_MODEL: Final = "gemini-2.5-flash-image"
_BLOCKS: Final = {
    Fault.BLOCKED: "PROHIBITED_CONTENT",
    Fault.BLOCKED_UNSPECIFIED: "BLOCKED_REASON_UNSPECIFIED",
    Fault.BLOCKED_UNKNOWN: "SOMETHING_NEW",
}
_FINISHES: Final = {
    Fault.NO_IMAGE: "NO_IMAGE",
    Fault.IMAGE_SAFETY: "IMAGE_SAFETY",
    Fault.FINISH_UNSPECIFIED: "FINISH_REASON_UNSPECIFIED",
    Fault.FINISH_UNKNOWN: "SOMETHING_NEW",
}
SPEAKS: Final = frozenset(
    fault
    for fault in Fault
    if fault.startswith(("blocked", "finish_"))
    or fault in (*_FINISHES, Fault.TEXT_ONLY, Fault.THOUGHT_ONLY, Fault.NO_CANDIDATES)
)


@dataclass(frozen=True, slots=True)
class Content:
    """The JSON of an answer with marks for its pictures, and the pictures."""

    body: dict[str, Any]
    pictures: tuple[Drawn, ...]

    def whole(self) -> tuple[bytes, ...]:
        """One JSON document."""
        return (*filled(self.body, self.pictures), b"\n")


class Composer:
    """Writes the answers of one provider."""

    def __init__(self, desk: Desk, files: Files, *, vertex: bool) -> None:
        """Vertex says a little more in each answer."""
        self._desk = desk
        self._files = files
        self._vertex = vertex

    def reply(self, visit: Visit, work: Work) -> Reply:
        """HTTP 200."""
        return Reply(200, self.content(visit, work, visit.draw.name).whole(), _headers(work))

    def content(self, visit: Visit, work: Work, name: str) -> Content:
        """What the answer says; pictures and identifiers are made from `name`."""
        makes_one = work.fault is None or made_an_image(work.fault)
        known_as = f"{self._desk.name}/duplicate" if work.fault is Fault.DUPLICATE else name
        parts, pictures = self._parts(visit, work, name) if makes_one or work.fault is Fault.THOUGHT_ONLY else ([], [])
        body = {
            **self._candidates(work, parts),
            "usageMetadata": self._usage(visit, work.ask, images=1 if makes_one else 0),
            "modelVersion": _OTHER_MODEL if work.fault is Fault.MODEL_SWAPPED else work.ask.model,
            "responseId": _response_id(known_as),
        }
        if self._vertex:
            body["createTime"] = f"{visit.arrived_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        return Content(body, tuple(pictures))

    def _parts(self, visit: Visit, work: Work, name: str) -> tuple[list[dict[str, Any]], list[Drawn]]:
        """The last image is the answer; what stands before it is thought."""
        parts: list[dict[str, Any]] = []
        pictures: list[Drawn] = []
        only_thought = work.fault is Fault.THOUGHT_ONLY
        if self._desk.spec.thoughts or only_thought:
            ask = work.ask
            draft = self._desk.studio.picture(f"{name}/draft", ask.width // 2, ask.height // 2, "512")
            pictures.append(draft)
            parts += [{"text": _THOUGHT, "thought": True}, _inline(draft, 0) | {"thought": True}]
        if only_thought:
            return parts, pictures
        final = self._final(visit, work, name, pictures)
        return [*parts, final | ({"thoughtSignature": _signature(name)} if parts else {})], pictures

    def _final(self, visit: Visit, work: Work, name: str, pictures: list[Drawn]) -> dict[str, Any]:
        if self._desk.spec.by_url or work.ask.options.get("as") == "url" or work.fault in PLACED:
            url = self._files.url(str(visit.request.url.origin()), name, work.ask, work.fault)
            mime = "image/jpeg" if self._desk.spec.output == "jpeg" else "image/png"
            return {"fileData": {"mimeType": mime, "fileUri": url}}
        pictures.append(drawn := self._desk.studio.shown(name, work.ask, work.fault))
        return _inline(drawn, len(pictures) - 1)

    def _candidates(self, work: Work, parts: list[dict[str, Any]]) -> dict[str, Any]:
        fault = work.fault
        if fault is Fault.NO_CANDIDATES:
            return {"candidates": []}
        if fault is Fault.TEXT_ONLY:
            return _candidate("STOP", [{"text": _SAID}])
        if fault is not None and fault.startswith("blocked"):
            return {"promptFeedback": {"blockReason": _BLOCKS.get(fault, fault.removeprefix("blocked_").upper())}}
        if fault is Fault.IMAGE_SAFETY:
            return _candidate("IMAGE_SAFETY", None, finishMessage=_WITHHELD)
        if fault is not None and (fault in _FINISHES or fault.startswith("finish_")):
            return _candidate(_FINISHES.get(fault, fault.removeprefix("finish_").upper()), None)
        return _candidate("STOP", parts)

    def _usage(self, visit: Visit, ask: ImageAsk, *, images: int) -> dict[str, Any]:
        tokens = self._desk.spec.tokens.get(ask.size, TOKENS[ask.size]) * images
        thoughts = 150 + int(visit.draw.share * 150) if self._desk.spec.thoughts else 0
        prompt = [{"modality": "TEXT", "tokenCount": ask.tokens - 560 * ask.inputs}]
        if ask.inputs:
            prompt.append({"modality": "IMAGE", "tokenCount": 560 * ask.inputs})
        usage: dict[str, Any] = {
            "promptTokenCount": ask.tokens,
            "candidatesTokenCount": tokens,
            "totalTokenCount": ask.tokens + tokens + thoughts,
            "promptTokensDetails": prompt,
        }
        if images:
            usage["candidatesTokensDetails"] = [{"modality": "IMAGE", "tokenCount": tokens}]
        if self._vertex:
            usage["trafficType"] = "ON_DEMAND"
        return usage | ({"thoughtsTokenCount": thoughts} if thoughts else {})

    def stream(self, visit: Visit, work: Work, *, sse: bool) -> Reply:
        """The same in several events: thoughts, then the image in one piece, then usage with the reason to stop."""
        content = self.content(visit, work, visit.draw.name)
        if work.fault is Fault.STREAM_ERROR:
            broken = google.worded(visit, Fault.OVERLOADED, vertex=self._vertex)
            events = [(json.dumps(_event(content.body, [{"text": _THOUGHT, "thought": True}])).encode(),), broken.parts]
        else:
            events = list(_events(content))
        headers = {**_headers(work), **({"content-type": "text/event-stream"} if sse else {})}
        return Reply(200, _as_sse(events) if sse else _as_array(events), headers, chunked=True)


def in_array(reply: Reply) -> Reply:
    """An error on a stream without SSE is the only element of an array."""
    return replace(reply, parts=(b"[", *reply.parts, b"]\n"))


def _as_sse(events: Sequence[tuple[bytes, ...]]) -> tuple[bytes, ...]:
    return tuple(part for event in events for part in (b"data: ", *(p.replace(b"\n", b"") for p in event), b"\r\n\r\n"))


def _as_array(events: Sequence[tuple[bytes, ...]]) -> tuple[bytes, ...]:
    parts: list[bytes] = []
    for index, event in enumerate(events):
        parts += [b",\r\n" if index else b"[", *event]
    return (*parts, b"]")


def _events(content: Content) -> Iterator[tuple[bytes, ...]]:
    """One for each part of the candidate, the last without parts; one in all where there is no candidate."""
    candidates = content.body.get("candidates") or [{}]
    parts = candidates[0].get("content", {}).get("parts", [])
    rest = list(content.pictures)
    for part in parts:
        holds = "inlineData" in part
        shown = [{**part, "inlineData": {**part["inlineData"], "data": mark(0)}}] if holds else [part]
        yield filled(_event(content.body, shown), [rest.pop(0)] if holds else [], indent=None)
    last = dict(content.body)
    if parts:
        last["candidates"] = [{**candidates[0], "content": {"role": "model", "parts": [{"text": ""}]}}]
    yield (json.dumps(last, ensure_ascii=False).encode(),)


def _event(body: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    about: dict[str, Any] = {name: body[name] for name in ("modelVersion", "responseId", "createTime") if name in body}
    return {"candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0}], **about}


def _headers(work: Work) -> dict[str, str]:
    tier = work.ask.options.get("tier")
    given = "standard" if work.fault is Fault.SERVICE_DOWNGRADE else tier
    return {**google.headers(work.wait_s), **({"x-gemini-service-tier": given} if given else {})}


def _candidate(finish: str, parts: list[dict[str, Any]] | None, **more: str) -> dict[str, Any]:
    content = {"role": "model"} if parts is None else {"parts": parts, "role": "model"}
    return {"candidates": [{"content": content, "finishReason": finish, **more, "index": 0}]}


def _inline(drawn: Drawn, index: int) -> dict[str, Any]:
    return {"inlineData": {"mimeType": drawn.mime, "data": mark(index)}}


def _signature(name: str) -> str:
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def _response_id(name: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha1(name.encode()).digest()).decode()[:22]  # noqa: S324 - a name
