"""What an adapter reads: the right image, and all that the row keeps beside it."""

from dataclasses import replace

import pytest

from probes.model import Answer, Ask, Exchange, Limits
from probes.providers import load
from tests.probes import bodies as b
from tests.probes.pictures import cheap
from tests.probes.verdicts import IMAGE_ASK, REACH_ASK, target


def read(
    adapter: str, body: bytes, status: int = 200, headers: dict[str, str] | None = None, ask: Ask = IMAGE_ASK
) -> Answer:
    step = load(adapter).step(target(adapter), ask, (Exchange(status, headers or {}, body),))
    assert isinstance(step, Answer)
    return step


def side(answer: Answer) -> int | None:
    return answer.picture.width if answer.picture else None


DRAFT, FIRST, LAST = cheap(64, 64), cheap(512, 512), cheap(1024, 1024)


@pytest.mark.parametrize(
    ("parts", "width", "images"),
    [
        pytest.param([b.inline(LAST)], 1024, 1, id="one"),
        pytest.param([{"text": "Here it is"}, b.inline(LAST)], 1024, 1, id="text, then the image"),
        pytest.param([b.inline(DRAFT, thought=True), b.inline(LAST)], 1024, 1, id="a draft, then the image"),
        pytest.param([b.inline(LAST), b.inline(DRAFT, thought=True)], 1024, 1, id="the image, then a draft"),
        pytest.param([b.inline(FIRST), b.inline(LAST)], 1024, 2, id="the last of two"),
        pytest.param([b.inline(DRAFT, thought=True)], None, 0, id="only a draft"),
        pytest.param([], None, 0, id="nothing"),
        pytest.param([{"inline_data": {"mime_type": "image/png", "data": b.b64(LAST)}}], 1024, 1, id="snake case"),
        pytest.param([b.inline(LAST) | {"thoughtSignature": "EtcM"}], 1024, 1, id="with a signature"),
        pytest.param([b.inline(b.b64(LAST).replace("+", "-").replace("/", "_"))], 1024, 1, id="URL-safe base64"),
        pytest.param([b.inline(b.b64(LAST).rstrip("="))], 1024, 1, id="no padding"),
        pytest.param([None, 7, "x", {"inlineData": None}, b.inline(LAST)], 1024, 1, id="junk between"),
    ],
)
def test_the_image_is_the_last_one_that_is_not_a_thought(parts: list[object], width: int | None, images: int) -> None:
    answer = read("gemini", b.gemini(*parts))  # type: ignore[arg-type]  # also parts that are none
    assert (side(answer), answer.images) == (width, images)


@pytest.mark.parametrize(
    ("data", "width", "images"),
    [
        pytest.param([{"b64_json": b.b64(LAST)}], 1024, 1, id="one"),
        pytest.param([{"b64_json": b.b64(FIRST)}, {"b64_json": b.b64(LAST)}], 1024, 2, id="the last of two"),
        pytest.param([{"b64_json": ""}], None, 0, id="empty"),
        pytest.param([], None, 0, id="none"),
    ],
)
def test_openai_images_are_taken_and_counted(data: list[dict[str, str]], width: int | None, images: int) -> None:
    answer = read("openai_images", b.openai(*data))
    assert (side(answer), answer.images) == (width, images)


def test_what_google_says_beside_the_image() -> None:
    headers = {"server-timing": "gfet4t7; dur=733", "server": "ESF"}
    answer = read("gemini", b.gemini(b.inline(LAST)), headers=headers)
    assert (answer.request_id, answer.model_version) == ("Zx4laf", "gemini-3-pro-image-preview")
    assert (answer.server_ms, answer.finish, answer.expected) == (733.0, "STOP", (1024, 1024))
    assert answer.limits == Limits()


OPENAI_HEADERS = {
    "x-request-id": "req_1",
    "openai-processing-ms": "8123",
    "openai-model": "gpt-image-1",
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-reset-requests": "6m0s",
    "x-ratelimit-limit-tokens": "90000",
    "retry-after": "56",
}


