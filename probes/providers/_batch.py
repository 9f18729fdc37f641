"""The Batch API of Gemini as a mode: one shot is one job with one request in it, at half the price.

Create, poll, read the item. A job that has SUCCEEDED may hold an item that failed: the item counts. `total_ms` is
the turnaround as polled: looks are `poll_s` apart, later 5 % of the time waited so far, so that a job of a day is
looked at about 150 times and its turnaround is known to 5 %; `server_ms` is what the provider's own clock says.
Source: ai.google.dev/gemini-api/docs/batch-api.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from probes.model import Answer, Ask, Exchange, Fault, Pause, Request, Step, Target
from probes.providers._google import failed, generation
from probes.providers._json import authorised, items, obj, parse, retry_after_s, said, unreadable, word
from probes.providers._task import Course, Stage, course

_NAME = re.compile(r"batches/[A-Za-z0-9][A-Za-z0-9._-]*")
_SHARE = 0.05
_PATIENCE = 3  # looks in a row that may fail before that is the answer: the job itself goes on meanwhile
_PASSING = frozenset((408, 429, 500, 502, 503, 504, 524, 529))
_ENDS = {  # state of a job that is over -> google.rpc status that it amounts to
    "SUCCEEDED": None,
    "FAILED": None,  # that of its error; without one, no more is known than that it is an error inside a success
    "CANCELLED": "CANCELLED",  # only the owner of the account can do that
    "EXPIRED": "DEADLINE_EXCEEDED",  # not begun, or not done, within the provider's own two days
}


@dataclass(frozen=True, slots=True)
class _Job:
    """A job as seen by one look. `state` is without its prefix, None where it gives none."""

    exchange: Exchange
    operation: dict[str, Any]

    @property
    def metadata(self) -> dict[str, Any]:
        return obj(self.operation.get("metadata"))

    @property
    def state(self) -> str | None:
        name = word(self.metadata.get("state")) or word(self.operation.get("state"))
        return name.removeprefix("BATCH_STATE_").removeprefix("JOB_STATE_") if name else None

    @property
    def has_ended(self) -> bool:
        return self.operation.get("done") is True or self.state in _ENDS


def step(target: Target, ask: Ask, so_far: Sequence[Exchange], *, body: bytes, version: str, poll_s: float) -> Step:
    """Create the job, look until it has ended, read its one item, and fetch the image if it is elsewhere."""
    if not so_far:
        return authorised(target, "POST", f"{version}/models/{target.model}:batchGenerateContent", _job_of(body))
    job = _created(so_far[0])
    if isinstance(job, Answer):
        return job
    so_long = course(so_far[0], so_far, _stage)
    if so_long.over:
        return _told(ask, so_long)
    last = [_look(exchange) for exchange in so_far[-_PATIENCE:]]
    if len(last) == _PATIENCE and isinstance(last[-1], Answer) and all(isinstance(look, Answer) for look in last):
        return last[-1]
    return Pause(_pause_s(so_far, poll_s), authorised(target, "GET", f"{version}/{job.operation['name']}"))


def _job_of(body: bytes) -> bytes:
    """A batch of one request."""
    one = b'[{"request": %b, "metadata": {"key": "1"}}]' % body
    return b'{"batch": {"displayName": "upheld", "inputConfig": {"requests": {"requests": %b}}}}' % one


def _created(exchange: Exchange) -> _Job | Answer:
    job = _look(exchange)
    if isinstance(job, _Job) and not _NAME.fullmatch(word(job.operation.get("name")) or ""):
        return unreadable(exchange, "schema")
    return job


def _look(exchange: Exchange) -> _Job | Answer:
    """A job, or why there is none to be seen. An error of the job itself is no error of the look."""
    value, problem = parse(exchange)
    if problem:
        return unreadable(exchange, problem)
    operation = obj(value[0] if isinstance(value, list) and len(value) == 1 else value)
    if exchange.status == 200 and any(operation.get(name) for name in ("metadata", "name", "done")):
        return _Job(exchange, operation)
    return failed(exchange, operation["error"]) if operation.get("error") else unreadable(exchange, "schema")


def _stage(exchange: Exchange) -> Stage:
    """What a look tells. A passing refusal says nothing of the job, any other ends the conversation."""
    seen = _look(exchange)
    if isinstance(seen, Answer):
        return Stage.BUSY if exchange.status in _PASSING else Stage.OVER
    return Stage.OVER if seen.has_ended else Stage.RUNNING if seen.state == "RUNNING" else Stage.QUEUED


def _pause_s(so_far: Sequence[Exchange], poll_s: float) -> float:
    waited_s = (so_far[-1].ended_ms - so_far[0].ended_ms) / 1000.0
    return max(poll_s, _SHARE * waited_s, retry_after_s(so_far[-1].headers) or 0.0)


def _told(ask: Ask, so_long: Course) -> Answer | Request:
    """What came of the job, with its times by our clock and by the provider's."""
    job = _look(so_long.polls[-1])
    if isinstance(job, Answer) and so_long.polls[-1].status == 404:
        return _lost(job)
    found = job if isinstance(job, Answer) else _ended(ask, job, so_long.fetched)
    if isinstance(found, Request) or isinstance(job, Answer):
        return found
    start, end = job.metadata.get("createTime"), job.metadata.get("endTime") or job.metadata.get("updateTime")
    return replace(found, server_ms=_between_ms(start, end), queue_ms=so_long.queue_ms, run_ms=so_long.run_ms)


def _lost(answer: Answer) -> Answer:
    """A job that was accepted and is not known any more: theirs, though 404 blames whoever asks."""
    message = answer.fault.message if answer.fault else ""
    return replace(answer, fault=Fault(message=message or "the batch job is gone", status="DATA_LOSS"), malformed=None)


def _ended(ask: Ask, job: _Job, fetched: Sequence[Exchange]) -> Answer | Request:
    """The one item of a job that is done; or the error that the job ended with."""
    error, status = job.operation.get("error"), _ENDS.get(job.state or "")
    if status is not None:  # the state says more than the code of the error beside it
        message = said(obj(error).get("message")) or f"the batch job ended as {job.state}"
        return failed(job.exchange, {"message": message, "status": status})
    if error or job.state == "FAILED":
        return failed(job.exchange, error or {"message": "the batch job ended as FAILED"})
    outputs = (obj(job.metadata.get("output")), obj(job.operation.get("response")))
    item = next((obj(item) for output in outputs for item in _items(output)), None)
    if item is None:
        return unreadable(job.exchange, "schema")
    if item.get("error"):
        return failed(job.exchange, item["error"])
    return generation(ask, job.exchange, obj(item.get("response")), fetched)


def _items(output: dict[str, Any]) -> list[Any]:
    """`inlinedResponses`, which is an object with a list of the same name."""
    inner = output.get("inlinedResponses")
    return items(inner) or items(obj(inner).get("inlinedResponses"))


def _between_ms(start: object, end: object) -> float | None:
    """Between two of the provider's own times."""
    try:
        seconds = (_time(end) - _time(start)).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds * 1000.0 if seconds >= 0 else None


def _time(value: object) -> datetime:
    return datetime.fromisoformat(word(value) or "")
