"""The web UI of AUTOMATIC1111: what is asked, with and without a key, and what comes back."""

import base64
import json
from typing import Any

import pytest
from pydantic import ValidationError

from probes.model import Ask, Exchange
from tests.probes import bodies as b
from tests.probes.pictures import cheap
from tests.probes.providers.asking import answer, ok, options_of, request, target, verdict

INFO = {"seed": 1234567890, "sd_model_name": "sd_xl_base_1.0", "sd_model_hash": "31e35c80fc", "all_seeds": [1234567890]}
TO = target("a1111", "sd_xl_base_1.0", key="")


def made(*images: object, info: object = None, **more: object) -> bytes:
    told = json.dumps(INFO) if info is None else info
    return b.to_bytes({"images": list(images), "parameters": {"prompt": "A red fox"}, "info": told} | more)


IMAGE = b.b64(b.IMAGE)


@pytest.mark.parametrize(
    ("size", "ratio", "pixels"),
    [
        ("1K", "1:1", (1024, 1024)),
        ("512", "1:1", (512, 512)),
        ("1K", "16:9", (1360, 768)),
        ("8K", "auto", (1024, 1024)),
    ],
)
def test_it_asks_for_pixels_and_expects_them(size: str, ratio: str, pixels: tuple[int, int]) -> None:
    sent = request(TO, ask=Ask(size, ratio, "A red fox"))
    assert (sent.method, sent.url) == ("POST", "https://api.example/sdapi/v1/txt2img")
    assert json.loads(sent.body) == {
        "prompt": "A red fox",
        "negative_prompt": "",
        "width": pixels[0],
        "height": pixels[1],
        "steps": 20,
        "cfg_scale": 7.0,
        "seed": -1,
        "batch_size": 1,
        "n_iter": 1,
    }
    assert answer(TO, ok(made(IMAGE)), ask=Ask(size, ratio, "A red fox")).expected == pixels


def test_options_change_what_is_asked() -> None:
    options: dict[str, Any] = {"steps": 30, "cfg_scale": 5, "sampler_name": "DPM++ 2M", "negative_prompt": "blurry"}
    body = json.loads(request(target("a1111", "sdxl", checkpoint=True, **options)).body)
    assert options.items() <= body.items()
    assert body["override_settings"] == {"sd_model_checkpoint": "sdxl"}


@pytest.mark.parametrize(
    ("key", "auth", "options", "header"),
    [
        ("", "bearer", {}, None),
        (
            "pass:word",
            "bearer",
            {"user": "me"},
            ("authorization", "Basic " + base64.b64encode(b"me:pass:word").decode()),
        ),
        ("secret", "bearer", {}, ("authorization", "Bearer secret")),
        ("secret", "x-goog-api-key", {}, ("x-goog-api-key", "secret")),
    ],
)
def test_the_key_is_where_this_server_wants_it(
    key: str, auth: str, options: dict[str, Any], header: tuple[str, str] | None
) -> None:
    plain = {"content-type": "application/json", "accept": "application/json"}
    for ask in (Ask("1K", "1:1", "x"), Ask()):
        sent = request(target("a1111", key=key, auth=auth, **options), ask=ask)
        assert sent.headers == plain | (dict([header]) if header else {})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(made(IMAGE), ("ok", None, "provider"), id="an image"),
        pytest.param(made(f"data:image/png;base64,{IMAGE}"), ("ok", None, "provider"), id="as a data URL"),
        pytest.param(made(IMAGE, b.b64(cheap(64, 64))), ("ok", None, "provider"), id="and what an extension added"),
        pytest.param(made(b.b64(cheap(512, 512))), ("ok_degraded", "wrong_size", "provider"), id="smaller"),
        pytest.param(made(), ("ok_no_image", "nothing", "provider"), id="none"),
        pytest.param(made("*!"), ("malformed", "bad_base64", "provider"), id="no base64"),
        pytest.param(made(None), ("image_invalid", "empty", "provider"), id="null"),
        pytest.param(made(IMAGE[:-40]), ("truncated", "truncated", "provider"), id="cut short"),
        pytest.param(b"{}", ("malformed", "schema", "provider"), id="an empty object"),
        pytest.param(b.HTML, ("malformed", "html", "provider"), id="a page"),
    ],
)
def test_what_comes_of_it(body: bytes, expected: tuple[str, str | None, str]) -> None:
    assert verdict(TO, ok(body)) == expected


