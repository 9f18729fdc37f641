"""Kie: tasks, envelopes, a provider's own clock, limits of accounts and of polls."""

import base64
import json
from typing import Any

import pytest

from tests.probes.simulator.asks import CREATE, GOOD, of_format
from tests.probes.simulator.support import START, Bench, Json, JumpClock, bench, decoded

LATENCY = {
    "sizes": {"1K": {"median_s": 10.0}, "2K": {"median_s": 20.0}},
    "control": {"median_s": 0.1},
    "queue_share": 0.4,
}
BODY = GOOD["kie"].body


async def created(to: Bench, fault: str | None = None, **given: Json) -> str:
    body = {"model": "m1", "input": {**BODY["input"], **given}}
    got = await to.ask(CREATE, body, fault=fault)
    assert (got.status, got.json["code"]) == (200, 200)
    identifier: str = got.json["data"]["taskId"]
    return identifier


async def look(to: Bench, task: str) -> Any:  # noqa: ANN401 - an envelope
    return (await to.ask(f"/p/api/v1/jobs/recordInfo?taskId={task}")).json


async def test_a_task_waits_queues_generates_and_succeeds() -> None:
    clock, states = JumpClock(), []
    async with bench(of_format("kie", latency=LATENCY), clock) as to:
        task = await created(to)
        for wait_s in (0, 2, 2, 6.5):
            clock.at_s += wait_s
            states.append((await look(to, task))["data"]["state"])
        data = (await look(to, task))["data"]
        (url,) = json.loads(data["resultJson"])["resultUrls"]
        file = await to.ask(url.removeprefix(to.base_url), key=None)
        ledger = await to.ledger()
    assert states == ["waiting", "queuing", "generating", "success"]
    assert file.body.startswith(b"\x89PNG")
    assert (data["costTime"], data["completeTime"] - data["createTime"]) == (10_000, 10_000)
    assert json.loads(data["param"])["input"]["prompt"] == "a fox"
    assert ledger["images"] == {"made": {"1K": 1}, "billed": {"1K": 1}, "delivered": {"1K": 1}}
    assert ledger["latency_s"]["1K"]["n"] == 1


async def test_before_it_is_done_there_is_no_result_and_times_are_of_the_providers_clock() -> None:
    async with bench(of_format("kie", latency=LATENCY, clock_ahead_s=30.0)) as to:
        data = (await look(to, await created(to)))["data"]
    assert (data["resultJson"], data["completeTime"], data["costTime"]) == (None, None, None)
    assert data["createTime"] == pytest.approx((START.timestamp() + 30.1) * 1000, abs=2)


@pytest.mark.parametrize(
    ("fault", "state", "code", "result"),
    [
        ("task_failed", "fail", "500", None),
        ("task_refused", "fail", "400", None),
        ("internal", "fail", "500", None),
        ("deadline", "fail", "408", None),
        ("task_stuck", "generating", None, None),
        ("task_unknown_state", "pondering", None, None),
        ("task_empty", "success", None, '{"resultUrls":[]}'),
        ("task_garbled", "success", None, '{"resultUrls":["https://tempfile'),
    ],
)
async def test_a_task_may_come_to_nothing(fault: str, state: str, code: str | None, result: str | None) -> None:
    clock = JumpClock()
    async with bench(of_format("kie", latency=LATENCY), clock) as to:
        task = await created(to, fault)
        clock.at_s += 3600
        data = (await look(to, task))["data"]
        ledger = await to.ledger()
    assert (data["state"], data["failCode"], data["resultJson"]) == (state, code, result)
    assert bool(data["failMsg"]) == (code is not None)
    assert ledger["images"]["billed"] == ledger["images"]["delivered"] == {}


async def test_a_result_may_be_shown_while_the_task_still_waits() -> None:
    async with bench(of_format("kie", latency=LATENCY)) as to:
        data = (await look(to, await created(to, "task_early")))["data"]
    assert (data["state"], json.loads(data["resultJson"])["resultUrls"] != []) == ("waiting", True)


