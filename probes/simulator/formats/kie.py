"""Kie.ai: tasks that are created, polled and fetched; errors in an envelope at HTTP 200.

Source: docs.kie.ai (market: createTask, get-task-detail; rate limits), read 2026-11-22. `param` and `resultJson` are
JSON within strings, times are milliseconds of the provider's own clock. Not confirmed: the words of most errors. A
callBackUrl is taken and never called: the simulator calls nobody.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.faults import AT_A_URL, EVERYWHERE, ONLY_BATCHES, ONLY_TASKS, PICTURES, Fault
from probes.simulator.formats._files import Files
from probes.simulator.formats._kie_words import FAILURES, WORDS, envelope, invalid
from probes.simulator.ledger import Kind
from probes.simulator.limits import SlidingLog
from probes.simulator.nouns import Declined, ImageAsk, Refusal, Reply, ServedFormat, Visit, Work
from probes.simulator.scenario import Auth
from probes.simulator.sizes import SIZES, Size, pixels

AUTH: Final[tuple[Auth, ...]] = ("bearer",)
_POLLS_PER_SECOND: Final = 10  # of one key
_MOST_LETTERS: Final = 10_000
_MOST_REFERENCES: Final = 14
_KEPT_S: Final = 14 * 86_400.0  # so long a task is known after its end
SPEAKS: Final = (
    EVERYWHERE
    | PICTURES
    | AT_A_URL
    | (ONLY_TASKS - ONLY_BATCHES)
    | {Fault.INTERNAL, Fault.DEADLINE, Fault.RATE_LIMITED}
    | {how for how in WORDS if isinstance(how, Fault)}
)


@dataclass(slots=True)
class _Task:
    """An image being made. Readings of the timeline."""

    identifier: str
    visit: Visit
    work: Work
    param: str
    created_s: float
    begins_s: float
    ends_s: float
    url: str | None = None
    fetched: bool = False


class Kie:
    """The task API at one provider's desk."""

    def __init__(self, desk: Desk) -> None:
        """Behind this desk; no tasks yet."""
        self._desk = desk
        self._files = Files(desk)
        self._tasks: dict[str, _Task] = {}
        self._polls: dict[str, SlidingLog] = {}

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Tasks, credits, result files."""
        return (
            web.post("/api/v1/jobs/createTask", self._create),
            web.get("/api/v1/jobs/recordInfo", self._look),
            web.get("/api/v1/chat/credit", self._credit),
            self._files.route(self),
            web.route("*", "/{path:.*}", self._elsewhere),
        )

    async def _create(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.image(request, self)

    async def _look(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self, self._record)

    async def _credit(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.control(request, self, lambda _: envelope(200, "success", 10_000))

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        nowhere = Declined(Ending.NOT_FOUND, envelope(404, "Not Found", None, status=404))
        return await self._desk.open(request, self, lambda _: nowhere, Kind.CONTROL)

    # --- creating ---------------------------------------------------------------------------------------------

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """A task; what is wrong with it is 422 in the envelope."""
        try:
            body = json.loads(visit.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("input"), dict):
            return invalid("This field is required: input")
        visit.model = str(body.get("model", ""))
        if visit.model not in self._desk.spec.models:
            return invalid("The model name you specified is not supported. Please verify the value of model.")
        return self._ask(visit, body)

    def _ask(self, visit: Visit, body: Mapping[str, Any]) -> ImageAsk | Declined:
        given: Mapping[str, Any] = body["input"]
        size, ratio = given.get("resolution") or "1K", given.get("aspect_ratio") or "1:1"
        ratio = "1:1" if ratio == "auto" else ratio
        inputs = given.get("image_input") or []
        if problem := self._problem(given, size, ratio, inputs):
            return invalid(problem)
        known: Size = next(known for known in SIZES if known == size)
        param = json.dumps(body, ensure_ascii=False)
        return ImageAsk(
            visit.model,
            known,
            *pixels(known, ratio),
            prompt=given["prompt"],
            inputs=len(inputs),
            options={"output": "jpeg" if given.get("output_format") in ("jpg", "jpeg") else "png"},
            later=lambda v, work: self._accept(v, work, param),
        )

    def _problem(self, given: Mapping[str, Any], size: object, ratio: object, inputs: object) -> str | None:
        prompt = given.get("prompt")
        if not isinstance(prompt, str) or not 0 < len(prompt) <= _MOST_LETTERS:
            return f"prompt: required, and the text length cannot exceed the maximum limit of {_MOST_LETTERS}"
        if str(size) not in self._desk.spec.latency.sizes:
            return f"resolution is not within the range of allowed options: {size}"
        if str(ratio) not in self._desk.spec.ratios:
            return f"aspect_ratio is not within the range of allowed options: {ratio}"
        if given.get("output_format", "png") not in ("png", "jpg", "jpeg"):
            return "output_format is not within the range of allowed options"
        if not isinstance(inputs, list) or len(inputs) > _MOST_REFERENCES:
            return f"image_input: at most {_MOST_REFERENCES} images"
        return None

    def _accept(self, visit: Visit, work: Work, param: str) -> Reply:
        now_s, takes_s = self._desk.timeline.read(), work.wait_s + work.download_s
        begins_s = now_s + takes_s * self._desk.spec.latency.queue_share
        digest = hashlib.sha256(visit.draw.name.encode()).hexdigest()[:16]
        self._forget(now_s)
        identifier = f"task_{work.ask.model.replace('/', '-')}_{digest}"
        self._tasks[identifier] = _Task(identifier, visit, work, param, now_s, begins_s, now_s + takes_s)
        return envelope(200, "success", {"taskId": identifier})

    def _forget(self, now_s: float) -> None:
        """Tasks that ended long ago; they are in order of their making."""
        for identifier, task in list(self._tasks.items()):
            if task.ends_s + _KEPT_S > now_s:
                break
            del self._tasks[identifier]

    # --- looking ----------------------------------------------------------------------------------------------

    def _record(self, visit: Visit) -> Reply | Declined:
        log = self._polls.setdefault(visit.key or "", SlidingLog(_POLLS_PER_SECOND, 1.0))
        if log.wait_s(visit.arrived_s) > 0:
            return Declined(Ending.THROTTLED, self.refuse(visit, Refusal(Ending.THROTTLED)))
        log.take(visit.arrived_s)
        task = self._tasks.get(visit.request.query.get("taskId", ""))
        if task is None or task.work.fault is Fault.TASK_LOST or task.visit.project != visit.project:
            return invalid("recordInfo is null")
        return envelope(200, "success", self._told(task))

    def _told(self, task: _Task) -> dict[str, Any]:
        """A record. Fields that do not apply yet are null."""
        now_s = self._desk.timeline.read()
        state = self._state(task, now_s)
        over = state in ("success", "fail")
        code, message = (
            FAILURES.get(task.work.fault, (None, None)) if state == "fail" and task.work.fault else (None, None)
        )
        return {
            "taskId": task.identifier,
            "model": task.work.ask.model,
            "state": state,
            "param": task.param,
            "resultJson": self._result(task, state),
            "failCode": code,
            "failMsg": message,
            "costTime": round((task.ends_s - task.created_s) * 1000) if over else None,
            "completeTime": self._ms(task.ends_s) if over else None,
            "createTime": self._ms(task.created_s),
            "updateTime": self._ms(min(now_s, task.ends_s)),
        }

    def _state(self, task: _Task, now_s: float) -> str:
        fault = task.work.fault
        if now_s < (task.created_s + task.begins_s) / 2:
            return "waiting"
        if now_s < task.begins_s:
            return "queuing"
        if fault is Fault.TASK_UNKNOWN_STATE:
            return "pondering"
        if now_s < task.ends_s or fault is Fault.TASK_STUCK:
            return "generating"
        return "fail" if fault in FAILURES else "success"

    def _result(self, task: _Task, state: str) -> str | None:
        fault = task.work.fault
        if state != "success" and fault is not Fault.TASK_EARLY:
            return None
        if fault is Fault.TASK_GARBLED:
            return '{"resultUrls":["https://tempfile'
        if fault is Fault.TASK_EMPTY:
            return '{"resultUrls":[]}'
        if task.url is None:
            origin = str(task.visit.request.url.origin())
            task.url = self._files.url(origin, task.visit.draw.name, task.work.ask, fault, lambda: self._account(task))
        return json.dumps({"resultUrls": [task.url]})

    def _account(self, task: _Task) -> None:
        """The first fetch of a result is its delivery."""
        fault = task.work.fault
        if task.fetched or (fault and not fault.delivers):
            return
        task.fetched = True
        took_s = self._desk.timeline.read() - task.visit.arrived_s
        self._desk.ledger.deliver(task.work.ask.size, 1, None if fault else took_s)

    def _ms(self, at_s: float) -> int:
        return round(self._desk.now_there(at_s).timestamp() * 1000)

    # --- answers ----------------------------------------------------------------------------------------------

    def answer(self, visit: Visit, work: Work) -> Reply:
        """Every image is a task here, so that this is what a task is answered with."""
        return self._accept(visit, work, "{}")

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        """An envelope, mostly at HTTP 200."""
        words = WORDS.get(refusal.how, WORDS[Fault.ENVELOPE_500])
        return envelope(words.code, words.message.format(key=visit.key), None, status=words.status)


build: Final[Callable[[Desk], ServedFormat]] = Kie
