"""Gemini native, as it goes over the wire."""

import io

import pytest

from probes.simulator.sizes import RATIOS, SIZES, Size, pixels
from tests.probes.simulator.support import GENERATE, Json, asking, bench, decoded, inline_images, scenario


@pytest.mark.parametrize("version", ["v1", "v1beta"])
async def test_an_image_comes_with_usage_model_and_identity(version: str) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(f"/p/{version}/models/m1:generateContent", asking("2K", "16:9"))
    assert got.status == 200
    assert got.headers["content-type"] == "application/json; charset=UTF-8"
    assert got.headers["server-timing"] == "gfet4t7; dur=8000"  # 10 s without the download
    assert got.headers["x-upheld-simulator"] == "1"
    ((thought, image),) = inline_images(got)
    assert (thought, image.size, image.format) == (False, (2752, 1536), "PNG")
    reply = got.json
    assert reply["candidates"][0]["finishReason"] == "STOP"
    assert reply["modelVersion"] == "m1"
    assert len(reply["responseId"]) == 22
    assert reply["usageMetadata"] == {
        "promptTokenCount": 4,
        "candidatesTokenCount": 1120,
        "totalTokenCount": 1124,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 4}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
    }


@pytest.mark.parametrize("size", SIZES)
async def test_every_tier_and_ratio_has_its_pixels_and_tokens(size: Size) -> None:
    async with bench(scenario(colour="grey")) as to:
        for ratio in RATIOS:
            got = await to.ask(GENERATE, asking(size, ratio))
            ((_, image),) = inline_images(got)
            assert image.size == pixels(size, ratio)
            assert got.json["usageMetadata"]["candidatesTokenCount"] == {"4K": 2000, "512": 747}.get(size, 1120)


async def test_a_scenario_may_say_other_tokens() -> None:
    async with bench(scenario(tokens={"2K": 1680})) as to:
        got = await to.ask(GENERATE, asking("2K"))
    assert got.json["usageMetadata"]["candidatesTokenCount"] == 1680


async def test_without_a_size_an_image_is_square_and_1k() -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, {"contents": {"parts": {"text": "a lone message is taken for a list"}}})
    assert inline_images(got)[0][1].size == (1024, 1024)


async def test_names_may_be_spelt_either_way() -> None:
    config = {"image_config": {"aspect_ratio": "9:16", "image_size": "512"}}
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, {"contents": [{"parts": [{"text": "x"}]}], "generation_config": config})
    assert inline_images(got)[0][1].size == (384, 688)


async def test_with_thoughts_a_text_and_a_draft_stand_before_the_final_image() -> None:
    async with bench(scenario(thoughts=True)) as to:
        got = await to.ask(GENERATE, asking("1K"))
    parts = got.json["candidates"][0]["content"]["parts"]
    assert [(part.get("thought", False), next(iter(part))) for part in parts] == [
        (True, "text"),
        (True, "inlineData"),
        (False, "inlineData"),
    ]
    assert [image.size for _, image in inline_images(got)] == [(688, 384), (1376, 768)]
    assert parts[2]["thoughtSignature"]
    usage = got.json["usageMetadata"]
    assert usage["thoughtsTokenCount"] > 0
    assert usage["totalTokenCount"] == sum(usage[f"{name}TokenCount"] for name in ("prompt", "candidates", "thoughts"))


async def test_two_answers_never_show_the_same_picture() -> None:
    async with bench(scenario()) as to:
        answers = [await to.ask(GENERATE, asking()) for _ in range(3)]
    assert len({inline_images(got)[0][1].tobytes() for got in answers}) == 3
    assert len({got.json["responseId"] for got in answers}) == 3


@pytest.mark.parametrize("weight", [40_000, 1_500_000])
async def test_an_answer_weighs_what_the_scenario_says(weight: int) -> None:
    async with bench(scenario(answer_bytes={"1K": weight})) as to:
        got = await to.ask(GENERATE, asking("1K"))
    assert len(got.body) == pytest.approx(weight, rel=0.05)
    assert decoded(got.json["candidates"][0]["content"]["parts"][0]["inlineData"]["data"]).size == (1376, 768)


