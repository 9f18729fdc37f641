"""JSON around pictures: written with marks where base64 belongs, so that megabytes are never copied together."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from probes.simulator.pictures import Drawn

_MARK: Final = "@image-%d@"


def mark(index: int) -> str:
    """What stands for the base64 of this picture while the JSON around it is written."""
    return _MARK % index


def filled(body: Mapping[str, Any], pictures: Sequence[Drawn], *, indent: int | None = 2) -> tuple[bytes, ...]:
    """The JSON with the base64 of each picture where its mark stands; marks stand in the order of the pictures."""
    parts: list[bytes] = []
    rest = json.dumps(body, indent=indent, ensure_ascii=False).encode()
    for index, picture in enumerate(pictures):
        before, found, rest = rest.partition(mark(index).encode())
        assert found  # noqa: S101 - a picture without a place would follow the JSON
        parts += [before, *picture.base64_parts()]
    return (*parts, rest)
