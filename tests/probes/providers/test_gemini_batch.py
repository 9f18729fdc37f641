"""A batch of one: created, looked at politely, its one item read; each way in which a job or its item can fail."""

import json
from dataclasses import replace
from typing import Any

import pytest

from probes import outcomes
from probes.model import Answer, Ask, Exchange, Pause, Request
from tests.probes import bodies as b
from tests.probes.providers.asking import ASK, answer, ok, request, step, target, verdict

TO = target("gemini", batch=True)
NAME = "batches/k3s9x-7a_b.1"
LOOK = f"https://api.example/v1beta/{NAME}"
TYPE = "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"


def operation(state: str | None, *, output: object = None, **more: object) -> bytes:
    """The long-running operation of a batch. Numbers of 64 bits are strings."""
    metadata: dict[str, Any] = {
        "@type": TYPE,
        "model": "models/m",
        "displayName": "upheld",
        "createTime": "2026-11-22T06:00:00.123456789Z",
        "updateTime": "2026-11-22T06:07:00Z",
        "batchStats": {"requestCount": "1", "pendingRequestCount": "1"},
        "name": NAME,
    } | ({"state": state} if state else {})
    metadata |= {"endTime": "2026-11-22T06:06:00.123456789Z", "output": output} if output is not None else {}
    return b.to_bytes({"name": NAME, "metadata": metadata} | more)


def item(**said: object) -> dict[str, Any]:
    return {"inlinedResponses": {"inlinedResponses": [{"metadata": {"key": "1"}, **said}]}}


def response(*parts: dict[str, Any], finish: str = "STOP") -> dict[str, Any]:
    return item(response=json.loads(b.gemini(*parts, finish=finish)))


def done(output: object, state: str | None = "BATCH_STATE_SUCCEEDED", **more: object) -> bytes:
    return operation(state, output=output, done=True, **more)


def at(ended_ms: float, exchange: Exchange) -> Exchange:
    return replace(exchange, began_ms=ended_ms - 10.0, ended_ms=ended_ms)


CREATED = at(100.0, ok(operation("BATCH_STATE_PENDING")))
PENDING = at(10_100.0, ok(operation("BATCH_STATE_PENDING")))
RUNNING = at(20_100.0, ok(operation("BATCH_STATE_RUNNING")))
IMAGE = response(b.inline(b.IMAGE))
DONE = at(30_100.0, ok(done(IMAGE)))
OVERLOADED = Exchange(503, {}, b.rpc(503, "The service is currently unavailable.", "UNAVAILABLE"))


# --- asking -------------------------------------------------------------------------------------------------------


def test_a_job_holds_the_one_request_that_would_have_been_sent() -> None:
    sent = request(TO)
    assert (sent.method, sent.url) == ("POST", "https://api.example/v1beta/models/m:batchGenerateContent")
    assert sent.carries_key
    one = {"request": json.loads(request(target("gemini")).body), "metadata": {"key": "1"}}
    assert json.loads(sent.body) == {
        "batch": {"displayName": "upheld", "inputConfig": {"requests": {"requests": [one]}}},
    }


def test_reach_makes_no_job() -> None:
    assert request(TO, ask=Ask()) == request(target("gemini"), ask=Ask())
    assert answer(TO, ok(b'{"name": "models/m"}'), ask=Ask()) == Answer()


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "UNSPECIFIED", "NEVER_HEARD_OF", None])
def test_until_a_job_has_ended_it_is_looked_at_again(state: str | None) -> None:
    seen = at(10_100.0, ok(operation(state and f"BATCH_STATE_{state}")))
    for so_far in ((CREATED,), (CREATED, seen)):
        said = step(TO, *so_far)
        assert isinstance(said, Pause)
        assert (said.seconds, said.then.method, said.then.url, said.then.body) == (10.0, "GET", LOOK, b"")
        assert said.then.headers["authorization"] == "Bearer sk-test-0123456789"


@pytest.mark.parametrize(
    ("poll_s", "waited_s", "headers", "pause_s"),
    [
        pytest.param(10.0, 10.0, {}, 10.0, id="at first"),
        pytest.param(2.0, 10.0, {}, 2.0, id="as configured"),
        pytest.param(10.0, 1000.0, {}, 50.0, id="later 5 % of the time so far"),
        pytest.param(10.0, 86_400.0, {}, 4320.0, id="after a day"),
        pytest.param(10.0, 10.0, {"retry-after": "30"}, 30.0, id="as asked"),
        pytest.param(10.0, 10.0, {"retry-after": "1"}, 10.0, id="never sooner"),
    ],
)
def test_looks_are_polite(poll_s: float, waited_s: float, headers: dict[str, str], pause_s: float) -> None:
    seen = at(100.0 + 1000.0 * waited_s, ok(operation("BATCH_STATE_PENDING"), headers))
    said = step(target("gemini", batch=True, poll_s=poll_s), CREATED, seen)
    assert isinstance(said, Pause)
    assert said.seconds == pytest.approx(pause_s)


