"""google-genai, which was not written here, takes the simulator for Gemini: sync, async over aiohttp and over httpx2.

What each condition raises was measured against a capture server (google-genai 3.4.0, 2026-11-22). Retries are off:
`attempts=1` also switches off the one that the SDK hides in its aiohttp path; the ledger proves it.
"""

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

import aiohttp
import httpx2
import pydantic
import pytest
from google import genai
from google.genai import errors, types
from PIL import Image

from probes.simulator.process import Simulator
from probes.simulator.sizes import RATIOS, SIZES, Size, pixels

MODEL = "gemini-3-pro-image-preview"
Generate: TypeAlias = Callable[..., Awaitable[types.GenerateContentResponse]]
PROMPT = "a fox in the snow"
TLS = ssl.create_default_context()  # made once: each client would load all certificates again
KINDS = ("sync", "aiohttp", "httpx2")

# google-genai 3.4.0 subclasses aiohttp's session, which aiohttp discourages
pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession from ClientSession is discouraged:DeprecationWarning"
)


def options(simulator: Simulator, provider: str, **more: Any) -> types.HttpOptions:  # noqa: ANN401 - whatever the SDK takes
    return types.HttpOptions(
        base_url=f"{simulator.base_url}/{provider}",
        retry_options=types.HttpRetryOptions(attempts=1),
        client_args={"verify": TLS},
        async_client_args={"ssl": TLS},
        **{"api_version": "v1beta", "timeout": 10_000, **more},
    )


def config(fault: str | None, deadline_ms: int | None, image: types.ImageConfig | None) -> types.GenerateContentConfig:
    headers = {"x-sim-fault": fault} if fault else None
    return types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=image,
        http_options=types.HttpOptions(headers=headers, timeout=deadline_ms),
    )


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def generate(simulator: Simulator, kind: str) -> AsyncIterator[Generate]:
    """`generate(provider=..., key=..., fault=..., image=...)` through one of the SDK's three ways."""
    clients: list[genai.Client] = []
    transports: list[httpx2.AsyncClient] = []  # given to the SDK, so ours to close

    async def call(
        *,
        provider: str = "gem",
        key: str | None = None,
        fault: str | None = None,
        deadline_ms: int | None = None,
        image: types.ImageConfig | None = None,
        model: str = MODEL,
        version: str = "v1beta",
    ) -> types.GenerateContentResponse:
        if kind == "httpx2":
            transports.append(httpx2.AsyncClient(verify=TLS))
        http = options(
            simulator, provider, api_version=version, httpx_async_client=transports[-1] if transports else None
        )
        client = genai.Client(api_key=key or f"key-{provider}", http_options=http)
        clients.append(client)
        how = config(fault, deadline_ms, image)
        if kind == "sync":
            return await asyncio.to_thread(client.models.generate_content, model=model, contents=PROMPT, config=how)
        return await client.aio.models.generate_content(model=model, contents=PROMPT, config=how)

    yield call
    for client in clients:
        await client.aio.aclose()
        client.close()
    for transport in transports:
        await transport.aclose()


def arrived(simulator: Simulator, provider: str = "gem") -> int:
    return int(simulator.ledger()["providers"][provider]["image"]["arrived"])


def picture(part: types.Part) -> Image.Image:
    assert part.inline_data is not None
    assert part.inline_data.data is not None
    image = Image.open(io.BytesIO(part.inline_data.data))
    image.load()
    return image


def parts(response: types.GenerateContentResponse) -> list[types.Part]:
    assert response.candidates is not None
    assert response.candidates[0].content is not None
    return response.candidates[0].content.parts or []


