"""Gemini native: `generateContent`, spoken by Google (AI Studio keys), WisGate, laozhang.ai and APIYI.

In one piece, streamed, or as a batch of one at half the price. The format itself is in `_google.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from probes.model import Ask, Exchange, Request, Step, Target
from probes.providers import _batch
from probes.providers._google import ImageOptions, image_body, read, read_reach
from probes.providers._json import authorised


class Options(ImageOptions):
    """`[providers.NAME.options]` of a provider that speaks Gemini native."""

    api_version: Annotated[Literal["v1beta", "v1"], Field(description="resellers document v1beta alone")] = "v1beta"
    service_tier: Annotated[
        Literal["flex", "standard", "priority"] | None, Field(description="service tier to ask Google for")
    ] = None
    batch: Annotated[bool, Field(description="ask by a batch of one, at the batch price; raise timeout_s")] = False
    poll_s: Annotated[float, Field(ge=1, le=600, description="least time between two looks at a batch, seconds")] = 10.0

    @model_validator(mode="after")
    def _one_way_to_ask(self) -> Self:
        if self.batch and self.stream:
            raise ValueError("batch and stream exclude each other: a batch is not streamed")
        if self.batch and self.service_tier is not None:
            raise ValueError("batch and service_tier exclude each other: a batch has a price of its own")
        return self


def step(target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
    """One request, one answer; where the answer is a URL, fetch it; where it is a batch, wait for it."""
    options = _options(target.options)
    model = f"{options.api_version}/models/{target.model}"
    if ask.is_reach:
        return read_reach(so_far[0], ("name", "id")) if so_far else authorised(target, "GET", model)
    if options.batch:
        body = image_body(ask, options.reference_images)
        return _batch.step(target, ask, so_far, body=body, version=options.api_version, poll_s=options.poll_s)
    if not so_far:
        return _generate(target, ask, options, model)
    return read(ask, so_far[0], so_far[1:], tier=options.service_tier)


def _options(said: Mapping[str, Any]) -> Options:
    """As configuration has checked them: not again with every answer, they may hold megabytes."""
    return Options.model_construct(**said)


def _generate(target: Target, ask: Ask, options: Options, model: str) -> Request:
    more = {"serviceTier": options.service_tier} if options.service_tier else {}
    method = "streamGenerateContent?alt=sse" if options.stream else "generateContent"
    return authorised(target, "POST", f"{model}:{method}", image_body(ask, options.reference_images, more))
