"""google-genai takes the simulator for Gemini beyond one answer: streams, batches, counts, Vertex AI, gateways."""

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import google.auth.transport.requests
import pytest
import requests
from google import genai
from google.auth.exceptions import RefreshError
from google.genai import errors, types
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from PIL import Image

from probes.simulator.process import Simulator

MODEL = "gemini-3-pro-image-preview"
VERTEX_MODEL = "gemini-3-pro-image"
Json: TypeAlias = Any  # whatever the SDK takes
PROMPT = "a fox in the snow"
TLS = ssl.create_default_context()  # made once: each client would load all certificates again
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]

# google-genai 3.4.0 subclasses aiohttp's session, which aiohttp discourages
pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession from ClientSession is discouraged:DeprecationWarning"
)


def options(simulator: Simulator, provider: str, fault: str | None = None) -> types.HttpOptions:
    return types.HttpOptions(
        base_url=f"{simulator.base_url}/{provider}",
        retry_options=types.HttpRetryOptions(attempts=1),
        client_args={"verify": TLS},
        async_client_args={"ssl": TLS},
        timeout=10_000,
        headers={"x-sim-fault": fault} if fault else None,
    )


@asynccontextmanager
async def client(
    simulator: Simulator, provider: str, fault: str | None = None, **more: Json
) -> AsyncIterator[genai.Client]:
    about = more or {"api_key": f"key-{provider}"}
    opened = genai.Client(http_options=options(simulator, provider, fault), **about)
    yield opened
    await opened.aio.aclose()
    opened.close()


async def streamed(to: genai.Client, kind: str, model: str = MODEL) -> list[types.GenerateContentResponse]:
    how = types.GenerateContentConfig(response_modalities=["IMAGE"])
    if kind == "sync":
        return await asyncio.to_thread(
            lambda: list(to.models.generate_content_stream(model=model, contents=PROMPT, config=how))
        )
    chunks = await to.aio.models.generate_content_stream(model=model, contents=PROMPT, config=how)
    return [chunk async for chunk in chunks]


def images(responses: list[types.GenerateContentResponse]) -> list[tuple[int, int]]:
    """Sizes of all final images."""
    found = []
    for response in responses:
        for part in response.parts or []:
            if part.inline_data and part.inline_data.data and not part.thought:
                image = Image.open(io.BytesIO(part.inline_data.data))
                image.load()
                found.append(image.size)
    return found


# --- streams --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_stream_brings_thoughts_the_image_and_usage_at_the_end(simulator: Simulator, kind: str) -> None:
    async with client(simulator, "thinking") as to:
        chunks = await streamed(to, kind)
    assert len(chunks) == 4
    assert images(chunks) == [(1024, 1024)]
    assert chunks[-1].usage_metadata is not None
    assert chunks[-1].usage_metadata.candidates_token_count == 1120
    assert chunks[-1].candidates is not None
    assert chunks[-1].candidates[0].finish_reason is types.FinishReason.STOP


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("fault", ["stream_error", "overloaded"])
async def test_an_error_before_or_within_a_stream_is_a_server_error(
    simulator: Simulator, kind: str, fault: str
) -> None:
    async with client(simulator, "gem", fault) as to:
        with pytest.raises(errors.ServerError) as seen:
            await streamed(to, kind)
    assert (seen.value.code, seen.value.status) == (503, "UNAVAILABLE")


async def test_a_cut_stream_is_an_error_of_the_transport(simulator: Simulator) -> None:
    async with client(simulator, "gem", "truncated_chunked") as to:
        with pytest.raises(Exception, match=r"(?i)incomplete|peer closed") as seen:
            await streamed(to, "sync")
    assert type(seen.value).__name__ == "RemoteProtocolError"


# --- batches --------------------------------------------------------------------------------------------------


def job(count: int) -> list[types.InlinedRequest]:
    how = types.GenerateContentConfig(response_modalities=["IMAGE"])
    return [types.InlinedRequest(contents=f"fox {index}", config=how) for index in range(count)]


