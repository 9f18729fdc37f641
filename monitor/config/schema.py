"""The JSON Schema (draft 2020-12) of `upheld.toml`, from the sections and what their types cannot say."""

import tomllib
from typing import Any

from monitor.config.sections import Document

_SCHEDULED = ("Reach", "Baseline", "Burst", "Endurance")


def json_schema() -> dict[str, Any]:
    """The schema: what an editor can check. `upheld check` finds more (rules across keys and tables)."""
    schema: dict[str, Any] = _tidy(Document.model_json_schema(by_alias=True))
    definitions = schema["$defs"]
    definitions["Provider"]["anyOf"] = [{"required": ["catalogue"]}, {"required": ["adapter", "base_url", "model"]}]
    for name in _SCHEDULED:
        definitions[name]["not"] = {"required": ["every", "cron"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "upheld.toml"}


def _tidy(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """TOML has no null, generated titles say nothing, and examples are values rather than TOML."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _tidy(value) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    if kept.get("default", ...) is None:
        del kept["default"]
    if isinstance(kept.get("examples"), list):
        kept["examples"] = [_value(example) for example in kept["examples"]]
    options = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    return (
        kept | {"anyOf": options}
        if len(options) > 1
        else {k: v for k, v in kept.items() if k != "anyOf"} | _first(options)
    )


def _first(options: list[Any]) -> dict[str, Any]:
    return dict(options[0]) if options else {}


def _value(example: Any) -> Any:  # noqa: ANN401 - any JSON
    try:
        value = tomllib.loads(f"x = {example}")["x"]
    except tomllib.TOMLDecodeError:
        return example
    return value if isinstance(value, str | int | float | bool | list) else str(example)
