"""One file for each wire format. The folder is the registry: a new file here is a new adapter.

Each file offers `step(target, ask, so_far) -> Request | Pause | Answer` (see `probes.model.Adapter`): pure, so a
wire format is tested as a table, and safe to call in a worker process.
"""

import importlib
import pkgutil
from functools import cache
from typing import cast

from probes.model import Adapter


@cache
def names() -> tuple[str, ...]:
    """The adapters there are, by file name. Looked up once: a listing of the folder takes longer than to send."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


@cache
def load(name: str) -> Adapter:
    """The adapter of this name.

    Raises:
        KeyError: there is no such file; the message names the known ones.
    """
    if name not in names():
        raise KeyError(f"adapter {name!r} is not in this version; available: {', '.join(names())}")
    return cast(Adapter, importlib.import_module(f"{__name__}.{name}"))
