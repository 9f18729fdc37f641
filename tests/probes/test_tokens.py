"""Tokens from real commands, and from a token endpoint on loopback; no reason of a failure holds one."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web

from probes.clock import RealClock
from probes.credentials import CLOUD_SCOPE, Credential, CredentialError, ServiceAccountFile, TokenCommand
from probes.exchange import Wire
from probes.tokens import Token, fetch
from tests.probes import accounts
from tests.probes.servers import free_port, listening, serving

TOKEN = "ya29.a0AfB_byC-UpheldTestToken-0123456789"


async def fetched(credential: Credential) -> Token:
    clock = RealClock()
    async with Wire(clock) as wire:
        return await fetch(credential, wire, clock)


async def refused(credential: Credential) -> str:
    with pytest.raises(CredentialError) as raised:
        await fetched(credential)
    assert TOKEN not in str(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


# --- a command ----------------------------------------------------------------------------------------------------


def python(code: str, **options: float) -> TokenCommand:
    return TokenCommand((sys.executable, "-S", "-c", code), **options)


@pytest.mark.parametrize(
    ("printed", "lasts_s"),
    [
        pytest.param(TOKEN, 600.0, id="bare"),
        pytest.param(f"\n  {TOKEN}\r\n\n", 600.0, id="among white space"),
        pytest.param(json.dumps({"access_token": TOKEN, "expires_in": 3599}), 3599.0, id="JSON with its life"),
        pytest.param(json.dumps({"access_token": TOKEN}, indent=2), 600.0, id="JSON without"),
    ],
)
async def test_what_a_command_prints_is_the_token(printed: str, lasts_s: float) -> None:
    token = await fetched(python(f"print({printed!r}, end='')"))
    assert (token.secret.reveal(), token.lasts_s) == (TOKEN, lasts_s)
    assert TOKEN not in repr(token)


async def test_a_command_sees_no_shell_and_no_input() -> None:
    code = f"import sys; assert sys.argv[1:] == ['$HOME; x', '*'] and not sys.stdin.read(); print({TOKEN!r})"
    token = await fetched(TokenCommand((sys.executable, "-S", "-c", code, "$HOME; x", "*")))
    assert token.secret.reveal() == TOKEN


NAME = f"token command {Path(sys.executable).name!r}"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("pass", "printed nothing", id="nothing"),
        pytest.param(f"print({TOKEN!r}); raise SystemExit(3)", "ended with status 3", id="a token, and a failure"),
        pytest.param(
            "import sys; sys.exit('ERROR: (gcloud.auth) no active account\\nrun: gcloud auth login')",
            "ended with status 1: run: gcloud auth login",
            id="a complaint",
        ),
        pytest.param(
            f"import sys; sys.exit('cannot refresh {TOKEN}')", "ended with status 1: cannot refresh ***", id="a leak"
        ),
        pytest.param(f"print('Your token:', {TOKEN!r})", "gave something that is no token", id="a sentence"),
        pytest.param(f"print({TOKEN!r}); print({TOKEN!r})", "gave something that is no token", id="two"),
        pytest.param("print('{\"token\": 1}')", "gave something that is no token", id="JSON without one"),
        pytest.param("print('{\"access_token\"')", "gave something that is no token", id="half of JSON"),
        pytest.param("print('tök')", "gave something that is no token", id="what no header holds"),
        pytest.param("print('x' * 20_000)", "gave something that is no token", id="too long"),
        pytest.param("print('x' * 200_000)", "printed more than a token", id="much too long"),
        pytest.param(
            "import sys; print('x' * 200_000, file=sys.stderr)", "printed more than a token", id="a long story"
        ),
        pytest.param(
            f'print(\'{{"access_token": "{TOKEN}", "expires_in": 0}}\')',
            "gave a token that has expired, or does not say sensibly when it will",
            id="expired",
        ),
        pytest.param(
            f'print(\'{{"access_token": "{TOKEN}", "expires_in": "soon"}}\')',
            "gave a token that has expired, or does not say sensibly when it will",
            id="no number",
        ),
        pytest.param("import os; os.kill(os.getpid(), 9)", "ended with status -9", id="killed"),
    ],
)
async def test_a_command_that_gives_no_token_is_told_why(code: str, reason: str) -> None:
    assert await refused(python(code)) == f"{NAME} {reason}"


async def test_a_command_that_is_not_there_is_told() -> None:
    assert await refused(TokenCommand(("/nowhere/gcloud",))) == (
        "token command 'gcloud' cannot be run: No such file or directory"
    )


@pytest.mark.parametrize("start", ["run", "Popen"], ids=["it waits", "it is gone, what it started holds its pipes"])
async def test_a_command_that_hangs_ends_at_its_deadline_with_all_that_it_started(start: str) -> None:
    gone = asyncio.Event()

    async def until_it_is_gone(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        gone.set()

    async with listening(until_it_is_gone) as port:
        child = f"import socket; socket.create_connection(('127.0.0.1', {port})).recv(1)"
        code = f"import subprocess, sys; subprocess.{start}([sys.executable, '-S', '-c', {child!r}])"
        assert await refused(python(code, timeout_s=0.5)) == f"{NAME} gave no token within 0.5 s"
        async with asyncio.timeout(5):
            await gone.wait()


# --- a service account ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def endpoint(answer: web.Response, asked: list[Mapping[str, Any]]) -> AsyncIterator[str]:
    """A token endpoint that answers so, and keeps what it was asked."""

    async def grant(request: web.Request) -> web.Response:
        form = await request.post()
        asked.append({"content_type": request.content_type, **form})
        return answer

    app = web.Application()
    app.router.add_post("/token", grant)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    finally:
        await runner.cleanup()


async def test_a_service_account_signs_for_a_token(tmp_path: Path) -> None:
    asked: list[Mapping[str, Any]] = []
    granted = web.json_response({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})
    async with endpoint(granted, asked) as uri:
        token = await fetched(ServiceAccountFile(accounts.write(tmp_path, token_uri=uri)))
    assert (token.secret.reveal(), token.lasts_s) == (TOKEN, 3599.0)
    [form] = asked
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert form["content_type"] == "application/x-www-form-urlencoded"
    assertion = form["assertion"]
    claims = jwt.decode(assertion, accounts.rsa_key().public_key(), ["RS256"], audience=uri)
    assert claims == {
        "iss": accounts.EMAIL,
        "scope": CLOUD_SCOPE,
        "aud": uri,
        "iat": claims["iat"],
        "exp": claims["iat"] + 3600,
    }
    assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "typ": "JWT", "kid": accounts.KEY_ID}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "Invalid JWT Signature."},
            "answered 400: invalid_grant: Invalid JWT Signature.",
        ),
        (
            401,
            {"error": "invalid_client", "error_description": f"no {TOKEN}\nfor you"},
            "answered 401: invalid_client: no ***",
        ),
        (403, "<html>", "answered 403"),
        (503, {"error": {"code": 503}}, "answered 503"),
        (307, {}, "answered 307"),
        (200, {}, "gave something that is no token"),
        (200, [], "gave something that is no token"),
        (200, {"access_token": "a b"}, "gave something that is no token"),
        (
            200,
            {"access_token": TOKEN, "expires_in": -1},
            "gave a token that has expired, or does not say sensibly when it will",
        ),
    ],
)
async def test_a_token_endpoint_that_refuses_is_told(tmp_path: Path, status: int, body: object, reason: str) -> None:
    headers = {"location": "/elsewhere"} if status == 307 else {}
    asked: list[Mapping[str, Any]] = []
    async with endpoint(web.json_response(body, status=status, headers=headers), asked) as uri:
        path = accounts.write(tmp_path, token_uri=uri)
        said = await refused(ServiceAccountFile(path))
    assert said == f"service account file {path}: token endpoint 127.0.0.1 {reason}".replace(
        "127.0.0.1 :", "127.0.0.1:"
    )
    assert len(asked) == 1  # never sent again in secret


async def test_an_endpoint_that_is_not_there_or_says_nothing_is_told(tmp_path: Path) -> None:
    path = accounts.write(tmp_path, token_uri=f"http://127.0.0.1:{free_port()}/token")
    assert await refused(ServiceAccountFile(path)) == f"service account file {path}: token endpoint 127.0.0.1: refused"
    async with serving(lambda call: call.served.for_ever()) as silent:
        accounts.write(tmp_path, token_uri=f"{silent.url}/token")
        assert (await refused(ServiceAccountFile(path, timeout_s=0.2))).endswith("token endpoint 127.0.0.1: ttfb")


async def test_a_file_that_is_broken_is_told_when_a_token_is_needed(tmp_path: Path) -> None:
    path = accounts.write(tmp_path, private_key="x")
    assert (await refused(ServiceAccountFile(path))).endswith("private_key is no RSA key in PEM")