def test_a_job_of_a_day_takes_fewer_looks_than_a_conversation_may_have() -> None:
    now_ms, looks = 100.0, 0
    while now_ms < 86_400_000:
        said = step(TO, CREATED, at(now_ms, PENDING))
        assert isinstance(said, Pause)
        now_ms, looks = now_ms + 1000.0 * said.seconds, looks + 1
    assert looks < 200


@pytest.mark.parametrize(
    "name", ["", "batches/", "batches/../models/m", "batches/a?x=1", "https://evil.example/x", 7, None]
)
def test_a_job_whose_name_is_none_is_not_asked_for(name: object) -> None:
    said = json.loads(operation("BATCH_STATE_PENDING")) | {"name": name}
    assert verdict(TO, ok(b.to_bytes(said))) == ("malformed", "schema", "provider")


# --- what comes of it -----------------------------------------------------------------------------------------------


def verdict_of(*later: Exchange) -> tuple[str, str | None, str]:
    """The verdict where these followed the creation, all of them with the provider itself."""
    return verdict(TO, CREATED, *later, own=1 + len(later))


def test_the_image_of_the_item_is_the_answer_and_the_stages_are_told() -> None:
    found = answer(TO, CREATED, PENDING, RUNNING, DONE)
    assert found.picture is not None
    assert (found.picture.width, found.images, found.expected) == (1024, 1, (1024, 1024))
    assert (found.queue_ms, found.run_ms, found.server_ms) == (20_000.0, 10_000.0, 360_000.0)
    assert (found.request_id, found.model_version) == ("Zx4laf", "gemini-3-pro-image-preview")
    assert verdict_of(PENDING, RUNNING, DONE) == ("ok", None, "provider")


def test_a_job_that_was_never_seen_running_has_no_stages() -> None:
    found = answer(TO, CREATED, PENDING, DONE)
    assert (found.queue_ms, found.run_ms, found.server_ms) == (None, None, 360_000.0)


def test_a_job_may_have_ended_when_it_is_created() -> None:
    assert verdict(TO, ok(done(IMAGE))) == ("ok", None, "provider")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(done(IMAGE, "JOB_STATE_SUCCEEDED"), ("ok", None, "provider"), id="by the name of the SDK"),
        pytest.param(done(IMAGE, None), ("ok", None, "provider"), id="done, without a state"),
        pytest.param(
            operation("BATCH_STATE_SUCCEEDED", done=True, response=IMAGE), ("ok", None, "provider"), id="in `response`"
        ),
        pytest.param(
            operation(
                "BATCH_STATE_SUCCEEDED",
                done=True,
                response={"inlinedResponses": IMAGE["inlinedResponses"]["inlinedResponses"]},
            ),
            ("ok", None, "provider"),
            id="a plain list",
        ),
        pytest.param(
            done(item(error={"code": 8, "message": "Resource exhausted"})),
            ("rate_limited", "unknown", "unknown"),
            id="item 8",
        ),
        pytest.param(
            done(item(error={"code": 13, "message": "Internal error encountered."})),
            ("server_error", "500", "provider"),
            id="item 13",
        ),
        pytest.param(
            done(item(error={"code": 14, "message": "The model is overloaded."})),
            ("overloaded", None, "provider"),
            id="item 14",
        ),
        pytest.param(
            done(item(error={"code": 4, "message": "Deadline expired"})),
            ("timeout", "server_504", "provider"),
            id="item 4",
        ),
        pytest.param(done(item(error={"code": 3, "message": "bad"})), ("client_error", "400", "client"), id="item 3"),
        pytest.param(done(item(error={"code": 7, "message": "no"})), ("auth", "7", "client"), id="item 7"),
        pytest.param(
            done(item(error={"code": 99, "message": "?"})), ("server_error", "http200_error", "provider"), id="item 99"
        ),
        pytest.param(
            done(item(error={"code": 503, "message": "x", "status": "UNAVAILABLE"})),
            ("overloaded", None, "provider"),
            id="item by HTTP",
        ),
        pytest.param(done(response(finish="NO_IMAGE")), ("ok_no_image", "no_image", "provider"), id="no image"),
        pytest.param(done(response(finish="IMAGE_SAFETY")), ("blocked", "image_safety", "policy"), id="withheld"),
        pytest.param(
            done(item(response=json.loads(b.blocked_prompt("SAFETY")))), ("blocked", "safety", "policy"), id="refused"
        ),
        pytest.param(done(response(b.inline("***"))), ("malformed", "bad_base64", "provider"), id="no base64"),
        pytest.param(done(response(b.inline(b.IMAGE[:-20]))), ("truncated", "truncated", "provider"), id="a cut image"),
        pytest.param(
            done({"inlinedResponses": {"inlinedResponses": []}}), ("malformed", "schema", "provider"), id="no item"
        ),
        pytest.param(
            done({"responsesFile": "files/x"}), ("malformed", "schema", "provider"), id="a file that we did not ask for"
        ),
        pytest.param(done(item()), ("malformed", "schema", "provider"), id="an item of nothing"),
        pytest.param(
            operation("BATCH_STATE_FAILED", done=True, error={"code": 13, "message": "Internal error"}),
            ("server_error", "500", "provider"),
            id="FAILED, and why",
        ),
        pytest.param(
            operation("BATCH_STATE_FAILED", done=True), ("server_error", "http200_error", "provider"), id="FAILED"
        ),
        pytest.param(operation("BATCH_STATE_CANCELLED", done=True), ("client_error", "499", "client"), id="CANCELLED"),
        pytest.param(
            operation("BATCH_STATE_EXPIRED", done=True, error={"code": 13, "message": "expired"}),
            ("timeout", "server_504", "provider"),
            id="EXPIRED, with an error",
        ),
        pytest.param(operation("BATCH_STATE_EXPIRED"), ("timeout", "server_504", "provider"), id="EXPIRED"),
        pytest.param(operation("BATCH_STATE_SUCCEEDED")[:-20], ("truncated", "json", "provider"), id="a cut look"),
        pytest.param(b"{}", ("malformed", "schema", "provider"), id="an empty object"),
        pytest.param(b"", ("malformed", "empty", "provider"), id="nothing"),
        pytest.param(b.HTML, ("malformed", "html", "provider"), id="a page"),
        pytest.param(b.BARE_429, ("rate_limited", "unknown", "unknown"), id="an error inside of 200"),
    ],
)
def test_what_can_come_of_a_job(body: bytes, expected: tuple[str, str | None, str]) -> None:
    assert verdict_of(RUNNING, ok(body)) == expected


