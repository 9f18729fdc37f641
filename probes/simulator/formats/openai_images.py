"""OpenAI images: generations and edits with `b64_json` or a `url`, and the free list of models."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.faults import IN_BASE64, PICTURES, Fault
from probes.simulator.formats import _images_request as request_of
from probes.simulator.formats import _openai as openai
from probes.simulator.formats._files import PLACED, Files
from probes.simulator.formats._filling import filled, mark
from probes.simulator.formats._images_request import Family, Form
from probes.simulator.formats._openai_models import Models
from probes.simulator.nouns import Declined, ImageAsk, Refusal, Reply, ServedFormat, Visit, Work
from probes.simulator.scenario import Auth
from probes.simulator.sizes import tier_of

AUTH: Final[tuple[Auth, ...]] = ("bearer",)
SPEAKS: Final = openai.SPEAKS | PICTURES | IN_BASE64 | PLACED | {Fault.NO_IMAGE}
_OUTPUT_TOKENS: Final = {"low": 272, "medium": 1056, "high": 4160, "standard": 1056, "hd": 4160}  # 1024 x 1024
_NOT_JSON: Final = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly.)"
)


class OpenAIImages:
    """The images API at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk; no results yet."""
        self._desk = desk
        self._files = Files(desk)
        self._models = Models(desk, self)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The API, the host of result files, and OpenAI's error for everything else."""
        return (
            web.post("/v1/images/{what:generations|edits}", self._make),
            self._files.route(self),
            *self._models.routes(),
        )

    async def _make(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.image(request, self)

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """The images that the body asks for, or the first thing that is wrong with it, as OpenAI does."""
        edit = visit.request.match_info["what"] == "edits"
        form = request_of.of_multipart(visit) if edit else request_of.of_json(visit)
        if form is None:
            return Declined(Ending.INVALID, openai.error(visit, 400, _NOT_JSON))
        visit.model = str(form.fields.get("model", self._desk.spec.models[0]))
        if visit.model not in self._desk.spec.models:
            return self._models.unknown(visit)
        family = request_of.family_of(visit.model)
        problem = request_of.problem(form, family, edit=edit)
        return _wrong(visit, *problem) if problem else self._ask(visit, form, family)

    def _ask(self, visit: Visit, form: Form, family: Family) -> ImageAsk | Declined:
        body = form.fields
        given = body.get("size", "auto")
        width, height = (1024, 1024) if given == "auto" else map(int, given.split("x"))
        size = tier_of(width, height)
        if size not in self._desk.spec.latency.sizes:
            return _wrong(visit, "size", f"Invalid value: '{given}'. This model does not make images of that size.")
        return ImageAsk(
            visit.model,
            size,
            width,
            height,
            body.get("n") or 1,
            body["prompt"],
            inputs=form.images,
            options=self._options(body, family),
        )

    def _options(self, body: Mapping[str, Any], family: Family) -> dict[str, str]:
        quality = body.get("quality", "auto")
        by_url = self._desk.spec.by_url and family.gives_either
        return {
            "quality": "high" if quality == "auto" else quality,
            "background": "opaque" if body.get("background", "auto") == "auto" else body["background"],
            "as": body.get("response_format") or ("url" if by_url else family.gives),
            "usage": "told" if family.tells_usage else "",
            "output": body.get("output_format") or self._desk.spec.output,
        }

    def answer(self, visit: Visit, work: Work) -> Reply:
        """Images in base64 or as URLs; an empty list where none was made; 400 where a policy refused."""
        ask, fault = work.ask, work.fault
        if fault in (Fault.BLOCKED, Fault.IMAGE_SAFETY):
            return openai.worded(visit, fault)
        names = [] if fault is Fault.NO_IMAGE else [f"{visit.draw.name}/{index}" for index in range(ask.images)]
        body = self._envelope(visit, ask, len(names))
        headers = openai.headers(visit, work.wait_s) | openai.project_headers(visit, self._desk)
        if ask.options["as"] == "url" or fault in PLACED:
            origin = str(visit.request.url.origin())
            body["data"] = [{"url": self._files.url(origin, name, ask, fault)} for name in names]
            return Reply(200, (json.dumps(body, indent=2).encode(), b"\n"), headers)
        body["data"] = [{"b64_json": mark(index)} for index in range(len(names))]
        pictures = [self._desk.studio.shown(name, ask, fault) for name in names]
        return Reply(200, (*filled(body, pictures), b"\n"), headers)

    def _envelope(self, visit: Visit, ask: ImageAsk, images: int) -> dict[str, Any]:
        body: dict[str, Any] = {"created": int(visit.arrived_at.timestamp())}
        if not ask.options["usage"]:
            return body
        seen = 560 * ask.inputs
        text = ask.tokens - seen
        tokens = round(_OUTPUT_TOKENS[ask.options["quality"]] * ask.width * ask.height / 1024**2) * images
        usage = {
            "total_tokens": text + seen + tokens,
            "input_tokens": text + seen,
            "output_tokens": tokens,
            "input_tokens_details": {"text_tokens": text, "image_tokens": seen},
            "output_tokens_details": {"text_tokens": 0, "image_tokens": tokens},
        }
        return body | {
            "background": ask.options["background"],
            "output_format": ask.options["output"],
            "size": f"{ask.width}x{ask.height}",
            "quality": ask.options["quality"],
            "usage": usage,
        }

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        """OpenAI's error object."""
        return openai.refuse(visit, refusal, self._desk)


build: Final[Callable[[Desk], ServedFormat]] = OpenAIImages


def _wrong(visit: Visit, param: str, text: str, code: str = "invalid_value") -> Declined:
    return Declined(Ending.INVALID, openai.error(visit, 400, text, code=code, param=param))
