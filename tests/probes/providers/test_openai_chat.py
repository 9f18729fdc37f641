"""Images in chat answers: each shape in which gateways hide them, and what is said where there is none."""

import json
from typing import Any

import pytest

from probes.model import Ask, Exchange, Request
from tests.probes import bodies as b
from tests.probes.pictures import cheap
from tests.probes.providers.asking import ASK, URL, answer, ok, request, target, verdict

DATA = f"data:image/png;base64,{b.b64(b.IMAGE)}"
SMALL = f"data:image/png;base64,{b.b64(cheap(64, 64))}"
TO = target("openai_chat", "gemini-3-pro-image-preview")


def chat(message: object, finish: str | None = "stop", **more: object) -> bytes:
    choice = {"index": 0, "finish_reason": finish, "message": message}
    return b.to_bytes(
        {"id": "chatcmpl-1", "object": "chat.completion", "model": "gemini-3-pro-image", "choices": [choice]} | more
    )


def content(value: object, **more: object) -> dict[str, Any]:
    return {"role": "assistant", "content": value} | more


def image_url(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


MARKDOWN = content(f"![image]({DATA})")
IMAGES = [
    pytest.param(MARKDOWN, id="Markdown, data URL (new-api, laozhang)"),
    pytest.param(content("", images=[image_url(DATA)]), id="message.images (OpenRouter)"),
    pytest.param(content(None, images=[image_url(DATA)]), id="message.images, content null"),
    pytest.param(content([image_url(DATA)]), id="content parts"),
    pytest.param(content([{"type": "text", "text": "Here"}, image_url(DATA)]), id="text and image parts"),
    pytest.param(content([{"type": "text", "text": f"![x]({DATA})"}]), id="Markdown in a text part"),
    pytest.param(content([{"type": "image_url", "image_url": DATA}]), id="image_url as a text"),
    pytest.param(content(f"Here it is:\n\n![a fox]({DATA})\n\nEnjoy!"), id="Markdown amid talk"),
    pytest.param(content(f'![fox]({DATA} "A red fox")'), id="Markdown with a title"),
    pytest.param(content(DATA), id="a data URL alone"),
    pytest.param(content(json.dumps({"mime_type": "image/png", "b64": b.b64(b.IMAGE)})), id="JSON in text (WisGate)"),
    pytest.param(
        content("```json\n" + json.dumps({"mime_type": "image/png", "b64": b.b64(b.IMAGE)}) + "\n```"), id="fenced JSON"
    ),
    pytest.param(content([{"type": "image", "b64_json": b.b64(b.IMAGE)}]), id="a part with base64"),
    pytest.param(content(f"![draft]({SMALL})\n![image]({DATA})"), id="the last of two"),
]


@pytest.mark.parametrize("message", IMAGES)
def test_the_image_is_found_in_every_shape(message: dict[str, Any]) -> None:
    told = answer(TO, ok(chat(message)))
    assert told.picture is not None
    assert (told.picture.width, told.picture.problem, told.text) == (1024, None, None)
    assert verdict(TO, ok(chat(message))) == ("ok", None, "provider")


def test_images_are_counted() -> None:
    assert answer(TO, ok(chat(content(f"![draft]({SMALL})\n![image]({DATA})")))).images == 2
    assert answer(TO, ok(chat(MARKDOWN))).images == 1


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(content(f"![image]({URL})"), id="Markdown"),
        pytest.param(content("", images=[image_url(URL)]), id="message.images"),
        pytest.param(content([image_url(URL)]), id="content parts"),
    ],
)
def test_a_web_url_is_fetched_without_the_key(message: dict[str, Any]) -> None:
    assert request(TO, ok(chat(message))) == Request("GET", URL, {}, b"", carries_key=False)
    assert verdict(TO, ok(chat(message)), ok(b.IMAGE)) == ("ok", None, "provider")
    assert verdict(TO, ok(chat(message)), Exchange(404)) == ("image_invalid", "url_404", "provider")


@pytest.mark.parametrize(
    ("message", "finish", "expected"),
    [
        pytest.param(content("I can't draw that."), "stop", ("ok_no_image", "text_only", "provider"), id="text"),
        pytest.param(
            content([{"type": "text", "text": "No."}]), "stop", ("ok_no_image", "text_only", "provider"), id="parts"
        ),
        pytest.param(content(None, refusal="I can't."), "stop", ("ok_no_image", "text_only", "provider"), id="refusal"),
        pytest.param(
            content("See https://x.example/a.png"), "stop", ("ok_no_image", "text_only", "provider"), id="a link"
        ),
        pytest.param(
            content("[no image](https://x.example)"), "stop", ("ok_no_image", "text_only", "provider"), id="link"
        ),
        pytest.param(
            content('{"prompt": "A red fox"}'), "stop", ("ok_no_image", "text_only", "provider"), id="other JSON"
        ),
        pytest.param(content(""), "length", ("ok_no_image", "length", "provider"), id="nothing"),
        pytest.param(content(""), "content_filter", ("blocked", "content_filter", "policy"), id="filter"),
        pytest.param(
            content("No."), "content_filter", ("blocked", "content_filter", "policy"), id="filter, with words"
        ),
        pytest.param({}, "stop", ("malformed", "schema", "provider"), id="no message"),
        pytest.param(
            content("![x](data:image/png;base64,iVB*!)"),
            "stop",
            ("malformed", "bad_base64", "provider"),
            id="no base64",
        ),
        pytest.param(
            content(f"![x]({DATA[:-200]}"), "length", ("truncated", "truncated", "provider"), id="cut at its end"
        ),
        pytest.param(content(f"![x]({SMALL})"), "stop", ("ok_degraded", "wrong_size", "provider"), id="small"),
    ],
)
def test_what_is_no_image_as_asked(message: object, finish: str, expected: tuple[str, str, str]) -> None:
    assert verdict(TO, ok(chat(message, finish))) == expected


