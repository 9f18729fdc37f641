"""Images through `POST /v1/chat/completions`, in each of the shapes in which gateways hide them in a chat answer.

Shapes (`chat_shape`): Markdown with a data URL (one-api family), Markdown with a web URL, `message.images[]`
(OpenRouter), an array of content parts. Size and ratio are taken from `image_config`, or from
`extra_body.google.image_config`; a request without is 1K and square, as laozhang documents it for its route.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.faults import IN_BASE64, PICTURES, Fault
from probes.simulator.formats import _openai as openai
from probes.simulator.formats._files import PLACED, Files
from probes.simulator.formats._filling import filled, mark
from probes.simulator.formats._openai_models import Models
from probes.simulator.nouns import Declined, ImageAsk, Refusal, Reply, ServedFormat, Visit, Work
from probes.simulator.pictures import Drawn
from probes.simulator.scenario import Auth
from probes.simulator.sizes import SIZES, TOKENS, Size, pixels

AUTH: Final[tuple[Auth, ...]] = ("bearer",)
SPEAKS: Final = (
    openai.SPEAKS
    | PICTURES
    | IN_BASE64
    | PLACED
    | {Fault.NO_IMAGE, Fault.TEXT_ONLY, Fault.NO_CANDIDATES, Fault.MODEL_SWAPPED}
)
_SAID: Final = "I can describe the scene, but I can't draw it for you right now."
_OTHER_MODEL: Final = "gemini-2.5-flash-image"


class OpenAIChat:
    """The chat API at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk; no results yet."""
        self._desk = desk
        self._files = Files(desk)
        self._models = Models(desk, self)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The API, the host of result files, and OpenAI's error for everything else."""
        return (web.post("/v1/chat/completions", self._chat), self._files.route(self), *self._models.routes())

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.image(request, self)

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """The image that the last message asks for. Gateways pass over fields that they do not know."""
        try:
            body = json.loads(visit.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list) or not body["messages"]:
            text = "Missing required parameter: 'messages'."
            return Declined(Ending.INVALID, openai.error(visit, 400, text, param="messages"))
        visit.model = str(body.get("model", ""))
        if visit.model not in self._desk.spec.models:
            return self._models.unknown(visit)
        return self._ask(visit, body)

    def _ask(self, visit: Visit, body: Mapping[str, Any]) -> ImageAsk | Declined:
        config = _image_config(body)
        size, ratio = config.get("image_size") or "1K", config.get("aspect_ratio") or "1:1"
        if size not in self._desk.spec.latency.sizes or ratio not in self._desk.spec.ratios:
            text = f"Invalid value: '{size}', '{ratio}'. This model does not make images of that size."
            return Declined(Ending.INVALID, openai.error(visit, 400, text, param="image_config"))
        known: Size = next(known for known in SIZES if known == size)
        prompt, inputs = _prompt(body["messages"])
        return ImageAsk(
            visit.model, known, *pixels(known, ratio), prompt=prompt, inputs=inputs, streamed=body.get("stream") is True
        )

    # --- answers ----------------------------------------------------------------------------------------------

    def answer(self, visit: Visit, work: Work) -> Reply:
        """A chat completion, whole or as a stream of two events."""
        message, pictures = self._message(visit, work)
        finish = "content_filter" if work.fault in (Fault.BLOCKED, Fault.IMAGE_SAFETY) else "stop"
        headers = openai.headers(visit, work.wait_s) | openai.project_headers(visit, self._desk)
        if work.ask.streamed:
            first = self._body(visit, work, {"delta": message, "finish_reason": None})
            last = self._body(visit, work, {"delta": {}, "finish_reason": finish})
            return Reply(
                200, _events(first, last, pictures), headers | {"content-type": "text/event-stream"}, chunked=True
            )
        body = self._body(visit, work, {"message": message, "finish_reason": finish})
        if work.fault is Fault.NO_CANDIDATES:
            body["choices"] = []
        return Reply(200, filled(body, pictures, indent=None), headers)

    def _body(self, visit: Visit, work: Work, choice: dict[str, Any]) -> dict[str, Any]:
        images = 0 if work.fault in (Fault.NO_IMAGE, Fault.TEXT_ONLY, Fault.BLOCKED, Fault.IMAGE_SAFETY) else 1
        tokens = self._desk.spec.tokens.get(work.ask.size, TOKENS[work.ask.size]) * images
        return {
            "id": "chatcmpl-" + openai.request_id(visit).removeprefix("req_"),
            "object": "chat.completion.chunk" if "delta" in choice else "chat.completion",
            "created": int(visit.arrived_at.timestamp()),
            "model": _OTHER_MODEL if work.fault is Fault.MODEL_SWAPPED else work.ask.model,
            "choices": [{"index": 0, **choice}],
            "usage": {
                "prompt_tokens": work.ask.tokens,
                "completion_tokens": tokens,
                "total_tokens": work.ask.tokens + tokens,
            },
        }

    def _message(self, visit: Visit, work: Work) -> tuple[dict[str, Any], list[Drawn]]:
        role = {"role": "assistant"}
        if work.fault is Fault.TEXT_ONLY:
            return role | {"content": _SAID}, []
        if work.fault in (Fault.NO_IMAGE, Fault.NO_CANDIDATES, Fault.BLOCKED, Fault.IMAGE_SAFETY):
            return role | {"content": ""}, []
        shape, name = self._desk.spec.chat_shape, visit.draw.name
        if shape == "markdown_url" or work.fault in PLACED:
            url = self._files.url(str(visit.request.url.origin()), name, work.ask, work.fault)
            return role | {"content": f"Here is the image:\n\n![image]({url})"}, []
        drawn = self._desk.studio.shown(name, work.ask, work.fault)
        url = f"data:{drawn.mime};base64,{mark(0)}"
        part = {"type": "image_url", "image_url": {"url": url}}
        content: dict[str, dict[str, Any]] = {
            "markdown": {"content": f"![image]({url})"},
            "images": {"content": "", "images": [part]},
            "parts": {"content": [part]},
        }
        return role | content[shape], [drawn]

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        """OpenAI's error object."""
        return openai.refuse(visit, refusal, self._desk)


build: Final[Callable[[Desk], ServedFormat]] = OpenAIChat


def _image_config(body: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = body
    if isinstance(body.get("extra_body"), dict):
        inner = body["extra_body"].get("google") or {}
    config = inner.get("image_config") or {}
    return config if isinstance(config, dict) else {}


def _prompt(messages: Sequence[Any]) -> tuple[str, int]:
    """The text of all messages, and how many images came with them."""
    contents = [message.get("content") for message in messages if isinstance(message, dict)]
    parts = [part for content in contents if isinstance(content, list) for part in content if isinstance(part, dict)]
    texts = [content for content in contents if isinstance(content, str)] + [
        str(part.get("text", "")) for part in parts
    ]
    return " ".join(texts), sum(part.get("type") == "image_url" for part in parts)


def _events(first: Mapping[str, Any], last: Mapping[str, Any], pictures: Sequence[Drawn]) -> tuple[bytes, ...]:
    end = json.dumps(last).encode()
    return (b"data: ", *filled(first, pictures, indent=None), b"\n\ndata: ", end, b"\n\ndata: [DONE]\n\n")
