"""Kie's task API: submit, poll politely, fetch; what the envelope says, and how long each stage took."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from probes.model import Ask, Exchange, Pause, Request
from tests.probes import bodies as b
from tests.probes.pictures import cheap
from tests.probes.providers.asking import KEY, answer, ok, options_of, request, step, target, verdict

TASK = "task_nano-banana-pro_1765175835703"
FILE = "https://tempfile.example/x.png"
TO = target("kie", "nano-banana-pro")


def envelope(code: int | str, msg: str, data: object = None) -> bytes:
    return b.to_bytes({"code": code, "msg": msg, "data": data})


def record(state: str, **more: Any) -> bytes:  # noqa: ANN401 - any JSON
    """The answer of recordInfo. Its `resultJson` is filled in from the start, as in Kie's own sample."""
    data = {
        "taskId": TASK,
        "model": "nano-banana-pro",
        "state": state,
        "param": json.dumps({"model": "nano-banana-pro"}),
        "resultJson": json.dumps({"resultUrls": [FILE]}),
        "failCode": None,
        "failMsg": None,
        "costTime": None,
        "completeTime": None,
        "createTime": 1757584164490,
    }
    return envelope(200, "success", data | more)


def at(ended_ms: float, exchange: Exchange) -> Exchange:
    return replace(exchange, began_ms=ended_ms - 10.0, ended_ms=ended_ms)


CREATED = at(100.0, ok(envelope(200, "success", {"taskId": TASK})))
DONE = {"costTime": 18500, "completeTime": 1757584182990}
WAITING, QUEUING = at(3100.0, ok(record("waiting"))), at(6100.0, ok(record("queuing")))
RUNNING, RUNNING_ON = at(9100.0, ok(record("generating"))), at(12100.0, ok(record("generating")))
SUCCESS = at(15100.0, ok(record("success", **DONE)))
IMAGE = at(15600.0, ok(b.IMAGE))
BUSY = at(6100.0, Exchange(429, {}, envelope(429, "too many requests")))
INFO = f"https://api.example/api/v1/jobs/recordInfo?taskId={TASK}"


# --- asking -------------------------------------------------------------------------------------------------------


def test_a_task_is_created_as_documented() -> None:
    sent = request(TO, ask=Ask("2K", "16:9", "A red fox"))
    assert (sent.method, sent.url) == ("POST", "https://api.example/api/v1/jobs/createTask")
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(sent.body) == {
        "model": "nano-banana-pro",
        "input": {"prompt": "A red fox", "image_input": [], "resolution": "2K", "aspect_ratio": "16:9"},
    }


def test_no_browser_is_faked() -> None:
    assert "user-agent" not in request(TO).headers  # the wire names us


def test_options_are_asked_for() -> None:
    to = target("kie", "nano-banana-2", output_format="jpg", image_input=["https://x.example/ref.png"])
    asked = json.loads(request(to).body)["input"]
    assert (asked["output_format"], asked["image_input"]) == ("jpg", ["https://x.example/ref.png"])


@pytest.mark.parametrize("poll_s", [0, 1.9, 31, "3"])
def test_nobody_is_polled_faster_than_asked_for(poll_s: object) -> None:
    with pytest.raises(ValidationError):
        options_of("kie", {"poll_s": poll_s})


# --- polling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "polls",
    [
        pytest.param([], id="just created"),
        pytest.param([WAITING], id="waiting, though resultJson is there"),
        pytest.param([WAITING, QUEUING], id="queuing"),
        pytest.param([WAITING, QUEUING, RUNNING], id="generating"),
        pytest.param([ok(record("never seen before"))], id="an unheard-of state"),
    ],
)
def test_it_is_polled_while_it_is_not_over(polls: list[Exchange]) -> None:
    said = step(TO, CREATED, *polls)
    assert isinstance(said, Pause)
    assert (said.seconds, said.then.method, said.then.url) == (3.0, "GET", INFO)
    assert said.then.carries_key


def test_the_interval_is_an_option() -> None:
    said = step(target("kie", poll_s=5), CREATED)
    assert isinstance(said, Pause)
    assert said.seconds == 5.0


def test_the_name_of_a_task_cannot_lead_elsewhere() -> None:
    said = step(TO, ok(envelope(200, "success", {"taskId": "x&model=y/../#"})))
    assert isinstance(said, Pause)
    assert said.then.url.endswith("/recordInfo?taskId=x%26model%3Dy%2F..%2F%23")


