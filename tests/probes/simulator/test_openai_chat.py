"""Images in chat answers, in all shapes; edits as multipart forms; AUTOMATIC1111."""

import json
import re

import aiohttp
import pytest

from tests.probes.simulator.asks import CHAT, GOOD, TXT2IMG, of_format
from tests.probes.simulator.support import Got, Json, JumpClock, bench, decoded, provider, scenario

GOOD_CHAT = GOOD["openai_chat"].body
DATA_URL = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=]+)")


def message_of(got: Got) -> Json:
    return got.json["choices"][0]["message"]


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        ("markdown", lambda m: m["content"].removeprefix("![image](").removesuffix(")")),
        ("images", lambda m: m["images"][0]["image_url"]["url"]),
        ("parts", lambda m: m["content"][0]["image_url"]["url"]),
    ],
)
async def test_each_shape_hides_the_image_in_its_own_place(shape: str, place: Json) -> None:
    async with bench(of_format("openai_chat", chat_shape=shape)) as to:
        got = await to.ask(CHAT, GOOD_CHAT)
    match = DATA_URL.fullmatch(place(message_of(got)))
    assert match
    assert decoded(match[1]).size == (1024, 1024)
    assert got.json["usage"]["completion_tokens"] == 1120


async def test_the_fourth_shape_is_a_web_url() -> None:
    async with bench(of_format("openai_chat", chat_shape="markdown_url")) as to:
        url = re.search(r"!\[image\]\((http.*)\)", message_of(await to.ask(CHAT, GOOD_CHAT))["content"])
        assert url
        file = await to.ask(url[1].removeprefix(to.base_url), key=None)
    assert file.body.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "how",
    [
        {"image_config": {"image_size": "2K", "aspect_ratio": "16:9"}},
        {"extra_body": {"google": {"image_config": {"image_size": "2K", "aspect_ratio": "16:9"}}}},
    ],
    ids=["openrouter", "google"],
)
async def test_size_and_ratio_are_taken_in_either_dialect(how: Json) -> None:
    async with bench(of_format("openai_chat")) as to:
        got = await to.ask(CHAT, {**GOOD_CHAT, **how})
    match = DATA_URL.search(message_of(got)["content"])
    assert match
    assert decoded(match[1]).size == (2752, 1536)


@pytest.mark.parametrize(
    ("fault", "content", "finish"),
    [("text_only", "I can describe", "stop"), ("no_image", "", "stop"), ("blocked", "", "content_filter")],
)
async def test_without_an_image_there_are_words_or_nothing(fault: str, content: str, finish: str) -> None:
    async with bench(of_format("openai_chat")) as to:
        got = await to.ask(CHAT, GOOD_CHAT, fault=fault)
    assert message_of(got)["content"].startswith(content)
    assert "base64" not in message_of(got)["content"]
    assert got.json["choices"][0]["finish_reason"] == finish
    assert got.json["usage"]["completion_tokens"] == 0


async def test_no_choices_at_all() -> None:
    async with bench(of_format("openai_chat")) as to:
        assert (await to.ask(CHAT, GOOD_CHAT, fault="no_candidates")).json["choices"] == []


async def test_a_streamed_chat_ends_with_done() -> None:
    async with bench(of_format("openai_chat")) as to:
        got = await to.ask(CHAT, {**GOOD_CHAT, "stream": True})
    first, last, done, rest = got.body.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    assert DATA_URL.search(json.loads(first.removeprefix(b"data: "))["choices"][0]["delta"]["content"])
    assert json.loads(last.removeprefix(b"data: "))["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("body", "status"),
    [({"model": "m1"}, 400), ({"model": "m9", "messages": [{}]}, 404), ([], 400), (b"", 400)],
)
async def test_a_chat_without_messages_or_model_is_refused(body: Json, status: int) -> None:
    async with bench(of_format("openai_chat")) as to:
        assert (await to.ask(CHAT, body)).status == status


# --- edits ----------------------------------------------------------------------------------------------------

EDITS = "/p/v1/images/edits"


