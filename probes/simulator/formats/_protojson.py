"""Strict JSON as Google's front ends read it: unknown names are refused, lone messages are taken for lists.

Wordings were seen in a public issue (yym68686/uni-api#129).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Shape = Mapping[str, Any]  # field (snake_case) -> None for anything, a Shape for a message, [Shape] for a list of them


def parse(body: bytes) -> dict[str, Any] | str:
    """The object, or what is wrong with it."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return "Invalid JSON payload received. Unexpected token."
    if isinstance(value, dict):
        return value
    return 'Invalid JSON payload received. Unknown name "": Root element must be a message.'


def violations_of(value: Mapping[str, Any], shape: Shape, path: str = "") -> Iterator[tuple[str, str]]:
    """Where and what: every name that the message does not have, and every value that is no message."""
    at = f" at '{path}'" if path else ""
    for name, inner in value.items():
        field = snake(name)
        if field not in shape:
            yield path, f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.'
        else:
            yield from _inner_violations(inner, shape[field], f"{path}.{field}" if path else field)


def _inner_violations(value: object, shape: object, path: str) -> Iterator[tuple[str, str]]:
    if shape is None or value is None:
        return
    if isinstance(shape, list):
        for index, item in enumerate(many(value)):
            yield from _inner_violations(item, shape[0], f"{path}[{index}]" if isinstance(value, list) else path)
    elif isinstance(value, dict) and isinstance(shape, Mapping):
        yield from violations_of(value, shape, path)
    else:
        yield path, f"Invalid value at '{path}' (Map), {json.dumps(value)}"


def many(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """A list; the lone message that proto JSON takes where a list is due; nothing for null."""
    return value if isinstance(value, list) else [] if value is None else [value]


def snake(name: str) -> str:
    """`imageConfig` -> `image_config`; both are accepted on the wire."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def snaked(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same message with all names in snake_case."""
    if isinstance(value, dict):
        return {snake(name): snaked(inner) for name, inner in value.items()}
    return [snaked(item) for item in value] if isinstance(value, list) else value
