"""Gemini native beyond one answer: streams, batches, files, references, counts, gateways."""

import base64
import json
from typing import Any

import pytest

from tests.probes.simulator.asks import GOOD, of_format
from tests.probes.simulator.support import GENERATE, Bench, Got, Json, JumpClock, asking, bench, decoded, inline_images

STREAM = "/p/v1beta/models/m1:streamGenerateContent"
CREATE = "/p/v1beta/models/m1:batchGenerateContent"


# --- streams --------------------------------------------------------------------------------------------------


def events(got: Got) -> list[Json]:
    assert got.headers["content-type"] == "text/event-stream"
    assert got.headers["transfer-encoding"] == "chunked"
    lines = got.body.split(b"\r\n\r\n")
    assert lines.pop() == b""
    return [json.loads(line.removeprefix(b"data: ")) for line in lines]


async def test_a_stream_of_events_has_thoughts_the_image_in_one_piece_and_usage_at_the_end() -> None:
    async with bench(of_format("gemini", thoughts=True, answer_bytes={"1K": 60_000})) as to:
        found = events(await to.ask(STREAM + "?alt=sse", asking()))
    parts = [event["candidates"][0]["content"]["parts"][0] for event in found]
    assert [next(iter(part)) for part in parts] == ["text", "inlineData", "inlineData", "text"]
    assert decoded(parts[2]["inlineData"]["data"]).size == (1376, 768)
    assert ["usageMetadata" in event for event in found] == [False, False, False, True]
    assert [event["candidates"][0].get("finishReason") for event in found] == [None, None, None, "STOP"]
    assert len({event["responseId"] for event in found}) == 1


async def test_without_sse_a_stream_is_one_json_array() -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(STREAM, asking())
        refused = await to.ask(STREAM, asking(), fault="overloaded")
        wrong = await to.ask(STREAM, asking("9K"))
    assert [("usageMetadata" in event) for event in got.json] == [False, True]
    assert [refused.json[0]["error"]["code"], wrong.json[0]["error"]["code"]] == [503, 400]


async def test_an_error_may_come_in_the_middle_of_a_stream() -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(STREAM + "?alt=sse", asking(), fault="stream_error")
    first, second = events(got)
    assert (got.status, "candidates" in first, second["error"]["code"]) == (200, True, 503)