async def finished(simulator: Simulator, kind: str, count: int, fault: str | None = None) -> types.BatchJob:
    """Created (with a fault) and polled (without) until it has ended."""
    async with client(simulator, "batches", fault) as to, client(simulator, "batches") as looking:
        return await _polled(to, looking, count, is_sync=kind == "sync")


async def _polled(to: genai.Client, looking: genai.Client, count: int, *, is_sync: bool) -> types.BatchJob:
    made = (
        await asyncio.to_thread(to.batches.create, model=MODEL, src=job(count))
        if is_sync
        else await to.aio.batches.create(model=MODEL, src=job(count))
    )
    name = made.name or ""
    async with asyncio.timeout(10):
        while not made.done:
            made = (
                await asyncio.to_thread(looking.batches.get, name=name)
                if is_sync
                else await looking.aio.batches.get(name=name)
            )
    return made


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_batch_succeeds_with_an_image_for_each_request(simulator: Simulator, kind: str) -> None:
    done = await finished(simulator, kind, 2)
    assert done.state is types.JobState.JOB_STATE_SUCCEEDED
    assert done.dest is not None
    assert done.dest.inlined_responses is not None
    responses = [item.response for item in done.dest.inlined_responses if item.response]
    assert images(responses) == [(1024, 1024)] * 2


async def test_an_item_may_fail_in_a_batch_that_succeeds(simulator: Simulator) -> None:
    done = await finished(simulator, "sync", 2, "internal")
    assert done.state is types.JobState.JOB_STATE_SUCCEEDED
    assert done.dest is not None
    first, second = done.dest.inlined_responses or []
    assert first.error is not None
    assert (first.error.code, second.response is not None) == (13, True)


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("batch_failed", types.JobState.JOB_STATE_FAILED),
        ("batch_expired", types.JobState.JOB_STATE_EXPIRED),
        ("batch_cancelled", types.JobState.JOB_STATE_CANCELLED),
    ],
)
async def test_a_batch_may_end_otherwise(simulator: Simulator, fault: str, state: types.JobState) -> None:
    assert (await finished(simulator, "sync", 1, fault)).state is state


# --- what 200 can hide ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("error_in_200", lambda r: r.candidates is None),
        ("empty_object", lambda r: r.candidates is None),
        ("empty", lambda r: r.candidates is None),
        ("finish_unknown", lambda r: r.candidates[0].finish_reason.value == "SOMETHING_NEW"),
        ("finish_image_other", lambda r: r.candidates[0].finish_reason is types.FinishReason.IMAGE_OTHER),
        ("thought_only", lambda r: all(part.thought for part in r.parts)),
        ("by_url", lambda r: r.parts[0].file_data.file_uri.startswith("http://127.0.0.1")),
    ],
)
@pytest.mark.filterwarnings("ignore:SOMETHING_NEW is not a valid FinishReason:UserWarning")  # it says so, and goes on
async def test_the_sdk_sees_no_error_where_there_is_one(
    simulator: Simulator, fault: str, says: Callable[[Any], bool]
) -> None:
    async with client(simulator, "gem", fault) as to:
        response = await asyncio.to_thread(to.models.generate_content, model=MODEL, contents=PROMPT)
    assert says(response)


async def test_a_gateways_error_has_no_status_for_the_sdk(simulator: Simulator) -> None:
    async with client(simulator, "gateway", "overloaded") as to:
        with pytest.raises(errors.ServerError) as seen:
            await asyncio.to_thread(to.models.generate_content, model=MODEL, contents=PROMPT)
    assert (seen.value.code, seen.value.status) == (503, None)


async def test_tokens_are_counted(simulator: Simulator) -> None:
    async with client(simulator, "gem") as to:
        assert (await asyncio.to_thread(to.models.count_tokens, model=MODEL, contents=PROMPT)).total_tokens == 4


# --- Vertex AI ------------------------------------------------------------------------------------------------


