"""Run by the interpreter of .venv-sdk, never imported: what google-genai 1.x and openai 2.x make of the simulator.

`python older_line.py BASE_URL` prints one JSON object: by name of an experiment, what came of it. Nothing of Upheld is
imported, for it is not installed there.
"""

import asyncio
import base64
import io
import json
import sys
from typing import Any

import openai
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from PIL import Image

MODEL = "gemini-3-pro-image-preview"
PROMPT = "a fox in the snow"
WIDE = types.GenerateContentConfig(
    response_modalities=["IMAGE"], image_config=types.ImageConfig(aspect_ratio="16:9", image_size="2K")
)


def size_of(data: bytes) -> list[int]:
    image = Image.open(io.BytesIO(data))
    image.load()
    return list(image.size)


def images(*responses: Any) -> list[list[int]]:  # noqa: ANN401 - of whichever SDK runs this
    """Sizes of the final images."""
    found = []
    for response in responses:
        for candidate in response.candidates or []:
            parts = (candidate.content.parts if candidate.content else None) or []
            found += [size_of(part.inline_data.data) for part in parts if part.inline_data and not part.thought]
    return found


def google(base_url: str, provider: str, fault: str | None = None, **about: Any) -> genai.Client:  # noqa: ANN401 - as above
    headers = {"x-sim-fault": fault} if fault else None
    options = types.HttpOptions(base_url=f"{base_url}/{provider}", timeout=10_000, headers=headers)
    return genai.Client(http_options=options, **(about or {"api_key": f"key-{provider}"}))


