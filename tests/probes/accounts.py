"""Service-account files for tests: the key is made anew for each run, and is nobody's."""

import json
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

EMAIL = "prober@upheld-test.iam.gserviceaccount.com"
KEY_ID = "0123456789abcdef0123456789abcdef01234567"


@lru_cache(maxsize=1)
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@lru_cache(maxsize=2)
def pem(kind: str = "rsa") -> str:
    key = rsa_key() if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def account(**changes: object) -> dict[str, object]:
    """As the console of Google Cloud hands it out; a member given as None is left out."""
    said = {
        "type": "service_account",
        "project_id": "upheld-test",
        "private_key_id": KEY_ID,
        "private_key": pem(),
        "client_email": EMAIL,
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def write(folder: Path, **changes: object) -> str:
    path = folder / "sa.json"
    path.write_text(json.dumps(account(**changes)))
    return str(path)
