"""OAuth for service accounts: a key file for whoever wants to measure, and a token endpoint that checks it.

RFC 7523: the client signs an assertion with the key of the file, and exchanges it for a bearer token that expires.
The key is made at the first question; it opens nothing but this simulator.
"""

import base64
import hashlib
import json
from functools import cached_property
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.nouns import Declined, Reply, Visit

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GOOGLE: Final = "https://oauth2.googleapis.com/token"  # google-auth names it whatever the key file says
_LONGEST_S: Final = 3600
_CLOCKS_DIFFER_S: Final = 300
_JSON: Final = {"content-type": "application/json; charset=utf-8", "cache-control": "no-store"}


class Accounts:
    """The service account of one provider, and the tokens that it was given."""

    def __init__(self, desk: Desk) -> None:
        """Its project is the first of the scenario."""
        self._desk = desk
        self._project = next(iter(desk.spec.projects))
        self._email = f"upheld@{self._project}.iam.gserviceaccount.com"
        self._issued = 0

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def key_file(self, visit: Visit) -> Reply:
        """The JSON file as Google's console gives it, with this simulator's token endpoint."""
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        body = {
            "type": "service_account",
            "project_id": self._project,
            "private_key_id": hashlib.sha256(pem.encode()).hexdigest()[:40],
            "private_key": pem,
            "client_email": self._email,
            "client_id": "1" * 21,
            "token_uri": self._token_uri(visit),
            "universe_domain": "googleapis.com",
        }
        return Reply(200, (json.dumps(body, indent=2).encode(),), _JSON)

    def _token_uri(self, visit: Visit) -> str:
        return f"{visit.request.url.origin()}/{self._desk.name}/token"

    def token(self, visit: Visit, form: dict[str, str]) -> Reply | Declined:
        """A bearer token for a sound assertion."""
        if form.get("grant_type") != _GRANT:
            return _bad("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        if problem := self._problem(visit, form.get("assertion", "")):
            return _bad("invalid_grant", problem)
        self._issued += 1
        life_s = self._desk.spec.token_life_s
        name = f"{visit.draw.name}/{self._issued}"
        token = "ya29.sim-" + hashlib.sha256(name.encode()).hexdigest()
        self._desk.admission.issue(token, self._project, life_s)
        body = {"access_token": token, "expires_in": int(life_s), "token_type": "Bearer"}
        return Reply(200, (json.dumps(body).encode(),), _JSON)

    def _problem(self, visit: Visit, assertion: str) -> str | None:
        """What is wrong with an assertion, in Google's words."""
        try:
            head, claims, signature = assertion.split(".")
            said, signed = _decoded(claims), _bytes(signature)
            if _decoded(head).get("alg") != "RS256":
                return "Invalid JWT: only RS256 is taken."
            self._key.public_key().verify(signed, f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return "Invalid JWT Signature."
        except ValueError:
            return "Bad Request"
        return self._claim_problem(visit, said)

    def _claim_problem(self, visit: Visit, said: dict[str, Any]) -> str | None:
        now_s = visit.arrived_at.timestamp()
        begin, end = said.get("iat"), said.get("exp")
        if said.get("iss") != self._email:
            return "Invalid grant: account not found"
        if said.get("aud") not in (self._token_uri(visit), _GOOGLE):
            return "Invalid JWT: Failed audience check. The right audience is the token_uri of the key file."
        if not said.get("scope"):
            return "Invalid OAuth scope or ID token audience provided."
        if not isinstance(begin, int) or not isinstance(end, int) or not 0 < end - begin <= _LONGEST_S:
            return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
        if begin > now_s + _CLOCKS_DIFFER_S or end < now_s - _CLOCKS_DIFFER_S:
            return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
        return None


def _bad(error: str, text: str) -> Declined:
    body = {"error": error, "error_description": text}
    return Declined(Ending.INVALID, Reply(400, (json.dumps(body).encode(),), _JSON))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _decoded(text: str) -> dict[str, Any]:
    value = json.loads(_bytes(text))
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a form problem like all others here
    return value
