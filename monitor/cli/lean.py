"""What a command that reads, judges and ends does without: threads that compute nothing, and searches for garbage."""

import functools
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def lean(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call it in one thread and without a search for garbage; put it outside of what imports numpy or pydantic."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the command takes
        in_one_thread()
        with uncollected():
            return function(*args, **kwargs)

    return wrapper


def in_one_thread() -> None:
    """From now on, here and in what is started from here: numpy and scipy start no thread for linear algebra.

    Both would when they are imported, one for each processor, and judging multiplies no matrices. A number that the
    user set stays.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@contextmanager
def uncollected() -> Iterator[None]:
    """Within, what was freed is free at once as always, but nobody looks for cycles among what was not.

    Modules and rows are there to stay: what is imported and read makes no such garbage worth looking for.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
