"""Scenario file -> `Scenario`, or every fault of the file at once, each in one sentence."""

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from probes.simulator import relations
from probes.simulator.scenario import Scenario

SHIPPED = Path(__file__).parent / "scenarios"


def named(name: str) -> Path:
    """A file, or a scenario that is shipped, by its name (`demo`, `catalogue`)."""
    shipped = SHIPPED / f"{name}.toml"
    return shipped if shipped.is_file() and not Path(name).is_file() else Path(name)


@dataclass(frozen=True, slots=True)
class ScenarioFault:
    """One thing that is wrong: where, and what would be right."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        """One line."""
        return ": ".join(filter(None, (self.file, self.key, self.reason)))


class ScenarioError(Exception):
    """A scenario that cannot be served; `str()` is one line for each fault."""

    exit_code = 2
    says_where = True

    def __init__(self, faults: tuple[ScenarioFault, ...]) -> None:
        """All faults of one file."""
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def load(path: Path) -> Scenario:
    """Read and check a scenario file.

    Raises:
        ScenarioError: it cannot be read, is not TOML, or has faults; all of them are named.
    """
    raw = _read(path)
    faults = [ScenarioFault(str(path), key, reason) for key, reason in relations.faults(raw)]
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        faults += [ScenarioFault(str(path), _key(e["loc"]), _sentence(e)) for e in error.errors()]
    if faults:
        raise ScenarioError(tuple(sorted(faults, key=lambda fault: fault.key)))
    return scenario


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 text (byte {error.start}); save it as UTF-8"
    except tomllib.TOMLDecodeError as error:
        reason = f"is not TOML: {error}"
    raise ScenarioError((ScenarioFault(str(path), "", reason),))


def _key(location: tuple[int | str, ...]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]"]
    return "".join(parts).removeprefix(".")


def _sentence(error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key; {_nearest(error['loc'])}"
        case "missing":
            return "is missing"
        case "value_error":
            return str(error["ctx"]["error"])
        case "too_short":
            return "should have at least one entry"
        case _:
            said = error["msg"].removeprefix("Input ").removeprefix("String ")
            return f"{said}, not {error['input']!r}"


def _nearest(location: tuple[int | str, ...]) -> str:
    known = list(_model_at(location[:-1]).model_fields)
    near = difflib.get_close_matches(str(location[-1]), known, 1)
    return f"nearest known: {near[0]}" if near else f"known: {', '.join(known)}"


def _model_at(location: tuple[int | str, ...]) -> type[BaseModel]:
    """The table at this place of the file: fields lead to their models, names in dicts and lists to the same."""
    model: type[BaseModel] = Scenario
    for part in location:
        field = model.model_fields.get(str(part))
        model = next(_models_in(field.annotation), model) if field else model
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - an annotation is any object
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