@pytest.mark.parametrize(
    ("polls", "seconds"),
    [
        pytest.param([BUSY], 6.0, id="once"),
        pytest.param([BUSY, BUSY], 12.0, id="twice"),
        pytest.param([BUSY] * 9, 30.0, id="nine times"),
        pytest.param([BUSY, WAITING], 3.0, id="and then answered"),
        pytest.param([Exchange(429, {"retry-after": "8"}, b"")], 8.0, id="Retry-After"),
        pytest.param([Exchange(429, {"retry-after": "0.1"}, b"")], 3.0, id="a Retry-After below the interval"),
        pytest.param([Exchange(429, {"retry-after": "86400"}, b"")], 30.0, id="a Retry-After of a day"),
        pytest.param([ok(envelope(429, "too many"))], 6.0, id="inside HTTP 200"),
        pytest.param([Exchange(429, {}, b.HTML)], 6.0, id="a page"),
    ],
)
def test_a_refused_poll_says_nothing_of_the_task(polls: list[Exchange], seconds: float) -> None:
    said = step(TO, CREATED, *polls)
    assert isinstance(said, Pause)
    assert said.seconds == seconds


def test_the_image_is_fetched_without_the_key() -> None:
    assert step(TO, CREATED, WAITING, SUCCESS) == Request("GET", FILE, {}, b"", carries_key=False)


# --- the answer ---------------------------------------------------------------------------------------------------


def test_what_is_known_of_a_task_in_the_end() -> None:
    told = answer(TO, CREATED, WAITING, QUEUING, RUNNING, RUNNING_ON, SUCCESS, IMAGE)
    assert told.picture is not None
    assert (told.picture.width, told.images, told.expected) == (1024, 1, (1024, 1024))
    assert (told.request_id, told.model_version, told.server_ms) == (TASK, "nano-banana-pro", 18500.0)
    assert (told.queue_ms, told.run_ms) == (9000.0, 6000.0)


@pytest.mark.parametrize(
    ("polls", "queue_ms", "run_ms"),
    [
        pytest.param([RUNNING, SUCCESS], 9000.0, 6000.0, id="seen to run at the first poll"),
        pytest.param([WAITING, SUCCESS], None, None, id="never seen to run: only the sum is known"),
        pytest.param([SUCCESS], None, None, id="done at the first poll"),
        pytest.param([WAITING, BUSY, RUNNING, SUCCESS], 9000.0, 6000.0, id="a poll was refused"),
    ],
)
def test_stages_are_told_by_what_polls_saw(polls: list[Exchange], queue_ms: float | None, run_ms: float | None) -> None:
    told = answer(TO, CREATED, *polls, IMAGE)
    assert (told.queue_ms, told.run_ms) == (queue_ms, run_ms)


@pytest.mark.parametrize(
    ("times", "server_ms"),
    [
        ({"costTime": 18500, "completeTime": 1}, 18500.0),
        ({"costTime": 0, "completeTime": 1757584182990}, 18500.0),
        ({"costTime": None, "completeTime": None}, None),
        ({"costTime": None, "completeTime": 5}, None),
    ],
)
def test_their_own_clock_is_kept_beside_ours(times: dict[str, Any], server_ms: float | None) -> None:
    assert answer(TO, CREATED, ok(record("success", **times)), IMAGE).server_ms == server_ms


