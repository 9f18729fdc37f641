"""Gemini native: `generateContent` with an image in the answer, and the free calls on models.

Source: ai.google.dev/gemini-api/docs/image-generation and /api/generate-content, read 2026-11-22. Served under
`/v1` and `/v1beta`, as Google does. Not confirmed is the wording for a size or ratio that a model does not have.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.faults import EVERY_FORMAT, IN_THE_ANSWER, Ending, Fault
from probes.simulator.formats import _google as google
from probes.simulator.ledger import Kind
from probes.simulator.nouns import Declined, ImageAsk, Refusal, Reply, Visit, Work
from probes.simulator.png import Picture
from probes.simulator.scenario import Auth
from probes.simulator.sizes import SIZES, TOKENS, Size, next_lower, pixels

AUTH: Final[tuple[Auth, ...]] = ("x-goog-api-key", "query", "bearer")  # bearer is what resellers take
SPEAKS: Final = EVERY_FORMAT | IN_THE_ANSWER

_PART: Final[google.Shape] = {
    "text": None,
    "thought": None,
    "thought_signature": None,
    "inline_data": {"mime_type": None, "data": None},
    "file_data": {"mime_type": None, "file_uri": None},
    "media_resolution": None,
}
_CONTENT: Final[google.Shape] = {"role": None, "parts": [_PART]}
_REQUEST: Final[google.Shape] = {
    "model": None,
    "contents": [_CONTENT],
    "system_instruction": _CONTENT,
    "cached_content": None,
    "service_tier": None,
    "store": None,
    "tool_config": None,
    "tools": [dict.fromkeys(("google_search", "code_execution", "url_context", "function_declarations"))],
    "safety_settings": [{"category": None, "threshold": None}],
    "generation_config": {
        **dict.fromkeys(
            (
                "stop_sequences",
                "response_mime_type",
                "response_modalities",
                "candidate_count",
                "max_output_tokens",
                "temperature",
                "top_p",
                "top_k",
                "seed",
                "presence_penalty",
                "frequency_penalty",
                "media_resolution",
            )
        ),
        "thinking_config": dict.fromkeys(("include_thoughts", "thinking_budget", "thinking_level")),
        "image_config": {"aspect_ratio": None, "image_size": None},
    },
}
_MODALITIES: Final = frozenset(("TEXT", "IMAGE", "AUDIO", "MODALITY_UNSPECIFIED"))
_MODALITY_TYPE: Final = "type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig.Modality"
_THOUGHT: Final = "**Composing the Scene**\n\nI'm settling the light and the framing before I draw the final image.\n"
_WITHHELD: Final = (
    "Unable to show the generated image. The image was filtered out because it violated Google's Generative AI "
    "Prohibited Use policy. You will not be charged for blocked images. Try rephrasing the prompt."
)
_SAID: Final = "I can describe the scene, but I can't draw it for you right now."
_MARK: Final = "@image-%d@"  # stands for base64 while the JSON around it is written


class Gemini:
    """The native format at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk."""
        self._desk = desk

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Both API versions; Google's page for everything else."""
        version = "/{version:v1|v1beta}"
        return (
            web.post(f"{version}/models/{{model}}:generateContent", self._generate),
            web.get(f"{version}/models/{{model}}", self._get_model),
            web.get(f"{version}/models", self._list_models),
            web.route("*", "/{path:.*}", self._elsewhere),
        )

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.image(request, self)

    async def _get_model(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self, self._model)

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self, self._models)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.open(request, self, _no_such_page, Kind.CONTROL)

    # --- models -----------------------------------------------------------------------------------------------

    def _model(self, visit: Visit) -> Reply | Declined:
        model = visit.request.match_info["model"]
        if model not in self._desk.spec.models:
            text = f"Model is not found: models/{model} for api version {_version(visit)}"
            return Declined(Ending.NOT_FOUND, google.error(404, text, visit.quick_s))
        return google.json_reply(200, _describe(model), visit.quick_s)

    def _models(self, visit: Visit) -> Reply:
        return google.json_reply(200, {"models": [_describe(m) for m in self._desk.spec.models]}, visit.quick_s)

    # --- images -----------------------------------------------------------------------------------------------

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """The image that `contents` and `generationConfig` ask for; names of either spelling."""
        model = visit.request.match_info["model"]
        if model not in self._desk.spec.models:
            text = (
                f"models/{model} is not found for API version {_version(visit)}, or is not supported for "
                "generateContent. Call ListModels to see the list of available models and their supported methods."
            )
            return Declined(Ending.NOT_FOUND, google.error(404, text, visit.quick_s))
        parsed = google.parse(visit.body)
        if isinstance(parsed, str):
            return _invalid(visit, [("", parsed)])
        if found := list(google.violations_of(parsed, _REQUEST)):
            return _invalid(visit, found)
        return self._ask(visit, model, google.snaked(parsed))

    def _ask(self, visit: Visit, model: str, message: dict[str, Any]) -> ImageAsk | Declined:
        config: dict[str, Any] = message.get("generation_config") or {}
        image: dict[str, Any] = config.get("image_config") or {}
        size, ratio = image.get("image_size", "1K"), image.get("aspect_ratio", "1:1")
        if problems := self._problems(message, config, size, ratio):
            return Declined(Ending.INVALID, google.error(400, "\n".join(problems), visit.quick_s))
        known: Size = next(known for known in SIZES if known == size)
        width, height = pixels(known, ratio)
        text_only = "IMAGE" not in (google.many(config.get("response_modalities")) or ["IMAGE"])
        return ImageAsk(model, known, width, height, prompt=_prompt(message), text_only=text_only)

    def _problems(self, message: dict[str, Any], config: dict[str, Any], size: object, ratio: object) -> list[str]:
        spec = self._desk.spec
        modalities = config.get("response_modalities")
        problems = [] if message.get("contents") else ["* GenerateContentRequest.contents: contents is not specified\n"]
        problems += [
            f"Invalid value at 'generation_config.response_modalities[{index}]' ({_MODALITY_TYPE}), \"{name}\""
            for index, name in enumerate(google.many(modalities))
            if str(name) not in _MODALITIES
        ]
        if str(size) not in spec.latency.sizes:
            problems.append(_unsupported("imageSize", size))
        if str(ratio) not in spec.ratios:
            problems.append(_unsupported("aspectRatio", ratio))
        return problems

    def answer(self, visit: Visit, work: Work) -> Reply:
        """HTTP 200, with an image or with one of the many ways of not having one."""
        ask = work.ask
        given = next_lower(ask.size) if work.fault is Fault.WRONG_TIER else ask.size
        shrink = pixels(given, "1:1")[0] / pixels(ask.size, "1:1")[0]
        final = self._desk.picture(visit.draw.name, round(ask.width * shrink), round(ask.height * shrink), given)
        makes_one = work.fault in (None, Fault.WRONG_TIER, Fault.TRUNCATED)
        pictures = ([self._draft(visit, ask)] if self._desk.spec.thoughts else []) + [final] if makes_one else []
        body = {
            **self._candidates(visit, work, len(pictures)),
            "usageMetadata": self._usage(visit, ask, images=1 if makes_one else 0),
            "modelVersion": ask.model,
            "responseId": _response_id(visit),
        }
        return Reply(200, _filled(body, pictures), google.headers(work.wait_s))

    def _draft(self, visit: Visit, ask: ImageAsk) -> Picture:
        """What the model shows of its thinking: half as wide, half as high."""
        return self._desk.picture(f"{visit.draw.name}/draft", ask.width // 2, ask.height // 2, "512")

    def _candidates(self, visit: Visit, work: Work, images: int) -> dict[str, Any]:
        match work.fault:
            case Fault.BLOCKED:
                return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
            case Fault.IMAGE_SAFETY:
                return _candidate("IMAGE_SAFETY", None, finishMessage=_WITHHELD)
            case Fault.NO_IMAGE:
                return _candidate("NO_IMAGE", None)
            case Fault.TEXT_ONLY:
                return _candidate("STOP", [{"text": _SAID}])
            case _:
                return _candidate("STOP", _parts(visit, images))

    def _usage(self, visit: Visit, ask: ImageAsk, *, images: int) -> dict[str, Any]:
        prompt = max(1, len(ask.prompt) // 4)
        tokens = self._desk.spec.tokens.get(ask.size, TOKENS[ask.size]) * images
        thoughts = 150 + int(visit.draw.share * 150) if self._desk.spec.thoughts else 0
        usage: dict[str, Any] = {
            "promptTokenCount": prompt,
            "candidatesTokenCount": tokens,
            "totalTokenCount": prompt + tokens + thoughts,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
        }
        if images:
            usage["candidatesTokensDetails"] = [{"modality": "IMAGE", "tokenCount": tokens}]
        return usage | ({"thoughtsTokenCount": thoughts} if thoughts else {})

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        """A google.rpc.Status."""
        model = visit.request.match_info.get("model", "")
        match refusal.ending:
            case Ending.BAD_KEY:
                return google.bad_key(visit.quick_s)
            case Ending.NO_CAPACITY:
                return google.no_capacity(model, visit.quick_s)
            case Ending.RATE_LIMITED_BARE:
                return google.bare_exhausted(visit.quick_s)
            case Ending.RATE_LIMITED | Ending.RATE_LIMITED_DAY:
                if not refusal.detailed:
                    return google.bare_exhausted(visit.quick_s)
                hinted = [(violation, self._desk.hint_s(violation)) for violation in refusal.violations]
                return google.exhausted(model, hinted, visit.quick_s)
            case plain:
                return google.plain_error(plain, visit.quick_s)


build = Gemini


def _version(visit: Visit) -> str:
    return visit.request.match_info["version"]


def _describe(model: str) -> dict[str, Any]:
    return {
        "name": f"models/{model}",
        "version": "001",
        "displayName": model.replace("-", " ").title(),
        "description": "A simulated model.",
        "inputTokenLimit": 65536,
        "outputTokenLimit": 32768,
        "supportedGenerationMethods": ["generateContent"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
    }


def _invalid(visit: Visit, found: list[tuple[str, str]]) -> Declined:
    return Declined(Ending.INVALID, google.bad_request(found, visit.quick_s))


def _unsupported(name: str, value: object) -> str:
    return (
        f"`{name}` does not support `{value}` as a valid value. Please refer to the Gemini API documentation for "
        "supported usage."
    )


def _no_such_page(visit: Visit) -> Declined:
    body = f"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>\n<p>404: {visit.request.path} was not found\n"
    reply = Reply(404, (body.encode(),), {"content-type": "text/html; charset=UTF-8"})
    return Declined(Ending.NOT_FOUND, reply)


def _prompt(message: dict[str, Any]) -> str:
    parts = [part for content in google.many(message["contents"]) for part in google.many(content.get("parts"))]
    return " ".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def _candidate(finish: str, parts: list[dict[str, Any]] | None, **more: str) -> dict[str, Any]:
    content = {"role": "model"} if parts is None else {"parts": parts, "role": "model"}
    return {"candidates": [{"content": content, "finishReason": finish, **more, "index": 0}]}


def _parts(visit: Visit, images: int) -> list[dict[str, Any]]:
    """The last image is the answer; what stands before it is thought."""
    final = {"inlineData": {"mimeType": "image/png", "data": _MARK % (images - 1)}}
    if images == 1:
        return [final]
    draft = {"inlineData": {"mimeType": "image/png", "data": _MARK % 0}, "thought": True}
    return [{"text": _THOUGHT, "thought": True}, draft, final | {"thoughtSignature": _signature(visit)}]


def _signature(visit: Visit) -> str:
    return base64.b64encode(hashlib.sha256(visit.draw.name.encode()).digest()).decode()


def _response_id(visit: Visit) -> str:
    return base64.urlsafe_b64encode(hashlib.sha1(visit.draw.name.encode()).digest()).decode()[:22]  # noqa: S324 - a name


def _filled(body: dict[str, Any], pictures: Sequence[Picture]) -> tuple[bytes, ...]:
    """The JSON with the base64 of each picture where its mark stands."""
    parts: list[bytes] = []
    rest = json.dumps(body, indent=2, ensure_ascii=False).encode() + b"\n"
    for index, picture in enumerate(pictures):
        before, _, rest = rest.partition((_MARK % index).encode())
        parts += [before, *picture.base64_parts()]
    return (*parts, rest)
