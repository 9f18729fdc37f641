"""Freed columns are used again: else each of a thousand passes over a year gets fresh pages, zeroed by the kernel.

That took a third of the time. glibc alone has the two settings; elsewhere nothing is done, and nothing else changes.
"""

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_LARGEST_COLUMN = 1 << 30  # bytes, that are kept rather than given back; the most that glibc takes is near
_NEVER_GIVE_BACK = 2**31 - 1


@cache
def keep() -> None:
    """From now on, for as long as the process lives: for one that reads millions of rows and ends."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return  # another C library
    mallopt(_MMAP_THRESHOLD, _LARGEST_COLUMN)
    mallopt(_TRIM_THRESHOLD, _NEVER_GIVE_BACK)
