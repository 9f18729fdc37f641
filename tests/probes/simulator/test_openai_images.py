"""OpenAI images, as it goes over the wire."""

from datetime import timedelta

import pytest

from probes.simulator.formats._openai import go_duration
from tests.probes.simulator.support import IMAGES, START, Json, JumpClock, bench, decoded, scenario

NO_MODEL = "The model 'gpt-9' does not exist or you do not have access to it."


def body(**changes: Json) -> Json:
    return {"model": "gpt-image-2", "prompt": "a fox in the snow", "size": "1024x1024", **changes}


async def test_an_image_comes_with_usage_and_headers() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, body(size="1536x1024", quality="medium"))
    assert got.status == 200
    reply = got.json
    assert decoded(reply["data"][0].pop("b64_json")).size == (1536, 1024)
    assert reply == {
        "created": int(START.timestamp()),
        "background": "opaque",
        "output_format": "png",
        "size": "1536x1024",
        "quality": "medium",
        "usage": {
            "total_tokens": 1588,
            "input_tokens": 4,
            "output_tokens": 1584,
            "input_tokens_details": {"text_tokens": 4, "image_tokens": 0},
            "output_tokens_details": {"text_tokens": 0, "image_tokens": 1584},
        },
        "data": [{}],
    }
    assert got.headers["openai-processing-ms"] == "8000"  # 10 s without the download
    assert got.headers["x-request-id"].startswith("req_")
    assert not [name for name in got.headers if name.lower().startswith("x-ratelimit")]  # there is no limit


@pytest.mark.parametrize(
    ("model", "size", "pixels"),
    [
        ("gpt-image-2", "auto", (1024, 1024)),
        ("gpt-image-2", "1376x768", (1376, 768)),
        ("gpt-image-2", "3840x2160", (3840, 2160)),
        ("gpt-image-1", "1024x1536", (1024, 1536)),
        ("own-model", "512x512", (512, 512)),
        ("own-model", "2752x1536", (2752, 1536)),
        ("own-model", "4096x4096", (4096, 4096)),
    ],
)
async def test_sizes_are_given_as_asked(model: str, size: str, pixels: tuple[int, int]) -> None:
    async with bench(scenario(wire="openai_images", colour="grey")) as to:
        got = await to.ask(IMAGES, body(model=model, size=size))
    assert decoded(got.json["data"][0]["b64_json"]).size == pixels


async def test_several_images_are_all_different_and_all_billed() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, body(n=3))
        ledger = await to.ledger()
    assert len({decoded(item["b64_json"]).tobytes() for item in got.json["data"]}) == 3
    assert got.json["usage"]["output_tokens"] == 3 * 4160
    assert ledger["images"] == {"made": {"1K": 3}, "billed": {"1K": 3}, "delivered": {"1K": 3}}


async def test_dall_e_answers_with_a_url_that_needs_no_key_and_says_no_usage() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, body(model="dall-e-3", size="1792x1024"))
        url = got.json["data"][0]["url"]
        file = await to.ask(url.removeprefix(to.base_url), key=None)
        again = await to.ask(url.removeprefix(to.base_url), key=None)
    assert set(got.json) == {"created", "data"}
    assert url.startswith(f"{to.base_url}/p/files/")
    assert (file.status, file.headers["content-type"]) == (200, "image/png")
    assert file.body == again.body
    assert file.body.startswith(b"\x89PNG")


async def test_a_model_of_a_gateway_gives_what_is_asked_for() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        by_url = await to.ask(IMAGES, body(model="own-model", response_format="url"))
        inline = await to.ask(IMAGES, body(model="own-model"))
    assert list(by_url.json["data"][0]) == ["url"]
    assert list(inline.json["data"][0]) == ["b64_json"]