async def test_a_blocked_prompt_is_one_event() -> None:
    async with bench(of_format("gemini")) as to:
        (event,) = events(await to.ask(STREAM + "?alt=sse", asking(), fault="blocked"))
    assert event["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}


# --- batches --------------------------------------------------------------------------------------------------


def job(*requests: Json) -> Json:
    inline = [{"request": request, "metadata": {"key": f"k{index}"}} for index, request in enumerate(requests)]
    return {"batch": {"displayName": "d", "inputConfig": {"requests": {"requests": inline}}}}


async def look(to: Bench, name: str) -> Any:  # noqa: ANN401 - an operation
    return (await to.ask(f"/p/v1beta/{name}")).json


BATCH_LATENCY = {
    "sizes": {"1K": {"median_s": 10.0}},
    "control": {"median_s": 0.1},
    "queue_share": 0.5,
    "batch": {"median_s": 1000.0},
}


async def test_a_batch_waits_runs_and_succeeds_with_an_image_for_each_request() -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", latency=BATCH_LATENCY), clock) as to:
        created = (await to.ask(CREATE, job(asking("1K", "1:1"), asking("1K", "16:9")))).json
        name, states = created["name"], [created["metadata"]["state"]]
        for wait_s in (499, 10, 492):
            clock.at_s += wait_s
            states.append((await look(to, name))["metadata"]["state"])
        done = await look(to, name)
        ledger = await to.ledger()
    assert [state.removeprefix("BATCH_STATE_") for state in states] == ["PENDING", "PENDING", "RUNNING", "SUCCEEDED"]
    assert done["done"] is True
    items = done["metadata"]["output"]["inlinedResponses"]["inlinedResponses"]
    sizes = [decoded(i["response"]["candidates"][0]["content"]["parts"][0]["inlineData"]["data"]).size for i in items]
    assert sizes == [(1024, 1024), (1376, 768)]
    assert [item["metadata"] for item in items] == [{"key": "k0"}, {"key": "k1"}]
    assert done["metadata"]["batchStats"] == {"requestCount": "2", "successfulRequestCount": "2"}
    assert ledger["images"] == {"made": {"1K": 2}, "billed": {"1K": 2}, "delivered": {"1K": 2}}


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        ("internal", "SUCCEEDED", 13),
        ("deadline", "SUCCEEDED", 4),
        ("deadline_503", "SUCCEEDED", 14),
        ("batch_failed", "FAILED", None),
        ("batch_expired", "EXPIRED", None),
        ("batch_cancelled", "CANCELLED", None),
        ("task_stuck", "PENDING", None),
    ],
)
async def test_a_batch_may_end_in_every_way(fault: str, state: str, code: int | None) -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", latency=BATCH_LATENCY), clock) as to:
        created = (await to.ask(CREATE, job(asking("1K"), asking("1K")), fault=fault)).json
        clock.at_s += 2000
        seen = await look(to, created["name"])
        images = (await to.ledger())["images"]
    assert seen["metadata"]["state"] == f"BATCH_STATE_{state}"
    assert seen.get("done", False) is (state != "PENDING")
    assert state == "SUCCEEDED" or images == {"made": {}, "billed": {}, "delivered": {}}
    if code is not None:
        first, second = seen["metadata"]["output"]["inlinedResponses"]["inlinedResponses"]
        assert (first["error"]["code"], "candidates" in second["response"]) == (code, True)
        assert seen["metadata"]["batchStats"]["failedRequestCount"] == "1"
        assert images == {"made": {"1K": 1}, "billed": {"1K": 1}, "delivered": {"1K": 1}}


async def test_items_that_cannot_be_are_errors_within_a_job_that_succeeds() -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", latency=BATCH_LATENCY), clock) as to:
        created = (await to.ask(CREATE, job(asking("9K"), asking("1K")))).json
        clock.at_s += 2000
        done = await look(to, created["name"])
        nothing = await to.ask(CREATE, job(asking("9K")))
    first, second = done["metadata"]["output"]["inlinedResponses"]["inlinedResponses"]
    assert (first["error"]["code"], "candidates" in second["response"]) == (3, True)
    assert nothing.status == 400


@pytest.mark.parametrize("body", [{}, {"batch": {}}, job(), {"batch": {"inputConfig": {"fileName": "files/x"}}}, b"{"])
async def test_a_batch_of_nothing_is_refused(body: Json) -> None:
    async with bench(of_format("gemini")) as to:
        assert (await to.ask(CREATE, body)).status == 400


async def test_batches_are_listed_cancelled_and_seen_by_their_project_alone() -> None:
    async with bench(of_format("gemini", projects={"one": ["k1"], "two": ["k2"]})) as to:
        name = (await to.ask(CREATE, job(asking()))).json["name"]
        listed = (await to.ask("/p/v1beta/batches")).json["operations"]
        others = await to.ask(f"/p/v1beta/{name}", key="k2")
        lost = await to.ask(CREATE, job(asking()), fault="task_lost")
        gone = await to.ask(f"/p/v1beta/{lost.json['name']}")
        await to.ask(f"/p/v1beta/{name}:cancel", {})
        cancelled = await look(to, name)
    assert [operation["name"] for operation in listed] == [name]
    assert (others.status, gone.status) == (404, 404)
    assert (cancelled["done"], cancelled["metadata"]["state"]) == (True, "BATCH_STATE_CANCELLED")


