"""openai takes the simulator for edits and for chat answers with images in them, in all four shapes."""

import asyncio
import base64
import io
import json
import re
import urllib.request
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import openai
import pytest
from PIL import Image

from probes.simulator.process import Simulator

Json: TypeAlias = Any  # whatever the SDK takes
CHAT_MODEL = "gemini-3-pro-image"
MESSAGES: Json = [{"role": "user", "content": "a fox in the snow"}]
DATA_URL = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Both:
    """The same call through either client."""

    def __init__(self, kind: str, base_url: str, key: str) -> None:
        about: Json = {"api_key": key, "base_url": base_url, "max_retries": 0, "timeout": 10}
        self.sync = openai.OpenAI(**about) if kind == "sync" else None
        self.asynchronous = openai.AsyncOpenAI(**about) if kind == "async" else None

    async def call(self, path: str, **asked: Json) -> Json:
        """`images.edit` and the like."""
        target: Any = self.sync or self.asynchronous
        for name in path.split("."):
            target = getattr(target, name)
        return await asyncio.to_thread(lambda: target(**asked)) if self.sync else await target(**asked)

    async def close(self) -> None:
        if self.sync:
            self.sync.close()
        if self.asynchronous:
            await self.asynchronous.close()


@pytest.fixture
async def images(simulator: Simulator, kind: str) -> AsyncIterator[Both]:
    both = Both(kind, f"{simulator.base_url}/images/v1", "key-images")
    yield both
    await both.close()


def png(colour: str = "red") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    file.name = f"{colour}.png"
    file.seek(0)
    return file


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as file:
        data: bytes = file.read()
    return data


def size_of(encoded: str) -> tuple[int, int]:
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    image.load()
    return image.size


@pytest.mark.parametrize("count", [1, 3])
async def test_an_edit_takes_one_or_several_images(images: Both, count: int) -> None:
    pictures = [png(colour) for colour in ("red", "green", "blue")[:count]]
    response = await images.call(
        "images.edit",
        model="gpt-image-2",
        prompt="a fox in the snow",
        image=pictures[0] if count == 1 else pictures,
        size="1536x1024",
        n=2,
    )
    assert [size_of(item.b64_json) for item in response.data] == [(1536, 1024)] * 2
    assert response.usage.input_tokens_details.image_tokens == 560 * count


async def test_an_edit_with_a_mask_is_an_edit(images: Both) -> None:
    response = await images.call("images.edit", model="gpt-image-2", prompt="a fox", image=png(), mask=png("white"))
    assert size_of(response.data[0].b64_json) == (1024, 1024)


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("blocked", openai.BadRequestError, "moderation_blocked"),
        ("rate_limited", openai.RateLimitError, "rate_limit_exceeded"),
        ("too_large", openai.APIStatusError, None),
        ("out_of_credit", openai.RateLimitError, "insufficient_quota"),
        ("gateway_int_code", openai.InternalServerError, "503"),  # the SDK makes a text of it
    ],
)
async def test_errors_of_edits_are_raised_by_class_and_code(
    images: Both, fault: str, error: type[openai.APIStatusError], code: str | None
) -> None:
    with pytest.raises(error) as seen:
        await images.call(
            "images.edit", model="gpt-image-2", prompt="x", image=png(), extra_headers={"x-sim-fault": fault}
        )
    assert seen.value.code == code


async def test_the_sdk_takes_201_and_an_error_in_200_for_success(images: Both) -> None:
    asked: Json = {"model": "gpt-image-2", "prompt": "x"}
    created = await images.call("images.generate", **asked, extra_headers={"x-sim-fault": "created"})
    hidden = await images.call("images.generate", **asked, extra_headers={"x-sim-fault": "error_in_200"})
    assert size_of(created.data[0].b64_json) == (1024, 1024)
    assert (hidden.data, hidden.model_extra["error"]["code"]) == (None, "server_is_overloaded")


@pytest.mark.parametrize("shape", ["markdown", "markdown-url", "images", "parts"])
async def test_every_shape_of_a_chat_answer_passes_through_the_sdk(simulator: Simulator, kind: str, shape: str) -> None:
    both = Both(kind, f"{simulator.base_url}/chat-{shape}/v1", "key-chat")
    response = await both.call("chat.completions.create", model=CHAT_MODEL, messages=MESSAGES)
    message = response.choices[0].message
    place = {
        "markdown": lambda: message.content,
        "markdown-url": lambda: message.content,
        "images": lambda: message.model_extra["images"][0]["image_url"]["url"],
        "parts": lambda: message.content[0]["image_url"]["url"],
    }[shape]()
    assert response.usage.completion_tokens == 1120
    if shape == "markdown-url":
        url = place.partition("![image](")[2].removesuffix(")")
        assert (await asyncio.to_thread(fetched, url)).startswith(b"\x89PNG")
    else:
        assert size_of(DATA_URL.search(place)[1]) == (1024, 1024)  # type: ignore[index]  # a missing match fails the test as well
    await both.close()


async def test_a_chat_may_be_streamed(simulator: Simulator, kind: str) -> None:
    both = Both(kind, f"{simulator.base_url}/chat-markdown/v1", "key-chat")
    stream = await both.call("chat.completions.create", model=CHAT_MODEL, messages=MESSAGES, stream=True)
    chunks = await asyncio.to_thread(list, stream) if kind == "sync" else [chunk async for chunk in stream]
    await both.close()
    content = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert content.startswith("![image](data:image/png;base64,")
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_a_gateways_model_not_found_is_a_server_error(simulator: Simulator, kind: str) -> None:
    both = Both(kind, f"{simulator.base_url}/chat-parts/v1", "key-chat")
    with pytest.raises(openai.InternalServerError) as seen:
        await both.call(
            "chat.completions.create",
            model=CHAT_MODEL,
            messages=MESSAGES,
            extra_headers={"x-sim-fault": "gateway_no_channel"},
        )
    assert (seen.value.status_code, seen.value.code) == (503, "model_not_found")
    await both.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("json_cut", json.JSONDecodeError),
        ("empty", json.JSONDecodeError),
        ("truncated_chunked", openai.APIConnectionError),
        ("close", openai.APIConnectionError),
    ],
)
async def test_what_is_no_answer_is_raised_as_the_parser_or_the_transport_has_it(
    images: Both, fault: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await images.call("images.generate", model="gpt-image-2", prompt="x", extra_headers={"x-sim-fault": fault})


async def test_a_page_in_200_is_a_text_to_the_sdk(images: Both) -> None:
    said = await images.call(
        "images.generate", model="gpt-image-2", prompt="x", extra_headers={"x-sim-fault": "html_200"}
    )
    assert isinstance(said, str)


async def test_left_to_itself_the_sdk_sends_three_requests_for_one_failure(simulator: Simulator) -> None:
    """Why nobody should measure through it."""

    def arrived() -> int:
        return int(simulator.ledger()["providers"]["images"]["image"]["arrived"])

    before = arrived()
    with openai.OpenAI(base_url=f"{simulator.base_url}/images/v1", api_key="key-images", timeout=10) as client:
        ask = client.with_options(default_headers={"x-sim-fault": "reset"}).images.generate
        with pytest.raises(openai.APIConnectionError):
            await asyncio.to_thread(lambda: ask(model="gpt-image-2", prompt="x"))
    assert arrived() - before == 3