def test_the_upstreams_own_word_for_a_refusal_counts() -> None:
    choice = {"finish_reason": "stop", "native_finish_reason": "IMAGE_SAFETY", "message": content("")}
    assert verdict(TO, ok(b.to_bytes({"choices": [choice]}))) == ("blocked", "image_safety", "policy")


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        pytest.param(
            Exchange(401, {}, b.gateway("no", "invalid_request_error", "invalid_api_key")),
            ("auth", "invalid_api_key", "client"),
            id="key",
        ),
        pytest.param(Exchange(429, {}, b.EMPTY_BALANCE), ("balance", None, "client"), id="balance, in Chinese"),
        pytest.param(Exchange(503, {}, b.NO_CHANNEL), ("overloaded", "no_channel", "provider"), id="no channel"),
        pytest.param(Exchange(502, {}, b.HTML), ("server_error", "502", "provider"), id="a page"),
        pytest.param(ok(b.HTML), ("malformed", "html", "provider"), id="a page as success"),
        pytest.param(ok(b"{}"), ("malformed", "schema", "provider"), id="an empty object"),
        pytest.param(ok(b""), ("malformed", "empty", "provider"), id="nothing"),
        pytest.param(ok(chat(MARKDOWN)[:-40]), ("truncated", "json", "provider"), id="JSON cut short"),
        pytest.param(
            ok(b.to_bytes({"choices": [{"error": {"code": 502, "message": "upstream"}}]})),
            ("server_error", "502", "provider"),
            id="in the choice",
        ),
        pytest.param(
            ok(b.to_bytes({"error": {"code": 429, "message": "slow down"}})),
            ("rate_limited", "unknown", "unknown"),
            id="inside 200",
        ),
        pytest.param(Exchange(403, {}, b.CLOUDFLARE_1010), ("auth", "cloudflare_1010", "client"), id="Cloudflare"),
    ],
)
def test_errors(exchange: Exchange, expected: tuple[str, str | None, str]) -> None:
    assert verdict(TO, exchange) == expected


@pytest.mark.parametrize(
    ("dialect", "sent", "expected"),
    [
        ("openrouter", {"image_config": {"image_size": "2K", "aspect_ratio": "16:9"}}, (2736, 1536)),
        (
            "google",
            {"extra_body": {"google": {"image_config": {"image_size": "2K", "aspect_ratio": "16:9"}}}},
            (2736, 1536),
        ),
        ("none", {}, None),
    ],
)
def test_a_size_is_expected_only_where_one_was_asked_for(
    dialect: str, sent: dict[str, Any], expected: tuple[int, int] | None
) -> None:
    to, ask = target("openai_chat", "m", image_config=dialect, modalities=[]), Ask("2K", "16:9", "A red fox")
    assert (
        json.loads(request(to, ask=ask).body)
        == {
            "model": "m",
            "messages": [{"role": "user", "content": "A red fox"}],
            "stream": False,
        }
        | sent
    )
    assert answer(to, ok(chat(MARKDOWN)), ask=ask).expected == expected


def test_it_asks_for_images_and_text_where_nothing_else_is_said() -> None:
    assert json.loads(request(TO).body)["modalities"] == ["image", "text"]


def test_what_is_said_beside_the_image() -> None:
    told = answer(TO, ok(chat(MARKDOWN), {"openai-processing-ms": "8123", "x-ratelimit-limit-requests": "60"}))
    assert (told.request_id, told.model_version, told.server_ms) == ("chatcmpl-1", "gemini-3-pro-image", 8123.0)
    assert told.limits.limit_requests == 60.0


def test_reach_lists_the_models() -> None:
    assert request(TO, ask=Ask()).url == "https://api.example/v1/models"
    assert verdict(TO, ok(b'{"object": "list", "data": []}'), ask=Ask())[0] == "ok"
    assert verdict(TO, ok(b"{}"), ask=Ask())[:2] == ("malformed", "schema")


def test_a_long_text_full_of_brackets_is_read_in_time() -> None:
    assert verdict(TO, ok(chat(content("![" * 500_000))))[:2] == ("ok_no_image", "text_only")
    assert verdict(TO, ok(chat(content("![](" * 250_000))), ask=ASK)[:2] == ("ok_no_image", "text_only")