@pytest.mark.parametrize(
    ("path", "after_s", "status", "word"),
    [("", 3700, 403, "AuthenticationFailed"), ("x", 0, 404, "BlobNotFound")],
    ids=["expired", "unknown"],
)
async def test_a_result_that_is_gone_is_refused_as_a_blob_store_does(
    path: str, after_s: float, status: int, word: str
) -> None:
    clock = JumpClock()
    async with bench(scenario(wire="openai_images"), clock) as to:
        got = await to.ask(IMAGES, body(model="dall-e-3", response_format="url"))
        clock.at_s += after_s
        file = await to.ask(got.json["data"][0]["url"].removeprefix(to.base_url) + path, key=None)
    assert file.status == status
    assert f"<Code>{word}</Code>".encode() in file.body


async def test_results_are_forgotten_some_time_after_they_expire() -> None:
    clock = JumpClock()
    async with bench(scenario(wire="openai_images", url_ttl_s=60.0), clock) as to:
        old = await to.ask(IMAGES, body(model="dall-e-3"))
        clock.at_s += 200
        await to.ask(IMAGES, body(model="dall-e-3"))
        file = await to.ask(old.json["data"][0]["url"].removeprefix(to.base_url), key=None)
    assert file.status == 404


@pytest.mark.parametrize(
    ("change", "param", "code", "words"),
    [
        ({"colour": "red"}, "colour", "unknown_parameter", "Unknown parameter: 'colour'."),
        ({"response_format": "url"}, "response_format", "unknown_parameter", "Unknown parameter: 'response_format'."),
        ({"prompt": ""}, "prompt", "missing_required_parameter", "Missing required parameter: 'prompt'."),
        ({"size": "512x512"}, "size", "invalid_value", "Invalid value: '512x512'. Needs 655360 to 8294400 pixels."),
        ({"size": "1000x1000"}, "size", "invalid_value", "Width and height must be divisible by 16."),
        ({"size": "3840x1024"}, "size", "invalid_value", "The longer edge must be at most 3840"),
        ({"size": "0x1024"}, "size", "invalid_value", "must be divisible by 16"),
        ({"size": "wide"}, "size", "invalid_value", "Expected 'auto' or WIDTHxHEIGHT."),
        (
            {"size": "512x512", "model": "gpt-image-1"},
            "size",
            "invalid_value",
            "Supported values are: '1024x1024', '1536x1024', '1024x1536' and 'auto'.",
        ),
        ({"quality": "best"}, "quality", "invalid_value", "Invalid value: 'best'."),
        ({"n": 11}, "n", "integer_above_max_value", "Expected a value <= 10, but got 11."),
        ({"n": 2, "model": "dall-e-3"}, "n", "integer_above_max_value", "Expected a value <= 1, but got 2."),
        ({"n": "two"}, "n", "invalid_type", "expected an integer"),
        ({"stream": True}, "stream", "unsupported_value", "does not stream"),
        ({"output_format": "webp"}, "output_format", "unsupported_value", "makes PNG and JPEG only"),
    ],
)
async def test_what_a_model_cannot_do_is_400_with_the_parameter(
    change: Json, param: str, code: str, words: str
) -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, body(**change))
    assert got.status == 400
    assert (got.error["type"], got.error["param"], got.error["code"]) == ("invalid_request_error", param, code)
    assert words in got.error["message"]


@pytest.mark.parametrize("sent", [b"", b"{", b"[]"])
async def test_a_body_that_is_no_object_is_400(sent: bytes) -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, sent)
    assert got.status == 400
    assert got.error["message"].startswith("We could not parse the JSON body of your request.")


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        ("sk-wrong-key-of-somebody", "invalid_api_key", "Incorrect API key provided: sk-wrong************body."),
        ("short", "invalid_api_key", "Incorrect API key provided: short."),
        (None, None, "You didn't provide an API key."),
    ],
)
async def test_a_wrong_key_is_401_and_not_printed_whole(key: str | None, code: str | None, words: str) -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, body(), key=key)
    assert (got.status, got.error["code"]) == (401, code)
    assert got.error["message"].startswith(words)


