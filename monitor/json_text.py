"""Plain data as indented JSON, fast: the standard library takes seconds to indent what is judged of a month."""

import json
from typing import Any

import pydantic_core


def indented(data: Any, *, ascii_only: bool = False) -> str:  # noqa: ANN401 - any JSON data
    """One document, two spaces deep.

    Raises:
        ValueError: a number that JSON does not have.
    """
    if ascii_only:
        return json.dumps(data, indent=2, allow_nan=False)
    json.dumps(data, allow_nan=False)  # which is quick without indenting, and refuses what the other would write
    return pydantic_core.to_json(data, indent=2).decode()
