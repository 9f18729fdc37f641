"""What the configuration and the catalogue have in common: strict tables and the types of their values.

Strict: an unknown key is an error, a number in quotes is not a number, nan is none, and nothing can be changed after
it was read. Each type says in its error what would be right.
"""

import re
from typing import Annotated, Any, Literal, get_args
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema

Size = Literal["0.5K", "512", "1K", "2K", "4K"]
SIZES: tuple[Size, ...] = get_args(Size)
SAME_SIZE = {"0.5K": "512", "512": "0.5K"}  # Google writes 512, resellers 0.5K

KnownAdapter = Literal["gemini", "vertex", "openai_images", "openai_chat", "kie", "a1111", "http_json"]
ADAPTERS: tuple[KnownAdapter, ...] = get_args(KnownAdapter)
KEYLESS_ADAPTERS = ("a1111", "http_json")  # self-hosted: there may be no key at all
Auth = Literal["x-goog-api-key", "bearer", "query"]


class Table(BaseModel):
    """A table of a TOML file, read strictly and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def unique(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items, or ValueError that names one which is there twice."""
    twice = [item for number, item in enumerate(items) if item in items[:number]]
    if twice:
        raise ValueError(f"names {twice[0]!r} twice")
    return items


def adapter(text: str) -> str:
    """An adapter that this version has, or ValueError that names those."""
    from probes.providers import names  # noqa: PLC0415 - the folder is read when a file is checked, not on import

    if text in names():
        return text
    if text in ADAPTERS:
        raise ValueError(f"adapter {text!r} is not in this version; available: {', '.join(names())}")
    raise ValueError(f"{text!r} is no adapter; {nearest(text, names())}")


def closest(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The known words that text was probably meant to be: the nearest, and two as near; none for what is no word."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - needed only where something is wrong

    if not any(char.isalnum() for char in text):
        return ()
    scores = {word: SequenceMatcher(None, word.lower(), text.lower()).ratio() for word in known}
    best = max(scores.values(), default=0.0)
    near = tuple(word for word, score in scores.items() if score >= 0.6 and score == best)
    return near if len(near) <= 3 else ()


def nearest(text: str, known: tuple[str, ...]) -> str:
    """`did you mean 'gemini'?` where something is near, else the list of what is known."""
    near = closest(text, known)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else f"known: {', '.join(known)}"


def split_url(text: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a URL of one of these schemes with a host, or ValueError without the text: it may hold a key."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from None
    if parts.scheme not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if not parts.hostname or re.search(r"[\s\x00-\x20\x7f]", text):
        raise ValueError("is no URL: it has no host, or blanks in it")
    if port == 0:
        raise ValueError("is no URL: port 0 is none")
    return parts


def base_url(text: str) -> str:
    """The address before the adapter's own path, without a slash at its end."""
    parts = split_url(text, ("https", "http"))
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("must be scheme, host and path alone; no user, no ?query (a key does not belong here)")
    if re.search(r"/v1(beta1?)?/?$", parts.path):
        raise ValueError(f"ends with {parts.path.rstrip('/').rpartition('/')[2]}, which the adapter adds by itself")
    return text.rstrip("/")


def _link(text: str) -> str:
    split_url(text, ("https", "http"))
    return text


def _line(text: str) -> str:
    if not text.strip() or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("must be one line of text, not empty")
    return text


Adapter = Annotated[str, AfterValidator(adapter), WithJsonSchema({"type": "string", "enum": list(ADAPTERS)})]
BaseUrl = Annotated[str, AfterValidator(base_url), WithJsonSchema({"type": "string", "format": "uri"})]
Link = Annotated[str, AfterValidator(_link), WithJsonSchema({"type": "string", "format": "uri"})]
Line = Annotated[str, AfterValidator(_line), WithJsonSchema({"type": "string", "minLength": 1})]
Usd = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
LIST = Strict(strict=False)  # marks a tuple that a TOML list fills; its items stay strict
Sizes = Annotated[tuple[Size, ...], LIST, AfterValidator(unique)]
Lines = Annotated[tuple[Line, ...], LIST, AfterValidator(unique)]


def _scalar(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, bool | int | float | str):
        return value
    raise ValueError("must be a number, true or text")


ClaimValue = Annotated[Any, BeforeValidator(_scalar), WithJsonSchema({"type": ["number", "boolean", "string"]})]
