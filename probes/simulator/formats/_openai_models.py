"""The free calls of OpenAI's API, and its error for paths that there are not; shared by its formats."""

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.faults import Fault
from probes.simulator.formats import _gateway as gateway
from probes.simulator.formats import _openai as openai
from probes.simulator.ledger import Kind
from probes.simulator.nouns import Declined, ImageFormat, Reply, Visit


class Models:
    """`/v1/models` at one provider's desk."""

    def __init__(self, desk: Desk, fmt: ImageFormat) -> None:
        """In the words of this format."""
        self._desk = desk
        self._fmt = fmt

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """To stand last: what is nowhere else ends here."""
        return (
            web.get("/v1/models", self._list),
            web.get("/v1/models/{model}", self._get),
            web.route("*", "/{path:.*}", self._elsewhere),
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self._fmt, self._listed)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self._fmt, self._one)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.open(request, self._fmt, _invalid_url, Kind.CONTROL)

    def _listed(self, visit: Visit) -> Reply:
        body = {"object": "list", "data": [_describe(model) for model in self._desk.spec.models]}
        return Reply(200, (json.dumps(body, indent=2).encode(), b"\n"), openai.headers(visit, visit.quick_s))

    def _one(self, visit: Visit) -> Reply | Declined:
        visit.model = visit.request.match_info["model"]
        if visit.model not in self._desk.spec.models:
            return self.unknown(visit)
        body = json.dumps(_describe(visit.model), indent=2).encode()
        return Reply(200, (body,), openai.headers(visit, visit.quick_s))

    def unknown(self, visit: Visit) -> Declined:
        """What is said of a model that there is not: 404, or a gateway's 503."""
        if self._desk.spec.errors == "gateway":
            return Declined(Ending.NOT_FOUND, gateway.no_channel(visit, visit.model))
        words = openai.WORDS[Fault.NOT_THERE]
        text = words.message.format(model=visit.model)
        return Declined(Ending.NOT_FOUND, openai.error(visit, 404, text, code=words.code, param="model"))


def _invalid_url(visit: Visit) -> Declined:
    text = f"Invalid URL ({visit.request.method} /{visit.request.match_info['path']})"
    return Declined(Ending.NOT_FOUND, openai.error(visit, 404, text))


def _describe(model: str) -> dict[str, Any]:
    return {"id": model, "object": "model", "created": 1764547200, "owned_by": "system"}
