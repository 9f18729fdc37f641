"""What the Gemini API and Vertex AI have in common: how methods of a model are routed, read, answered and refused."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.faults import EVERYWHERE, GATEWAY, IN_BASE64, IN_NAMES, PICTURES, Fault, Stage, of_stage
from probes.simulator.formats import _gateway as gateway
from probes.simulator.formats import _gemini_answer, _gemini_request
from probes.simulator.formats import _google as google
from probes.simulator.formats import _protojson as protojson
from probes.simulator.formats._files import PLACED, Files
from probes.simulator.formats._gemini_answer import Composer, in_array
from probes.simulator.ledger import Kind
from probes.simulator.nouns import Declined, ImageAsk, Refusal, Reply, Visit, Work

_OF_QUOTA: Final = frozenset(fault for fault in of_stage(Stage.THROTTLE) if fault.startswith("rate_limited"))
_ONLY_VERTEX: Final = frozenset((Fault.BLOCKED_MODEL_ARMOR, Fault.BLOCKED_JAILBREAK))
_COMMON: Final = (
    EVERYWHERE | PICTURES | IN_BASE64 | IN_NAMES | _OF_QUOTA | PLACED | _gemini_answer.SPEAKS | {Fault.STREAM_ERROR}
)


def speaks(*, vertex: bool) -> frozenset[Fault]:
    """The faults that there are words for."""
    words = google.WORDS_OF_VERTEX if vertex else google.WORDS
    found = _COMMON | {how for how in words if isinstance(how, Fault)}
    return found if vertex else (found | GATEWAY) - _ONLY_VERTEX


class GeminiApi:
    """Methods of models at one provider's desk; where they lie and which there are is said by who inherits."""

    def __init__(self, desk: Desk, *, vertex: bool) -> None:
        """Behind this desk."""
        self.desk = desk
        self.files = Files(desk)
        self.composer = Composer(desk, self.files, vertex=vertex)
        self._vertex = vertex

    def methods(self, folder: str) -> Sequence[web.AbstractRouteDef]:
        """The methods of a model below this path."""
        return (
            web.post(f"{folder}/{{model}}:{{method:generateContent|streamGenerateContent}}", self._generate),
            web.post(f"{folder}/{{model}}:countTokens", self._count_tokens),
        )

    def elsewhere(self) -> Sequence[web.AbstractRouteDef]:
        """Result files, and Google's page for everything else."""
        return (self.files.route(self), web.route("*", "/{path:.*}", self._elsewhere))

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        return await self.desk.image(request, self)

    async def _count_tokens(self, request: web.Request) -> web.StreamResponse:
        return await self.desk.control(request, self, self._count)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        return await self.desk.open(request, self, _no_such_page, Kind.CONTROL)

    def _count(self, visit: Visit) -> Reply | Declined:
        """How many tokens a prompt has; free of charge."""
        if declined := self.unknown(visit):
            return declined
        message = protojson.parse(visit.body)
        if isinstance(message, str):
            return Declined(Ending.INVALID, google.bad_request([("", message)], visit.quick_s))
        inner = message.get("generateContentRequest") or message
        prompt = _gemini_request.prompt_of(protojson.snaked(inner))
        tokens = max(1, len(prompt) // 4)
        body: dict[str, Any] = {"totalTokens": tokens}
        if self._vertex:
            body["totalBillableCharacters"] = len(prompt.replace(" ", ""))
        details = [{"modality": "TEXT", "tokenCount": tokens}]
        return google.json_reply(200, body | {"promptTokensDetails": details}, visit.quick_s)

    def unknown(self, visit: Visit) -> Declined | None:
        """What is said of a model that there is not; None if there is."""
        visit.model = visit.request.match_info["model"]
        if visit.model in self.desk.spec.models:
            return None
        if self.desk.spec.errors == "gateway":
            return Declined(Ending.NOT_FOUND, gateway.no_channel(visit, visit.model))
        return Declined(Ending.NOT_FOUND, google.worded(visit, Fault.NOT_THERE, vertex=self._vertex))

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """The image that `contents` and `generationConfig` ask for."""
        if declined := self.unknown(visit):
            return declined
        asked = _gemini_request.read(visit, self.desk.spec, visit.model, vertex=self._vertex)
        if isinstance(asked, ImageAsk):
            return replace(asked, streamed=_is_stream(visit))
        return Declined(asked.how, in_array(asked.reply)) if _is_bare_stream(visit) else asked

    def answer(self, visit: Visit, work: Work) -> Reply:
        """HTTP 200, whole or as a stream."""
        if _is_stream(visit):
            return self.composer.stream(visit, work, sse=not _is_bare_stream(visit))
        return self.composer.reply(visit, work)

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        """A google.rpc.Status, or what a gateway says in its place."""
        always = self.desk.spec.errors == "gateway"
        if said := gateway.refuse(visit, refusal, always=always):
            return said
        if refusal.how is Ending.THROTTLED:
            reply = google.exhausted(visit, refusal, self.desk.hint_s, vertex=self._vertex)
        else:
            reply = google.worded(visit, refusal.how, vertex=self._vertex)
        return in_array(reply) if _is_bare_stream(visit) else reply


def _is_stream(visit: Visit) -> bool:
    return visit.request.match_info.get("method") == "streamGenerateContent"


def _is_bare_stream(visit: Visit) -> bool:
    """A stream as a JSON array that grows, not as server-sent events."""
    return _is_stream(visit) and visit.request.query.get("alt") != "sse"


def _no_such_page(visit: Visit) -> Declined:
    body = f"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>\n<p>404: {visit.request.path} was not found\n"
    reply = Reply(404, (body.encode(),), {"content-type": "text/html; charset=UTF-8"})
    return Declined(Ending.NOT_FOUND, reply)
