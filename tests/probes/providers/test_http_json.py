"""Any other API by configuration alone: the same questions and the same answers as the adapters that know it."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.model import Answer, Ask, Exchange, Pause, Request
from probes.providers._templates import Values, filled, found, spelled
from tests.probes import bodies as b
from tests.probes.pictures import cheap
from tests.probes.providers import test_kie as kie
from tests.probes.providers.asking import ASK, KEY, URL, answer, ok, options_of, request, step, target, verdict
from tests.probes.providers.described import KIE, OPENAI

HEADERS = {
    "x-request-id": "req_1",
    "openai-processing-ms": "8123",
    "openai-model": "own-model",
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-reset-requests": "6m0s",
    "retry-after": "12",
}
ASKS = [ASK, Ask("2K", "16:9", 'ein "Fuchs" {model} im Schnee 🦊'), Ask()]
AS_OPENAI, AS_KIE = target("http_json", "own-model", **OPENAI), target("http_json", "nano-banana-pro", **KIE)
REAL_OPENAI, REAL_KIE = target("openai_images", "own-model"), target("kie", "nano-banana-pro")


def same_request(one: Request, other: Request) -> bool:
    """The same but for headers that say nothing: a GET has no content type."""

    def told(sent: Request) -> tuple[object, ...]:
        headers = {name: value for name, value in sent.headers.items() if name != "content-type" or sent.body}
        body = json.loads(sent.body) if sent.body else None
        return sent.method, sent.url, headers, body, sent.carries_key

    return told(one) == told(other)


# --- as the adapters do -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.size or "reach")
def test_it_asks_as_the_adapters_do(ask: Ask) -> None:
    assert same_request(request(AS_OPENAI, ask=ask), request(REAL_OPENAI, ask=ask))
    assert same_request(request(AS_KIE, ask=ask), request(REAL_KIE, ask=ask))


@pytest.mark.parametrize(
    "so_far",
    [
        pytest.param([Exchange(200, HEADERS, b.openai({"b64_json": b.b64(b.IMAGE)}))], id="an image"),
        pytest.param(
            [ok(b.openai({"b64_json": b.b64(b.IMAGE)}, {"b64_json": b.b64(cheap(64, 64))}))], id="the last of two"
        ),
        pytest.param([ok(b.openai({"b64_json": "*!"}))], id="no base64"),
        pytest.param([ok(b.openai())], id="no image"),
        pytest.param([ok(b.openai({}))], id="an item of nothing"),
        pytest.param([ok(b.openai({"url": URL}))], id="a URL"),
        pytest.param([ok(b.openai({"url": URL})), ok(b.IMAGE)], id="a URL, fetched"),
        pytest.param([ok(b.openai({"url": URL})), Exchange(404)], id="a URL, gone"),
        pytest.param([ok(b.openai({"url": "/x.png"}))], id="a URL that is none"),
        pytest.param([Exchange(429, HEADERS, b.IPM_429)], id="429"),
        pytest.param([Exchange(401, {}, b.gateway("no", "invalid_request_error", "invalid_api_key"))], id="401"),
        pytest.param([Exchange(400, {}, b.gateway("no", "user_error", "moderation_blocked"))], id="moderation"),
        pytest.param([Exchange(503, {}, b.NO_CHANNEL)], id="no channel"),
        pytest.param([ok(b.EMPTY_BALANCE)], id="an error inside 200"),
        pytest.param([ok(b'{"error": "sorry"}')], id="an error as a text"),
        pytest.param([ok(b"{}")], id="an empty object"),
        pytest.param([ok(b"[]")], id="an array"),
        pytest.param([ok(b"")], id="nothing"),
        pytest.param([ok(b.HTML)], id="a page"),
        pytest.param([Exchange(403, {}, b.CLOUDFLARE_1010)], id="Cloudflare"),
    ],
)
def test_it_reads_openai_as_the_adapter_does(so_far: list[Exchange]) -> None:
    assert step(AS_OPENAI, *so_far) == step(REAL_OPENAI, *so_far)


@pytest.mark.parametrize(
    "so_far",
    [
        pytest.param([kie.CREATED, kie.WAITING, kie.RUNNING, kie.SUCCESS, kie.IMAGE], id="an image"),
        pytest.param([kie.CREATED, kie.SUCCESS], id="a URL"),
        pytest.param([kie.CREATED, kie.SUCCESS, Exchange(404)], id="a URL, gone"),
        pytest.param([kie.CREATED, ok(kie.record("success", resultJson='{"resultUrls":[]}'))], id="no URL"),
        pytest.param([kie.CREATED, ok(kie.record("success", resultJson="{cut"))], id="no result"),
        pytest.param([kie.CREATED, ok(kie.record("fail", failCode="501", failMsg="failed"))], id="failed"),
        pytest.param([kie.CREATED, ok(kie.record("fail", failCode="422", failMsg="x"))], id="failed, not our fault"),
        pytest.param([kie.CREATED, ok(kie.record("fail", failMsg="violates our policies"))], id="refused by policy"),
        pytest.param([kie.CREATED, ok(kie.envelope(422, "recordInfo is null"))], id="lost"),
        pytest.param([ok(kie.envelope(401, "no access"))], id="401"),
        pytest.param([ok(kie.envelope(402, "Insufficient credits"))], id="402"),
        pytest.param([ok(kie.envelope(429, "20 requests in 10 s"))], id="429"),
        pytest.param([ok(kie.envelope(501, "failed"))], id="501"),
        pytest.param([ok(kie.envelope(400, "flagged by our content policy"))], id="policy"),
        pytest.param([Exchange(429, {"retry-after": "3"}, kie.envelope(429, "slow down"))], id="HTTP 429"),
        pytest.param([ok(kie.envelope(200, "success", {}))], id="no task"),
        pytest.param([ok(b.HTML)], id="a page"),
    ],
)
def test_it_reads_kie_as_the_adapter_does(so_far: list[Exchange]) -> None:
    assert step(AS_KIE, *so_far) == step(REAL_KIE, *so_far)


@pytest.mark.parametrize(
    "polls", [[], [kie.WAITING], [kie.RUNNING], [kie.BUSY, kie.BUSY], [kie.BUSY, kie.WAITING], [ok(kie.record("odd"))]]
)
def test_it_polls_as_the_adapter_does(polls: list[Exchange]) -> None:
    one, other = step(AS_KIE, kie.CREATED, *polls), step(REAL_KIE, kie.CREATED, *polls)
    assert isinstance(one, Pause)
    assert isinstance(other, Pause)
    assert one.seconds == other.seconds
    assert same_request(one.then, other.then)


@pytest.mark.parametrize(
    "body", [b'{"data": []}', b"{}", b"<html>", b'{"error": {"message": "no", "code": "invalid_api_key"}}']
)
def test_it_reads_a_reach_as_the_adapter_does(body: bytes) -> None:
    assert step(AS_OPENAI, ok(body), ask=Ask()) == step(REAL_OPENAI, ok(body), ask=Ask())


@pytest.mark.parametrize(
    ("code", "expected"),
    [(455, ("server_error", "500", "provider")), (408, ("timeout", "server_504", "provider"))],
)
def test_codes_of_its_own_are_told_what_they_mean(code: int, expected: tuple[str, str | None, str]) -> None:
    assert verdict(AS_KIE, ok(kie.envelope(code, "x"))) == expected


# --- what else can be described -----------------------------------------------------------------------------------

PLAIN: dict[str, Any] = {
    "request": {"url": "/make", "body": {"prompt": "{prompt}"}},
    "reach": {"url": "/ping"},
    "images": [{"path": "image", "kind": "base64"}],
}


def plain(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - options are any JSON
    return deepcopy(PLAIN) | changed


def test_a_body_that_is_the_image() -> None:
    to = target("http_json", **plain(images=[{"kind": "bytes"}], error={"at": "errors", "message": "errors.0"}))
    assert verdict(to, ok(b.IMAGE)) == ("ok", None, "provider")
    assert verdict(to, ok(b.IMAGE[:-12])) == ("truncated", "truncated", "provider")
    assert verdict(to, ok(b.HTML)) == ("malformed", "html", "provider")
    assert verdict(to, ok(b"")) == ("malformed", "empty", "provider")
    assert verdict(to, ok(b'{"ok": true}')) == ("malformed", "schema", "provider")
    told = answer(to, Exchange(400, {}, b'{"errors": ["prompt: too long"]}'))
    assert told.fault is not None
    assert told.fault.message == "prompt: too long"


@pytest.mark.parametrize(
    "image", [f"data:image/png;base64,{b.b64(b.IMAGE)}", "https://cdn.example/x.png"], ids=["data URL", "web URL"]
)
def test_a_url_may_hold_the_image_or_lead_to_it(image: str) -> None:
    to = target("http_json", **plain(images=[{"path": "image", "kind": "url"}]))
    said = step(to, ok(b.to_bytes({"image": image})))
    assert isinstance(said, Answer) or said == Request("GET", image, {}, b"", carries_key=False)


def test_a_form_is_sent_as_a_form() -> None:
    to = target("http_json", **plain(request={"url": "/make", "form": {"prompt": "{prompt}", "model": "{model}"}}))
    sent = request(to)
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=upheld-")
    assert b'name="prompt"\r\n\r\nA red fox\r\n' in sent.body


def test_without_a_size_in_its_words_no_size_is_expected() -> None:
    reply = ok(b.to_bytes({"image": b.b64(cheap(64, 64))}))
    assert verdict(target("http_json", **PLAIN), reply) == ("ok", None, "provider")
    sized = plain(request={"url": "/make?s={size}", "body": {"prompt": "{prompt}"}}, sizes={"1K": "large"})
    assert verdict(target("http_json", **sized), reply) == ("ok_degraded", "wrong_size", "provider")
    assert request(target("http_json", **sized)).url == "https://api.example/make?s=large"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"text": "I can't draw that."}, ("ok_no_image", "text_only", "provider")),
        ({"why": "SAFETY"}, ("blocked", "safety", "policy")),
        ({"end": "content_limit"}, ("ok_no_image", "content_limit", "provider")),
        ({}, ("malformed", "schema", "provider")),
    ],
)
def test_what_is_said_instead_of_an_image(reply: dict[str, str], expected: tuple[str, str, str]) -> None:
    to = target("http_json", **plain(text="text", block="why", finish="end"))
    assert verdict(to, ok(b.to_bytes(reply))) == expected


@pytest.mark.parametrize(
    ("auth", "header", "query"),
    [("bearer", "authorization", ""), ("x-goog-api-key", "x-goog-api-key", ""), ("query", None, f"?key={KEY}")],
)
def test_a_key_that_no_template_names_goes_where_auth_says(auth: str, header: str | None, query: str) -> None:
    sent = request(target("http_json", auth=auth, **PLAIN))
    assert KEY in sent.headers.get(header or "", KEY)
    assert sent.url == f"https://api.example/make{query}"


def test_without_a_key_none_is_sent() -> None:
    assert "authorization" not in request(target("http_json", key="", **PLAIN)).headers


# --- templates and places -----------------------------------------------------------------------------------------

VALUES: Values = {"prompt": 'say "{key}" \\ {width}', "width": 1024, "key": "sk", "size": "1K", "model": "a/b c?"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{width}", 1024),
        ("{width}px", "1024px"),
        ("{prompt}", VALUES["prompt"]),
        ("{size}{size}", "1K1K"),
        ({"a": ["{width}", 7, None, True], "{size}": "x"}, {"a": [1024, 7, None, True], "{size}": "x"}),
        ("{0} {} {{x}} {Prompt} %s", "{0} {} {{x}} {Prompt} %s"),
    ],
)
def test_names_are_put_into_strings_once(template: Any, expected: object) -> None:  # noqa: ANN401 - any JSON
    assert filled(template, VALUES) == expected


def test_what_is_put_into_an_address_is_encoded() -> None:
    assert spelled("/m/{model}?p={prompt}", VALUES, safe="") == (
        "/m/a%2Fb%20c%3F?p=say%20%22%7Bkey%7D%22%20%5C%20%7Bwidth%7D"
    )


@given(prompt=st.text())
def test_a_prompt_stays_a_prompt(prompt: str) -> None:
    try:
        prompt.encode()
    except UnicodeEncodeError:
        return
    body = json.loads(request(AS_OPENAI, ask=Ask("1K", "1:1", prompt)).body)
    assert body == {"model": "own-model", "prompt": prompt, "n": 1, "size": "1024x1024"}


VALUE = {"a": [{"b": 1}, {"b": 2}], "packed": '{"urls": ["x", "y"]}', "c": {"0": "zero"}, "text": "no JSON"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.0.b", 1),
        ("a.-1.b", 2),
        ("a.2.b", None),
        ("a.-3", None),
        ("a.b", None),
        ("packed.urls.-1", "y"),
        ("text.urls", None),
        ("c.0", "zero"),
        ("header:x-id", "7"),
        ("header:x-none", None),
        ("gone.and.gone", None),
        (None, None),
    ],
)
def test_places(source: str | None, expected: object) -> None:
    assert found(source, VALUE, Exchange(200, {"x-id": "7"})) == expected


def changed(path: str, value: object) -> dict[str, Any]:
    """The described Kie with something else at a path; None takes it away."""
    described = deepcopy(KIE)
    *steps, last = path.split(".")
    table: Any = described
    for each in steps:
        table = table[int(each)] if each.isdigit() else table.setdefault(each, {})
    if value is None:
        del table[last]
    else:
        table[last] = value
    return described


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("request.url", "https://evil.example/x", 'must begin with "/": it is put behind base_url'),
        ("request.url", "/v1/{promt}", "{promt} is no placeholder; nearest known: {prompt}"),
        ("request.body", {"a": ["{zzz}"]}, "{zzz} is no placeholder; known: {prompt}, {width}"),
        ("request.headers", {"x": "{ky}"}, "{ky} is no placeholder; nearest known: {key}"),
        ("request.url", "/v1/{task_id}", "{task_id} is known only to task.poll"),
        ("request.form", {"a": "b"}, "body and form exclude each other"),
        ("request.method", "GET", 'method = "GET" sends no body'),
        ("request.method", "DELETE", "Input should be 'GET', 'POST' or 'PUT'"),
        ("images", [], "List should have at least 1 item"),
        ("images.0.kind", "png", "Input should be 'base64', 'data_url', 'url' or 'bytes'"),
        ("images.0.kind", "bytes", 'kind = "bytes" has no path'),
        ("images.0.path", None, 'kind = "url" needs a path to the url'),
        ("images.0.path", "data..url", 'must be a path such as "data.0.url"'),
        ("count", "", 'must be a path such as "data.0.url"'),
        ("count", "header:X Y", 'must be a path such as "data.0.url"'),
        ("error.ok_values", [], "ok and ok_values need each other"),
        ("error.ok", None, "ok and ok_values need each other"),
        ("task.poll.url", "/api/v1/jobs", "poll does not say {task_id}"),
        ("task.poll_s", 1.0, "greater than or equal to 2"),
        ("task.done", [], "List should have at least 1 item"),
        ("task.state", None, "Field required"),
        ("reach", None, "Field required"),
        ("imagess", [], "Extra inputs are not permitted"),
        ("task.sate", "x", "Extra inputs are not permitted"),
    ],
)
def test_each_fault_is_one_sentence(path: str, value: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        options_of("http_json", changed(path, value))
    assert caught.value.error_count() == 1
    assert said in caught.value.errors()[0]["msg"]