async def test_a_lost_task_and_that_of_another_account_are_422_in_the_envelope() -> None:
    async with bench(of_format("kie", projects={"one": ["k1"], "two": ["k2"]})) as to:
        lost = await look(to, await created(to, "task_lost"))
        task = await created(to)
        others = await to.ask(f"/p/api/v1/jobs/recordInfo?taskId={task}", key="k2")
    assert [lost["code"], others.json["code"]] == [422, 422]
    assert others.status == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "google/m1", "input": {"prompt": "x"}}, "model name"),
        ({"model": "m1"}, "input"),
        ({"model": "m1", "input": {}}, "prompt"),
        ({"model": "m1", "input": {"prompt": "x" * 10_001}}, "10000"),
        ({"model": "m1", "input": {"prompt": "x", "resolution": "9K"}}, "resolution"),
        ({"model": "m1", "input": {"prompt": "x", "aspect_ratio": "7:3"}}, "aspect_ratio"),
        ({"model": "m1", "input": {"prompt": "x", "output_format": "gif"}}, "output_format"),
        ({"model": "m1", "input": {"prompt": "x", "image_input": ["u"] * 15}}, "image_input"),
        (b"{", "input"),
    ],
)
async def test_what_cannot_be_made_is_422_at_http_200(body: Json, words: str) -> None:
    async with bench(of_format("kie")) as to:
        got = await to.ask(CREATE, body)
    assert (got.status, got.json["code"], got.json["data"]) == (200, 422, None)
    assert words in got.json["msg"]


async def test_a_wrong_key_is_401_at_http_200() -> None:
    async with bench(of_format("kie")) as to:
        got = await to.ask(CREATE, BODY, key="wrong")
    assert (got.status, got.json["code"]) == (200, 401)


async def test_an_account_may_create_twenty_tasks_in_ten_seconds() -> None:
    limits = {"kind": "sliding_log", "rpm": 120, "window_s": 10.0}
    latency = {**LATENCY, "control": {"median_s": 0.001}}
    clock = JumpClock()
    async with bench(of_format("kie", limits=limits, latency=latency), clock) as to:
        statuses = [(await to.ask(CREATE, BODY)).status for _ in range(22)]
        clock.at_s += 10
        later = await to.ask(CREATE, BODY)
    assert statuses == [200] * 20 + [429] * 2
    assert later.status == 200


async def test_a_key_may_look_ten_times_a_second() -> None:
    latency = {**LATENCY, "control": {"median_s": 0.001}}
    clock = JumpClock()
    async with bench(of_format("kie", latency=latency), clock) as to:
        task = await created(to)
        looks = [(await to.ask(f"/p/api/v1/jobs/recordInfo?taskId={task}")).status for _ in range(12)]
        clock.at_s += 1
        later = await look(to, task)
    assert looks == [200] * 10 + [429] * 2
    assert later["code"] == 200


@pytest.mark.parametrize(("given", "kind"), [("png", b"\x89PNG"), ("jpg", b"\xff\xd8")])
async def test_the_file_is_of_the_format_that_was_asked_for(given: str, kind: bytes) -> None:
    clock = JumpClock()
    async with bench(of_format("kie"), clock) as to:
        task = await created(to, output_format=given, resolution="2K", aspect_ratio="auto")
        clock.at_s += 60
        (url,) = json.loads((await look(to, task))["data"]["resultJson"])["resultUrls"]
        file = await to.ask(url.removeprefix(to.base_url), key=None)
    assert file.body.startswith(kind)
    assert decoded(base64.b64encode(file.body).decode()).size == (2048, 2048)


async def test_credits_are_told_for_free() -> None:
    async with bench(of_format("kie")) as to:
        assert (await to.ask("/p/api/v1/chat/credit")).json["data"] == 10_000
