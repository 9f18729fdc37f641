"""One file for each wire format. The folder is the registry: a new file here is a new format of scenarios.

Each file offers `AUTH`, `SPEAKS` and `build(desk)` (see `FormatModule`). A file whose name begins with an underscore
is shared by several formats.
"""

import importlib
import pkgutil
from typing import Protocol, cast

from probes.simulator.desk import Desk
from probes.simulator.faults import Fault
from probes.simulator.nouns import ServedFormat
from probes.simulator.scenario import Auth


class FormatModule(Protocol):
    """What every file here offers."""

    AUTH: tuple[Auth, ...]  # how keys are given, unless the scenario says otherwise
    SPEAKS: frozenset[Fault]  # the faults that it has words for

    def build(self, desk: Desk) -> ServedFormat:
        """The format, at one provider's desk."""
        ...


def names() -> tuple[str, ...]:
    """The formats there are, by file name."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def load(name: str) -> FormatModule:
    """The format of this name, one of `names()`."""
    return cast(FormatModule, importlib.import_module(f"{__name__}.{name}"))
