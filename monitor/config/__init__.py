"""`upheld.toml`, read strictly: unknown keys, wrong types, missing keys and contradictions, all told at once.

`load` is the door. Secrets are never in the file: `Config.targets` reads them by name when they are needed.
"""

from importlib.resources import files
from typing import Any

from monitor.config.faults import ConfigError, ConfigFault
from monitor.config.loading import load
from monitor.config.model import Config, location_of
from monitor.config.providers import ProviderConfig

__all__ = ["Config", "ConfigError", "ConfigFault", "ProviderConfig", "example", "json_schema", "load", "location_of"]


def example() -> str:
    """The annotated example, the same file as `upheld.example.toml` beside the README."""
    return files(__name__).joinpath("upheld.example.toml").read_text(encoding="utf-8")


def json_schema() -> dict[str, Any]:
    """JSON Schema of `upheld.toml`, for editors that complete and check while one types."""
    from monitor.config.schema import json_schema as made  # noqa: PLC0415 - needed by one command alone

    return made()
