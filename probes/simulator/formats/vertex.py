"""Gemini on Vertex AI: the same methods below projects and locations, or in express mode, and OAuth tokens.

Sources: cloud.google.com/vertex-ai/generative-ai/docs (model reference, errors, express mode), read 2026-11-22. Keys of
the scenario are accepted as bearer tokens that do not expire and, in express mode, as API keys; tokens that expire are
had from the token endpoint with the key file of the service account.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from probes.simulator.accounts import Accounts
from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.faults import Fault
from probes.simulator.formats import _google as google
from probes.simulator.formats._gemini_api import GeminiApi, speaks
from probes.simulator.ledger import Kind
from probes.simulator.nouns import Declined, ImageAsk, Reply, ServedFormat, Visit
from probes.simulator.scenario import Auth

AUTH: Final[tuple[Auth, ...]] = ("bearer", "x-goog-api-key", "query")
SPEAKS: Final = speaks(vertex=True)
_VERSION: Final = "/{version:v1|v1beta1}"
_MODELS: Final = "publishers/google/models"
_PLACE: Final = "projects/{project}/locations/{location}"


class Vertex(GeminiApi):
    """The format at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk, with a service account of its own."""
        super().__init__(desk, vertex=True)
        self._accounts = Accounts(desk)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Regional and express paths, tokens."""
        return (
            *self.methods(f"{_VERSION}/{_PLACE}/{_MODELS}"),
            *self.methods(f"{_VERSION}/{_MODELS}"),
            web.get(f"{_VERSION}/{_MODELS}/{{model}}", self._get_model),
            web.post("/token", self._post_token),
            web.get("/service-account.json", self._get_key_file),
            *self.elsewhere(),
        )

    async def _get_model(self, request: web.Request) -> web.StreamResponse:
        return await self.desk.control(request, self, self._model)

    async def _post_token(self, request: web.Request) -> web.StreamResponse:
        return await self.desk.open(request, self, self._token, Kind.CONTROL)

    async def _get_key_file(self, request: web.Request) -> web.StreamResponse:
        return await self.desk.open(request, self, self._accounts.key_file, Kind.FILE)

    def _token(self, visit: Visit) -> Reply | Declined:
        return self._accounts.token(visit, dict(parse_qsl(visit.body.decode(errors="replace"))))

    def _model(self, visit: Visit) -> Reply | Declined:
        return self.unknown(visit) or google.json_reply(200, _describe(visit.model), visit.quick_s)

    def unknown(self, visit: Visit) -> Declined | None:
        """A project that the token may not use, or a model that there is not."""
        visit.model = visit.request.match_info["model"]
        project = visit.request.match_info.get("project", visit.project)
        if project == visit.project:
            return super().unknown(visit)
        text = (
            f"Permission 'aiplatform.endpoints.predict' denied on resource '//{google.VERTEX}/projects/{project}' "
            "(or it may not exist)."
        )
        return Declined(Ending.BAD_KEY, google.error(403, text, visit.quick_s))

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """The same message; a token in express mode, or an API key elsewhere, is not enough."""
        regional = "project" in visit.request.match_info
        if regional and not visit.request.headers.get("authorization"):
            return Declined(Ending.NO_KEY, google.worded(visit, Fault.KEY_INVALID, vertex=True))
        return super().read(visit)


build: Final[Callable[[Desk], ServedFormat]] = Vertex


def _describe(model: str) -> dict[str, Any]:
    return {
        "name": f"{_MODELS}/{model}",
        "versionId": "default",
        "openSourceCategory": "PROPRIETARY",
        "launchStage": "GA",
        "publisherModelTemplate": f"{_PLACE}/{_MODELS}/{model}",
    }