def form(images: int = 1, **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in {"model": "gpt-image-1", "prompt": "a fox", **fields}.items():
        data.add_field(name, value)
    for index in range(images):
        data.add_field("image[]", b"\x89PNG...", filename=f"{index}.png", content_type="image/png")
    return data


async def edited(data: aiohttp.FormData) -> Got:
    async with bench(scenario(wire="openai_images")) as to:
        headers = {"authorization": "Bearer k1"}
        async with to.session.post(to.base_url + EDITS, data=data, headers=headers) as answer:
            return Got(answer.status, answer.headers, await answer.read())


async def test_an_edit_counts_its_images_and_answers_as_a_generation_does() -> None:
    got = await edited(form(3, size="1536x1024", n="2"))
    assert [decoded(item["b64_json"]).size for item in got.json["data"]] == [(1536, 1024)] * 2
    assert got.json["usage"]["input_tokens_details"] == {"text_tokens": 1, "image_tokens": 1680}


@pytest.mark.parametrize(
    ("data", "param"),
    [
        (form(0), "image"),
        (form(17), "image"),
        (form(1, prompt=""), "prompt"),
        (form(1, colour="red"), "colour"),
        (form(1, size="9x9"), "size"),
        (form(1, stream="true"), "stream"),
    ],
    ids=["no-image", "too-many", "prompt", "unknown", "size", "stream"],
)
async def test_a_form_that_is_wrong_is_400_with_its_parameter(data: aiohttp.FormData, param: str) -> None:
    got = await edited(data)
    assert (got.status, got.error["param"]) == (400, param)


async def test_what_is_no_form_is_400() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(EDITS, {"prompt": "x"})
    assert got.status == 400


async def test_jpeg_may_be_asked_for() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        body = {"prompt": "x", "model": "gpt-image-1", "output_format": "jpeg"}
        got = await to.ask("/p/v1/images/generations", body)
    assert decoded(got.json["data"][0]["b64_json"]).format == "JPEG"
    assert got.json["output_format"] == "jpeg"


# --- AUTOMATIC1111 --------------------------------------------------------------------------------------------


async def test_a_self_hosted_server_needs_no_key_and_tells_what_it_did() -> None:
    async with bench(of_format("a1111", auth=None)) as to:
        got = await to.ask(TXT2IMG, {"prompt": "a fox", "width": 1024, "height": 768, "batch_size": 2}, key=None)
        options = await to.ask("/p/sdapi/v1/options", key=None)
        models = await to.ask("/p/sdapi/v1/sd-models", key=None)
        ping = await to.ask("/p/internal/ping", key=None)
        progress = await to.ask("/p/sdapi/v1/progress", key=None)
    assert [decoded(image).size for image in got.json["images"]] == [(1024, 768)] * 2
    assert json.loads(got.json["info"])["prompt"] == got.json["parameters"]["prompt"] == "a fox"
    assert options.json["sd_model_checkpoint"] == models.json[0]["model_name"] == "m1"
    assert (ping.json, progress.json["state"]["job_count"]) == ({}, 0)
    assert float(got.headers["x-process-time"]) == pytest.approx(8.0)


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"authorization": "Basic azE6cA=="}, 200)])
async def test_it_may_want_user_and_password(headers: dict[str, str], status: int) -> None:
    async with bench(of_format("a1111", auth=["basic"], projects={"main": ["k1:p"]})) as to:
        got = await to.ask(TXT2IMG, {"prompt": "x"}, key=None, headers=headers)
    assert got.status == status


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"width": "wide"}, 422, "not a valid integer"),
        ({"width": 8}, 422, "between"),
        (b"{", 422, "JSON decode error"),
        ([], 422, "valid dict"),
    ],
)
async def test_a_wrong_body_is_422_as_fastapi_has_it(body: Json, status: int, words: str) -> None:
    async with bench(of_format("a1111")) as to:
        got = await to.ask(TXT2IMG, body)
    assert got.status == status
    assert words in got.json["detail"][0]["msg"]


async def test_a_picture_that_is_too_large_for_the_card_is_out_of_memory() -> None:
    latency = {**provider()["latency"], "sizes": {"1K": {"median_s": 1.0}}}
    async with bench(of_format("a1111", latency=latency), JumpClock()) as to:
        got = await to.ask(TXT2IMG, {"width": 4096, "height": 4096})
    assert (got.status, got.json["error"]) == (500, "OutOfMemoryError")