# --- images ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v1beta"])
async def test_an_image_decodes_with_usage_and_a_reason_to_stop(generate: Generate, version: str) -> None:
    response = await generate(image=types.ImageConfig(aspect_ratio="16:9", image_size="2K"), version=version)
    (part,) = parts(response)
    assert (picture(part).size, picture(part).format) == ((2752, 1536), "PNG")
    assert part.inline_data is not None
    assert part.inline_data.mime_type == "image/png"
    assert response.candidates is not None
    assert response.candidates[0].finish_reason is types.FinishReason.STOP
    usage = response.usage_metadata
    assert usage is not None
    assert (usage.prompt_token_count, usage.candidates_token_count, usage.total_token_count) == (4, 1120, 1124)
    assert usage.candidates_tokens_details is not None
    assert usage.candidates_tokens_details[0].modality is types.MediaModality.IMAGE
    assert response.model_version == MODEL
    assert response.response_id


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["sync"], indirect=True)
async def test_every_tier_at_a_wide_and_a_high_ratio_is_of_its_size(generate: Generate, size: Size) -> None:
    for ratio in (RATIOS[1], RATIOS[-1]):
        response = await generate(image=types.ImageConfig(aspect_ratio=ratio, image_size=size))
        assert picture(parts(response)[-1]).size == pixels(size, ratio)


async def test_drafts_are_marked_as_thought_and_the_last_image_is_the_answer(generate: Generate) -> None:
    response = await generate(provider="thinking")
    assert [bool(part.thought) for part in parts(response)] == [True, True, False]
    assert [picture(part).size for part in parts(response) if part.inline_data] == [(512, 512), (1024, 1024)]
    assert parts(response)[-1].thought_signature
    assert response.usage_metadata is not None
    assert response.usage_metadata.thoughts_token_count


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no_image", types.FinishReason.NO_IMAGE),
        ("image_safety", types.FinishReason.IMAGE_SAFETY),
        ("text_only", types.FinishReason.STOP),
    ],
)
async def test_200_without_an_image_has_its_finish_reason(
    generate: Generate, fault: str, reason: types.FinishReason
) -> None:
    response = await generate(fault=fault)
    assert response.candidates is not None
    assert response.candidates[0].finish_reason is reason
    assert (response.text is not None) == (fault == "text_only")


async def test_a_blocked_prompt_has_no_candidates(generate: Generate) -> None:
    response = await generate(fault="blocked")
    assert response.candidates is None
    assert response.prompt_feedback is not None
    assert response.prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT


# --- errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "code", "status"),
    [
        ("overloaded", errors.ServerError, 503, "UNAVAILABLE"),
        ("no_capacity", errors.ServerError, 503, "UNAVAILABLE"),
        ("internal", errors.ServerError, 500, "INTERNAL"),
        ("deadline", errors.ServerError, 504, "DEADLINE_EXCEEDED"),
        ("html_502", errors.ServerError, 502, "Bad Gateway"),
        ("rate_limited", errors.ClientError, 429, "RESOURCE_EXHAUSTED"),
        ("rate_limited_bare", errors.ClientError, 429, "RESOURCE_EXHAUSTED"),
    ],
)
async def test_errors_are_raised_by_class_code_and_status(
    simulator: Simulator, generate: Generate, fault: str, error: type[errors.APIError], code: int, status: str
) -> None:
    before = arrived(simulator)
    with pytest.raises(error) as seen:
        await generate(fault=fault)
    assert (seen.value.code, seen.value.status) == (code, status)
    assert arrived(simulator) == before + 1


async def test_a_real_limit_names_both_quotas_and_a_delay(generate: Generate) -> None:
    with suppress(errors.ClientError):  # the first request of all three ways is admitted
        await generate(provider="tight")
    with pytest.raises(errors.ClientError) as seen:
        await generate(provider="tight")
    details = seen.value.details["error"]["details"]
    quotas = [violation["quotaId"] for violation in details[1]["violations"]]
    assert quotas == ["GenerateRequestsPerDayPerProjectPerModel", "GenerateRequestsPerMinutePerProjectPerModel"]
    assert details[2]["retryDelay"].endswith("s")


async def test_a_wrong_key_is_a_client_error_400_with_the_reason(generate: Generate) -> None:
    with pytest.raises(errors.ClientError) as seen:
        await generate(key="wrong")
    assert (seen.value.code, seen.value.status) == (400, "INVALID_ARGUMENT")
    assert seen.value.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"


