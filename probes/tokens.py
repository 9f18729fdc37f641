"""Bearer tokens: from a command, or from the token endpoint of a service account (RFC 7523).

The reasons of failures are for rows and logs, so they hold neither token nor key, whatever a command or an endpoint
may say: of foreign texts a line is kept, without anything that could be a secret.
"""

import asyncio
import json
import os
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from probes.clock import Clock
from probes.credentials import (
    Credential,
    CredentialError,
    ServiceAccount,
    ServiceAccountFile,
    TokenCommand,
    read_account,
)
from probes.exchange import Wire
from probes.model import Exchange, Request, Secret

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_S = 3600
_UNTOLD_LIFE_S = 600.0  # `expires_in` is only recommended (RFC 6749 5.1)
_MAX_PRINTED = 64 * 1024
_MAX_TOKEN_CHARS = 16 * 1024
_TOKEN = re.compile(r"[\x21-\x7e]+", re.ASCII)
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=.~-]{20,}")  # what could be a token, a key or a part of one
_SAID_CHARS = 200
_FAREWELL_S = 2.0


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and how long it lives from when it was asked for, seconds."""

    secret: Secret
    lasts_s: float


async def fetch(credential: Credential, wire: Wire, clock: Clock) -> Token:
    """A new token.

    Raises:
        CredentialError: there is none to be had now; the message says why.
    """
    if isinstance(credential, TokenCommand):
        return await _from_command(credential, clock)
    return await _from_account(credential, wire, clock)


# --- a command ----------------------------------------------------------------------------------------------------


async def _from_command(command: TokenCommand, clock: Clock) -> Token:
    """Run without a shell; what it prints is the token."""
    status, printed, complaint = await _run(command, clock)
    if status != 0:
        said = f": {_harmless(complaint, last=True)}" if complaint.strip() else ""
        raise CredentialError(f"{command} ended with status {status}{said}")
    text = printed.decode("utf-8", "replace").strip()
    if not text:
        raise CredentialError(f"{command} printed nothing")
    said_json = _object(text) if text.startswith("{") else {"access_token": text}
    return _token(str(command), said_json, command.lasts_s)


async def _run(command: TokenCommand, clock: Clock) -> tuple[int, bytes, bytes]:
    """Status, standard output and standard error, within the command's deadline."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # so that whatever it started ends with it
        )
    except (OSError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise CredentialError(f"{command} cannot be run: {reason}") from None
    over = False
    try:
        async with asyncio.timeout(clock.real_s(command.timeout_s)):
            printed, complaint = await asyncio.gather(_all(process.stdout), _all(process.stderr))
            status = await process.wait()
            over = True
            return status, printed, complaint
    except asyncio.LimitOverrunError:
        raise CredentialError(f"{command} printed more than a token") from None
    except TimeoutError:
        raise CredentialError(f"{command} gave no token within {command.timeout_s:g} s") from None
    finally:
        if not over:  # even if it has ended: what it started may hold its pipes
            await _end(process)


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    """To its end.

    Raises:
        LimitOverrunError: it is longer than is allowed.
    """
    if stream is None:
        return b""
    try:
        await stream.readexactly(_MAX_PRINTED + 1)
    except asyncio.IncompleteReadError as rest:
        return rest.partial
    raise asyncio.LimitOverrunError("too long", _MAX_PRINTED)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it and whatever it started; its pipes are closed here, because nobody reads them to their end any more."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio has no public way to close the pipes
    with suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL_S):
            await process.wait()


# --- a service account ----------------------------------------------------------------------------------------------


async def _from_account(credential: ServiceAccountFile, wire: Wire, clock: Clock) -> Token:
    """Sign an assertion and exchange it."""
    now_s = int(clock.now().timestamp())
    account, assertion = await asyncio.to_thread(_signed, credential, now_s)
    body = urlencode({"grant_type": _GRANT, "assertion": assertion}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    answer = await wire.send(Request("POST", account.token_uri, headers, body), credential.timeout_s)
    return _granted(f"{credential}: token endpoint {urlsplit(account.token_uri).hostname}", answer)


def _signed(credential: ServiceAccountFile, now_s: int) -> tuple[ServiceAccount, str]:
    """The account and its assertion; reads a file and computes for milliseconds, so away from the event loop."""
    account = read_account(credential)
    claims = {"iss": account.email, "scope": credential.scope, "aud": account.token_uri}
    claims_in_time: dict[str, Any] = claims | {"iat": now_s, "exp": now_s + _ASSERTION_S}
    headers = {"kid": account.key_id} if account.key_id else None
    import jwt  # noqa: PLC0415 - with what it loads 10 MB, for those who need it

    return account, jwt.encode(claims_in_time, account.private_key, "RS256", headers=headers)


def _granted(who: str, answer: Exchange) -> Token:
    if answer.fault is not None:
        raise CredentialError(f"{who}: {answer.fault.value}")
    said = _object(answer.body)
    if answer.status != 200:
        told = [_harmless(said[name]) for name in ("error", "error_description") if isinstance(said.get(name), str)]
        raise CredentialError(": ".join([f"{who} answered {answer.status}", *told]))
    return _token(who, said, _UNTOLD_LIFE_S)


# --- both -------------------------------------------------------------------------------------------------------


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(text[:_MAX_PRINTED])
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _token(who: str, said: Mapping[str, Any], untold_s: float) -> Token:
    """The token of an answer in the form of RFC 6749 5.1."""
    text, lasts_s = said.get("access_token"), said.get("expires_in", untold_s)
    if not isinstance(text, str) or len(text) > _MAX_TOKEN_CHARS or not _TOKEN.fullmatch(text):
        raise CredentialError(f"{who} gave something that is no token")
    if isinstance(lasts_s, bool) or not isinstance(lasts_s, int | float) or not 0 < lasts_s < float("inf"):
        raise CredentialError(f"{who} gave a token that has expired, or does not say sensibly when it will")
    return Token(Secret(text), float(lasts_s))


def _harmless(said: str | bytes, *, last: bool = False) -> str:
    """The first or last line of a foreign text, short, without what could be a secret."""
    text = said if isinstance(said, str) else said.decode("utf-8", "replace")
    lines = [line for line in text[: 4 * _MAX_PRINTED].splitlines() if line.strip()] or [""]
    line = _OPAQUE.sub("***", lines[-1 if last else 0].strip())
    return "".join(char if char.isprintable() else " " for char in line)[:_SAID_CHARS]
