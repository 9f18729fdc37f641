"""Gemini on Vertex AI: where it is asked, with what, and what its own errors mean."""

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from probes.model import Ask, Exchange, Request
from tests.probes import bodies as b
from tests.probes.providers.asking import KEY, answer, ok, options_of, request, target, verdict

GOOGLE = "https://aiplatform.googleapis.com"
US = target("vertex", "gemini-3-pro-image", project="p-1", location="us-central1")
EXPRESS = target("vertex", "gemini-3-pro-image", express=True)
PATH = "projects/p-1/locations/us-central1/publishers/google/models/gemini-3-pro-image"


@pytest.mark.parametrize(
    ("base_url", "location", "host"),
    [
        (GOOGLE, "us-central1", "https://us-central1-aiplatform.googleapis.com"),
        (GOOGLE + "/", "europe-west4", "https://europe-west4-aiplatform.googleapis.com"),
        (GOOGLE, "global", GOOGLE),
        (GOOGLE, "us", "https://aiplatform.us.rep.googleapis.com"),
        (GOOGLE, "eu", "https://aiplatform.eu.rep.googleapis.com"),
        ("https://vertex.corp.example/google", "us-central1", "https://vertex.corp.example/google"),
        ("http://127.0.0.1:8080", "eu", "http://127.0.0.1:8080"),
        ("https://us-east1-aiplatform.googleapis.com", "us-central1", "https://us-east1-aiplatform.googleapis.com"),
    ],
)
def test_each_location_has_a_host_of_its_own_unless_another_is_configured(
    base_url: str, location: str, host: str
) -> None:
    to = replace(target("vertex", project="p-1", location=location), base_url=base_url)
    path = f"v1/projects/p-1/locations/{location}/publishers/google/models/m"
    assert request(to).url == f"{host}/{path}:generateContent"
    assert request(to, ask=Ask()).url == f"{host}/{path}:countTokens"


def test_a_project_is_asked_with_a_bearer_token_whatever_auth_says() -> None:
    for auth in ("x-goog-api-key", "bearer", "query"):
        sent = request(target("vertex", auth=auth, project="p-1", location="global"))
        assert sent.headers["authorization"] == f"Bearer {KEY}"
        assert "x-goog-api-key" not in sent.headers
        assert "key=" not in sent.url


def test_express_mode_has_a_key_and_neither_project_nor_location() -> None:
    for ask, method in ((Ask("1K", "1:1", "x"), "generateContent"), (Ask(), "countTokens")):
        sent = request(replace(EXPRESS, base_url=GOOGLE), ask=ask)
        assert sent.url == f"{GOOGLE}/v1/publishers/google/models/gemini-3-pro-image:{method}"
        assert sent.headers["x-goog-api-key"] == KEY
        assert "authorization" not in sent.headers


def test_the_request_is_that_of_gemini() -> None:
    ask = Ask("2K", "16:9", "A red fox")
    assert request(US, ask=ask).body == request(target("gemini"), ask=ask).body


def test_a_stream_and_another_version_are_asked_for_by_option() -> None:
    to = target("vertex", "m", project="p-1", location="eu", stream=True, api_version="v1beta1")
    path = "v1beta1/projects/p-1/locations/eu/publishers/google/models/m:streamGenerateContent?alt=sse"
    assert request(to).url == f"https://api.example/{path}"
    assert verdict(to, ok(b"data: " + b.gemini(b.inline(b.IMAGE)) + b"\n\n")) == ("ok", None, "provider")


def test_another_project_may_pay_for_quota() -> None:
    sent = request(target("vertex", project="p-1", location="eu", user_project="billing-2"))
    assert sent.headers["x-goog-user-project"] == "billing-2"
    assert "x-goog-user-project" not in request(US).headers


