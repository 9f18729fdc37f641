"""A value as TOML in one line: the standard library reads TOML and does not write it."""

import json
from typing import Any


def inline(value: Any) -> str:  # noqa: ANN401 - whatever TOML can say
    """Tables become inline tables; None is left out."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)} = {inline(inner)}" for name, inner in value.items() if inner is not None)
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value, ensure_ascii=False)  # strings, numbers and booleans are the same in both