def test_the_reason_of_a_job_that_ended_badly_is_kept() -> None:
    found = answer(TO, CREATED, ok(operation("BATCH_STATE_EXPIRED")))
    assert found.fault is not None
    assert found.fault.message == "the batch job ended as EXPIRED"


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED"])
def test_of_a_job_that_ended_badly_nobody_knows_whether_it_was_billed(state: str) -> None:
    ended = ok(operation(f"BATCH_STATE_{state}", done=True))
    assert outcomes.classify(ASK, ended, answer(TO, CREATED, ended), accepted=True).billed is None


def test_an_item_may_lie_elsewhere_and_is_fetched_without_the_key() -> None:
    url = "https://cdn.example/x.png"
    ended = ok(done(response({"fileData": {"fileUri": url}})))
    assert step(TO, CREATED, RUNNING, ended) == Request("GET", url, carries_key=False)
    assert verdict(TO, CREATED, RUNNING, ended, ok(b.IMAGE), own=3) == ("ok", None, "provider")
    assert verdict(TO, CREATED, RUNNING, ended, Exchange(404), own=3) == ("image_invalid", "url_404", "provider")


# --- creations and looks that fail ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (OVERLOADED, ("overloaded", None, "provider")),
        (Exchange(429, {}, b.DAILY_429), ("rate_limited", "rpd", "unknown")),
        (Exchange(400, {}, b.BAD_KEY), ("auth", "api_key_invalid", "client")),
        (Exchange(404, {}, b.NOT_FOUND), ("client_error", "404", "client")),
        (Exchange(502, {}, b.HTML), ("server_error", "502", "provider")),
        (ok(b""), ("malformed", "empty", "provider")),
    ],
)
def test_a_job_that_is_not_accepted_is_the_answer_at_once(
    exchange: Exchange, expected: tuple[str, str | None, str]
) -> None:
    assert verdict(TO, exchange) == expected


def test_a_look_that_fails_is_not_the_job_that_fails() -> None:
    assert isinstance(step(TO, CREATED, OVERLOADED, OVERLOADED), Pause)
    assert isinstance(step(TO, CREATED, OVERLOADED, OVERLOADED, RUNNING, OVERLOADED), Pause)
    assert verdict_of(OVERLOADED, OVERLOADED, DONE) == ("ok", None, "provider")


def test_three_looks_in_a_row_that_fail_are_the_answer() -> None:
    assert verdict_of(RUNNING, OVERLOADED, OVERLOADED, OVERLOADED) == ("overloaded", None, "provider")


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (Exchange(401, {}, b.rpc(401, "no", "UNAUTHENTICATED")), ("auth", "401", "client")),
        (Exchange(404, {}, b.rpc(404, "Batch not found.", "NOT_FOUND")), ("server_error", "500", "provider")),
        (Exchange(404, {}, b.HTML), ("server_error", "500", "provider")),
    ],
)
def test_a_look_that_no_patience_can_help_is_the_answer(
    exchange: Exchange, expected: tuple[str, str | None, str]
) -> None:
    assert verdict_of(RUNNING, exchange) == expected


def test_the_other_version_of_the_api_is_looked_at_too() -> None:
    said = step(target("gemini", batch=True, api_version="v1"), CREATED, ask=ASK)
    assert isinstance(said, Pause)
    assert said.then.url == f"https://api.example/v1/{NAME}"