def error_of(call: Any) -> list[Any]:  # noqa: ANN401 - as above
    """Class, code and status of what it raises."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        return [type(error).__name__, getattr(error, "code", None), getattr(error, "status", None)]
    return ["nothing"]


def gemini(base_url: str) -> dict[str, Any]:
    """google-genai on the native format."""
    found: dict[str, Any] = {"genai": genai.__version__}
    with google(base_url, "gem") as client:
        generate = client.models.generate_content
        found["sync"] = images(generate(model=MODEL, contents=PROMPT, config=WIDE))
        found["async"] = images(
            asyncio.run(client.aio.models.generate_content(model=MODEL, contents=PROMPT, config=WIDE))
        )
        found["count_tokens"] = client.models.count_tokens(model=MODEL, contents=PROMPT).total_tokens
        found["model"] = client.models.get(model=MODEL).name
    with google(base_url, "thinking") as client:
        stream: list[Any] = list(client.models.generate_content_stream(model=MODEL, contents=PROMPT))
        found["stream"] = [len(stream), images(*stream), stream[-1].usage_metadata.candidates_token_count]
        found["async_stream"] = asyncio.run(streamed(client))
    for fault in ("overloaded", "rate_limited", "html_502", "key_invalid", "stream_error"):
        with google(base_url, "gem", fault) as client:
            ask = client.models.generate_content_stream if fault == "stream_error" else client.models.generate_content
            found[fault] = error_of(lambda ask=ask: list(ask(model=MODEL, contents=PROMPT)))
    return found


async def streamed(client: genai.Client) -> list[list[int]]:
    chunks = await client.aio.models.generate_content_stream(model=MODEL, contents=PROMPT)
    return images(*[chunk async for chunk in chunks])


def batch(base_url: str) -> dict[str, Any]:
    """google-genai on the Batch API."""
    with google(base_url, "batches") as client:
        requests: list[Any] = [{"contents": [{"parts": [{"text": PROMPT}], "role": "user"}]}] * 2
        job = client.batches.create(model=MODEL, src=requests)
        while not job.done:
            job = client.batches.get(name=job.name or "")
        return {"batch": ended(job), "async_batch": ended(asyncio.run(batched(client, requests)))}


def ended(job: types.BatchJob) -> list[Any]:
    """Its state, and the sizes of its images."""
    responses = [item.response for item in (job.dest.inlined_responses if job.dest else None) or []]
    return [job.state.value if job.state else None, images(*responses)]


async def batched(client: genai.Client, requests: list[Any]) -> types.BatchJob:
    job = await client.aio.batches.create(model=MODEL, src=requests)
    while not job.done:
        job = await client.aio.batches.get(name=job.name or "")
    return job


def vertex(base_url: str) -> dict[str, Any]:
    """google-genai on Vertex AI: a token, and express mode."""
    token: Any = Credentials("key-vertex")  # type: ignore[no-untyped-call]  # google-auth has no types
    found: dict[str, Any] = {}
    with google(base_url, "vertex", vertexai=True, project="p1", location="us-central1", credentials=token) as client:
        found["vertex"] = images(client.models.generate_content(model="gemini-3-pro-image", contents=PROMPT))
        found["vertex_stream"] = images(
            *client.models.generate_content_stream(model="gemini-3-pro-image", contents=PROMPT)
        )
    with google(base_url, "vertex", vertexai=True, project="p1", location="global", credentials=token) as client:
        made = client.aio.models.generate_content(model="gemini-3-pro-image", contents=PROMPT)
        found["async_vertex"] = images(asyncio.run(waited(made)))
    with google(base_url, "vertex", vertexai=True, api_key="key-vertex") as client:
        found["express"] = images(client.models.generate_content(model="gemini-3-pro-image", contents=PROMPT))
    return found


async def waited(made: Any) -> Any:  # noqa: ANN401 - as above
    return await made


def open_ai(base_url: str) -> dict[str, Any]:
    """openai: generations, edits, chat."""
    found: dict[str, Any] = {"openai": openai.__version__}
    about: dict[str, Any] = {"base_url": f"{base_url}/images/v1", "api_key": "key-images", "max_retries": 0}
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "PNG")
    picture.name = "red.png"
    with openai.OpenAI(**about) as client:
        made: Any = client.images.generate(model="gpt-image-2", prompt=PROMPT, size="1024x1024")
        edited: Any = client.images.edit(model="gpt-image-2", prompt=PROMPT, image=picture.getvalue())
        found["generate"] = size_of(base64.b64decode(made.data[0].b64_json))
        found["edit"] = size_of(base64.b64decode(edited.data[0].b64_json))
        for fault in ("overloaded", "rate_limited", "truncated", "html_502"):
            asked: dict[str, Any] = {"model": "gpt-image-2", "prompt": "x", "extra_headers": {"x-sim-fault": fault}}
            found[f"openai_{fault}"] = error_of(lambda asked=asked: client.images.generate(**asked))[:2]
    found["async_generate"], found["async_edit"] = asyncio.run(generated(about, picture.getvalue()))
    chat = about | {"base_url": f"{base_url}/chat-markdown/v1", "api_key": "key-chat"}
    with openai.OpenAI(**chat) as client:
        answer: Any = client.chat.completions.create(
            model="gemini-3-pro-image", messages=[{"role": "user", "content": PROMPT}]
        )
        found["chat"] = shown(answer.choices[0].message.content)
    found["async_chat_stream"] = asyncio.run(talked(chat))
    return found


def shown(content: str) -> list[int]:
    """The size of an image in Markdown."""
    return size_of(base64.b64decode(content.partition("base64,")[2].removesuffix(")")))


async def generated(about: dict[str, Any], picture: bytes) -> list[list[int]]:
    async with openai.AsyncOpenAI(**about) as client:
        made: Any = await client.images.generate(model="gpt-image-2", prompt=PROMPT)
        edited: Any = await client.images.edit(model="gpt-image-2", prompt=PROMPT, image=picture)
        return [size_of(base64.b64decode(one.data[0].b64_json)) for one in (made, edited)]


async def talked(about: dict[str, Any]) -> list[int]:
    async with openai.AsyncOpenAI(**about) as client:
        stream: Any = await client.chat.completions.create(
            model="gemini-3-pro-image", messages=[{"role": "user", "content": PROMPT}], stream=True
        )
        return shown("".join([chunk.choices[0].delta.content or "" async for chunk in stream]))


if __name__ == "__main__":
    where = sys.argv[1]
    print(json.dumps({**gemini(where), **batch(where), **vertex(where), **open_ai(where)}))  # noqa: T201 - the answer
