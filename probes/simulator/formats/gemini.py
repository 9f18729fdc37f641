"""Gemini native: methods of models, batches, and the free calls on models, under `/v1` and `/v1beta` as at Google."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.formats import _gemini_batch
from probes.simulator.formats import _google as google
from probes.simulator.formats._gemini_api import GeminiApi, speaks
from probes.simulator.nouns import Answering, Declined, ImageAsk, Refusal, Reply, ServedFormat, Visit, Work
from probes.simulator.scenario import Auth

AUTH: Final[tuple[Auth, ...]] = ("x-goog-api-key", "query", "bearer")  # bearer is what resellers take
SPEAKS: Final = speaks(vertex=False) | _gemini_batch.SPEAKS
_VERSION: Final = "/{version:v1|v1beta}"


class Gemini(GeminiApi):
    """The native format at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk; no batch yet."""
        super().__init__(desk, vertex=False)
        self._batches = _gemini_batch.Batches(desk, self.composer, self)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Both API versions."""
        creation = _Creation(self, self._batches)

        async def create(request: web.Request) -> web.StreamResponse:
            return await self.desk.image(request, creation)

        return (
            *self.methods(f"{_VERSION}/models"),
            web.post(f"{_VERSION}/models/{{model}}:batchGenerateContent", create),
            web.get(f"{_VERSION}/models/{{model}}", self._control(self._model)),
            web.get(f"{_VERSION}/models", self._control(self._models)),
            web.get(f"{_VERSION}/batches/{{batch}}", self._control(self._batches.get)),
            web.get(f"{_VERSION}/batches", self._control(self._batches.listed)),
            web.post(f"{_VERSION}/batches/{{batch}}:cancel", self._control(self._batches.cancel)),
            *self.elsewhere(),
        )

    def _control(self, answer: Answering) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self.desk.control(request, self, answer)

        return handle

    def _model(self, visit: Visit) -> Reply | Declined:
        model = visit.request.match_info["model"]
        if model not in self.desk.spec.models:
            text = f"Model is not found: models/{model} for api version {visit.request.match_info['version']}"
            return Declined(Ending.NOT_FOUND, google.error(404, text, visit.quick_s))
        return google.json_reply(200, _describe(model), visit.quick_s)

    def _models(self, visit: Visit) -> Reply:
        return google.json_reply(200, {"models": [_describe(m) for m in self.desk.spec.models]}, visit.quick_s)


class _Creation:
    """The same format where a batch is created: read as a job, and answered by what it became."""

    def __init__(self, api: Gemini, batches: _gemini_batch.Batches) -> None:
        self._api = api
        self._batches = batches

    def read(self, visit: Visit) -> ImageAsk | Declined:
        return self._api.unknown(visit) or self._batches.read(visit, visit.model)

    def answer(self, visit: Visit, work: Work) -> Reply:
        return self._api.answer(visit, work)

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        return self._api.refuse(visit, refusal)


build: Final[Callable[[Desk], ServedFormat]] = Gemini


def _describe(model: str) -> dict[str, Any]:
    return {
        "name": f"models/{model}",
        "version": "001",
        "displayName": model.replace("-", " ").title(),
        "description": "A simulated model.",
        "inputTokenLimit": 65536,
        "outputTokenLimit": 32768,
        "supportedGenerationMethods": ["generateContent", "countTokens", "batchGenerateContent"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
    }