def test_what_openai_says_in_its_headers_with_an_image_and_with_an_error() -> None:
    image = read("openai_images", b.openai({"b64_json": b.b64(LAST)}), headers=OPENAI_HEADERS)
    error = read("openai_images", b.IPM_429, 429, OPENAI_HEADERS)
    for answer in (image, error):
        assert (answer.request_id, answer.server_ms) == ("req_1", 8123.0)
        assert answer.limits == Limits(56.0, 500.0, 499.0, 360.0, None)
    assert image.model_version == "gpt-image-1"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "56"}, 56.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "200", "retry-after": "1"}, 0.2),
        ({"retry-after-ms": "-200", "retry-after": "1"}, 1.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, None),  # by which clock?
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, None),
        ({"retry-after": "Sun, 99 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("adapter", ["gemini", "openai_images"])
def test_how_long_to_wait_is_read_from_the_headers(
    adapter: str, headers: dict[str, str], seconds: float | None
) -> None:
    assert read(adapter, b.gateway("slow down", "x", "y"), 429, headers).limits.retry_after_s == seconds


def test_google_says_in_the_body_how_long_to_wait_and_which_quota_it_is() -> None:
    answer = read("gemini", b.DAILY_429, 429)
    assert answer.limits.retry_after_s == 26.0
    assert answer.limits.quota == f"{b.TPM},{b.RPD}"
    assert answer.limits.limit_requests == 250.0  # not the 250,000 tokens that come first
    assert answer.fault is not None
    assert answer.fault.quota == (b.TPM, b.RPD)
    assert read("gemini", b.MINUTE_429, 429).limits.retry_after_s == 600.5


def test_a_header_says_more_than_the_body() -> None:
    assert read("gemini", b.DAILY_429, 429, {"retry-after": "3"}).limits.retry_after_s == 3.0


@pytest.mark.parametrize(
    ("timing", "server_ms"),
    [
        ("gfet4t7; dur=733", 733.0),
        ("cache;desc=hit, db;dur=53.2, app;dur=47", 53.2),
        ("dur=abc", None),
        ("", None),
        ("miss", None),
    ],
)
def test_server_time(timing: str, server_ms: float | None) -> None:
    assert read("gemini", b"{}", headers={"server-timing": timing}).server_ms == server_ms


@pytest.mark.parametrize("adapter", ["gemini", "openai_images"])
def test_an_error_is_read_whatever_its_shape(adapter: str) -> None:
    as_number = read(adapter, b.gateway("overloaded", "upstream_error", 503), 500).fault
    assert as_number is not None
    assert (as_number.code, as_number.type, as_number.message) == ("503", "upstream_error", "overloaded")
    as_text = read(adapter, b'{"error": "boom"}', 500).fault
    assert as_text is not None
    assert as_text.message == "boom"
    assert read(adapter, b'{"error": null}', 500).fault is None


def test_reach_wants_to_know_that_the_model_is_there() -> None:
    assert read("gemini", b'{"name": "models/m"}', ask=REACH_ASK).malformed is None
    assert read("gemini", b'{"models": []}', ask=REACH_ASK).malformed == "schema"
    assert read("openai_images", b'{"data": []}', ask=REACH_ASK).malformed is None
    assert read("openai_images", b'{"object": "list"}', ask=REACH_ASK).malformed == "schema"


@pytest.mark.parametrize("adapter", ["gemini", "openai_images"])
def test_what_a_stranger_says_is_kept_short(adapter: str) -> None:
    """Megabytes in an error, a reason or an identifier end neither in a row nor on the way to it."""
    much = "x" * 200_000
    error = {"error": {"message": much, "code": much, "status": much, "type": much, "details": [{"reason": much}] * 99}}
    talk = {"candidates": [{"finishReason": much, "content": {"parts": [{"text": much}] * 9}}], "responseId": much}
    for body, status in ((error, 500), (talk, 200), ({"promptFeedback": {"blockReason": much}}, 200)):
        answer = replace(read(adapter, b.to_bytes(body), status), picture=None)
        assert len(repr(answer)) < 5000


def test_five_thousand_violations_are_read_as_a_few() -> None:
    error = b.rpc(429, "no", "RESOURCE_EXHAUSTED", b.quota_failure(*[(b.RPM, "1")] * 5_000))
    assert len(read("gemini", error, 429).limits.quota or "") < 5000
