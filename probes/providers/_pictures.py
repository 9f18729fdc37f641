"""Reference images of the options: named as files, read when the configuration is, kept as data URLs.

So the adapters stay pure, and a file that is missing is a fault of the configuration and not of a request. Names are
meant from the folder `context["folder"]` of the validation (that of `upheld.toml`), else from the current one.
"""

import base64
import binascii
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

MAX_REFERENCE_BYTES = 7 * 1024 * 1024  # per image, the limit of Google and of most resellers
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


def _as_data_url(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be the name of a PNG, JPEG or WebP file")
    folder = (info.context or {}).get("folder", ".")
    return value if picture_of(value) else _read(Path(folder) / Path(value).expanduser())


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_REFERENCE_BYTES else b""
    except OSError as exc:
        raise ValueError(f"{path} cannot be read ({exc.strerror or type(exc).__name__})") from exc
    if size > MAX_REFERENCE_BYTES:
        raise ValueError(f"{path} is {size} bytes; an image may have {MAX_REFERENCE_BYTES}")
    mime = next((mime for magic, mime in _KINDS if data.startswith(magic)), None)
    if mime is None:
        raise ValueError(f"{path} is no PNG, JPEG or WebP image")
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def picture_of(data_url: str) -> tuple[str, bytes] | None:
    """MIME type and bytes of a data URL in base64; None for anything else."""
    head, comma, data = data_url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        return head.removeprefix("data:").removesuffix(";base64"), base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


ReferenceImage = Annotated[str, BeforeValidator(_as_data_url)]
