"""Gemini's other ways to ask: streamed, with reference images, by service tier; and what each is answered with."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.model import Ask, Exchange, Request
from probes.providers import load
from tests.probes import bodies as b
from tests.probes.pictures import cheap, picture
from tests.probes.providers.asking import ASK, answer, ok, options_of, request, target, verdict

STREAM = target("gemini", stream=True)
MODEL = "https://api.example/v1beta/models/m"
SSE = {"content-type": "text/event-stream"}


# --- streamed -----------------------------------------------------------------------------------------------------


def chunk(*parts: dict[str, Any], finish: str | None = None, **more: object) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(b.gemini(*parts, finish=finish))
    del said["usageMetadata"]
    return said | more


def events(*chunks: dict[str, Any], end: str = "\r\n\r\n") -> bytes:
    return b"".join(b"data: " + json.dumps(one).encode() + end.encode() for one in chunks)


USAGE = {"usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 1120, "totalTokenCount": 1128}}
THOUGHT = chunk({"text": "**Composing**", "thought": True})
DRAFT = chunk(b.inline(cheap(64, 64), thought=True))
PICTURE = chunk(b.inline(b.IMAGE))
LAST = chunk(finish="STOP", **USAGE)
WHOLE = events(THOUGHT, DRAFT, PICTURE, LAST)
OVERLOADED = json.loads(b.rpc(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"))


def test_a_stream_is_asked_for_as_events() -> None:
    sent = request(STREAM)
    assert sent.url == f"{MODEL}:streamGenerateContent?alt=sse"
    assert sent.body == request(target("gemini")).body


def test_a_key_in_the_query_stands_beside_the_form_of_the_stream() -> None:
    sent = request(target("gemini", auth="query", stream=True))
    assert sent.url == f"{MODEL}:streamGenerateContent?alt=sse&key=sk-test-0123456789"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(WHOLE, id="as Google sends it"),
        pytest.param(events(THOUGHT, DRAFT, PICTURE, LAST, end="\n\n"), id="line feeds"),
        pytest.param(events(THOUGHT, DRAFT, PICTURE, LAST, end="\r\r"), id="carriage returns"),
        pytest.param(b": keep-alive\n\n" + WHOLE, id="a comment first"),
        pytest.param(WHOLE.rstrip(), id="no empty line at the end"),
        pytest.param(WHOLE + b"data: [DONE]\r\n\r\n", id="with OpenAI's farewell"),
        pytest.param(WHOLE.replace(b"data: ", b"event: message\r\nid: 1\r\ndata:"), id="with names and numbers"),
        pytest.param(events(chunk(b.inline(b.IMAGE), finish="STOP")), id="one event"),
        pytest.param(events(PICTURE), id="no finish reason, but an image"),
        pytest.param(json.dumps([THOUGHT, DRAFT, PICTURE, LAST]).encode(), id="the array without alt=sse"),
        pytest.param(json.dumps([THOUGHT, DRAFT, PICTURE, LAST], indent=1).encode(), id="the array over lines"),
        pytest.param(b.gemini(b.inline(b.IMAGE)), id="a gateway that does not stream"),
    ],
)
def test_the_image_of_a_stream_is_found_however_it_is_sent(body: bytes) -> None:
    found = answer(STREAM, ok(body, SSE))
    assert found.picture is not None
    assert (found.picture.width, found.images, found.request_id) == (1024, 1, "Zx4laf")
    assert found.model_version == "gemini-3-pro-image-preview"
    assert verdict(STREAM, ok(body, SSE)) == ("ok", None, "provider")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(events(THOUGHT, OVERLOADED), ("overloaded", None, "provider"), id="an error inside of 200"),
        pytest.param(events(PICTURE, OVERLOADED), ("overloaded", None, "provider"), id="an error after the image"),
        pytest.param(events(json.loads(b.DAILY_429)), ("rate_limited", "rpd", "unknown"), id="429 inside of 200"),
        pytest.param(events(THOUGHT, LAST), ("ok_no_image", "stop", "provider"), id="no image"),
        pytest.param(events(DRAFT, LAST), ("ok_no_image", "stop", "provider"), id="a draft alone"),
        pytest.param(events(chunk(finish="NO_IMAGE")), ("ok_no_image", "no_image", "provider"), id="NO_IMAGE"),
        pytest.param(
            events(chunk({"text": "I"}), chunk({"text": "can't"}, finish="STOP")),
            ("ok_no_image", "text_only", "provider"),
            id="words",
        ),
        pytest.param(
            events(THOUGHT, chunk(finish="IMAGE_SAFETY")), ("blocked", "image_safety", "policy"), id="withheld"
        ),
        pytest.param(
            events(json.loads(b.blocked_prompt("PROHIBITED_CONTENT"))),
            ("blocked", "prohibited_content", "policy"),
            id="refused",
        ),
        pytest.param(events(THOUGHT), ("truncated", "json", "provider"), id="it just stops"),
        pytest.param(events(THOUGHT, DRAFT), ("truncated", "json", "provider"), id="it stops after a draft"),
        pytest.param(
            json.dumps([THOUGHT, DRAFT]).encode(), ("truncated", "json", "provider"), id="an array that just stops"
        ),
        pytest.param(WHOLE[: len(WHOLE) - 40], ("truncated", "json", "provider"), id="cut in the last event"),
        pytest.param(events(THOUGHT, PICTURE)[:-500], ("truncated", "json", "provider"), id="cut in the image"),
        pytest.param(events(THOUGHT) + b"da", ("truncated", "json", "provider"), id="cut in a word"),
        pytest.param(
            json.dumps([THOUGHT, PICTURE]).encode()[:-500], ("truncated", "json", "provider"), id="a cut array"
        ),
        pytest.param(b"data: {\r\n\r\n" + WHOLE, ("malformed", "not_json", "provider"), id="broken in its middle"),
        pytest.param(b"data: <html>\r\n\r\n", ("malformed", "html", "provider"), id="HTML in an event"),
        pytest.param(b": nothing\r\n\r\n", ("malformed", "empty", "provider"), id="no event"),
        pytest.param(b"data: 7\r\n\r\n", ("malformed", "schema", "provider"), id="a number"),
        pytest.param(b"[]", ("malformed", "schema", "provider"), id="an empty array"),
        pytest.param(
            events(chunk(b.inline("***"), finish="STOP")), ("malformed", "bad_base64", "provider"), id="no base64"
        ),
        pytest.param(
            events(chunk(b.inline(b.IMAGE[:-20]), finish="STOP")),
            ("truncated", "truncated", "provider"),
            id="a cut image",
        ),
    ],
)
def test_what_else_a_stream_can_say(body: bytes, expected: tuple[str, str | None, str]) -> None:
    assert verdict(STREAM, ok(body, SSE)) == expected


@pytest.mark.parametrize(
    "body", [b"[" + b.BARE_429 + b"]", b.BARE_429, events(json.loads(b.BARE_429))], ids=["array", "object", "event"]
)
def test_a_refused_stream_is_read_in_each_of_its_forms(body: bytes) -> None:
    assert verdict(STREAM, Exchange(429, {}, body)) == ("rate_limited", "unknown", "unknown")


def test_an_image_elsewhere_is_fetched_without_the_key_from_a_stream_too() -> None:
    url = "https://cdn.example/x.png"
    body = events(THOUGHT, chunk({"fileData": {"mimeType": "image/png", "fileUri": url}}, finish="STOP"))
    assert request(STREAM, ok(body, SSE)) == Request("GET", url, carries_key=False)
    assert verdict(STREAM, ok(body, SSE), ok(b.IMAGE)) == ("ok", None, "provider")


@pytest.mark.parametrize(
    ("fetched", "detail"),
    [
        pytest.param(Exchange(404, {}, b"<Error><Code>NoSuchKey</Code></Error>"), "url_404", id="gone"),
        pytest.param(
            Exchange(403, {}, b"<Error><Message>Request has expired</Message></Error>"), "url_403", id="expired"
        ),
        pytest.param(Exchange(410, {}, b""), "url_410", id="gone for good"),
        pytest.param(Exchange(200, {}, b""), "empty", id="empty"),
        pytest.param(Exchange(200, {}, b.HTML), "undecodable", id="a page"),
    ],
)
def test_an_image_that_cannot_be_had_is_the_providers_and_may_have_been_billed(fetched: Exchange, detail: str) -> None:
    to, body = target("gemini"), b.gemini({"fileData": {"fileUri": "https://cdn.example/x.png"}})
    assert verdict(to, ok(body), fetched) == ("image_invalid", detail, "provider")
    assert answer(to, ok(body), fetched).images == (1 if fetched.body == b.HTML else 0)


# --- service tiers --------------------------------------------------------------------------------------------------


def test_a_tier_is_asked_for_only_if_it_is_configured() -> None:
    assert json.loads(request(target("gemini", service_tier="priority")).body)["serviceTier"] == "priority"
    assert "serviceTier" not in json.loads(request(target("gemini")).body)


@pytest.mark.parametrize(
    ("asked", "served", "expected"),
    [
        ("priority", "standard", ("ok_degraded", "tier_standard", "provider")),
        ("priority", "Standard ", ("ok_degraded", "tier_standard", "provider")),
        ("priority", "flex", ("ok_degraded", "tier_flex", "provider")),
        ("priority", "priority", ("ok", None, "provider")),
        ("priority", None, ("ok", None, "provider")),
        ("priority", "platinum", ("ok", None, "provider")),
        ("flex", "standard", ("ok", None, "provider")),
        ("flex", "flex", ("ok", None, "provider")),
        (None, "standard", ("ok", None, "provider")),
        (None, "flex", ("ok_degraded", "tier_flex", "provider")),
    ],
)
def test_a_lower_tier_than_asked_for_is_less_than_was_paid_for(
    asked: str | None, served: str | None, expected: tuple[str, str | None, str]
) -> None:
    headers = {} if served is None else {"x-gemini-service-tier": served}
    for stream, body in ((False, b.gemini(b.inline(b.IMAGE))), (True, WHOLE)):
        to = target("gemini", stream=stream, **({"service_tier": asked} if asked else {}))
        assert verdict(to, ok(body, headers)) == expected


def test_what_the_usage_says_of_tiers_is_no_outcome() -> None:
    body = b.gemini(b.inline(b.IMAGE), usageMetadata={"trafficType": "ON_DEMAND", "candidatesTokenCount": 1})
    assert verdict(target("gemini", service_tier="priority"), ok(body)) == ("ok", None, "provider")


# --- reference images -----------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "fox.png").write_bytes(cheap(64, 64))
    (tmp_path / "den.jpg").write_bytes(picture(64, 64, "JPEG"))
    (tmp_path / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(7 * 1024 * 1024))
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(6 * 1024 * 1024))
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


@pytest.mark.parametrize("prompt", ["A red fox", '{"inlineData": null}', "100 % \\ 'ü' 🦊", ""])
def test_reference_images_follow_the_prompt_in_their_order(files: Path, prompt: str) -> None:
    to = target("gemini", reference_images=[str(files / "fox.png"), str(files / "den.jpg")])
    said = json.loads(request(to, ask=Ask("1K", "1:1", prompt)).body)
    assert said["contents"][0]["parts"] == [
        {"text": prompt},
        {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(cheap(64, 64)).decode()}},
        {"inlineData": {"mimeType": "image/jpeg", "data": base64.b64encode(picture(64, 64, "JPEG")).decode()}},
    ]
    assert said["generationConfig"] == json.loads(request(target("gemini")).body)["generationConfig"]


def test_files_are_meant_from_the_folder_of_the_configuration_and_read_once(files: Path) -> None:
    options = options_of("gemini", {"reference_images": ["fox.png"]}, str(files))
    (files / "fox.png").unlink()
    to = target("gemini", **options)
    assert len(json.loads(request(to).body)["contents"][0]["parts"]) == 2


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"reference_images": ["fox.png"] * 15}, "at most 14 items"),
        ({"reference_images": ["gone.png"]}, "gone.png cannot be read (No such file or directory)"),
        ({"reference_images": ["notes.txt"]}, "notes.txt is no PNG, JPEG or WebP image"),
        ({"reference_images": ["huge.png"]}, "huge.png is 7340040 bytes; an image may have 7340032"),
        ({"reference_images": ["large.png"] * 3}, "make 25.2 MB in base64; a request has room for 20.9 MB"),
        ({"stream": True, "batch": True}, "batch and stream exclude each other"),
        ({"batch": True, "service_tier": "flex"}, "batch and service_tier exclude each other"),
        ({"service_tier": "gold"}, "'flex', 'standard' or 'priority'"),
        ({"poll_s": 0.5}, "greater than or equal to 1"),
        ({"api_version": "v2"}, "'v1beta' or 'v1'"),
        ({"stream": "yes"}, "valid boolean"),
        ({"strem": True}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_cannot_work_are_faults_of_the_configuration(
    files: Path, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        options_of("gemini", options, str(files))
    assert reason in str(raised.value)
    assert len(raised.value.errors()) == 1


@pytest.mark.parametrize("adapter", ["gemini", "vertex"])
def test_every_option_is_described(adapter: str) -> None:
    schema = load(adapter).Options.model_json_schema()  # type: ignore[attr-defined]  # of an adapter that takes options
    assert [name for name, field in schema["properties"].items() if not field.get("description")] == []


def test_the_other_version_of_the_api_is_asked_for_by_option() -> None:
    to = target("gemini", api_version="v1")
    assert request(to).url == "https://api.example/v1/models/m:generateContent"
    assert request(to, ask=Ask()).url == "https://api.example/v1/models/m"


def test_options_do_not_change_what_a_plain_request_is() -> None:
    assert request(target("gemini", **options_of("gemini", {}))) == request(target("gemini"))
    assert ASK.prompt in request(target("gemini")).body.decode()