def credentials(token: str) -> Credentials:
    return Credentials(token)  # type: ignore[no-untyped-call]  # google-auth has no types


@pytest.mark.parametrize("location", ["us-central1", "global"])
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_vertex_takes_a_bearer_token_below_project_and_place(
    simulator: Simulator, kind: str, location: str
) -> None:
    about: Json = {"vertexai": True, "project": "p1", "location": location, "credentials": credentials("key-vertex")}
    how = types.GenerateContentConfig(image_config=types.ImageConfig(image_size="2K", aspect_ratio="16:9"))
    async with client(simulator, "vertex", **about) as to:
        if kind == "sync":
            got = await asyncio.to_thread(to.models.generate_content, model=VERTEX_MODEL, contents=PROMPT, config=how)
        else:
            got = await to.aio.models.generate_content(model=VERTEX_MODEL, contents=PROMPT, config=how)
        counted = await asyncio.to_thread(to.models.count_tokens, model=VERTEX_MODEL, contents=PROMPT)
    assert images([got]) == [(2752, 1536)]
    assert got.usage_metadata is not None
    assert got.usage_metadata.traffic_type is types.TrafficType.ON_DEMAND
    assert counted.total_tokens == 4


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_vertex_streams(simulator: Simulator, kind: str) -> None:
    about: Json = {"vertexai": True, "project": "p1", "location": "global", "credentials": credentials("key-vertex")}
    async with client(simulator, "vertex", **about) as to:
        chunks = await streamed(to, kind, VERTEX_MODEL)
    assert images(chunks) == [(1024, 1024)]


async def test_express_mode_takes_an_api_key(simulator: Simulator) -> None:
    async with client(simulator, "vertex", vertexai=True, api_key="key-vertex") as to:
        got = await asyncio.to_thread(to.models.generate_content, model=VERTEX_MODEL, contents=PROMPT)
    assert images([got]) == [(1024, 1024)]


@pytest.mark.parametrize(
    ("project", "token", "code", "status"),
    [("p1", "wrong", 401, "UNAUTHENTICATED"), ("other", "key-vertex", 403, "PERMISSION_DENIED")],
)
async def test_a_wrong_token_and_anothers_project_are_client_errors(
    simulator: Simulator, project: str, token: str, code: int, status: str
) -> None:
    about: Json = {"vertexai": True, "project": project, "location": "global", "credentials": credentials(token)}
    async with client(simulator, "vertex", **about) as to:
        with pytest.raises(errors.ClientError) as seen:
            await asyncio.to_thread(to.models.generate_content, model=VERTEX_MODEL, contents=PROMPT)
    assert (seen.value.code, seen.value.status) == (code, status)


async def test_google_auth_has_a_token_for_the_key_file_and_is_served_with_it(simulator: Simulator) -> None:
    with requests.Session() as session:
        info = session.get(f"{simulator.base_url}/vertex/service-account.json", timeout=10).json()
    account = service_account.Credentials.from_service_account_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]  # google-auth has no types
    about: Json = {"vertexai": True, "project": "p1", "location": "global", "credentials": account}
    async with client(simulator, "vertex", **about) as to:
        got = await asyncio.to_thread(to.models.generate_content, model=VERTEX_MODEL, contents=PROMPT)
    assert images([got]) == [(1024, 1024)]
    assert account.token.startswith("ya29.sim-")


def test_google_auth_is_refused_with_a_file_that_says_another_name(simulator: Simulator) -> None:
    with requests.Session() as session:
        info = session.get(f"{simulator.base_url}/vertex/service-account.json", timeout=10).json()
        other = info | {"client_email": "who@else.iam.gserviceaccount.com"}
        account = service_account.Credentials.from_service_account_info(other, scopes=SCOPES)  # type: ignore[no-untyped-call]  # google-auth has no types
        with pytest.raises(RefreshError, match="account not found"):
            account.refresh(google.auth.transport.requests.Request(session))