@pytest.mark.parametrize(
    ("fault", "body"),
    [
        ("blocked", {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),
        ("no_image", {"candidates": [{"content": {"role": "model"}, "finishReason": "NO_IMAGE", "index": 0}]}),
    ],
)
async def test_200_without_an_image_says_why_and_counts_no_tokens_for_one(fault: str, body: Json) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking(), fault=fault)
    assert got.status == 200
    assert {name: got.json[name] for name in got.json.keys() & {"candidates", "promptFeedback"}} == body
    assert got.json["usageMetadata"]["candidatesTokenCount"] == 0


async def test_a_withheld_image_has_its_message_and_a_refusal_in_words_its_text() -> None:
    async with bench(scenario()) as to:
        withheld = (await to.ask(GENERATE, asking(), fault="image_safety")).json["candidates"][0]
        said = (await to.ask(GENERATE, asking(), fault="text_only")).json["candidates"][0]
    assert withheld["finishReason"] == "IMAGE_SAFETY"
    assert withheld["finishMessage"].startswith("Unable to show the generated image.")
    assert said["finishReason"] == "STOP"
    assert [list(part) for part in said["content"]["parts"]] == [["text"]]


async def test_who_asks_for_text_gets_text() -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking(responseModalities=["TEXT"]))
        ledger = await to.ledger()
    assert list(got.json["candidates"][0]["content"]["parts"][0]) == ["text"]
    assert ledger["image"]["endings"] == {"text_only": 1}
    assert ledger["images"]["billed"] == {}


@pytest.mark.parametrize(("asked", "given"), [("2K", (1376, 768)), ("1K", (688, 384)), ("512", (1376, 768))])
async def test_a_wrong_tier_is_another_size_under_the_same_name(asked: Size, given: tuple[int, int]) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking(asked), fault="wrong_tier")
    assert inline_images(got)[0][1].size == given


@pytest.mark.parametrize(
    ("fault", "status", "name", "words"),
    [
        ("overloaded", 503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        ("no_capacity", 503, "UNAVAILABLE", "No capacity available for model m1 on the server"),
        ("internal", 500, "INTERNAL", "An internal error has occurred."),
        ("deadline", 504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
        ("rate_limited_bare", 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    ],
)
async def test_errors_are_google_rpc_statuses(fault: str, status: int, name: str, words: str) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking(), fault=fault)
    assert (got.status, got.error["code"], got.error["status"]) == (status, status, name)
    assert got.error["message"].startswith(words)


@pytest.mark.parametrize(
    ("fault", "quota", "metric", "value", "delay"),
    [
        ("rate_limited", "GenerateRequestsPerMinutePerProjectPerModel", "generate_requests_per_model", "300", "26s"),
        (
            "rate_limited_day",
            "GenerateRequestsPerDayPerProjectPerModel",
            "generate_requests_per_model_per_day",
            "250",
            "26s",
        ),
    ],
)
async def test_429_names_the_quota_and_a_delay_that_is_too_short_for_a_day(
    fault: str, quota: str, metric: str, value: str, delay: str
) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking(), fault=fault)
    details = {detail["@type"].rpartition(".")[2]: detail for detail in got.error["details"]}
    assert details["QuotaFailure"]["violations"] == [
        {
            "quotaMetric": f"generativelanguage.googleapis.com/{metric}",
            "quotaId": quota,
            "quotaDimensions": {"location": "global", "model": "m1"},
            "quotaValue": value,
        }
    ]
    assert details["RetryInfo"]["retryDelay"] == delay
    assert "retry-after" not in got.headers  # Google sends none


# --- keys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "query"),
    [({"x-goog-api-key": "k1"}, ""), ({"Authorization": "Bearer k1"}, ""), ({}, "?key=k1")],
    ids=["header", "bearer", "query"],
)
async def test_a_key_may_be_given_in_three_ways(headers: dict[str, str], query: str) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(f"/p/v1beta/models/m1{query}", key=None, headers=headers)
    assert got.status == 200


async def test_a_way_that_the_provider_does_not_take_is_no_key_at_all() -> None:
    async with bench(scenario(auth=["x-goog-api-key"])) as to:
        got = await to.ask("/p/v1beta/models/m1", key=None, headers={"Authorization": "Bearer k1"})
    assert got.status == 403


@pytest.mark.parametrize("body", [None, asking()], ids=["reach", "image"])
async def test_a_wrong_key_is_400_with_the_reason_in_the_details(body: Json) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE if body else "/p/v1beta/models/m1", body, key="wrong")
    assert (got.status, got.error["status"]) == (400, "INVALID_ARGUMENT")
    assert got.error["message"] == "API key not valid. Please pass a valid API key."
    assert got.error["details"][0]["reason"] == "API_KEY_INVALID"