# --- files, references, tiers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["scenario", "request", "fault"])
async def test_an_image_may_be_at_a_url_without_a_key(way: str) -> None:
    wanted = {
        "responseFormat": [{"image": {"imageSize": "IMAGE_SIZE_TWO_K", "aspectRatio": "16:9", "delivery": "URI"}}]
    }
    body = asking(None, None, **wanted) if way == "request" else asking("2K", "16:9")
    async with bench(of_format("gemini", by_url=way == "scenario")) as to:
        got = await to.ask(GENERATE, body, fault="by_url" if way == "fault" else None)
        (part,) = got.json["candidates"][0]["content"]["parts"]
        file = await to.ask(part["fileData"]["fileUri"].removeprefix(to.base_url), key=None)
    assert part["fileData"]["mimeType"] == file.headers["content-type"] == "image/png"
    assert decoded(base64.b64encode(file.body).decode()).size == (2752, 1536)


@pytest.mark.parametrize(
    ("fault", "status"), [("url_404", 404), ("url_expired", 403), ("url_html", 200), ("url_redirect", 302)]
)
async def test_a_url_may_lead_nowhere(fault: str, status: int) -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(GENERATE, asking(), fault=fault)
        url = got.json["candidates"][0]["content"]["parts"][0]["fileData"]["fileUri"]
        async with to.session.get(url, allow_redirects=False) as answer:
            assert answer.status == status
            assert not (await answer.read()).startswith(b"\x89PNG")


@pytest.mark.parametrize(("fault", "begin"), [("url_private", "http://169.254."), ("url_scheme", "file:///")])
async def test_a_url_may_be_one_that_nobody_should_follow(fault: str, begin: str) -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(GENERATE, asking(), fault=fault)
    assert got.json["candidates"][0]["content"]["parts"][0]["fileData"]["fileUri"].startswith(begin)


@pytest.mark.parametrize(("count", "status"), [(1, 200), (14, 200), (15, 400)])
async def test_up_to_fourteen_reference_images_are_taken_and_counted(count: int, status: int) -> None:
    body = asking()
    body["contents"][0]["parts"] += [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}] * count
    async with bench(of_format("gemini")) as to:
        got = await to.ask(GENERATE, body)
    assert got.status == status
    if status == 200:
        assert got.json["usageMetadata"]["promptTokensDetails"][1] == {"modality": "IMAGE", "tokenCount": 560 * count}


@pytest.mark.parametrize(("fault", "tier"), [(None, "priority"), ("service_downgrade", "standard")])
async def test_the_service_tier_stands_in_a_header(fault: str | None, tier: str) -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(GENERATE, {**asking(), "serviceTier": "priority"}, fault=fault)
    assert got.headers["x-gemini-service-tier"] == tier


async def test_a_cache_resells_picture_and_identifier_and_another_model_tells_its_name() -> None:
    async with bench(of_format("gemini")) as to:
        one, two = [await to.ask(GENERATE, asking(), fault="duplicate") for _ in range(2)]
        other = await to.ask(GENERATE, asking(), fault="model_swapped")
    assert inline_images(one)[0][1].tobytes() == inline_images(two)[0][1].tobytes()
    assert one.json["responseId"] == two.json["responseId"]
    assert other.json["modelVersion"] == "gemini-2.5-flash-image"


async def test_tokens_are_counted_in_both_spellings_of_the_question() -> None:
    path = "/p/v1beta/models/m1:countTokens"
    async with bench(of_format("gemini")) as to:
        plain = await to.ask(path, {"contents": asking()["contents"]})
        nested = await to.ask(path, {"generateContentRequest": {"model": "models/m1", **asking()}})
        unknown = await to.ask(path.replace("m1", "m9"), {"contents": []})
    assert plain.json["totalTokens"] == nested.json["totalTokens"] == 4
    assert unknown.status == 404