@pytest.mark.parametrize(
    ("path", "sent", "code", "message"),
    [
        (
            IMAGES,
            body(model="gpt-9"),
            "model_not_found",
            "The model 'gpt-9' does not exist or you do not have access to it.",
        ),
        (
            "/p/v1/models/gpt-9",
            None,
            "model_not_found",
            "The model 'gpt-9' does not exist or you do not have access to it.",
        ),
        ("/p/v1/chat/completions", {}, None, "Invalid URL (POST /v1/chat/completions)"),
    ],
)
async def test_what_is_not_there_is_404(path: str, sent: Json, code: str | None, message: str) -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(path, sent)
    assert (got.status, got.error["code"], got.error["message"]) == (404, code, message)


@pytest.mark.parametrize(
    ("fault", "status", "kind", "code"),
    [
        ("overloaded", 503, "server_error", "server_is_overloaded"),
        ("no_capacity", 503, "server_error", "server_is_overloaded"),
        ("internal", 500, "server_error", None),
        ("deadline", 504, "server_error", None),
        ("blocked", 400, "image_generation_user_error", "moderation_blocked"),
        ("image_safety", 400, "image_generation_user_error", "moderation_blocked"),
        ("rate_limited", 429, "requests", "rate_limit_exceeded"),
    ],
)
async def test_errors_have_all_four_fields(fault: str, status: int, kind: str, code: str | None) -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, body(), fault=fault)
    assert got.status == status
    assert set(got.error) == {"message", "type", "param", "code"}
    assert (got.error["type"], got.error["code"]) == (kind, code)


async def test_no_image_is_an_empty_list_and_a_wrong_tier_a_smaller_picture() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        none = await to.ask(IMAGES, body(), fault="no_image")
        small = await to.ask(IMAGES, body(size="2048x1152"), fault="wrong_tier")
    assert none.json["data"] == []
    assert none.json["usage"]["output_tokens"] == 0
    assert decoded(small.json["data"][0]["b64_json"]).size == (1024, 576)
    assert small.json["size"] == "2048x1152"  # the claim stays


async def test_every_answer_states_what_is_left_of_the_limit() -> None:
    limits = {"rpm": 60, "burst": 3, "advertised_rpm": 500}
    async with bench(scenario(wire="openai_images", limits=limits)) as to:
        answers = [await to.ask(IMAGES, body()) for _ in range(2)]
    # ten seconds pass with each image: the bucket is whole again
    assert [got.headers["x-ratelimit-remaining-requests"] for got in answers] == ["3", "3"]
    assert answers[0].headers["x-ratelimit-limit-requests"] == "500"
    assert answers[0].headers["x-ratelimit-reset-requests"] == "0ms"


async def test_429_says_how_long_in_words_and_in_headers() -> None:
    limits = {"rpm": 2, "burst": 1, "kind": "token_bucket"}
    async with bench(scenario(wire="openai_images", limits=limits)) as to:
        await to.ask(IMAGES, body())
        got = await to.ask(IMAGES, body())
    assert got.status == 429
    assert "requests per min (RPM): Limit 2, Used 2, Requested 1." in got.error["message"]
    assert got.error["message"].endswith("Please try again in 20s.")
    assert (got.headers["retry-after"], got.headers["retry-after-ms"]) == ("20", "20000")
    assert got.headers["x-ratelimit-remaining-requests"] == "0"


async def test_models_are_listed_and_described() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        listed = (await to.ask("/p/v1/models")).json
        one = (await to.ask("/p/v1/models/gpt-image-1")).json
    assert [model["id"] for model in listed["data"]] == ["gpt-image-2", "gpt-image-1", "dall-e-3", "own-model"]
    assert one == listed["data"][1]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (0.12, "120ms"),
        (0.0001, "1ms"),
        (1, "1s"),
        (12.5, "12.5s"),
        (90, "1m30s"),
        (360, "6m0s"),
        (7200, "2h0m0s"),
        (59.9999, "1m0s"),
    ],
)
def test_durations_are_printed_as_go_does(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text
    assert go_duration(timedelta(seconds=seconds).total_seconds()) == text
