"""Secrets come from outside of the file: by the name of an environment variable, or by a file's name.

What looks like a key is refused where a name belongs, and a message never repeats it.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from probes.model import Secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_PREFIX = re.compile(r"^(AIza|AQ\.|ya29\.|sk[-_]|pk[-_]|gsk_|ghp_|xox|Bearer\s|eyJ)")
_RUN = re.compile(r"[A-Za-z0-9]{16,}", re.ASCII)
_WORD = re.compile(r"[^\s'\"=,;]+")
_MOST_BYTES = 16 * 1024


class SecretError(ValueError):
    """A secret that cannot be read; never holds it."""


def looks_like_key(text: str) -> bool:
    """Whether text is rather a key than a name: a known beginning, or a long run of letters mixed with digits."""
    if _PREFIX.match(text):
        return True
    return any(_is_random(run) for run in _RUN.findall(text))


def begins_like_key(text: str) -> bool:
    """Whether text begins as keys of known makers do."""
    return bool(_PREFIX.match(text)) and len(text) >= 20


def _is_random(run: str) -> bool:
    digits = sum(char.isdecimal() for char in run)
    return 2 <= digits < len(run) and (run.upper() != run or bool(re.fullmatch(r"[0-9A-F]+", run)))


def scrub(text: str) -> str:
    """The text with every word masked that looks like a key: no message repeats one, wherever it was written."""
    return _WORD.sub(lambda match: "***" if looks_like_key(match[0]) else match[0], text)


def env_name(text: str) -> str:
    """The name of an environment variable, or ValueError that does not repeat the text: it may be the key itself."""
    if looks_like_key(text):
        raise ValueError(
            "looks like a key itself; put the key into an environment variable and write the name of that variable"
        )
    if not _NAME.fullmatch(text):
        raise ValueError("must be the name of an environment variable: letters, digits and _")
    return text


def from_env(name: str, environ: Mapping[str, str]) -> Secret:
    """The secret in this environment variable."""
    if name not in environ:
        raise SecretError(f"environment variable {name} is not set")
    return _checked(environ[name], f"environment variable {name}")


def from_file(path: Path) -> Secret:
    """The secret in this file; a newline at its end is dropped."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SecretError(f"cannot read {path}: {reason}") from None
    if len(content) > _MOST_BYTES:
        raise SecretError(f"{path} is larger than any key")
    return _checked(content.decode("utf-8", "replace"), str(path))


def _checked(text: str, where: str) -> Secret:
    value = text.strip()
    if not value:
        raise SecretError(f"{where} is empty")
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise SecretError(f"{where} holds blanks or characters that no HTTP header can carry")
    return Secret(value)
