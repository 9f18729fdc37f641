"""OpenAI images: `POST /v1/images/generations` with `b64_json` or a `url`, and the free list of models.

Source: developers.openai.com/api/reference/images (openai-openapi f85dbe22), read 2026-11-22. What a model takes is
told by its name: `dall-e-2`, `dall-e-3`, `gpt-image-1...`, `gpt-image-2...`; a model of any other name is one of a
gateway that speaks this format: it takes what any of them takes, and gives base64 unless a URL is asked for.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.faults import EVERY_FORMAT, Ending, Fault
from probes.simulator.formats import _openai as openai
from probes.simulator.ledger import Kind
from probes.simulator.nouns import Declined, ImageAsk, Refusal, Reply, Visit, Work
from probes.simulator.png import Picture
from probes.simulator.scenario import Auth
from probes.simulator.sizes import Size, tier_of

AUTH: Final[tuple[Auth, ...]] = ("bearer",)
SPEAKS: Final = EVERY_FORMAT | {Fault.NO_IMAGE, Fault.BLOCKED, Fault.IMAGE_SAFETY, Fault.WRONG_TIER}


_COMMON: Final = ("model", "prompt", "n", "size", "quality", "user")
_OF_DALLE: Final = (*_COMMON, "response_format", "style")
_OF_GPT: Final = (
    *_COMMON,
    "background",
    "moderation",
    "output_format",
    "output_compression",
    "stream",
    "partial_images",
)
_GPT_QUALITIES: Final = ("low", "medium", "high", "auto")


@dataclass(frozen=True, slots=True)
class Family:
    """What the models of one family take and give. No sizes: any within `edge` and `area`."""

    parameters: tuple[str, ...]
    qualities: tuple[str, ...]
    sizes: tuple[str, ...] = ()
    edge: int = 3840
    area: tuple[int, int] = (655_360, 8_294_400)
    gives: str = "b64_json"  # unless something else is asked for
    tells_usage: bool = True
    most_images: int = 10


_SQUARES: Final = ("256x256", "512x512", "1024x1024")
_LARGE: Final = ("1024x1024", "1792x1024", "1024x1792")
_FIXED: Final = ("1024x1024", "1536x1024", "1024x1536", "auto")
_FAMILIES: Final = {
    "dall-e-2": Family(_OF_DALLE, ("standard",), _SQUARES, gives="url", tells_usage=False),
    "dall-e-3": Family(_OF_DALLE, ("standard", "hd"), _LARGE, gives="url", tells_usage=False, most_images=1),
    "gpt-image-1": Family(_OF_GPT, _GPT_QUALITIES, _FIXED),
    "gpt-image-2": Family(_OF_GPT, _GPT_QUALITIES),
    "": Family(tuple({*_OF_DALLE, *_OF_GPT}), (*_GPT_QUALITIES, "standard", "hd"), edge=8192, area=(65_536, 2**26)),
}
_OUTPUT_TOKENS: Final = {"low": 272, "medium": 1056, "high": 4160, "standard": 1056, "hd": 4160}  # 1024 x 1024
_MARK: Final = "@image-%d@"  # stands for base64 while the JSON around it is written


@dataclass(frozen=True, slots=True)
class _Result:
    """A file behind a URL: how to make it again, until when, and how long it takes to fetch."""

    name: str
    ask: ImageAsk
    expires_s: float


class OpenAIImages:
    """The images API at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk; no results yet."""
        self._desk = desk
        self._results: dict[str, _Result] = {}

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The API, the host of result files, and OpenAI's error for everything else."""
        return (
            web.post("/v1/images/generations", self._generate),
            web.get("/v1/models", self._list_models),
            web.get("/v1/models/{model}", self._get_model),
            web.get("/files/{name}", self._get_file),
            web.route("*", "/{path:.*}", self._elsewhere),
        )

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.image(request, self)

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self, self._models)

    async def _get_model(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self, self._model)

    async def _get_file(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.open(request, self, self._file, Kind.FILE)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.open(request, self, _invalid_url, Kind.CONTROL)

    # --- models and files -------------------------------------------------------------------------------------

    def _models(self, visit: Visit) -> Reply:
        body = {"object": "list", "data": [_describe(model) for model in self._desk.spec.models]}
        return Reply(200, (json.dumps(body, indent=2).encode(), b"\n"), openai.headers(visit, visit.quick_s))

    def _model(self, visit: Visit) -> Reply | Declined:
        model = visit.request.match_info["model"]
        if model not in self._desk.spec.models:
            return _no_model(visit, model)
        return Reply(200, (json.dumps(_describe(model), indent=2).encode(),), openai.headers(visit, visit.quick_s))

    def _file(self, visit: Visit) -> Reply | Declined:
        """As a signed URL of a blob store: without a key, 403 when it has expired."""
        result = self._results.get(visit.request.match_info["name"])
        if result is None:
            return Declined(Ending.NOT_FOUND, _blob_error(404, "BlobNotFound", "The specified blob does not exist."))
        if self._desk.timeline.read() >= result.expires_s:
            text = "Signature not valid in the specified time frame"
            return Declined(Ending.NOT_FOUND, _blob_error(403, "AuthenticationFailed", text))
        picture = self._desk.picture(result.name, result.ask.width, result.ask.height, result.ask.size)
        return Reply(200, picture.parts(), {"content-type": "image/png"})

    # --- images -----------------------------------------------------------------------------------------------

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """The images that the body asks for, or the first thing that is wrong with it, as OpenAI does."""
        try:
            body = json.loads(visit.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            text = (
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
                "library correctly.)"
            )
            return Declined(Ending.INVALID, openai.error(visit, 400, text))
        model = body.get("model", self._desk.spec.models[0])
        if model not in self._desk.spec.models:
            return _no_model(visit, str(model))
        family = next(family for prefix, family in _FAMILIES.items() if model.startswith(prefix))
        problem = _problem(body, family)
        return _wrong(visit, *problem) if problem else self._ask(visit, body, model, family)

    def _ask(self, visit: Visit, body: Mapping[str, Any], model: str, family: Family) -> ImageAsk | Declined:
        given = body.get("size", "auto")
        width, height = (1024, 1024) if given == "auto" else map(int, given.split("x"))
        size = tier_of(width, height)
        if size not in self._desk.spec.latency.sizes:
            return _wrong(visit, "size", f"Invalid value: '{given}'. This model does not make images of that size.")
        quality = body.get("quality", "auto")
        options = {
            "quality": "high" if quality == "auto" else quality,
            "background": "opaque" if body.get("background", "auto") == "auto" else body["background"],
            "as": body.get("response_format", family.gives),
            "usage": "told" if family.tells_usage else "",
        }
        return ImageAsk(model, size, width, height, body.get("n") or 1, body["prompt"], options=options)

    def answer(self, visit: Visit, work: Work) -> Reply:
        """Images in base64 or as URLs; an empty list where none was made; 400 where a policy refused."""
        if work.fault in (Fault.BLOCKED, Fault.IMAGE_SAFETY):
            return openai.moderated(visit)
        ask = work.ask if work.fault is not Fault.WRONG_TIER else _halved(work.ask)
        names = [] if work.fault is Fault.NO_IMAGE else [f"{visit.draw.name}/{index}" for index in range(ask.images)]
        body = self._envelope(visit, work.ask, len(names))
        headers = openai.headers(visit, work.wait_s) | self._rate_headers(visit)
        if ask.options["as"] == "url":
            body["data"] = [{"url": self._stored(visit, name, ask)} for name in names]
            return Reply(200, (json.dumps(body, indent=2).encode(),), headers)
        body["data"] = [{"b64_json": _MARK % index} for index in range(len(names))]
        pictures = [self._desk.picture(name, ask.width, ask.height, ask.size) for name in names]
        return Reply(200, _filled(body, pictures), headers)

    def _envelope(self, visit: Visit, ask: ImageAsk, images: int) -> dict[str, Any]:
        body: dict[str, Any] = {"created": int(visit.arrived_at.timestamp())}
        if not ask.options["usage"]:
            return body
        text = max(1, len(ask.prompt) // 4)
        tokens = round(_OUTPUT_TOKENS[ask.options["quality"]] * ask.width * ask.height / 1024**2) * images
        usage = {
            "total_tokens": text + tokens,
            "input_tokens": text,
            "output_tokens": tokens,
            "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
            "output_tokens_details": {"text_tokens": 0, "image_tokens": tokens},
        }
        return body | {
            "background": ask.options["background"],
            "output_format": "png",
            "size": f"{ask.width}x{ask.height}",
            "quality": ask.options["quality"],
            "usage": usage,
        }

    def _stored(self, visit: Visit, name: str, ask: ImageAsk) -> str:
        now_s = self._desk.timeline.read()
        self._forget(now_s)
        file = openai.request_id(visit).removeprefix("req_") + f"-{name.rpartition('/')[2]}.png"
        self._results[file] = _Result(name, ask, now_s + self._desk.spec.url_ttl_s)
        return f"{visit.request.url.origin()}/{self._desk.name}/files/{file}"

    def _forget(self, now_s: float) -> None:
        """Results that expired long ago; they are in order of their making."""
        for file, result in list(self._results.items()):
            if result.expires_s + self._desk.spec.url_ttl_s > now_s:
                break
            del self._results[file]

    def _rate_headers(self, visit: Visit) -> dict[str, str]:
        stated, rate = self._desk.stated_rpm, visit.gate.rate if visit.gate else None
        if stated is None or rate is None:
            return {}
        return openai.rate_headers(stated, rate.left(self._desk.timeline.read()))

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        """OpenAI's error object; 429 with headers."""
        match refusal.ending:
            case Ending.BAD_KEY:
                return openai.bad_key(visit)
            case Ending.RATE_LIMITED | Ending.RATE_LIMITED_DAY | Ending.RATE_LIMITED_BARE:
                worst = max(refusal.violations, key=lambda violation: violation.wait_s or 0.0)
                hint_s = self._desk.hint_s(worst) if refusal.detailed else None
                return openai.limited(visit, worst, hint_s, self._rate_headers(visit))
            case plain:
                return openai.plain_error(visit, plain)


build = OpenAIImages


def _problem(body: Mapping[str, Any], family: Family) -> tuple[str, str, str] | None:
    """The first thing wrong: parameter, sentence, code."""
    if unknown := next((name for name in body if name not in family.parameters), None):
        return unknown, f"Unknown parameter: '{unknown}'.", "unknown_parameter"
    if not isinstance(body.get("prompt"), str) or not body["prompt"]:
        return "prompt", "Missing required parameter: 'prompt'.", "missing_required_parameter"
    return _number_problem(body, family) or _choice_problem(body, family) or _unsimulated(body)


def _number_problem(body: Mapping[str, Any], family: Family) -> tuple[str, str, str] | None:
    images = body.get("n") or 1
    if not isinstance(images, int):
        return "n", "Invalid type for 'n': expected an integer.", "invalid_type"
    if images > family.most_images:
        text = f"Invalid 'n': integer above maximum value. Expected a value <= {family.most_images}, but got {images}."
        return "n", text, "integer_above_max_value"
    return None


def _choice_problem(body: Mapping[str, Any], family: Family) -> tuple[str, str, str] | None:
    choices: dict[str, tuple[str, ...]] = {"quality": family.qualities, "response_format": ("url", "b64_json")}
    if family.sizes:
        choices["size"] = family.sizes
    elif problem := _free_size_problem(body.get("size", "auto"), family):
        return "size", problem, "invalid_value"
    for name, known in choices.items():
        if name in body and body[name] not in known:
            listed = " and ".join(filter(None, (", ".join(f"'{k}'" for k in known[:-1]), f"'{known[-1]}'")))
            return name, f"Invalid value: '{body[name]}'. Supported values are: {listed}.", "invalid_value"
    return None


def _free_size_problem(size: object, family: Family) -> str | None:
    """`gpt-image-2`: multiples of 16, ratio up to 3:1, edge up to 3840, 655,360 to 8,294,400 pixels."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})|auto", str(size))
    if not match:
        return f"Invalid value: '{size}'. Expected 'auto' or WIDTHxHEIGHT."
    if size == "auto":
        return None
    width, height = int(match[1]), int(match[2])
    short, long = sorted((width, height))
    if width % 16 or height % 16 or not short:
        return f"Invalid value: '{size}'. Width and height must be divisible by 16."
    if long > family.edge or (long > 3 * short and family.edge == 3840):
        return f"Invalid value: '{size}'. The longer edge must be at most {family.edge} and 3 times the shorter one."
    least, most = family.area
    return None if least <= width * height <= most else f"Invalid value: '{size}'. Needs {least} to {most} pixels."


def _unsimulated(body: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """What the real API can do and this simulator cannot: said, not ignored."""
    if body.get("stream"):
        return "stream", "This simulator does not stream images.", "unsupported_value"
    if body.get("output_format", "png") != "png":
        return "output_format", "This simulator makes PNG only.", "unsupported_value"
    return None


def _wrong(visit: Visit, param: str, text: str, code: str = "invalid_value") -> Declined:
    return Declined(Ending.INVALID, openai.error(visit, 400, text, code=code, param=param))


def _no_model(visit: Visit, model: str) -> Declined:
    text = f"The model '{model}' does not exist or you do not have access to it."
    return Declined(Ending.NOT_FOUND, openai.error(visit, 404, text, code="model_not_found", param="model"))


def _invalid_url(visit: Visit) -> Declined:
    text = f"Invalid URL ({visit.request.method} /{visit.request.match_info['path']})"
    return Declined(Ending.NOT_FOUND, openai.error(visit, 404, text))


def _describe(model: str) -> dict[str, Any]:
    return {"id": model, "object": "model", "created": 1764547200, "owned_by": "system"}


def _halved(ask: ImageAsk) -> ImageAsk:
    width, height = ask.width // 2, ask.height // 2
    size: Size = tier_of(width, height)
    return ImageAsk(ask.model, size, width, height, ask.images, ask.prompt, options=ask.options)


def _blob_error(status: int, code: str, message: str) -> Reply:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, (body.encode(),), {"content-type": "application/xml", "server": "Windows-Azure-Blob/1.0"})


def _filled(body: Mapping[str, Any], pictures: Sequence[Picture]) -> tuple[bytes, ...]:
    parts: list[bytes] = []
    rest = json.dumps(body, indent=2).encode() + b"\n"
    for index, picture in enumerate(pictures):
        before, _, rest = rest.partition((_MARK % index).encode())
        parts += [before, *picture.base64_parts()]
    return (*parts, rest)
