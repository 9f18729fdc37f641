"""A validator for the part of JSON Schema that `upheld check --schema` uses; an unknown keyword is an error."""
# ruff: noqa: ANN401 - any JSON is looked at here

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}
_NO_CHECK = {"$defs", "$schema", "default", "description", "examples", "format", "title"}


def problems(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, at: str = "$"
) -> Iterator[str]:
    """What of `value` (TOML as read) the schema does not allow."""
    root = root or schema
    value = value.isoformat() if isinstance(value, datetime | date) else value
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")] | {
            k: v for k, v in schema.items() if k != "$ref"
        }
    for keyword, expected in schema.items():
        if keyword not in _NO_CHECK:
            yield from _CHECKS[keyword](value, expected, schema, root, at)


def _type(value: Any, expected: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    names = [expected] if isinstance(expected, str) else expected
    fits = any(isinstance(value, _TYPES[n]) and (n == "boolean") == isinstance(value, bool) for n in names)
    if not fits:
        yield f"{at}: is not {expected}"


def _properties(value: Any, expected: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    for key in value.keys() & expected.keys() if isinstance(value, dict) else ():
        yield from problems(value[key], expected[key], root, f"{at}.{key}")


def _others(value: Any, expected: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    for key in value.keys() - schema.get("properties", {}).keys() if isinstance(value, dict) else ():
        if expected is False:
            yield f"{at}.{key}: is not known"
        else:
            yield from problems(value[key], expected, root, f"{at}.{key}")


def _names(value: Any, expected: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    for key in value if isinstance(value, dict) else ():
        yield from problems(key, expected, root, f"{at}.{key}")


def _pattern(value: Any, expected: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(expected, value):
        yield f"{at}: does not match {expected}"


def _any_of(value: Any, expected: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if all(list(problems(value, option, root, at)) for option in expected):
        yield f"{at}: fits none of its forms"


def _not(value: Any, expected: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if not list(problems(value, expected, root, at)):
        yield f"{at}: is what it must not be"


def _items(value: Any, expected: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    for number, item in enumerate(value if isinstance(value, list) else ()):
        yield from problems(item, expected, root, f"{at}[{number}]")


def _simple(wrong: Callable[[Any, Any], bool], kinds: tuple[type, ...], says: str) -> Callable[..., Iterator[str]]:
    def check(value: Any, expected: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
        if isinstance(value, kinds) and wrong(value, expected):
            yield f"{at}: {says} {expected}"

    return check


_CHECKS: dict[str, Callable[..., Iterator[str]]] = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _others,
    "propertyNames": _names,
    "pattern": _pattern,
    "anyOf": _any_of,
    "not": _not,
    "items": _items,
    "enum": _simple(lambda value, known: value not in known, (object,), "is not one of"),
    "required": _simple(lambda value, keys: not set(keys) <= value.keys(), (dict,), "lacks one of"),
    "minimum": _simple(lambda value, least: value < least, (int, float), "is below"),
    "exclusiveMinimum": _simple(lambda value, least: value <= least, (int, float), "is not above"),
    "maximum": _simple(lambda value, most: value > most, (int, float), "is above"),
    "minItems": _simple(lambda value, least: len(value) < least, (list,), "is shorter than"),
    "minLength": _simple(lambda value, least: len(value) < least, (str,), "is shorter than"),
}
