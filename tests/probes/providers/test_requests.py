"""What an adapter puts on the wire: paths, bodies, and the key in one place only."""

import json
from dataclasses import replace

import pytest

from probes.model import Ask, Exchange, Request, Secret, Target
from probes.providers import load, names
from tests.probes import bodies as b

ASK = Ask("2K", "16:9", "A red fox")
GEMINI = Target("p", "gemini", "https://wisgate.ai", "gemini-3-pro-image-preview", key=Secret("sk+1/2="))
OPENAI = Target("p", "openai_images", "https://api.openai.com", "own-model", auth="bearer", key=Secret("sk-1"))


def first(target: Target, ask: Ask = ASK) -> Request:
    step = load(target.adapter).step(target, ask, ())
    assert isinstance(step, Request)
    return step


@pytest.mark.parametrize(
    ("auth", "header", "query"),
    [
        ("x-goog-api-key", ("x-goog-api-key", "sk+1/2="), ""),
        ("bearer", ("authorization", "Bearer sk+1/2="), ""),
        ("query", None, "?key=sk%2B1%2F2%3D"),
    ],
)
def test_the_key_is_in_the_one_place_that_was_chosen(auth: str, header: tuple[str, str] | None, query: str) -> None:
    for ask in (ASK, Ask()):
        request = first(replace(GEMINI, auth=auth), ask)
        expected = {"content-type": "application/json", "accept": "application/json"}
        assert request.headers == expected | (dict([header]) if header else {})
        assert request.url.partition("?")[2] == query.removeprefix("?")
        assert b"sk" not in request.body
        assert request.carries_key


@pytest.mark.parametrize("base_url", ["https://wisgate.ai", "https://wisgate.ai/", "https://wisgate.ai//"])
def test_a_slash_at_the_end_of_the_base_url_changes_nothing(base_url: str) -> None:
    request = first(replace(GEMINI, base_url=base_url))
    assert request.url == "https://wisgate.ai/v1beta/models/gemini-3-pro-image-preview:generateContent"


def test_gemini_asks_as_googles_own_sdk_does() -> None:
    request = first(GEMINI)
    assert request.method == "POST"
    assert json.loads(request.body) == {
        "contents": [{"parts": [{"text": "A red fox"}], "role": "user"}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
        },
    }


@pytest.mark.parametrize(
    ("size", "ratio", "config"),
    [
        ("0.5K", "1:1", {"imageSize": "512", "aspectRatio": "1:1"}),  # what resellers call it
        ("512", "1:1", {"imageSize": "512", "aspectRatio": "1:1"}),
        ("4K", None, {"imageSize": "4K"}),
    ],
)
def test_gemini_spells_sizes_as_documented(size: str, ratio: str | None, config: dict[str, str]) -> None:
    request = first(GEMINI, Ask(size, ratio, "x"))
    assert json.loads(request.body)["generationConfig"]["imageConfig"] == config


def test_gemini_reaches_the_model_itself() -> None:
    request = first(GEMINI, Ask())
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == "https://wisgate.ai/v1beta/models/gemini-3-pro-image-preview"


def test_openai_asks_for_one_image_of_the_size_in_pixels() -> None:
    request = first(OPENAI)
    assert (request.method, request.url) == ("POST", "https://api.openai.com/v1/images/generations")
    assert request.headers["authorization"] == "Bearer sk-1"
    assert json.loads(request.body) == {"model": "own-model", "prompt": "A red fox", "n": 1, "size": "2736x1536"}


@pytest.mark.parametrize(
    ("size", "ratio", "pixels"),
    [
        ("1K", "1:1", "1024x1024"),
        ("1K", None, "1024x1024"),
        ("1K", "auto", "1024x1024"),
        ("512", "1:1", "512x512"),
        ("4K", "1:1", "4096x4096"),
        ("unheard of", "1:1", "1024x1024"),
    ],
)
def test_openai_sizes(size: str, ratio: str | None, pixels: str) -> None:
    assert json.loads(first(OPENAI, Ask(size, ratio, "x")).body)["size"] == pixels


def test_openai_reaches_the_list_of_models() -> None:
    request = first(OPENAI, Ask())
    assert (request.method, request.url, request.body) == ("GET", "https://api.openai.com/v1/models", b"")


# --- the image behind a URL ----------------------------------------------------------------------------------------

URL = "https://cdn.example/a%2Fb.png?sig=x%2B"
WITH_URL = {
    "openai_images": b.openai({"url": URL}),
    "gemini": b.gemini({"fileData": {"mimeType": "image/png", "fileUri": URL}}),
}
AT_URL = [pytest.param(adapter, body, id=adapter) for adapter, body in WITH_URL.items()]


def following(adapter: str, body: bytes, *fetched: Exchange) -> object:
    return load(adapter).step(replace(OPENAI, adapter=adapter), ASK, (Exchange(200, {}, body), *fetched))


@pytest.mark.parametrize(("adapter", "body"), AT_URL)
def test_an_image_is_fetched_from_a_foreign_host_without_the_key(adapter: str, body: bytes) -> None:
    assert following(adapter, body) == Request("GET", URL, {}, b"", carries_key=False)


@pytest.mark.parametrize(("adapter", "body"), AT_URL)
@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://other.example/y.png", "https://other.example/y.png"),
        ("/y.png", "https://cdn.example/y.png"),
        ("y.png", "https://cdn.example/y.png"),
        ("//other.example/y", "https://other.example/y"),
    ],
)
def test_a_redirect_of_an_image_is_followed_without_the_key(adapter: str, body: bytes, location: str, url: str) -> None:
    for status in (301, 302, 303, 307, 308):
        step = following(adapter, body, Exchange(status, {"location": location}))
        assert step == Request("GET", url, {}, b"", carries_key=False)


@pytest.mark.parametrize(("adapter", "body"), AT_URL)
def test_redirects_end(adapter: str, body: bytes) -> None:
    around = [Exchange(302, {"location": "/again"})] * 6
    for hops in range(6):
        assert isinstance(following(adapter, body, *around[:hops]), Request)
    assert "url_302" in str(following(adapter, body, *around))


@pytest.mark.parametrize(("adapter", "body"), AT_URL)
@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[", "gopher://x/", "javascript:1", "http://"])
def test_a_redirect_leads_nowhere_but_to_the_web(adapter: str, body: bytes, location: str) -> None:
    assert "url_not_http" in str(following(adapter, body, Exchange(302, {"location": location})))


def test_an_image_that_is_there_is_not_fetched_again() -> None:
    body = b.openai({"url": URL, "b64_json": b.b64(b.IMAGE)})
    assert "url_" not in str(following("openai_images", body))
    both = b.gemini(b.inline(b.IMAGE) | {"fileData": {"fileUri": URL}})
    assert not isinstance(following("gemini", both), Request)


def test_both_adapters_are_here() -> None:
    assert set(names()) >= {"gemini", "openai_images"}
