"""The Gemini Batch API: a long-running operation that holds many requests, polled until it has ended.

Source: ai.google.dev/gemini-api/docs/batch-api, and the bodies that google-genai 1.75 and 3.4 send and take. Int64 are
strings; the error of an item has a gRPC code. A job that has succeeded can hold items that failed.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending, made_an_image
from probes.simulator.faults import Fault, Stage
from probes.simulator.formats import _gemini_request as request
from probes.simulator.formats import _google as google
from probes.simulator.formats import _protojson as protojson
from probes.simulator.formats._filling import filled, mark
from probes.simulator.formats._gemini_answer import Composer
from probes.simulator.nouns import Declined, ImageAsk, ImageFormat, Reply, Visit, Work
from probes.simulator.pictures import Drawn
from probes.simulator.provoked import refusal_of

_TYPE: Final = "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"
_ENDS: Final = {Fault.BATCH_FAILED: "FAILED", Fault.BATCH_EXPIRED: "EXPIRED", Fault.BATCH_CANCELLED: "CANCELLED"}
_KEPT_S: Final = 14 * 86_400.0  # so long a job is known after its end
_GRPC: Final = {400: 3, 401: 16, 403: 7, 404: 5, 413: 3, 429: 8, 499: 1, 500: 13, 503: 14, 504: 4}
_REQUESTS: Final[protojson.Shape] = {
    "batch": {
        "model": None,
        "display_name": None,
        "priority": None,
        "input_config": {"file_name": None, "requests": {"requests": [{"request": None, "metadata": None}]}},
    }
}
SPEAKS: Final = frozenset((*_ENDS, Fault.TASK_STUCK, Fault.TASK_LOST))


@dataclass(slots=True)
class _Item:
    """One request of a job: what it asks for (or why it cannot be), and what its sender calls it."""

    ask: ImageAsk | Declined
    metadata: dict[str, Any]


@dataclass(slots=True)
class _Job:
    """A batch: created, pending, running, done."""

    name: str
    title: str
    visit: Visit
    work: Work
    items: list[_Item]
    created_s: float
    begins_s: float
    ends_s: float
    cancelled_s: float | None = None
    fetched: bool = False


class Batches:
    """The jobs of one provider."""

    def __init__(self, desk: Desk, composer: Composer, fmt: ImageFormat) -> None:
        """There is none yet."""
        self._desk = desk
        self._composer = composer
        self._fmt = fmt
        self._jobs: dict[str, _Job] = {}

    # --- creating ---------------------------------------------------------------------------------------------

    def read(self, visit: Visit, model: str) -> ImageAsk | Declined:
        """A job as one request for as many images as it has items."""
        parsed = protojson.parse(visit.body)
        if isinstance(parsed, str):
            return Declined(Ending.INVALID, google.bad_request([("", parsed)], visit.quick_s))
        if found := list(protojson.violations_of(parsed, _REQUESTS)):
            return Declined(Ending.INVALID, google.bad_request(found, visit.quick_s))
        batch: dict[str, Any] = {protojson.snake(name): value for name, value in (parsed.get("batch") or {}).items()}
        config = {protojson.snake(name): value for name, value in (batch.get("input_config") or {}).items()}
        if config.get("file_name"):
            text = "This simulator has no files; give the requests inline."
            return Declined(Ending.INVALID, google.error(400, text, visit.quick_s))
        items = [
            self._item(visit, model, one) for one in protojson.many((config.get("requests") or {}).get("requests"))
        ]
        asks = [item.ask for item in items if isinstance(item.ask, ImageAsk)]
        if not asks:
            return self._nothing_to_do(visit, items)
        title = str(batch.get("display_name") or "")
        prompt = " ".join(ask.prompt for ask in asks)
        return replace(
            asks[0], images=len(asks), prompt=prompt, later=lambda v, work: self._create(v, work, items, title)
        )

    def _item(self, visit: Visit, model: str, one: dict[str, Any]) -> _Item:
        asked = request.of_message(visit, self._desk.spec, model, one.get("request") or {})
        return _Item(asked, one.get("metadata") or {})

    def _nothing_to_do(self, visit: Visit, items: list[_Item]) -> Declined:
        """No item is sound: the first says why; or there is none."""
        first = next((item.ask for item in items if isinstance(item.ask, Declined)), None)
        return first or Declined(
            Ending.INVALID, google.error(400, "* batch.requests: is not specified\n", visit.quick_s)
        )

    def _create(self, visit: Visit, work: Work, items: list[_Item], title: str) -> Reply:
        latency, now_s = self._desk.spec.latency, self._desk.timeline.read()
        takes_s = latency.batch.seconds(visit.draw.latency_z)
        name = f"batches/{hashlib.sha256(visit.draw.name.encode()).hexdigest()[:24]}"
        job = _Job(name, title, visit, work, items, now_s, now_s + takes_s * latency.queue_share, now_s + takes_s)
        self._forget(now_s)
        self._jobs[name] = job
        return google.json_reply(200, self._operation(job)[0], visit.quick_s)

    def _forget(self, now_s: float) -> None:
        """Jobs that ended long ago; they are about in order of their end."""
        for name, job in list(self._jobs.items()):
            if job.ends_s + _KEPT_S > now_s:
                break
            del self._jobs[name]

    # --- looking ----------------------------------------------------------------------------------------------

    def get(self, visit: Visit) -> Reply | Declined:
        """A job as it stands."""
        job = self._known(visit)
        if isinstance(job, Declined):
            return job
        body, pictures = self._operation(job)
        return Reply(200, filled(body, pictures), google.headers(visit.quick_s))

    def listed(self, visit: Visit) -> Reply:
        """All jobs, without their results."""
        operations = [{**self._operation(job)[0], "response": {}} for job in self._jobs.values()]
        found = [{k: v for k, v in operation.items() if k != "response"} for operation in operations]
        return google.json_reply(200, {"operations": found}, visit.quick_s)

    def cancel(self, visit: Visit) -> Reply | Declined:
        """End a job before it has ended by itself."""
        job = self._known(visit)
        if isinstance(job, Declined):
            return job
        now_s = self._desk.timeline.read()
        job.cancelled_s = job.cancelled_s or (now_s if now_s < job.ends_s else None)
        return google.json_reply(200, {}, visit.quick_s)

    def _known(self, visit: Visit) -> _Job | Declined:
        job = self._jobs.get(f"batches/{visit.request.match_info['batch']}")
        if job and job.work.fault is not Fault.TASK_LOST and job.visit.project == visit.project:
            return job
        return Declined(Ending.NOT_FOUND, google.error(404, "Requested entity was not found.", visit.quick_s))

    def _state(self, job: _Job, now_s: float) -> str:
        if job.cancelled_s is not None:
            return "CANCELLED"
        if now_s < job.begins_s or job.work.fault is Fault.TASK_STUCK:
            return "PENDING"
        if now_s < job.ends_s:
            return "RUNNING"
        return _ENDS.get(job.work.fault, "SUCCEEDED") if job.work.fault else "SUCCEEDED"

    def _operation(self, job: _Job) -> tuple[dict[str, Any], list[Drawn]]:
        now_s = self._desk.timeline.read()
        state = self._state(job, now_s)
        responses, pictures = self._responses(job) if state == "SUCCEEDED" else ([], [])
        failed = sum("error" in response for response in responses)
        over = state not in ("PENDING", "RUNNING")
        metadata: dict[str, Any] = {
            "@type": _TYPE,
            "model": f"models/{job.work.ask.model}",
            "displayName": job.title,
            "createTime": self._stamp(job.created_s),
            "updateTime": self._stamp(min(now_s, job.ends_s)),
            "batchStats": _stats(len(job.items), failed, over=over, succeeded=state == "SUCCEEDED"),
            "state": f"BATCH_STATE_{state}",
            "name": job.name,
        }
        body: dict[str, Any] = {"name": job.name, "metadata": metadata}
        if not over:
            return body, pictures
        metadata["endTime"] = self._stamp(job.cancelled_s or job.ends_s)
        body["done"] = True
        if state == "SUCCEEDED":
            metadata["output"] = {"inlinedResponses": {"inlinedResponses": responses}}
            body["response"] = {"@type": f"{_TYPE}Output"}
        elif state in ("FAILED", "EXPIRED"):
            body["error"] = {"code": 13, "message": f"Batch {state.lower()}."}
        return body, pictures

    def _responses(self, job: _Job) -> tuple[list[dict[str, Any]], list[Drawn]]:
        """Every item; a fault is of the first of them, for the others must be seen to be well."""
        found: list[dict[str, Any]] = []
        pictures: list[Drawn] = []
        for index, item in enumerate(job.items):
            fault = job.work.fault if index == 0 else None
            about = {"metadata": item.metadata} if item.metadata else {}
            if isinstance(item.ask, Declined):
                found.append({"error": _status_of(item.ask.reply)} | about)
            elif fault and fault.stage is Stage.AFTER_WORK:
                found.append({"error": _status_of(self._fmt.refuse(job.visit, refusal_of(fault)))} | about)
            else:
                body, shown = self._response(job, item.ask, index, fault, len(pictures))
                pictures += shown
                found.append({"response": body} | about)
        self._account(job)
        return found, pictures

    def _response(
        self, job: _Job, ask: ImageAsk, index: int, fault: Fault | None, first: int
    ) -> tuple[dict[str, Any], list[Drawn]]:
        work = replace(job.work, ask=ask, fault=fault)
        content = self._composer.content(job.visit, work, f"{job.visit.draw.name}/{index}")
        text = json.dumps(content.body)
        for at in reversed(range(len(content.pictures))):
            text = text.replace(f'"{mark(at)}"', f'"{mark(first + at)}"')
        body: dict[str, Any] = json.loads(text)
        return body, list(content.pictures)

    def _account(self, job: _Job) -> None:
        """The first look at a result is its delivery."""
        if job.fetched:
            return
        job.fetched = True
        well = job.work.fault is None or (made_an_image(job.work.fault) and job.work.fault.delivers)
        images = job.work.ask.images - (0 if well else 1)
        took_s = job.ends_s - job.visit.arrived_s
        self._desk.ledger.deliver(job.work.ask.size, images, took_s if job.work.fault is None else None)

    def _stamp(self, at_s: float) -> str:
        at: datetime = self._desk.now_there(at_s)
        return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def _stats(count: int, failed: int, *, over: bool, succeeded: bool) -> dict[str, str]:
    stats = {"requestCount": str(count)}
    if not over:
        return stats | {"pendingRequestCount": str(count)}
    if succeeded and count > failed:
        stats["successfulRequestCount"] = str(count - failed)
    return stats | ({"failedRequestCount": str(failed)} if failed else {})


def _status_of(reply: Reply) -> dict[str, Any]:
    """A google.rpc.Status within an item: the same error with its gRPC code."""
    body = json.loads(b"".join(reply.parts))
    error = (body[0] if isinstance(body, list) else body)["error"]
    details = {"details": error["details"]} if "details" in error else {}
    return {"code": _GRPC.get(reply.status, 2), "message": error["message"], **details}
