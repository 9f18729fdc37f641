"""Templates and places of `http_json`: known names in braces, and dotted paths into an answer. Nothing is executed."""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, JsonValue

from probes.model import Exchange
from probes.providers._json import word

NAMES = ("prompt", "width", "height", "size", "aspect_ratio", "model", "key", "task_id")
_NAME = re.compile(r"\{([a-z_]+)\}")
_STEP = r"[^.\s]+"
_SOURCE = re.compile(rf"header:[a-z0-9-]+|(?!header:){_STEP}(\.{_STEP})*")
_MAX_STEPS = 20
Values = Mapping[str, str | int]


# --- templates ------------------------------------------------------------------------------------------------


def names_in(template: JsonValue) -> frozenset[str]:
    """The names that a template uses, wherever in it."""
    if isinstance(template, str):
        return frozenset(_NAME.findall(template))
    inner = template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    return frozenset().union(*map(names_in, inner))


def filled(template: JsonValue, values: Values) -> JsonValue:
    """The template with its names replaced, in its strings only, once: what is put in is not looked at again.

    A string that is one name alone becomes the value itself, so that `"{width}"` is a number.
    """
    if isinstance(template, dict):
        return {name: filled(inner, values) for name, inner in template.items()}
    if isinstance(template, list):
        return [filled(inner, values) for inner in template]
    if not isinstance(template, str):
        return template
    alone = _NAME.fullmatch(template)
    return values[alone[1]] if alone and alone[1] in values else spelled(template, values)


def spelled(template: str, values: Values, *, safe: str | None = None) -> str:
    """A text with its names replaced; `safe`: percent-encode what is put in, but for these characters."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            return found[0]
        text = str(values[found[1]])
        return text if safe is None else quote(text, safe=safe)

    return _NAME.sub(value, template)


def _known_names(template: Any) -> Any:  # noqa: ANN401 - any JSON
    for name in sorted(names_in(template)):
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, 1)
            hint = f"; nearest known: {{{near[0]}}}" if near else f"; known: {', '.join(f'{{{n}}}' for n in NAMES)}"
            raise ValueError(f"{{{name}}} is no placeholder{hint}")
    return template


def _path_of_base(template: str) -> str:
    if not template.startswith("/"):
        raise ValueError('must begin with "/": it is put behind base_url, so that the key goes nowhere else')
    return template


Template = Annotated[str, AfterValidator(_known_names)]
PathTemplate = Annotated[str, AfterValidator(_path_of_base), AfterValidator(_known_names)]
BodyTemplate = Annotated[JsonValue, AfterValidator(_known_names)]


# --- places ---------------------------------------------------------------------------------------------------


def _source(text: str) -> str:
    if _SOURCE.fullmatch(text) is None or text.count(".") >= _MAX_STEPS:
        raise ValueError('must be a path such as "data.0.url" (-1 is the last of a list) or "header:x-request-id"')
    return text


Source = Annotated[str, AfterValidator(_source)]


def found(source: str | None, value: object, exchange: Exchange) -> Any:  # noqa: ANN401 - any JSON
    """What is at a path of the answer, or in a header; None where nothing is."""
    if source is None:
        return None
    if source.startswith("header:"):
        return exchange.headers.get(source.removeprefix("header:"))
    for step in source.split("."):
        value = _inner(value, step)
    return value


def _inner(value: object, step: str) -> object:
    """One step down; a string on the way is read as JSON, as task APIs pack their results."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict):
        return value.get(step)
    if not isinstance(value, list) or re.fullmatch(r"-?\d{1,6}", step, re.ASCII) is None:
        return None
    place = int(step)
    return value[place] if -len(value) <= place < len(value) else None


def label(source: str | None, value: object, exchange: Exchange) -> str | None:
    """As `found`, where it is a short text or a number."""
    return word(found(source, value, exchange))
