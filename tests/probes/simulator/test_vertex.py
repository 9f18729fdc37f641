"""Vertex AI: projects, places and express mode; tokens that are had with a key file, and that expire."""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.probes.simulator.asks import VERTEX, of_format
from tests.probes.simulator.support import Bench, Got, Json, JumpClock, asking, bench

EXPRESS = "/p/v1beta1/publishers/google/models/m1:generateContent"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
BOTH: Json = {"auth": None}


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def assertion(account: dict[str, Any], at: datetime, **claims: Json) -> str:
    """A signed assertion as google-auth makes it."""
    begin = int(at.timestamp())
    said = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "scope": "s",
        "iat": begin,
        "exp": begin + 3600,
    }
    head, body = (encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, said | claims))
    key = load_pem_private_key(account["private_key"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{body}.{encoded(signature)}"


async def exchanged(to: Bench, text: str, grant: str = GRANT) -> Got:
    form = urlencode({"grant_type": grant, "assertion": text}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await to.ask("/p/token", form, key=None, headers=headers)


async def account_of(to: Bench) -> dict[str, Any]:
    got: dict[str, Any] = (await to.ask("/p/service-account.json", key=None)).json
    return got


@pytest.mark.parametrize("path", [VERTEX, VERTEX.replace("/v1/", "/v1beta1/"), EXPRESS])
async def test_an_image_comes_with_the_time_of_its_making_and_the_kind_of_traffic(path: str) -> None:
    async with bench(of_format("vertex", **BOTH)) as to:
        got = await to.ask(path, asking("2K"))
    assert got.status == 200
    assert got.json["createTime"].startswith("2026-11-16T12:00:30")
    assert got.json["usageMetadata"]["trafficType"] == "ON_DEMAND"


async def test_a_token_is_had_with_the_key_file_and_lives_as_long_as_it_says() -> None:
    clock = JumpClock()
    async with bench(of_format("vertex", token_life_s=600.0), clock) as to:
        account = await account_of(to)
        token = (await exchanged(to, assertion(account, clock.now()))).json
        first = await to.ask(VERTEX, asking(), key=token["access_token"])
        clock.at_s += 600
        late = await to.ask(VERTEX, asking(), key=token["access_token"])
        ledger = await to.ledger()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 600)
    assert account["project_id"] == "main"
    assert (first.status, late.status, late.error["status"]) == (200, 401, "UNAUTHENTICATED")
    assert late.error["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"
    assert ledger["image"]["rejected"] == {"expired_key": 1}


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": "who@else"}, "account not found"),
        ({"aud": "https://elsewhere.example/token"}, "audience"),
        ({"scope": ""}, "scope"),
        ({"iat": 0, "exp": 3600}, "short-lived"),
        ({"exp": 2**40}, "short-lived"),
    ],
)
async def test_an_unsound_assertion_is_no_grant(claims: Json, words: str) -> None:
    clock = JumpClock()
    async with bench(of_format("vertex"), clock) as to:
        got = await exchanged(to, assertion(await account_of(to), clock.now(), **claims))
    assert (got.status, got.json["error"]) == (400, "invalid_grant")
    assert words in got.json["error_description"]


@pytest.mark.parametrize(
    ("text", "grant", "error"),
    [
        ("a.b.c", GRANT, "invalid_grant"),
        ("nonsense", GRANT, "invalid_grant"),
        ("x", "password", "unsupported_grant_type"),
    ],
)
async def test_what_is_no_assertion_is_no_grant(text: str, grant: str, error: str) -> None:
    async with bench(of_format("vertex")) as to:
        got = await exchanged(to, text, grant)
    assert (got.status, got.json["error"]) == (400, error)


async def test_a_signature_of_another_key_is_no_grant() -> None:
    clock = JumpClock()
    async with bench(of_format("vertex"), clock) as to:
        text = assertion(await account_of(to), clock.now())
        head, body, signature = text.split(".")
        got = await exchanged(to, f"{head}.{body}.{signature[::-1]}")
    assert got.json["error_description"] == "Invalid JWT Signature."


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (VERTEX, {"authorization": "Bearer wrong"}, 401),
        (VERTEX, {}, 401),
        (VERTEX, {"x-goog-api-key": "k1"}, 401),  # an API key is for express mode
        (EXPRESS, {"x-goog-api-key": "k1"}, 200),
        (VERTEX.replace("/main/", "/other/"), {"authorization": "Bearer k1"}, 403),
        (VERTEX.replace("m1", "m9"), {"authorization": "Bearer k1"}, 404),
    ],
    ids=["wrong", "none", "api-key", "express", "project", "model"],
)
async def test_who_may_do_what(path: str, headers: dict[str, str], status: int) -> None:
    async with bench(of_format("vertex", **BOTH)) as to:
        got = await to.ask(path, asking(), key=None, headers=headers)
    assert got.status == status


async def test_vertex_words_a_limit_as_contention() -> None:
    async with bench(of_format("vertex", limits={"rpm": 1, "burst": 1})) as to:
        await to.ask(VERTEX, asking())
        got = await to.ask(VERTEX, asking())
        provisioned = await to.ask(VERTEX, asking(), fault="provisioned_exceeded")
    assert got.error["message"] == "Resource exhausted, please try again later."
    assert provisioned.error["message"] == "Too many requests. Exceeded the Provisioned Throughput."


async def test_the_mime_type_of_the_image_may_be_asked_for_and_only_here() -> None:
    body = asking()
    body["generationConfig"]["imageConfig"]["imageOutputOptions"] = {"mimeType": "image/jpeg"}
    async with bench(of_format("vertex")) as to:
        got = await to.ask(VERTEX, body)
    async with bench(of_format("gemini")) as to:
        elsewhere = await to.ask("/p/v1/models/m1:generateContent", body)
    assert got.json["candidates"][0]["content"]["parts"][0]["inlineData"]["mimeType"] == "image/jpeg"
    assert elsewhere.status == 400


async def test_tokens_of_a_prompt_are_counted_for_free() -> None:
    async with bench(of_format("vertex", limits={"rpm": 1, "burst": 1})) as to:
        counts = [
            (await to.ask(VERTEX.replace("generateContent", "countTokens"), {"contents": asking()["contents"]})).json
            for _ in range(3)
        ]
        model = await to.ask("/p/v1/publishers/google/models/m1")
        ledger = await to.ledger()
    assert [count["totalTokens"] for count in counts] == [4, 4, 4]
    assert model.json["name"] == "publishers/google/models/m1"
    assert ledger["image"]["arrived"] == 0
