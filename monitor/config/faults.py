"""What is wrong with a configuration: one line for each fault, with file, key and what would be right.

`of_pydantic` turns the validator's findings into those sentences; `Document` (in `sections`) is walked along the path
of a finding, so that an unknown key names the nearest known one and a missing key says what it is for. A value is
never repeated where it might be a key.
"""

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from monitor.config.secrets import begins_like_key, looks_like_key
from monitor.strict import closest, nearest

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SECRET_NAME = re.compile(
    r"^(api_?)?(key|token|secret|password|passwd|bearer)$|_(key|token|secret|password)$", re.IGNORECASE
)
_KINDS = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "tuple_type": "a list in [ ]",
    "date_type": "a date such as 2026-11-22",
    "datetime_type": "a date and time with a zone, such as 2026-11-23T02:00:00Z",
}
_OTHERS = {
    "timezone_aware": "has no time zone; write {shown}Z for UTC, or {shown}+01:00",
    "too_short": "must not be empty",
}
_MAY_HOLD_SECRET = re.compile(r"key|url|password|secret|token", re.IGNORECASE)
_BOUNDS = {
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One fault: the file, the key path as TOML writes it (empty: the file as a whole), and why it is one."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        """One line."""
        return ": ".join(part for part in (self.file, self.key, self.reason) if part)


class ConfigError(Exception):
    """The configuration cannot be used; all faults at once, one line each."""

    exit_code = 2
    says_where = True

    def __init__(self, faults: Iterable[ConfigFault]) -> None:
        """Keep the faults in the order in which they were found."""
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def key_path(path: Path) -> str:
    """A path as TOML writes it: `providers.wisgate.claims[0].metric`; odd keys in quotes, what is a secret masked."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
            continue
        written += f".{_key(part)}" if written else _key(part)
    return written


def _key(part: str) -> str:
    if begins_like_key(part):
        return "***"
    return part if _BARE.fullmatch(part) else f'"{_one_line(part)}"'


def of_pydantic(error: ValidationError, document: type[BaseModel]) -> Iterator[tuple[Path, str]]:
    """Path and sentence of each finding; one for each path (a provider's bad name says nothing of its table)."""
    told: set[Path] = set()
    for finding in error.errors(include_url=False):
        if finding["type"] == "too_short" and finding["input"]:
            continue  # it is not empty: its items have faults, and those are told
        path = tuple(part for part in finding["loc"] if part != "[key]")
        if path not in told:
            yield path, _reason(finding, path, document)
        told.add(path)


def describe(value: Any, *, secret: bool = False) -> str:  # noqa: ANN401 - whatever TOML holds
    """A value for a message; its kind alone where it may be a key."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return "text" if secret or looks_like_key(value) else f'"{_one_line(value)}"'
    return str(value)


def _one_line(text: str) -> str:
    shown = "".join(char if char.isprintable() else "�" for char in text[:60])
    return shown.replace('"', "'") + ("…" if len(text) > 60 else "")


def _reason(finding: ErrorDetails, path: Path, document: type[BaseModel]) -> str:
    if finding["type"] == "extra_forbidden":
        return unknown_key(path, document)
    if finding["type"] == "missing":
        return _missing(path, document)
    return _of_value(finding, path)


def _of_value(finding: ErrorDetails, path: Path) -> str:
    kind, context, value = finding["type"], finding.get("ctx", {}), finding.get("input")
    shown = describe(value, secret=any(isinstance(part, str) and _MAY_HOLD_SECRET.search(part) for part in path))
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _not_among(value, shown, str(context["expected"]))
    if kind in _BOUNDS:
        return f"must be {_BOUNDS[kind].format(**context)}, not {shown}"
    if kind in _KINDS:
        return f"must be {_KINDS[kind]}, not {shown}"
    return _OTHERS.get(kind, finding["msg"]).format(shown=shown)


def _not_among(value: Any, shown: str, expected: str) -> str:  # noqa: ANN401 - whatever TOML holds
    known = tuple(re.findall(r"'([^']*)'", expected))
    if not isinstance(value, str):
        quoted = ", ".join(f'"{name}"' for name in known)
        return f"must be one of {quoted}, in quotes, not {shown}"
    return f"{shown} is not known; {nearest(value, known)}"


def unknown_key(path: Path, document: type[BaseModel]) -> str:
    """What to write instead of a key that nobody knows."""
    name = str(path[-1])
    known = _known_keys(path[:-1], document)
    by_name = next((key for key in known if key.endswith("_env")), None)
    if by_name and (_SECRET_NAME.search(name) or name == "url"):
        return (
            "a secret does not belong into this file; put it into an environment variable and name that: "
            f'{by_name} = "..."'
        )
    near = closest(name, known)
    return f"unknown key; nearest known: {' or '.join(near)}" if near else f"unknown key; known: {', '.join(known)}"


def _missing(path: Path, document: type[BaseModel]) -> str:
    field = _field(path, document)
    about = f"; it is {field.description}" if field and field.description else ""
    example = f", for example {path[-1]} = {field.examples[0]}" if field and field.examples else ""
    return f"missing{about}{example}"


# --- walking the document's types along a path ----------------------------------------------------------------


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _inside(annotation: Any) -> Any:  # noqa: ANN401 - types are values here
    """The type within Optional, Annotated, dict and tuple: what one more step of a path leads to."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _inside(arguments[0])
    if origin in {Union, types.UnionType}:
        return _inside(next(kind for kind in arguments if kind is not type(None)))
    if origin is dict:
        return arguments[1]
    return arguments[0] if origin is tuple else annotation


def _model_at(path: Path, document: type[BaseModel]) -> type[BaseModel] | None:
    """The table at a path; None where something else lies there."""
    at: Any = document
    for part in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            field = _fields(at).get(str(part))
            at = _stripped(field.annotation) if field else None
        else:
            at = _stripped(_inside(at))
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _stripped(annotation: Any) -> Any:  # noqa: ANN401 - types are values here
    """The annotation without Optional and Annotated."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _stripped(arguments[0])
    if origin in {Union, types.UnionType}:
        return _stripped(next(kind for kind in arguments if kind is not type(None)))
    return annotation


def _known_keys(path: Path, document: type[BaseModel]) -> tuple[str, ...]:
    model = _model_at(path, document)
    return tuple(_fields(model)) if model else ()


def _field(path: Path, document: type[BaseModel]) -> FieldInfo | None:
    model = _model_at(path[:-1], document)
    return _fields(model).get(str(path[-1])) if model else None
