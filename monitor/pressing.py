"""One load run at a time for each provider account: two at once would measure each other, and anger the provider.

An account is an address and a key: two providers in the configuration that share both are one account. Who presses it
holds a lock on a file in `data_dir/locks/` that the system drops with the process, so that the service and probes by
hand in other processes keep out of each other's way, and a crash frees the account.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit

from monitor.store import StoreError
from probes.model import ProbeKind, Target

LOADS = frozenset((ProbeKind.BURST, ProbeKind.ENDURANCE))


class PressedError(Exception):
    """The account is under a load run already; says which, and what to do."""

    exit_code = 3


@dataclass(slots=True)
class Press:
    """Accounts that are held; `release` them, or leave a `with` block."""

    _files: ExitStack = field(default_factory=ExitStack)

    def release(self) -> None:
        """Let the next one in. Releasing twice is releasing once."""
        self._files.close()

    def __enter__(self) -> Self:
        """Held already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the next one in."""
        self.release()


class Presses:
    """The locks below one data folder."""

    def __init__(self, data_dir: Path) -> None:
        """The folder is made when the first account is pressed."""
        self._folder = data_dir / "locks"

    def take(self, targets: Iterable[Target], what: str, now: datetime) -> Press:
        """Hold the accounts of these providers for `what`, all of them or none.

        Raises:
            PressedError: one is held already.
            StoreError: the lock cannot be written; then nobody knows.
        """
        by_account = {account(target): target.provider for target in targets}
        with ExitStack() as files:
            for name, provider in sorted(by_account.items()):
                file = files.enter_context(self._open(name))
                _lock(file, provider)
                said = f"{what} of {provider}, since {now:%Y-%m-%d %H:%M:%S} UTC, PID {os.getpid()}"
                file.truncate(0)
                file.write(said.encode())
                file.flush()
            return Press(files.pop_all())

    def _open(self, name: str) -> IO[bytes]:
        path = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return path.open("a+b")
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}") from error


def account(target: Target) -> str:
    """A name for the account that a provider is asked with: of its address and its key, and it tells neither.

    Without a key, or where we run the provider ourselves, the whole address is all that tells accounts apart.
    """
    address = urlsplit(target.base_url)
    key = target.key.reveal() or (repr(target.credential) if target.credential is not None else "")
    where = f"{address.scheme}://{address.netloc}" if key and not _is_ours(key) else target.base_url
    return hashlib.blake2b(f"{where}\0{key}".encode(), digest_size=8, person=b"upheld account").hexdigest()


def _is_ours(key: str) -> bool:
    return key == "simulated"


def _lock(file: IO[bytes], provider: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        who = file.read(300).decode(errors="replace") or "a run that has just begun"
        raise PressedError(
            f"the account of {provider} is under load already ({who}); one saturation, burst or endurance run at a time"
        ) from None
