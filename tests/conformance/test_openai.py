"""openai, which was not written here, takes the simulator for OpenAI's images API: sync and async, retries off.

What each condition raises was measured against a capture server (openai 2.54.0, 2026-11-22); 3.x does the same.
"""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

import openai
import pytest
from openai.types import ImagesResponse
from PIL import Image

from probes.simulator.process import Simulator

Json: TypeAlias = Any  # whatever the SDK takes
Generate: TypeAlias = Callable[..., Awaitable[ImagesResponse]]


@pytest.fixture(params=["sync", "async"])
async def generate(simulator: Simulator, request: pytest.FixtureRequest) -> AsyncIterator[Generate]:
    """`generate(provider=..., key=..., fault=..., **fields)` through one of the SDK's two ways."""
    opened: list[openai.OpenAI] = []
    opened_async: list[openai.AsyncOpenAI] = []

    async def call(
        *,
        provider: str = "images",
        key: str | None = None,
        fault: str | None = None,
        deadline_s: float = 10,
        **more: Json,
    ) -> ImagesResponse:
        about: Json = {
            "api_key": key or f"key-{provider}",
            "base_url": f"{simulator.base_url}/{provider}/v1",
            "max_retries": 0,
            "timeout": deadline_s,
        }
        asked = {"model": "gpt-image-2", "prompt": "a fox in the snow", **more}
        headers = {"x-sim-fault": fault} if fault else {}
        if request.param == "sync":
            opened.append(client := openai.OpenAI(**about))
            return await asyncio.to_thread(partial(client.images.generate, **asked, extra_headers=headers))
        opened_async.append(client_async := openai.AsyncOpenAI(**about))
        response: ImagesResponse = await client_async.images.generate(**asked, extra_headers=headers)
        return response

    yield call
    for client in opened:
        client.close()
    for client_async in opened_async:
        await client_async.close()


def arrived(simulator: Simulator) -> int:
    return int(simulator.ledger()["providers"]["images"]["image"]["arrived"])


def pictures(response: ImagesResponse) -> list[Image.Image]:
    found: list[Image.Image] = []
    for item in response.data or []:
        image = Image.open(io.BytesIO(base64.b64decode(item.b64_json or "")))
        image.load()
        found.append(image)
    return found


@pytest.mark.parametrize(("size", "tokens"), [("1024x1024", 4160), ("1536x1024", 6240), ("2048x1152", 9360)])
async def test_an_image_decodes_with_usage(generate: Generate, size: str, tokens: int) -> None:
    response = await generate(size=size, quality="high")
    (image,) = pictures(response)
    assert f"{image.width}x{image.height}" == size
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (4, tokens)
    assert response.usage.total_tokens == 4 + tokens
    assert (response.size, response.quality, response.output_format) == (size, "high", "png")
    assert str(response._request_id).startswith("req_")


async def test_several_images_come_in_one_answer(generate: Generate) -> None:
    assert len({image.tobytes() for image in pictures(await generate(n=3))}) == 3


async def test_dall_e_answers_with_a_url(simulator: Simulator, generate: Generate) -> None:
    response = await generate(model="dall-e-3", size="1024x1024")
    assert response.data is not None
    assert str(response.data[0].url).startswith(f"{simulator.base_url}/images/files/")
    assert response.usage is None


async def test_no_image_is_an_empty_list_and_no_error(generate: Generate) -> None:
    assert (await generate(fault="no_image")).data == []


@pytest.mark.parametrize(
    ("ask", "error", "status", "code"),
    [
        ({"fault": "overloaded"}, openai.InternalServerError, 503, "server_is_overloaded"),
        ({"fault": "internal"}, openai.InternalServerError, 500, None),
        ({"fault": "html_502"}, openai.InternalServerError, 502, None),
        ({"fault": "blocked"}, openai.BadRequestError, 400, "moderation_blocked"),
        ({"fault": "rate_limited"}, openai.RateLimitError, 429, "rate_limit_exceeded"),
        ({"key": "wrong"}, openai.AuthenticationError, 401, "invalid_api_key"),
        ({"model": "gpt-9"}, openai.NotFoundError, 404, "model_not_found"),
        ({"size": "512x512"}, openai.BadRequestError, 400, "invalid_value"),
        ({"extra_body": {"colour": "red"}}, openai.BadRequestError, 400, "unknown_parameter"),
        ({"provider": "away"}, openai.InternalServerError, 503, None),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else None,
)
async def test_errors_are_raised_by_class_status_and_code(
    generate: Generate, ask: dict[str, Any], error: type[openai.APIStatusError], status: int, code: str | None
) -> None:
    with pytest.raises(error) as seen:
        await generate(**ask)
    assert (seen.value.status_code, seen.value.code) == (status, code)


async def test_a_real_limit_says_how_long_to_wait(generate: Generate) -> None:
    with suppress(openai.RateLimitError):  # the first request of both ways is admitted
        await generate(provider="few")
    with pytest.raises(openai.RateLimitError) as seen:
        await generate(provider="few")
    headers = seen.value.response.headers
    assert 0 < int(headers["retry-after"]) <= 60
    assert int(headers["retry-after-ms"]) <= 60_000
    assert (headers["x-ratelimit-limit-requests"], headers["x-ratelimit-remaining-requests"]) == ("1", "0")
    assert headers["x-ratelimit-reset-requests"].endswith("s")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("truncated", openai.APIConnectionError),
        ("reset", openai.APIConnectionError),
        ("hang", openai.APITimeoutError),
    ],
)
async def test_faults_below_http_are_connection_errors_and_sent_once(
    simulator: Simulator, generate: Generate, fault: str, error: type[Exception]
) -> None:
    before = arrived(simulator)
    with pytest.raises(error):
        await generate(fault=fault, deadline_s=0.5 if fault == "hang" else 10)
    assert arrived(simulator) == before + 1


def test_models_are_found_and_listed(simulator: Simulator) -> None:
    url = f"{simulator.base_url}/images/v1"
    with openai.OpenAI(api_key="key-images", base_url=url, max_retries=0) as client:
        assert [model.id for model in client.models.list()] == ["gpt-image-2", "dall-e-3"]
        assert client.models.retrieve("dall-e-3").object == "model"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-9")
