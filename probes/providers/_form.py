"""A multipart form, as browsers send it: what APIs want that take files. The same parts give the same bytes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form."""

    field: str
    name: str
    mime: str
    data: bytes


def multipart(fields: Mapping[str, str], files: Sequence[File] = ()) -> tuple[str, bytes]:
    """The content type, with a boundary that follows from the content, and the body."""
    parts = [(_quoted(name), "", value.encode()) for name, value in fields.items()]
    for file in files:
        named = f'{_quoted(file.field)}; filename="{file.name}"'
        parts.append((named, f"Content-Type: {file.mime}\r\n", file.data))
    boundary = f"upheld-{hashlib.sha256(b''.join(data for _, _, data in parts)).hexdigest()[:40]}"
    chunks = [
        f"--{boundary}\r\nContent-Disposition: form-data; name={name}\r\n{mime}\r\n".encode() + data + b"\r\n"
        for name, mime, data in parts
    ]
    return f"multipart/form-data; boundary={boundary}", b"".join(chunks) + f"--{boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    """A field's name; what would end it is percent-encoded, as HTML says."""
    return '"' + name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A") + '"'
