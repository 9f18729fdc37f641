"""Gemini on Vertex AI: the format of `_google.py` below projects and locations, with OAuth tokens or an express key.

Reach is `countTokens`: free of charge, and of the free calls the only one below the same project, location and model
as generation, so that it proves token, permission and region; `models.get` knows neither project nor location, and
express mode has no other.
Sources: cloud.google.com/vertex-ai/generative-ai/docs (model reference, locations, express mode REST reference).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator

from probes.model import Ask, Exchange, Request, Step, Target
from probes.providers._google import ImageOptions, image_body, read, read_reach
from probes.providers._json import authorised

_GLOBAL_HOST = "aiplatform.googleapis.com"
_MULTI_REGIONS = frozenset(("us", "eu"))
_FREE_BODY = json.dumps({"contents": [{"role": "user", "parts": [{"text": "A red fox"}]}]}).encode()


class Options(ImageOptions):
    """`[providers.NAME.options]` of Vertex AI."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"project": "my-project", "location": "global"}]})

    project: Annotated[
        str | None, Field(pattern=r"^[a-z0-9][a-z0-9.:-]*$", description="project that asks and pays")
    ] = None
    location: Annotated[
        str | None,
        Field(pattern=r"^[a-z][a-z0-9-]*$", description='region such as "us-central1", or "global", "us", "eu"'),
    ] = None
    express: Annotated[bool, Field(description="express mode: an API key, neither project nor location")] = False
    api_version: Annotated[Literal["v1", "v1beta1"], Field(description="version of the API")] = "v1"
    user_project: Annotated[
        str | None,
        Field(pattern=r"^[a-z0-9][a-z0-9.:-]*$", description="project for quota, sent as x-goog-user-project"),
    ] = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        missing = [name for name in ("project", "location") if getattr(self, name) is None]
        if missing and not self.express:
            raise ValueError(f"{' and '.join(missing)} missing: say where to ask, or express = true with an API key")
        if self.express and len(missing) < 2:
            raise ValueError("express mode has neither project nor location; leave them out")
        return self


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """One request, one answer; where the answer is a URL, fetch it."""
    options = _options(target.options)
    if so_far:
        return read_reach(so_far[0], ("totalTokens",)) if ask.is_reach else read(ask, so_far[0], so_far[1:])
    if ask.is_reach:
        return _request(target, options, "countTokens", _FREE_BODY)
    method = "streamGenerateContent?alt=sse" if options.stream else "generateContent"
    return _request(target, options, method, image_body(ask, options.reference_images))


def _options(said: Mapping[str, Any]) -> Options:
    """As configuration has checked them: not again with every answer, they may hold megabytes."""
    return Options.model_construct(**said)


def _request(target: Target, options: Options, method: str, body: bytes) -> Request:
    where = f"projects/{options.project}/locations/{options.location}/" if options.project else ""
    path = f"{options.api_version}/{where}publishers/google/models/{target.model}:{method}"
    asked = replace(
        target,
        base_url=_base_url(target.base_url, options.location),
        auth="bearer" if options.project else "x-goog-api-key",
    )
    request = authorised(asked, "POST", path, body)
    if options.user_project is None:
        return request
    return replace(request, headers={**request.headers, "x-goog-user-project": options.user_project})


def _base_url(base_url: str, location: str | None) -> str:
    """Google's own host for a location; any other host (a gateway, a private endpoint) is left as it is."""
    if urlsplit(base_url).netloc != _GLOBAL_HOST or location in {None, "global"}:
        return base_url
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-{_GLOBAL_HOST}"
