"""AUTOMATIC1111's web API, as self-hosted Stable Diffusion has it: `POST /sdapi/v1/txt2img` and free calls.

Source: AUTOMATIC1111/stable-diffusion-webui `modules/api/api.py` and `models.py` (FastAPI: unknown fields are passed
over, wrong types are 422; exceptions are 500 with `error`, `detail`, `body`, `errors`). Statuses 429, 503 and 504 are
those of a proxy in front of it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending, How
from probes.simulator.faults import EVERYWHERE, IN_BASE64, PICTURES, Fault
from probes.simulator.formats._filling import filled, mark
from probes.simulator.ledger import Kind
from probes.simulator.nouns import Declined, ImageAsk, Refusal, Reply, ServedFormat, Visit, Work
from probes.simulator.scenario import Auth
from probes.simulator.sizes import tier_of

AUTH: Final[tuple[Auth, ...]] = ("none",)  # `basic` where it was started with --api-auth
_HEADERS: Final = {"content-type": "application/json", "server": "uvicorn"}
_EDGES: Final = (64, 8192)
_NUMBERS: Final = {"width": 512, "height": 512, "steps": 50, "batch_size": 1, "n_iter": 1, "seed": -1}


@dataclass(frozen=True, slots=True)
class Words:
    """An error in words: an exception of the program, or `detail` of the framework or a proxy."""

    status: int
    text: str
    exception: str | None = None


_MEMORY: Final = (
    "CUDA out of memory. Tried to allocate 1.11 GiB (GPU 0; 6.00 GiB total capacity; 4.27 GiB already allocated; "
    "98.34 MiB free; 4.37 GiB reserved in total by PyTorch)"
)
WORDS: Final[dict[How, Words]] = {
    Ending.NO_KEY: Words(401, "Not authenticated"),
    Ending.BAD_KEY: Words(401, "Incorrect username or password"),
    Ending.THROTTLED: Words(429, "Too Many Requests"),
    Fault.KEY_INVALID: Words(401, "Incorrect username or password"),
    Fault.INVALID_ARGUMENT: Words(422, "Validation error"),
    Fault.NOT_THERE: Words(404, "Not Found"),
    Fault.TOO_LARGE: Words(413, "Request Entity Too Large"),
    Fault.OVERLOADED: Words(503, "Service Unavailable"),
    Fault.UNAVAILABLE: Words(503, "Service Unavailable"),
    Fault.INTERNAL: Words(500, "mat1 and mat2 shapes cannot be multiplied (77x2048 and 768x320)", "RuntimeError"),
    Fault.OUT_OF_MEMORY: Words(500, _MEMORY, "OutOfMemoryError"),
    Fault.DEADLINE: Words(504, "Gateway Timeout"),
}
SPEAKS: Final = (
    EVERYWHERE
    | PICTURES
    | IN_BASE64
    | {Fault.NO_IMAGE, Fault.RATE_LIMITED}
    | {how for how in WORDS if isinstance(how, Fault)}
)


class A1111:
    """The web API at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk."""
        self._desk = desk

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Images, models, options, progress."""
        return (
            web.post("/sdapi/v1/txt2img", self._make),
            web.get("/sdapi/v1/sd-models", self._free(self._models)),
            web.get("/sdapi/v1/options", self._free(lambda: {"sd_model_checkpoint": self._desk.spec.models[0]})),
            web.get("/internal/ping", self._free(dict)),
            web.get("/sdapi/v1/progress", self._free(self._progress)),
            web.route("*", "/{path:.*}", self._elsewhere),
        )

    async def _make(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.image(request, self)

    def _free(self, tell: Callable[[], object]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._desk.control(request, self, lambda _: _json(200, tell()))

        return handle

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        nowhere = Declined(Ending.NOT_FOUND, _json(404, {"detail": "Not Found"}))
        return await self._desk.open(request, self, lambda _: nowhere, Kind.CONTROL)

    def _models(self) -> list[dict[str, Any]]:
        return [
            {"title": f"{model}.safetensors", "model_name": model, "hash": None, "sha256": None, "config": None}
            for model in self._desk.spec.models
        ]

    def _progress(self) -> dict[str, Any]:
        busy = self._desk.ledger.tallies[Kind.IMAGE].in_flight
        return {"progress": 0.0, "eta_relative": 0.0, "state": {"job_count": busy}, "current_image": None}

    # --- images -----------------------------------------------------------------------------------------------

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """Width, height and number of pictures; anything of a wrong type is 422 as FastAPI has it."""
        try:
            body = json.loads(visit.body)
        except ValueError:
            return _unfit("body", "JSON decode error")
        if not isinstance(body, dict):
            return _unfit("body", "value is not a valid dict")
        numbers = {name: body.get(name, usual) for name, usual in _NUMBERS.items()}
        if wrong := next((name for name, value in numbers.items() if not isinstance(value, int)), None):
            return _unfit(wrong, "value is not a valid integer")
        return self._ask(body, numbers)

    def _ask(self, body: Mapping[str, Any], numbers: Mapping[str, int]) -> ImageAsk | Declined:
        width, height = (numbers[name] // 8 * 8 for name in ("width", "height"))  # latents are eighths
        model = (body.get("override_settings") or {}).get("sd_model_checkpoint", self._desk.spec.models[0])
        if not all(_EDGES[0] <= edge <= _EDGES[1] for edge in (width, height)):
            return _unfit("width", f"ensure this value is between {_EDGES[0]} and {_EDGES[1]}")
        size = tier_of(width, height)
        if size not in self._desk.spec.latency.sizes:
            words = WORDS[Fault.OUT_OF_MEMORY]  # what larger pictures come to on a small card
            return Declined(Ending.INVALID, _exception(words))
        images = numbers["batch_size"] * numbers["n_iter"]
        return ImageAsk(str(model), size, width, height, images, str(body.get("prompt", "")))

    def answer(self, visit: Visit, work: Work) -> Reply:
        """Pictures in base64, what was asked for, and `info` as JSON within a string."""
        ask = work.ask
        count = 0 if work.fault is Fault.NO_IMAGE else ask.images
        pictures = [self._desk.studio.shown(f"{visit.draw.name}/{index}", ask, work.fault) for index in range(count)]
        asked = json.loads(visit.body)
        digest = hashlib.sha256(visit.draw.name.encode()).hexdigest()
        info = {
            "prompt": ask.prompt,
            "seed": int(digest[:8], 16),
            "width": ask.width,
            "height": ask.height,
            "sd_model_name": ask.model,
            "sd_model_hash": hashlib.sha256(ask.model.encode()).hexdigest()[:10],
        }
        body = {"images": [mark(index) for index in range(count)], "parameters": asked, "info": json.dumps(info)}
        headers = {**_HEADERS, "x-process-time": f"{work.wait_s:.4f}"}
        return Reply(200, filled(body, pictures, indent=None), headers)

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:  # noqa: ARG002 - as every format
        """An exception of the program, or a detail."""
        words = WORDS[refusal.how]
        reply = _exception(words) if words.exception else _json(words.status, {"detail": words.text})
        asks_for_key = words.status == 401
        return Reply(reply.status, reply.parts, {**_HEADERS, **({"www-authenticate": "Basic"} if asks_for_key else {})})


build: Final[Callable[[Desk], ServedFormat]] = A1111


def _exception(words: Words) -> Reply:
    return _json(words.status, {"error": words.exception, "detail": "", "body": "", "errors": words.text})


def _unfit(field: str, problem: str) -> Declined:
    location = ["body"] if field == "body" else ["body", field]
    return Declined(Ending.INVALID, _json(422, {"detail": [{"loc": location, "msg": problem, "type": "type_error"}]}))


def _json(status: int, body: object) -> Reply:
    return Reply(status, (json.dumps(body).encode(),), _HEADERS)