async def test_no_key_is_403() -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking(), key=None)
    assert (got.status, got.error["status"]) == (403, "PERMISSION_DENIED")


# --- requests that are wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (
            {"generationConfig": {"deep": "thinking"}},
            ["Invalid JSON payload received. Unknown name \"deep\" at 'generation_config': Cannot find field."],
        ),
        ({"size": "1K"}, ['Invalid JSON payload received. Unknown name "size": Cannot find field.']),
        (
            {"contents": [{"parts": [{"txt": "x"}]}], "blend": 1},
            [
                "Invalid JSON payload received. Unknown name \"txt\" at 'contents[0].parts[0]': Cannot find field.",
                'Invalid JSON payload received. Unknown name "blend": Cannot find field.',
            ],
        ),
        ({"generationConfig": "x"}, ["Invalid value at 'generation_config' (Map), \"x\""]),
    ],
    ids=["nested", "root", "several", "no-message"],
)
async def test_unknown_names_are_refused_as_google_does(change: Json, sentences: list[str]) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking() | change)
    assert (got.status, got.error["status"]) == (400, "INVALID_ARGUMENT")
    assert got.error["message"].split("\n") == sentences
    violations = got.error["details"][0]["fieldViolations"]
    assert [violation["description"] for violation in violations] == sentences


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (asking("1k"), "`imageSize` does not support `1k` as a valid value."),
        (asking("8K"), "`imageSize` does not support `8K` as a valid value."),
        (asking("1K", "7:3"), "`aspectRatio` does not support `7:3` as a valid value."),
        (asking("1K", "1:8"), "`aspectRatio` does not support `1:8` as a valid value."),
        (asking(responseModalities=["PICTURE"]), "Invalid value at 'generation_config.response_modalities[0]'"),
        ({"contents": []}, "* GenerateContentRequest.contents: contents is not specified"),
        (b"{", "Invalid JSON payload received. Unexpected token."),
        (b"[1]", "Root element must be a message."),
        (b"", "* GenerateContentRequest.contents: contents is not specified"),
    ],
    ids=["1k", "8K", "7:3", "extreme", "modality", "empty", "no-json", "array", "no-body"],
)
async def test_what_a_model_cannot_do_is_400(body: Json, part: str) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, body)
        ledger = await to.ledger()
    assert (got.status, got.error["status"]) == (400, "INVALID_ARGUMENT")
    assert part in got.error["message"]
    assert ledger["image"]["rejected"] == {"invalid": 1}


async def test_a_flash_model_makes_the_extreme_ratios() -> None:
    async with bench(scenario(extreme_ratios=True)) as to:
        got = await to.ask(GENERATE, asking("512", "8:1"))
    assert inline_images(got)[0][1].size == (1536, 192)


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (
            "/p/v1beta/models/other:generateContent",
            asking(),
            (
                "models/other is not found for API version v1beta, or is not supported for generateContent. "
                "Call ListModels to see the list of available models and their supported methods."
            ),
        ),
        ("/p/v1/models/other", None, "Model is not found: models/other for api version v1"),
    ],
)
async def test_an_unknown_model_is_404(path: str, body: Json, message: str) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(path, body)
    assert (got.status, got.error["status"], got.error["message"]) == (404, "NOT_FOUND", message)


async def test_another_path_is_googles_page() -> None:
    async with bench(scenario()) as to:
        got = await to.ask("/p/v2/models/m1:generateContent", asking())
    assert got.status == 404
    assert b"/p/v2/models/m1:generateContent was not found" in got.body


async def test_models_are_listed_and_described() -> None:
    async with bench(scenario(models=["m1", "m2"])) as to:
        listed = (await to.ask("/p/v1beta/models")).json["models"]
        one = (await to.ask("/p/v1beta/models/m2")).json
    assert [model["name"] for model in listed] == ["models/m1", "models/m2"]
    assert one == listed[1]
    assert one["supportedGenerationMethods"] == ["generateContent", "countTokens", "batchGenerateContent"]


async def test_a_picture_of_twenty_megabytes_sent_to_us_is_too_large() -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, io.BytesIO(b" " * (20 * 1024 * 1024 + 1)))
        ledger = await to.ledger()
    assert got.status == 413
    assert ledger["image"]["rejected"] == {"invalid": 1}