def test_reach_is_free_of_charge_and_below_the_same_path() -> None:
    sent = request(US, ask=Ask())
    assert (sent.method, sent.url) == ("POST", f"https://api.example/v1/{PATH}:countTokens")
    assert list(json.loads(sent.body)) == ["contents"]  # nothing that could make an image
    assert verdict(US, ok(b'{"totalTokens": 4, "totalBillableCharacters": 7}'), ask=Ask()) == ("ok", None, "provider")


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (ok(b"{}"), ("malformed", "schema", "provider")),
        (ok(b'{"name": "m"}'), ("malformed", "schema", "provider")),
        (ok(b.HTML), ("malformed", "html", "provider")),
        (
            Exchange(
                403, {}, b.rpc(403, "Permission denied", "PERMISSION_DENIED", b.error_info("IAM_PERMISSION_DENIED"))
            ),
            ("auth", "iam_permission_denied", "client"),
        ),
        (
            Exchange(404, {}, b.rpc(404, "Publisher Model was not found", "NOT_FOUND")),
            ("client_error", "404", "client"),
        ),
        (
            Exchange(503, {}, b.rpc(503, "The service is currently unavailable.", "UNAVAILABLE")),
            ("overloaded", None, "provider"),
        ),
    ],
)
def test_what_reach_can_be_answered(exchange: Exchange, expected: tuple[str, str | None, str]) -> None:
    assert verdict(US, exchange, ask=Ask()) == expected


EXPIRED = b.rpc(
    401,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential.",
    "UNAUTHENTICATED",
    b.error_info("ACCESS_TOKEN_EXPIRED"),
)
CONTENTION = b.rpc(429, "Resource exhausted, please try again later.", "RESOURCE_EXHAUSTED")
THROUGHPUT = b.rpc(429, "Too many requests. Exceeded the Provisioned Throughput.", "RESOURCE_EXHAUSTED")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, EXPIRED, ("auth", "access_token_expired", "client")),
        (401, b"[" + EXPIRED + b"]", ("auth", "access_token_expired", "client")),
        (401, b.HTML, ("auth", "401", "client")),
        (429, CONTENTION, ("rate_limited", "unknown", "unknown")),
        (429, THROUGHPUT, ("rate_limited", "unknown", "unknown")),
        (499, b.rpc(499, "The operation was cancelled.", "CANCELLED"), ("client_error", "499", "client")),
        (500, b.rpc(500, "unknown", "UNKNOWN"), ("server_error", "500", "provider")),
        (
            504,
            b.rpc(504, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED"),
            ("timeout", "server_504", "provider"),
        ),
        (200, b.gemini(finish="MODEL_ARMOR"), ("blocked", "model_armor", "policy")),
        (200, b.blocked_prompt("JAILBREAK"), ("blocked", "jailbreak", "policy")),
        (200, b.gemini(b.inline(b.IMAGE), createTime="2026-11-22T06:00:00Z"), ("ok", None, "provider")),
    ],
)
def test_what_vertex_answers(status: int, body: bytes, expected: tuple[str, str | None, str]) -> None:
    assert verdict(US, Exchange(status, {}, body)) == expected


def test_which_limit_was_hit_is_kept_where_vertex_says_it() -> None:
    assert answer(US, Exchange(429, {}, THROUGHPUT)).limits.quota == "provisioned_throughput"
    assert answer(US, Exchange(429, {}, CONTENTION)).limits.quota is None


def test_an_image_elsewhere_is_fetched_without_the_token() -> None:
    body = b.gemini({"fileData": {"fileUri": "https://storage.example/x.png"}})
    assert request(US, ok(body)) == Request("GET", "https://storage.example/x.png", carries_key=False)
    assert verdict(US, ok(body), ok(b.IMAGE)) == ("ok", None, "provider")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "project and location missing: say where to ask, or express = true with an API key"),
        ({"project": "p-1"}, "location missing"),
        ({"location": "eu"}, "project missing"),
        ({"express": True, "project": "p-1"}, "express mode has neither project nor location; leave them out"),
        ({"express": True, "location": "eu"}, "express mode has neither project nor location; leave them out"),
        ({"project": "p/../q", "location": "eu"}, "should match pattern"),
        ({"project": "p-1", "location": "evil.example/"}, "should match pattern"),
        ({"project": "p-1", "location": "eu", "api_version": "v2"}, "'v1' or 'v1beta1'"),
        ({"project": "p-1", "location": "eu", "user_project": "a\r\nb"}, "should match pattern"),
        ({"project": "p-1", "location": "eu", "regoin": "eu"}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_cannot_work_are_faults_of_the_configuration(options: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match="1 validation error") as raised:
        options_of("vertex", options)
    assert reason in str(raised.value)
