"""What `[providers.NAME.options]` may say: the adapter's own file knows, in a model called `Options`.

The context of a validation holds the folder of the configuration, from which relative paths are meant.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from monitor.config.faults import Path, of_pydantic
from probes.providers import load, names

Context = Mapping[str, Any]


def model_of(adapter: str | None) -> type[BaseModel] | None:
    """The options of an adapter; None where it takes none, or where this version does not have it."""
    if adapter not in names():
        return None
    found = getattr(load(adapter), "Options", None)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def faults(adapter: str | None, options: Mapping[str, Any], context: Context) -> Iterator[tuple[Path, str]]:
    """What is wrong with the options, each with its path below `options`."""
    if adapter not in names():
        return  # told already; nobody knows what it would take
    model = model_of(adapter)
    if model is None:
        if options:
            yield (), f"the adapter {adapter!r} takes no options"
        return
    try:
        model.model_validate(dict(options), context=dict(context))
    except ValidationError as error:
        yield from of_pydantic(error, model)


def completed(adapter: str, options: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The options with every default; what `faults` found nothing wrong with."""
    model = model_of(adapter)
    return model.model_validate(dict(options), context=dict(context)).model_dump() if model else dict(options)
