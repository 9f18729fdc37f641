"""`upheld.toml` -> `Config`: read, checked whole, all faults at once; nothing but `ConfigError` is raised."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from monitor.catalogue.clauses import clauses
from monitor.config.agreements import all_clauses
from monitor.config.faults import ConfigError, ConfigFault, key_path, of_pydantic
from monitor.config.model import Config
from monitor.config.providers import complete
from monitor.config.rules import broken, not_measurable
from monitor.config.secrets import scrub
from monitor.config.sections import Document

MOST_BYTES = 4 * 1024 * 1024
HOW_TO_MAKE_ONE = "make one with: upheld check --example > upheld.toml"


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """The configuration in this file.

    Args:
        path: the TOML file; relative paths in it are meant from its folder.
        environ: the environment; here only for `~/` (HOME). Keys are read by `Config.targets`.

    Raises:
        ConfigError: with every fault that was found.
    """
    raw = _parse(_read(path), path)
    context = {"folder": path.absolute().parent, "home": environ.get("HOME")}
    document, faults = _validate(raw, context)
    faults += [fault for fault in broken(raw, context) if fault[0] not in {told for told, _ in faults}]
    if document is None or faults:
        raise ConfigError(ConfigFault(_shown(path), key_path(where), scrub(reason)) for where, reason in faults)
    without = not_measurable(raw)
    probed = {name: table for name, table in document.providers.items() if name not in without}
    return Config(
        file=_shown(path),
        service=document.service,
        budget=document.budget,
        providers={name: complete(name, table, context) for name, table in probed.items()},
        not_measurable=without,
        probes=document.probes,
        judge=document.judge,
        report=document.report,
        mail=document.mail,
        alerts=document.alerts,
        maintenance=document.maintenance,
        worksheet=document.worksheet,
        clauses=all_clauses(clauses(), document.sla),
    )


def _validate(raw: dict[str, Any], context: dict[str, Any]) -> tuple[Document | None, list[tuple[Any, str]]]:
    try:
        return Document.model_validate({"service": {}} | raw, context=context), []
    except ValidationError as error:
        return None, list(of_pydantic(error, Document))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise _fault(path, f"there is no such file; {HOW_TO_MAKE_ONE}") from None
    except IsADirectoryError:
        raise _fault(path, f"is a folder; name the file in it: {path / 'upheld.toml'}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _fault(path, f"cannot be read: {reason}; {HOW_TO_MAKE_ONE}") from None
    if len(content) > MOST_BYTES:
        raise _fault(path, "is larger than 4 MB; that is no configuration")
    return content


def _fault(path: Path, reason: str, key: str = "") -> ConfigError:
    return ConfigError([ConfigFault(_shown(path), key, reason)])


def _shown(path: Path) -> str:
    """The file's name on one line."""
    return "".join(char if char.isprintable() else "�" for char in str(path))


def _parse(content: bytes, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))  # editors on Windows begin UTF-8 with a mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _fault(file, "is not UTF-8 text; save it as UTF-8", f"line {line}") from None
    except tomllib.TOMLDecodeError as error:
        where, reason = _place(str(error), content.decode("utf-8-sig"))
        raise _fault(file, reason, where) from None
    except RecursionError:
        raise _fault(file, "not valid TOML: nested too deeply") from None
    except ValueError as error:  # numbers and dates that Python cannot hold
        reason = "a number has too many digits" if "digits" in str(error) else str(error)
        raise _fault(file, f"not valid TOML: {reason}") from None


def _place(message: str, text: str) -> tuple[str, str]:
    """`Invalid value (at line 3, column 5)` as place and reason; the end of the document is a line and column too."""
    match = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", message, re.DOTALL)
    if match is None:
        return "", f"not valid TOML: {message}"
    lines = text.split("\n")
    end = f"line {len(lines)}, column {len(lines[-1]) + 1}"
    return end if match[2].startswith("end") else match[2], f"not valid TOML: {match[1]}"
