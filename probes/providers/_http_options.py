"""The options of `http_json`: everything that another adapter would know of its API. Strict, one sentence per fault."""

from typing import Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from probes.providers._options import AdapterOptions
from probes.providers._templates import BodyTemplate, PathTemplate, Source, Template, names_in

_EXAMPLE: dict[str, JsonValue] = {
    "request": {"url": "/v1/images", "body": {"model": "{model}", "prompt": "{prompt}", "size": "{width}x{height}"}},
    "images": [{"path": "data.-1.b64_json", "kind": "base64"}],
    "error": {"at": "error", "message": "error.message", "code": "error.code"},
    "reach": {"method": "GET", "url": "/v1/models", "has": "data"},
}


class Call(AdapterOptions):
    """One request. The key goes where a template says `{key}`; where none does, as `auth` of the provider says."""

    method: Literal["GET", "POST", "PUT"] = Field(default="POST", description="method of HTTP")
    url: PathTemplate = Field(description='template of the path behind base_url, such as "/v1/images"')
    headers: dict[str, Template] = Field(default={}, description="templates of further headers")
    body: BodyTemplate | None = Field(default=None, description="template of a JSON body")
    form: dict[str, Template] | None = Field(default=None, description="templates of the fields of a multipart form")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.form is not None:
            raise ValueError("body and form exclude each other: a request has one body")
        if self.method == "GET" and (self.body is not None or self.form is not None):
            raise ValueError('method = "GET" sends no body; leave body and form out, or choose POST')
        return self

    def names(self) -> frozenset[str]:
        """The names that its templates use."""
        return names_in([self.url, *self.headers.values(), self.body, dict(self.form or {})])


class Reach(Call):
    """The call that shows that address and key are right; it must be free of charge."""

    method: Literal["GET", "POST", "PUT"] = Field(default="GET", description="method of HTTP")
    has: Source | None = Field(default=None, description="what a right answer has; none: any JSON without an error")


class Image(AdapterOptions):
    """Where an image may be."""

    path: Source | None = Field(default=None, description="place in the answer; not of bytes, which are all of it")
    kind: Literal["base64", "data_url", "url", "bytes"] = Field(description="what is there")

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if (self.path is None) != (self.kind == "bytes"):
            wrong = "has no path" if self.kind == "bytes" else f"needs a path to the {self.kind}"
            raise ValueError(f'kind = "{self.kind}" {wrong}')
        return self


class Error(AdapterOptions):
    """Where an error is told, also inside HTTP 200."""

    at: Source | None = Field(default=None, description="what is there only if it failed")
    ok: Source | None = Field(default=None, description="what tells success from failure")
    ok_values: list[str] = Field(default=[], description='what stands at `ok` after success, such as "200"')
    message: Source | None = Field(default=None, description="what was said")
    code: Source | None = Field(default=None, description="number or word")
    type: Source | None = Field(default=None, description="class of the error")
    status: Source | None = Field(default=None, description="status as google.rpc names it")
    means: dict[str, str] = Field(
        default={}, description='codes of this API in the words of google.rpc, such as "1003" = "RESOURCE_EXHAUSTED"'
    )
    policy_words: list[str] = Field(default=[], description="what the message of a refusal by policy holds")

    @model_validator(mode="after")
    def _values_of_success(self) -> Self:
        if (self.ok is None) == bool(self.ok_values):
            raise ValueError("ok and ok_values need each other: the place, and what stands there after success")
        return self


class LimitPlaces(AdapterOptions):
    """Where rate limits are told. `Retry-After` is read without being named."""

    requests: Source | None = Field(default=None, description="requests allowed")
    remaining: Source | None = Field(default=None, description="requests left")
    reset: Source | None = Field(default=None, description='time until the limit resets, such as "12s"')
    quota: Source | None = Field(default=None, description="name of the quota that was exceeded")


class Task(AdapterOptions):
    """The form of an API that takes a task and is polled."""

    id: Source = Field(description="place of the task's identifier in the first answer")
    poll: Call = Field(description="the call that asks how it is; {task_id} is the identifier")
    state: Source = Field(description="place of the task's state in the answer to a poll")
    running: list[str] = Field(default=[], description="states of a task that has begun")
    done: list[str] = Field(min_length=1, description="states of a task that is done")
    failed: list[str] = Field(min_length=1, description="states of a task that failed")
    message: Source | None = Field(default=None, description="why it failed")
    code: Source | None = Field(default=None, description="number or word of the failure")
    poll_s: float = Field(default=3.0, ge=2.0, le=600.0, description="seconds between polls")

    @model_validator(mode="after")
    def _polls_for_the_task(self) -> Self:
        if "task_id" not in self.poll.names():
            raise ValueError("poll does not say {task_id}: which task would it ask for?")
        return self


class Options(AdapterOptions):
    """What `[providers.NAME.options]` says: everything that another adapter would know."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    request: Call = Field(description="the call that asks for an image")
    reach: Reach = Field(description="a call that is free of charge and shows that address and key are right")
    images: list[Image] = Field(min_length=1, description="where the image may be; the first place that has one counts")
    count: Source | None = Field(default=None, description="list whose length is the number of images; none: one")
    error: Error = Field(default=Error(), description="where an error is told")
    task: Task | None = Field(default=None, description="how a task is polled; none: one call answers")
    limits: LimitPlaces = Field(default=LimitPlaces(), description="where rate limits are told")
    sizes: dict[str, str] = Field(default={}, description='tiers in the words of this API, such as "1K" = "1024x1024"')
    text: Source | None = Field(default=None, description="what is said instead of an image")
    block: Source | None = Field(default=None, description="why a policy refused")
    finish: Source | None = Field(default=None, description="why it ended")
    request_id: Source | None = Field(default=None, description="what to name to their support")
    model_version: Source | None = Field(default=None, description="model that answered")
    server_ms: Source | None = Field(default=None, description="milliseconds that they worked on it")

    @model_validator(mode="after")
    def _no_task_without_one(self) -> Self:
        if "task_id" in self.request.names() | self.reach.names():
            raise ValueError("{task_id} is known only to task.poll")
        return self