@pytest.mark.parametrize(
    ("exchange", "expected", "message"),
    [
        (Exchange(401, {}, b'{"detail":"Not authenticated"}'), ("auth", "401", "client"), "Not authenticated"),
        (Exchange(404, {}, b'{"detail":"Not Found"}'), ("client_error", "404", "client"), "Not Found"),
        (
            Exchange(422, {}, b'{"detail":[{"loc":["body","steps"],"msg":"value is not an integer","type":"x"}]}'),
            ("client_error", "422", "client"),
            "value is not an integer",
        ),
        (
            Exchange(500, {}, b'{"error":"OutOfMemoryError","detail":"","body":"","errors":"CUDA out of memory."}'),
            ("server_error", "500", "provider"),
            "CUDA out of memory.",
        ),
    ],
)
def test_errors(exchange: Exchange, expected: tuple[str, str | None, str], message: str) -> None:
    told = answer(TO, exchange)
    assert told.fault is not None
    assert told.fault.message == message
    assert verdict(TO, exchange) == expected


@pytest.mark.parametrize(
    ("info", "request_id", "version"),
    [
        (json.dumps(INFO), "seed 1234567890", "sd_xl_base_1.0"),
        (json.dumps({"sd_model_hash": "31e35c80fc"}), None, "31e35c80fc"),
        ("{cut", None, None),
        ("", None, None),
        (7, None, None),
    ],
)
def test_info_is_json_in_a_string(info: object, request_id: str | None, version: str | None) -> None:
    told = answer(TO, ok(made(IMAGE, info=info)))
    assert (told.request_id, told.model_version) == (request_id, version)


def test_the_servers_own_time_is_kept() -> None:
    assert answer(TO, ok(made(IMAGE), {"x-process-time": "7.25"})).server_ms == 7250.0
    assert answer(TO, ok(made(IMAGE))).server_ms is None


@pytest.mark.parametrize(
    ("options", "path", "body", "expected"),
    [
        ({}, "sdapi/v1/options", b'{"sd_model_checkpoint":"sdxl.safetensors [31e3]"}', "ok"),
        ({}, "sdapi/v1/options", b"{}", "malformed"),
        ({"reach": "ping"}, "internal/ping", b"{}", "ok"),
        ({"reach": "ping"}, "internal/ping", b"[]", "malformed"),
        ({"reach": "ping"}, "internal/ping", b"<html>", "malformed"),
    ],
)
def test_reach(options: dict[str, Any], path: str, body: bytes, expected: str) -> None:
    to = target("a1111", key="", **options)
    assert request(to, ask=Ask()).url == f"https://api.example/{path}"
    assert verdict(to, ok(body), ask=Ask())[0] == expected
    assert verdict(to, Exchange(404, {}, b'{"detail":"Not Found"}'), ask=Ask())[0] == "client_error"


@pytest.mark.parametrize("options", [{"steps": 0}, {"steps": 20.5}, {"user": "a:b"}, {"reach": "models"}, {"seed": 1}])
def test_wrong_options_are_told(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options_of("a1111", options)


@pytest.mark.parametrize(
    "body", [b'{"detail":"bad header: Basic bWU6cGFzczp3b3Jk"}', b"you sent Basic bWU6cGFzczp3b3Jk"]
)
def test_user_and_password_are_not_echoed(body: bytes) -> None:
    to = target("a1111", key="pass:word", user="me")
    assert request(to).headers["authorization"] == "Basic bWU6cGFzczp3b3Jk"
    for ask in (Ask("1K", "1:1", "x"), Ask()):
        told = repr(answer(to, Exchange(401, {}, body), ask=ask))
        assert "Basic ***" in told
        assert "bWU6" not in told