@pytest.mark.parametrize(
    ("polls", "expected"),
    [
        pytest.param([SUCCESS, IMAGE], ("ok", None, "provider"), id="an image"),
        pytest.param([SUCCESS, ok(cheap(512, 512))], ("ok_degraded", "wrong_size", "provider"), id="a smaller one"),
        pytest.param([SUCCESS, Exchange(404)], ("image_invalid", "url_404", "provider"), id="no longer there"),
        pytest.param(
            [SUCCESS, Exchange(302, {"location": "https://y.example/"}), IMAGE],
            ("ok", None, "provider"),
            id="redirected",
        ),
        pytest.param(
            [ok(record("success", resultJson='{"resultUrls":[]}'))], ("ok_no_image", "nothing", "provider"), id="no URL"
        ),
        pytest.param([ok(record("success", resultJson=""))], ("malformed", "schema", "provider"), id="no result"),
        pytest.param([ok(record("success", resultJson="{cut"))], ("malformed", "schema", "provider"), id="no JSON"),
        pytest.param([ok(record("success", resultJson=None))], ("malformed", "schema", "provider"), id="null"),
        pytest.param(
            [ok(record("fail", failCode="501", failMsg="generation failed"))],
            ("server_error", "501", "provider"),
            id="failed",
        ),
        pytest.param([ok(record("fail"))], ("server_error", "500", "provider"), id="failed without a word"),
        pytest.param(
            [ok(record("fail", failCode="422", failMsg="upstream refused the parameters"))],
            ("server_error", "500", "provider"),
            id="a failCode like a mistake of ours, after it was accepted",
        ),
        pytest.param(
            [ok(record("fail", failCode="400", failMsg="Your prompt was flagged as violating content policies."))],
            ("blocked", "policy", "policy"),
            id="refused by policy",
        ),
        pytest.param([ok(envelope(200, "success", {}))], ("malformed", "schema", "provider"), id="a record of nothing"),
        pytest.param([ok(envelope(422, "recordInfo is null"))], ("server_error", "500", "provider"), id="lost"),
        pytest.param(
            [Exchange(404, {}, envelope(404, "no"))], ("server_error", "500", "provider"), id="lost, as HTTP 404"
        ),
        pytest.param([Exchange(502, {}, b.HTML)], ("server_error", "502", "provider"), id="a poll that meets a page"),
        pytest.param([ok(envelope(401, "no access"))], ("auth", "401", "client"), id="the key is taken away meanwhile"),
        pytest.param([ok(envelope(408, "upstream timeout"))], ("timeout", "task", "provider"), id="over ten minutes"),
    ],
)
def test_how_a_task_ends(polls: list[Exchange], expected: tuple[str, str | None, str]) -> None:
    assert verdict(TO, CREATED, *polls, own=2) == expected


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        pytest.param(ok(envelope(401, "You do not have access permissions")), ("auth", "401", "client"), id="401"),
        pytest.param(ok(envelope(402, "Insufficient credits")), ("balance", None, "client"), id="402"),
        pytest.param(ok(envelope(404, "Not found")), ("client_error", "404", "client"), id="404"),
        pytest.param(ok(envelope(408, "Upstream timeout")), ("timeout", "task", "provider"), id="408"),
        pytest.param(ok(envelope(422, "model is not supported")), ("client_error", "422", "client"), id="422"),
        pytest.param(ok(envelope(429, "20 requests in 10 s")), ("rate_limited", "unknown", "unknown"), id="429"),
        pytest.param(ok(envelope(433, "Sub-key usage exceeds limit")), ("balance", None, "client"), id="433"),
        pytest.param(ok(envelope(451, "Failed to fetch the image")), ("client_error", "451", "client"), id="451"),
        pytest.param(ok(envelope(455, "maintenance")), ("server_error", "500", "provider"), id="455"),
        pytest.param(ok(envelope(500, "Server Error")), ("server_error", "500", "provider"), id="500"),
        pytest.param(ok(envelope(501, "Generation Failed")), ("server_error", "501", "provider"), id="501"),
        pytest.param(ok(envelope(505, "Feature Disabled")), ("server_error", "505", "provider"), id="505"),
        pytest.param(
            ok(envelope(400, "Your prompt violates our content policy")),
            ("blocked", "policy", "policy"),
            id="400 policy",
        ),
        pytest.param(ok(envelope(400, "bad request")), ("client_error", "400", "client"), id="400"),
        pytest.param(
            Exchange(429, {}, envelope(429, "slow down")), ("rate_limited", "unknown", "unknown"), id="HTTP 429"
        ),
        pytest.param(Exchange(403, {}, b.CLOUDFLARE_1010), ("auth", "cloudflare_1010", "client"), id="Cloudflare 1010"),
        pytest.param(Exchange(502, {}, b.HTML), ("server_error", "502", "provider"), id="a page"),
        pytest.param(ok(b.HTML), ("malformed", "html", "provider"), id="a page as success"),
        pytest.param(ok(b"{}"), ("malformed", "schema", "provider"), id="an empty object"),
        pytest.param(ok(b""), ("malformed", "empty", "provider"), id="nothing"),
        pytest.param(ok(envelope(200, "success", {})), ("malformed", "schema", "provider"), id="no task"),
        pytest.param(
            ok(envelope(799, "unheard of")), ("server_error", "http200_error", "provider"), id="an unheard-of code"
        ),
    ],
)
def test_what_the_envelope_says_counts(created: Exchange, expected: tuple[str, str | None, str]) -> None:
    assert verdict(TO, created) == expected


def test_a_code_as_text_is_a_code() -> None:
    assert isinstance(step(TO, ok(envelope("200", "success", {"taskId": TASK}))), Pause)


@pytest.mark.parametrize(("wanted", "degraded"), [("png", None), ("jpg", "other_format"), (None, None)])
def test_another_format_than_was_asked_for_is_degraded(wanted: str | None, degraded: str | None) -> None:
    options = {"output_format": wanted} if wanted else {}
    assert answer(target("kie", **options), CREATED, SUCCESS, IMAGE).degraded == degraded


def test_reach_asks_for_the_credits() -> None:
    sent = request(TO, ask=Ask())
    assert (sent.method, sent.url) == ("GET", "https://api.example/api/v1/chat/credit")
    assert verdict(TO, ok(envelope(200, "success", 100)), ask=Ask()) == ("ok", None, "provider")
    assert verdict(TO, ok(envelope(401, "no")), ask=Ask()) == ("auth", "401", "client")
    assert verdict(TO, ok(envelope(200, "success")), ask=Ask()) == ("malformed", "schema", "provider")