@pytest.mark.parametrize(
    ("ask", "code", "words"),
    [
        ({"image": types.ImageConfig(image_size="1k")}, 400, "`imageSize` does not support `1k`"),
        ({"model": "gemini-9"}, 404, "models/gemini-9 is not found for API version v1beta"),
    ],
)
async def test_what_is_not_there_is_a_client_error(
    generate: Generate, ask: dict[str, Any], code: int, words: str
) -> None:
    with pytest.raises(errors.ClientError, match=words) as seen:
        await generate(**ask)
    assert seen.value.code == code


@pytest.mark.parametrize(
    ("fault", "by_kind"),
    [
        (
            "truncated",
            {
                "sync": httpx2.RemoteProtocolError,
                "httpx2": httpx2.RemoteProtocolError,
                "aiohttp": aiohttp.ClientPayloadError,
            },
        ),
        (
            "truncated_chunked",
            {
                "sync": httpx2.RemoteProtocolError,
                "httpx2": httpx2.RemoteProtocolError,
                "aiohttp": aiohttp.ClientPayloadError,
            },
        ),
        (
            "close",
            {
                "sync": httpx2.RemoteProtocolError,
                "httpx2": httpx2.RemoteProtocolError,
                "aiohttp": aiohttp.ServerDisconnectedError,
            },
        ),
        ("reset", {"sync": httpx2.ReadError, "httpx2": httpx2.ReadError, "aiohttp": aiohttp.ClientOSError}),
        ("stall", {"sync": httpx2.ReadTimeout, "httpx2": httpx2.ReadTimeout, "aiohttp": TimeoutError}),
        ("hang", {"sync": httpx2.ReadTimeout, "httpx2": httpx2.ReadTimeout, "aiohttp": TimeoutError}),
    ],
)
async def test_faults_below_http_are_those_of_the_transport_and_sent_once(
    simulator: Simulator, generate: Generate, kind: str, fault: str, by_kind: dict[str, type[Exception]]
) -> None:
    before = arrived(simulator)
    with pytest.raises(by_kind[kind]):
        await generate(fault=fault, deadline_ms=500 if fault in ("hang", "stall") else None)
    assert arrived(simulator) == before + 1


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("html_200", json.JSONDecodeError, "Expecting value"),
        ("json_cut", json.JSONDecodeError, "Unterminated string"),
        ("bad_base64", pydantic.ValidationError, "base64"),
        ("created", errors.APIError, "201"),
        ("html_524", errors.ServerError, "524"),
    ],
)
async def test_what_is_no_answer_is_no_error_of_the_api(
    simulator: Simulator, generate: Generate, fault: str, error: type[Exception], says: str
) -> None:
    before = arrived(simulator)
    with pytest.raises(error, match=says):
        await generate(fault=fault)
    assert arrived(simulator) == before + 1


async def test_a_redirect_is_followed_silently_unless_the_transport_is_ours(generate: Generate, kind: str) -> None:
    """Where our own prober would carry the key away with it, and so does not follow."""
    with pytest.raises(errors.APIError) as seen:
        await generate(fault="redirect")
    assert seen.value.code == (307 if kind == "httpx2" else 404)  # 404: of the path that it was led to


# --- models ---------------------------------------------------------------------------------------------------


def test_models_are_found_and_listed(simulator: Simulator) -> None:
    with genai.Client(api_key="key-gem", http_options=options(simulator, "gem")) as client:
        model = client.models.get(model=MODEL)
        listed = list(client.models.list())
        with pytest.raises(errors.ClientError) as seen:
            client.models.get(model="gemini-9")
    assert model.name == f"models/{MODEL}"
    assert model.supported_actions == ["generateContent", "countTokens", "batchGenerateContent"]
    assert [one.name for one in listed] == [f"models/{MODEL}"]
    assert seen.value.code == 404