# --- gateways -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "path", "status", "code", "words"),
    [
        ("wrong", GENERATE, 401, "", "无效的令牌"),
        (None, GENERATE, 401, "", "未提供令牌"),
        ("k1", GENERATE.replace("m1", "m9"), 503, "model_not_found", "无可用渠道"),
    ],
)
async def test_a_gateway_speaks_for_itself_on_googles_route(
    key: str | None, path: str, status: int, code: str, words: str
) -> None:
    async with bench(of_format("gemini", errors="gateway")) as to:
        got = await to.ask(path, asking(), key=key)
    assert (got.status, got.error["code"]) == (status, code)
    assert words in got.error["message"]
    assert "(request id: 2026" in got.error["message"]


async def test_a_gateways_code_may_be_a_number_and_its_status_another() -> None:
    async with bench(of_format("gemini")) as to:
        number = await to.ask(GENERATE, asking(), fault="gateway_int_code")
        remapped = await to.ask(GENERATE, asking(), fault="gateway_remapped")
        ours = await to.ask(GENERATE, asking(), fault="gateway_out_of_credit")
        theirs = await to.ask(GENERATE, asking(), fault="gateway_saturated")
    assert [number.error["code"], number.status, remapped.status] == [503, 503, 400]
    said = [got.error["message"].partition(" (request")[0] for got in (ours, theirs)]
    assert said[0] == said[1] == "当前分组上游负载已饱和，请稍后再试"
    assert [ours.error["type"], theirs.error["type"]] == ["insufficient_quota", "upstream_error"]


async def test_the_key_may_be_echoed() -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(GOOD["gemini"].path, GOOD["gemini"].body, fault="key_echoed")
    assert got.status == 500
    assert "?key=k1" in got.error["message"]


@pytest.mark.parametrize(
    ("limits", "asks", "quota"),
    [
        ({"tpm": 7}, 2, "GenerateContentInputTokensPerModelPerMinute"),
        ({"ipm": 1}, 2, "GenerateImagesPerMinutePerProjectPerModel"),
        ({"rpm": 1, "burst": 1, "rpd": 1}, 2, "GenerateRequestsPerDayPerProjectPerModel"),
    ],
)
async def test_each_limit_is_named_when_it_refuses(limits: Json, asks: int, quota: str) -> None:
    latency = {"sizes": {"1K": {"median_s": 0.001}}, "control": {"median_s": 0.001}}
    async with bench(of_format("gemini", limits=limits, latency=latency)) as to:
        answers = [await to.ask(GENERATE, asking()) for _ in range(asks)]
    assert [got.status for got in answers] == [200] * (asks - 1) + [429]
    assert answers[-1].error["details"][1]["violations"][0]["quotaId"] == quota


async def test_money_is_a_limit_too_and_models_and_keys_may_have_their_own() -> None:
    latency = {"sizes": {"1K": {"median_s": 0.001}}, "control": {"median_s": 0.001}}
    spend = {"limits": {"spend_usd": 0.3}, "usd_per_image": {"1K": 0.134}}
    async with bench(of_format("gemini", latency=latency, **spend)) as to:
        statuses = [(await to.ask(GENERATE, asking())).status for _ in range(3)]
    per_key = {"limits": {"rpm": 1, "burst": 1, "per": "key"}, "projects": {"main": ["k1", "k2"]}}
    async with bench(of_format("gemini", latency=latency, **per_key)) as to:
        by_key = [(await to.ask(GENERATE, asking(), key=key)).status for key in ("k1", "k2", "k1")]
    by_model = {"limits": {"rpm": 1, "burst": 1, "by_model": True}, "models": ["m1", "m2"]}
    async with bench(of_format("gemini", latency=latency, **by_model)) as to:
        paths = [GENERATE, GENERATE.replace("m1", "m2"), GENERATE]
        of_models = [(await to.ask(path, asking())).status for path in paths]
    assert statuses == by_key == of_models == [200, 200, 429]
