"""The shipped catalogue: what each provider publishes of itself, one TOML file for each, every fact dated.

The folder is the registry: a new provider is one new file. Nothing in here is measured; it is what the measurements
are held against.
"""

import functools
import tomllib
from pathlib import Path

from pydantic import ValidationError

from monitor.catalogue.model import Catalogue

__all__ = ["Catalogue", "CatalogueError", "load", "names"]

FOLDER = Path(__file__).parent


class CatalogueError(Exception):
    """There is no such catalogue, or its file is damaged (an installation that was changed by hand)."""


@functools.cache
def names() -> tuple[str, ...]:
    """The catalogues there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@functools.cache
def load(name: str) -> Catalogue:
    """The catalogue of that name.

    Raises:
        CatalogueError: there is none, or the file does not hold what a catalogue must.
    """
    if name not in names():
        raise CatalogueError(f"there is no catalogue {name!r}; known: {', '.join(names())}")
    path = FOLDER / f"{name}.toml"
    try:
        return Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise CatalogueError(f"{path}: the shipped catalogue is damaged: {error}") from error
