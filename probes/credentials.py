"""Where a key comes from that does not stay the same: a command that prints a token, or a service-account file.

Only what is configured, and whether it can work; nothing here holds a token. `probes.tokens` obtains them,
`probes.keys` keeps them fresh.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

CLOUD_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a token
_MAX_FILE_BYTES = 64 * 1024
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class CredentialError(Exception):
    """No token can be had; the message is one sentence without any secret."""


@dataclass(frozen=True, slots=True)
class TokenCommand:
    """A command that prints a bearer token, or the JSON of RFC 6749 5.1 (`access_token`, `expires_in`)."""

    argv: tuple[str, ...]
    lasts_s: float = 600.0  # of a token that does not say how long it lives
    timeout_s: float = 30.0

    def __str__(self) -> str:
        """The program alone: its arguments may be secret."""
        return f"token command {Path(self.argv[0]).name!r}" if self.argv else "token command"


@dataclass(frozen=True, slots=True)
class ServiceAccountFile:
    """The JSON key file of a Google service account; exchanged for bearer tokens by RFC 7523."""

    path: str
    scope: str = CLOUD_SCOPE
    timeout_s: float = 30.0

    def __str__(self) -> str:
        """The file by name."""
        return f"service account file {self.path}"


Credential = TokenCommand | ServiceAccountFile


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What a service-account file says. The private key does not print."""

    email: str
    token_uri: str
    key_id: str | None
    private_key: "RSAPrivateKey" = field(repr=False)


def fault_of(credential: Credential) -> str | None:
    """What is wrong with a credential as configured, in a sentence; None where it may work. Asks nobody."""
    if isinstance(credential, TokenCommand):
        empty = not credential.argv or not credential.argv[0]
        return "token command: it is empty; name a program and its arguments, each in quotes" if empty else None
    try:
        read_account(credential)
    except CredentialError as error:
        return str(error)
    return None


def read_account(credential: ServiceAccountFile) -> ServiceAccount:
    """Read the file; again on each call, so that a key that was replaced is used at the next refresh.

    Raises:
        CredentialError: it is not there, or no service-account file.
    """
    said = _json_of(credential)
    if (kind := said.get("type")) != "service_account":
        raise CredentialError(f"{credential}: its type is {kind!r}, not 'service_account'")
    email, pem = (_text(credential, said, name) for name in ("client_email", "private_key"))
    token_uri = _text(credential, {"token_uri": GOOGLE_TOKEN_URI} | said, "token_uri")
    if not _is_safe(token_uri):
        raise CredentialError(f"{credential}: its token_uri must be an https address")
    key_id = said.get("private_key_id")
    return ServiceAccount(email, token_uri, key_id if isinstance(key_id, str) else None, _rsa_key(credential, pem))


def _json_of(credential: ServiceAccountFile) -> dict[str, Any]:
    try:
        with Path(credential.path).open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CredentialError(f"{credential}: cannot be read: {error.strerror or type(error).__name__}") from None
    try:
        said = json.loads(content[:_MAX_FILE_BYTES])
    except (ValueError, RecursionError):
        said = None  # the text of the exception would quote the file
    if not isinstance(said, dict) or len(content) > _MAX_FILE_BYTES:
        raise CredentialError(f"{credential}: is not the JSON key file of a service account")
    return said


def _text(credential: ServiceAccountFile, said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise CredentialError(f"{credential}: {name} is missing")
    return value


def _is_safe(token_uri: str) -> bool:
    """Only an encrypted way, or one that does not leave the machine: the signed assertion is worth a token."""
    try:
        parts = urlsplit(token_uri)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _rsa_key(credential: ServiceAccountFile, pem: str) -> "RSAPrivateKey":
    key = _parsed_key(pem)
    if key is None:
        raise CredentialError(f"{credential}: private_key is no RSA key in PEM")
    return key


@lru_cache(maxsize=16)
def _parsed_key(pem: str) -> "RSAPrivateKey | None":
    """The key; checking that it is sound takes 50 ms and more, which is why it is done once."""
    # here alone, because it weighs 8 MB in the process that reads answers, which needs no keys
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - as above

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except Exception:  # noqa: BLE001 - many kinds, and some quote what they were given
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None
