"""What can go wrong with the store, each as one sentence."""


class StoreError(Exception):
    """The store could not do it; the message says what, where, and what would help."""


class StoreLocked(StoreError):  # noqa: N818 - the name is the frozen interface
    """Another process (or another part of this one) owns the database file."""


class StoreDamaged(StoreError):  # noqa: N818 - the name is the frozen interface
    """The file is no database that this version can read."""
