"""The configuration as TOML holds it, not yet checked: a table, list or text may be something else."""

from collections.abc import Mapping
from typing import Any

from monitor.config.faults import Path

Raw = Mapping[str, Any]
Fault = tuple[Path, str]


def table_at(raw: Raw, key: str) -> Raw:
    """The table of this key; an empty one where something else stands there."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def tables_at(raw: Raw, key: str) -> dict[str, Raw]:
    """By name, the tables of this table."""
    return {name: value for name, value in table_at(raw, key).items() if isinstance(value, dict)}


def list_at(raw: Raw, key: str) -> list[tuple[int, Raw]]:
    """The tables of a list with their places."""
    value = raw.get(key)
    items = value if isinstance(value, list) else []
    return [(number, item) for number, item in enumerate(items) if isinstance(item, dict)]


def text_at(raw: Raw, key: str) -> str | None:
    """The text of this key; None where something else stands there."""
    value = raw.get(key)
    return value if isinstance(value, str) else None
